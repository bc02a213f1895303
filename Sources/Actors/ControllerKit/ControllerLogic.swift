import Core
import JSON

/// What one controller decides: from what is known, what must be done about one key. Pure; the kit does the rest.
///
/// The kit promises: a key is not worked on twice at once; it is looked at again whenever something that it watches changes, and
/// not before the cache has seen what was done about it; what fails is tried again with back-off. So a reconciler compares what
/// ought to be with what is, each time anew, and remembers nothing.
public protocol ControllerLogic: Sendable {
    associatedtype Key: Hashable & Comparable & Sendable = ObjectName
    /// The source of its events, as Kubernetes names it: `replicaset-controller`.
    var name: String { get }
    /// What it looks at.
    var watches: [Watch<Key>] { get }
    /// - Parameters:
    ///   - now: the time of day, for time stamps and deadlines.
    ///   - failure: why the last plan for this key did not go through, if it did not.
    func reconcile(_ key: Key, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan
}

/// A kind that a controller looks at, and which of its keys a change concerns.
public struct Watch<Key: Hashable & Comparable & Sendable>: Sendable {
    public let kind: ObjectKind
    /// The object before and after (one of them may be absent), and the cluster as it is known after the change.
    public let keys: @Sendable (_ old: JSONValue?, _ new: JSONValue?, _ view: ClusterView) -> [Key]

    public init(_ kind: ObjectKind, keys: @escaping @Sendable (_ old: JSONValue?, _ new: JSONValue?, _ view: ClusterView) -> [Key]) {
        (self.kind, self.keys) = (kind, keys)
    }

    /// Kept in the cache for reading; its changes concern no key.
    public static func known(_ kind: ObjectKind) -> Watch { Watch(kind) { _, _, _ in [] } }
}

extension Watch where Key == ObjectName {
    /// The objects that the controller is about.
    public static func itself(_ kind: ObjectKind) -> Watch {
        Watch(kind) { old, new, _ in (new ?? old).map { [ObjectName(of: $0)] } ?? [] }
    }

    /// What objects of `owner` control: a change concerns the owner, before and after.
    public static func controlled(_ kind: ObjectKind, by owner: ObjectKind) -> Watch {
        Watch(kind) { old, new, _ in
            let names = [old, new].compactMap { object -> ObjectName? in
                guard let object, let reference = object.controllerReference, reference["kind"]?.string == owner.kind,
                    let name = reference["name"]?.string
                else { return nil }
                return ObjectName(namespace: owner.isNamespaced ? ObjectName(of: object).namespace : "", name: name)
            }
            return Set(names).sorted()
        }
    }
}

/// What to do about a key: steps in their order, of which the first failure ends the rest; and when to look again even if nothing changes.
public struct Plan: Sendable, Hashable {
    public var steps: [Step]
    public var lookAgain: Duration?

    public init(_ steps: [Step] = [], lookAgain: Duration? = nil) { (self.steps, self.lookAgain) = (steps, lookAgain) }
    public static let nothing = Plan()

    /// Looks again after the shorter of this and what was asked before.
    public mutating func look(after duration: Duration) { lookAgain = min(lookAgain ?? duration, duration) }
}

/// What a deletion means for what the object owns.
public enum Propagation: String, Sendable, Hashable { case background = "Background", foreground = "Foreground", orphan = "Orphan" }

/// One thing to do at the API server.
public enum Step: Sendable, Hashable {
    public enum PatchType: Sendable, Hashable { case merge, strategic, json }

    /// Into the namespace that the object names. Several in a row are made in growing batches.
    case create(ObjectKind, JSONValue)
    /// PUT, with the resource version that was read. Not for kinds that the cache trims.
    case update(ObjectKind, JSONValue)
    case updateStatus(ObjectKind, JSONValue)
    case patch(ObjectKind, ObjectName, JSONValue, PatchType = .merge, subresource: String? = nil)
    /// Only the object of this uid. One that is already gone is well.
    case delete(ObjectKind, ObjectName, uid: String, propagation: Propagation? = nil, grace: Int? = nil)
    /// All of a kind in a namespace; fails with `.remaining` while some are left.
    case deleteAll(ObjectKind, namespace: String)
    /// Goes on only if the API server itself says that the object of this uid (of any, for an empty one) is gone;
    /// otherwise fails with `.stillThere`.
    case confirmGone(ObjectReference)
    /// Goes on only if the API server itself says that the namespace holds none of the kind; otherwise fails with `.remaining`.
    case confirmEmpty(ObjectKind, namespace: String)
    /// PUT to a subresource other than status: `namespaces/NAME/finalize`.
    case updateSubresource(ObjectKind, JSONValue, String)
    /// POST of a body to a subresource: `pods/NAME/eviction`.
    case post(ObjectKind, ObjectName, subresource: String, JSONValue)
    case event(EventNote)
}

/// News for users about an object. Sent when convenient; never fails a plan.
public struct EventNote: Sendable, Hashable {
    public let about: ObjectReference
    public let isWarning: Bool
    public let reason: String
    public let message: String

    public init(_ about: ObjectReference, warning: Bool = false, reason: String, message: String) {
        (self.about, isWarning, self.reason, self.message) = (about, warning, reason, message)
    }
}

/// Why a step was not done.
public struct StepFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Reason: Sendable, Hashable {
        /// The object changed meanwhile, or is another one: what was planned on is out of date.
        case conflict
        case notFound, alreadyExists
        /// Not allowed: quota, a terminating namespace.
        case forbidden
        case invalid
        /// No connection, no answer, or the server's own trouble; whether it was done is not known.
        case unavailable
        /// `confirmGone`: it lives.
        case stillThere
        /// `deleteAll`, `confirmEmpty`: so many are left, at least.
        case remaining(Int)
    }

    public let step: Step
    public let reason: Reason
    /// The server's words.
    public let message: String
    /// How many steps of the plan had been done.
    public let done: Int

    public init(step: Step, reason: Reason, message: String, done: Int = 0) {
        (self.step, self.reason, self.message, self.done) = (step, reason, message, done)
    }
    public var description: String { message }
}
