import Core

/// What a write needs to know besides its body. The caller brings time and randomness, so that preparation is pure.
public struct RequestContext: Sendable {
    /// The namespace of the URL; empty for cluster-scoped kinds.
    public var namespace: String
    /// The name of the URL; empty for a POST.
    public var name: String
    public var now: Timestamp
    /// A fresh uid for an object that is created.
    public var uid: String
    /// Five random characters out of `bcdfghjklmnpqrstvwxz2456789`, for `generateName`.
    public var nameSuffix: String
    /// Who asks; for rules that care.
    public var user: String
    /// The new state comes from a PATCH rather than a PUT: some faults are told differently.
    public var isPatch: Bool

    public init(
        namespace: String, name: String = "", now: Timestamp, uid: String = "", nameSuffix: String = "", user: String = "",
        isPatch: Bool = false
    ) {
        (self.namespace, self.name, self.now) = (namespace, name, now)
        (self.uid, self.nameSuffix, self.user, self.isPatch) = (uid, nameSuffix, user, isPatch)
    }
}
