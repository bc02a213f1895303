/// What keeps pods off a node unless they tolerate it (`core/v1.Taint`).
public struct Taint: Sendable, Hashable, CustomStringConvertible {
    public enum Effect: String, Sendable, Hashable { case noSchedule = "NoSchedule", preferNoSchedule = "PreferNoSchedule", noExecute = "NoExecute" }
    public let key: String
    public let value: String
    public let effect: Effect
    public init(key: String, value: String = "", effect: Effect) { (self.key, self.value, self.effect) = (key, value, effect) }
    public var description: String { value.isEmpty ? "\(key):\(effect.rawValue)" : "\(key)=\(value):\(effect.rawValue)" }
}

/// What a pod puts up with (`core/v1.Toleration`).
public struct Toleration: Sendable, Hashable {
    /// Empty: every key (then the operator is `Exists`).
    public let key: String
    /// `nil`: any value (operator `Exists`).
    public let value: String?
    /// `nil`: every effect.
    public let effect: Taint.Effect?
    public init(key: String = "", value: String? = nil, effect: Taint.Effect? = nil) {
        (self.key, self.value, self.effect) = (key, value, effect)
    }

    public func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        if key.isEmpty { return value == nil }
        return key == taint.key && (value == nil || value == taint.value)
    }
}
