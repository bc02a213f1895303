import ActorKit
import Core

/// Starts what only a leader may run, in order, and stops it in the opposite order, each piece awaited before the next is stopped.
public actor LeaderCoordinator: Component {
    public nonisolated let name = "leader-coordinator"
    private let election: any Election
    private let makeComponents: @Sendable (Term) async -> [any Component]
    private let told: @Sendable (ElectionEvent) -> Void
    /// Owned here: each is awaited by `stop`.
    private var running: [Task<Void, Never>] = []
    /// The term of this process' leadership; `nil` while it does not lead.
    public private(set) var term: Term?

    /// - Parameters:
    ///   - told: for the log.
    ///   - components: what runs in a term, the first started first.
    public init(
        election: any Election, told: @escaping @Sendable (ElectionEvent) -> Void = { _ in },
        components: @escaping @Sendable (Term) async -> [any Component]
    ) {
        (self.election, self.told, makeComponents) = (election, told, components)
    }

    public func run() async {
        await election.campaign { event in await self.handle(event) }
        await stop()
    }

    private func handle(_ event: ElectionEvent) async {
        told(event)
        switch event {
        case .elected(let term):
            await stop()
            self.term = term
            for component in await makeComponents(term) { running.append(Task { await component.run() }) }
        case .deposed: await stop()
        }
    }

    private func stop() async {
        term = nil
        let tasks = running
        running = []
        for task in tasks.reversed() {
            task.cancel()
            await task.value
        }
    }
}
