/// A name that some other party gave out and that we only carry: an offer's, an agent's, a task's.
///
/// Each kind of name is a type of its own, so that an offer id never stands where an agent id belongs.
public protocol TypedIdentifier: Sendable, Hashable, Comparable, ExpressibleByStringLiteral, CustomStringConvertible, Codable {
    /// The name as it stands on the wire.
    var value: String { get }
    init(_ value: String)
}

extension TypedIdentifier {
    public init(stringLiteral value: String) { self.init(value) }
    public var description: String { value }
    public static func < (left: Self, right: Self) -> Bool { left.value < right.value }
    public init(from decoder: any Decoder) throws { self.init(try decoder.singleValueContainer().decode(String.self)) }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// A Mesos offer (`OfferID`); valid until it is used, declined or rescinded.
public struct OfferID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// A Mesos agent (`AgentID`, formerly slave): one machine of the cluster.
public struct AgentID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// A Mesos framework (`FrameworkID`), given by the master at the first SUBSCRIBE and kept for ever.
public struct FrameworkID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// A Mesos executor (`ExecutorID`), chosen by the framework, unique on one agent.
public struct ExecutorID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// A Mesos task (`TaskID`), chosen by the framework, never used twice. Ours read `pod.<uuid>`.
public struct TaskID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// The uid that the API server gave to a pod; a pod created again under the same name has another.
public struct PodUID: TypedIdentifier {
    public let value: String
    public init(_ value: String) { self.value = value }
}

/// A pod's namespace and name, written `namespace/name`.
public struct PodKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let namespace: String
    public let name: String
    public init(namespace: String, name: String) { (self.namespace, self.name) = (namespace, name) }
    public var description: String { "\(namespace)/\(name)" }
    public static func < (left: Self, right: Self) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}

/// The number of a leadership: it only grows, and everything that a leader does carries it.
public struct Term: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let number: UInt64
    public init(_ number: UInt64) { self.number = number }
    public var description: String { String(number) }
    public static func < (left: Self, right: Self) -> Bool { left.number < right.number }
}
