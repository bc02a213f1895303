import Core
import ServiceRouting

/// What has happened.
public enum ServiceProxierFact: Sendable, Hashable {
    /// All services that there are; what is not among them is gone.
    case servicesSynced([Service])
    case serviceChanged(Service)
    case serviceGone(ServiceKey)
    /// All endpoint slices that belong to a service.
    case slicesSynced([EndpointSlice])
    case sliceChanged(EndpointSlice)
    case sliceGone(namespace: String, name: String)
    /// The transaction of this number is in the kernel.
    case applied(UInt64, at: Instant)
    /// It is not, or nobody knows. `fraction`: a random number in 0..<1, for the wait.
    case failed(UInt64, at: Instant, fraction: Double)
    /// Whether the table is as it was left; `nil` when that could not be found out.
    case looked(UInt64, at: Instant, isIntact: Bool?)
    case timePassed(to: Instant)
}

/// What must happen now. One effect is under way at a time; its result comes back with its number.
public enum ServiceProxierEffect: Sendable, Hashable {
    /// Puts a whole table in the place of the one that may be there.
    case replace(UInt64, RuleContents, forgetting: Set<DatagramFlow>)
    case apply(UInt64, RuleChange)
    case look(UInt64, expected: RoutingTable)
}

/// What the proxier needs of the machine: one table in its packet filter.
public protocol RuleOutlet: Sendable {
    /// Whether it was done, wholly. After `false` the table may be anything.
    func replace(_ contents: RuleContents, forgetting flows: Set<DatagramFlow>) async -> Bool
    func apply(_ change: RuleChange) async -> Bool
    /// `nil`: cannot be told now.
    func isIntact(_ expected: RoutingTable) async -> Bool?
}
