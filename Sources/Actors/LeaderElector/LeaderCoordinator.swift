import ActorKit
import Core

/// Starts what only a leader may run, in order, and stops it in the opposite order, each piece awaited before the next is stopped.
///
/// Stopping has a limit: after it, another process may lead, and what still runs here must not. Then `stuck` is called, which ends the process.
public actor LeaderCoordinator: Component {
    public nonisolated let name = "leader-coordinator"
    private let election: any Election
    private let makeComponents: @Sendable (Term) async -> [any Component]
    private let told: @Sendable (ElectionEvent) -> Void
    private let stuck: @Sendable (String) -> Void
    private let stopLimit: Duration
    private let time: any TimeSource
    /// What runs in the present term: makes the components, runs them, and stops them when it is cancelled.
    private var leading: Task<Void, Never>?
    /// What is being stopped, for `stuck`.
    private var stopping = ""
    /// Changes come one after the other: each waits for the one before.
    private var lastChange: Task<Void, Never>?
    /// The term of this process' leadership; `nil` while it does not lead.
    public private(set) var term: Term?

    /// - Parameters:
    ///   - stopLimit: how long all components together may take to stop.
    ///   - told: for the log.
    ///   - stuck: called with the name of the component that does not stop.
    ///   - components: what runs in a term, the first started first. Its task is cancelled when the term is over meanwhile.
    public init(
        election: any Election, stopLimit: Duration = .seconds(30), time: any TimeSource = SystemTime(),
        told: @escaping @Sendable (ElectionEvent) -> Void = { _ in }, stuck: @escaping @Sendable (String) -> Void = { _ in },
        components: @escaping @Sendable (Term) async -> [any Component]
    ) {
        (self.election, self.stopLimit, self.time) = (election, stopLimit, time)
        (self.told, self.stuck, makeComponents) = (told, stuck, components)
    }

    public func run() async {
        await election.campaign { event in await self.handle(event) }
        await change { await $0.stop() }
    }

    /// Stops and starts all components of `term`, if it is still the present one. Returns at once, so that a component may ask for it.
    public func restart(_ term: Term) {
        _ = after { coordinator in
            guard await coordinator.term == term else { return }
            await coordinator.stop()
            await coordinator.start(term)
        }
    }

    private func handle(_ event: ElectionEvent) async {
        told(event)
        await change { coordinator in
            await coordinator.stop()
            if case .elected(let term) = event { await coordinator.start(term) }
        }
    }

    private func change(_ work: @escaping @Sendable (LeaderCoordinator) async -> Void) async { await after(work).value }

    /// Owned by the chain: `run` ends with a change, which waits for all before it.
    private func after(_ work: @escaping @Sendable (LeaderCoordinator) async -> Void) -> Task<Void, Never> {
        let previous = lastChange
        let task = Task {
            await previous?.value
            await work(self)
        }
        lastChange = task
        return task
    }

    private func start(_ term: Term) {
        self.term = term
        leading = Task { await self.lead(term) }
    }

    private nonisolated func lead(_ term: Term) async {
        let components = await makeComponents(term)
        var running: [(name: String, task: Task<Void, Never>)] = []
        if !Task.isCancelled { running = components.map { component in (component.name, Task { await component.run() }) } }
        await untilCancelled()
        for (name, task) in running.reversed() {
            await note(name)
            task.cancel()
            await task.value
        }
    }

    private nonisolated func untilCancelled() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self, bufferingPolicy: .bufferingNewest(1))
        for await _ in stream {}
        continuation.finish()
    }

    private func note(_ name: String) { stopping = name }

    private func stop() async {
        term = nil
        guard let leading else { return }
        self.leading = nil
        stopping = "the making of the components"
        leading.cancel()
        let watchdog = Task { [time, stopLimit] in
            guard (try? await time.sleep(for: stopLimit)) != nil else { return }
            stuck(stopping)
        }
        await leading.value
        watchdog.cancel()
        await watchdog.value
    }
}
