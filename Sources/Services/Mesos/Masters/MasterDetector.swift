import Core

/// A master that probably leads.
public struct MasterSighting: Sendable, Hashable {
    public var endpoint: MesosEndpoint
    /// Grows each time that the leader changes.
    public var generation: Int
    public init(endpoint: MesosEndpoint, generation: Int) { (self.endpoint, self.generation) = (endpoint, generation) }
}

/// Says which master to talk to. One that does not lead redirects to the one that does (307), so an answer may be wrong for a while.
public protocol MasterDetector: Sendable, CustomStringConvertible {
    /// Follows the masters until the task is cancelled; returns at once where there is nothing to follow.
    func run() async
    /// How many masters are worth asking before a question is given up.
    var candidates: Int { get }
    /// Where to try now; waits while no master is known, and is `nil` when the task is cancelled.
    ///
    /// - Parameter failed: the master that was just tried in vain.
    func master(after failed: MesosEndpoint?) async -> MasterSighting?
    /// Returns when it is known that another master leads than in `generation` (or when the task is cancelled).
    func changed(after generation: Int) async
}

/// A fixed list of masters, tried in turn.
public final class StaticMasters: MasterDetector {
    public let endpoints: [MesosEndpoint]
    private let index = MutexBox(0)
    /// It never changes.
    private let leader = ChangingValue(0)

    /// - Parameter endpoints: at least one.
    public init(_ endpoints: [MesosEndpoint]) {
        precondition(!endpoints.isEmpty, "a list of masters must name one")
        self.endpoints = endpoints
    }

    public func run() async {}
    public var candidates: Int { endpoints.count }

    public func master(after failed: MesosEndpoint?) async -> MasterSighting? {
        let endpoint = index.withLock { index in
            // Who failed with another one has seen what we know already.
            if failed == endpoints[index] { index = (index + 1) % endpoints.count }
            return endpoints[index]
        }
        return Task.isCancelled ? nil : MasterSighting(endpoint: endpoint, generation: 0)
    }

    public func changed(after generation: Int) async { await leader.changed(after: 0) }
    public var description: String { endpoints.map(\.description).joined(separator: ",") }
}
