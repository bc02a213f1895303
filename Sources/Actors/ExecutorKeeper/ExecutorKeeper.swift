import ActorKit
import Core

/// Remembers which executors run and sees the outdated ones off.
///
/// Facts wait in an inbox of 1,024. Effects are performed by one loop beside it; what the master lists comes back as a fact.
public actor ExecutorKeeper: Component {
    public nonisolated let name = "executor-keeper"
    private var state: ExecutorKeeperState
    private let inbox = Inbox<ExecutorFact>(capacity: 1024)
    private let effects = Inbox<ExecutorEffect>(capacity: 1)
    private let outlet: any ExecutorOutlet
    private let time: any TimeSource

    public init(revision: String, outlet: any ExecutorOutlet, times: ExecutorKeeperState.Times = .init(), time: any TimeSource = SystemTime()) {
        (self.outlet, self.time) = (outlet, time)
        state = ExecutorKeeperState(revision: revision, times: times, startingAt: time.now)
    }

    public nonisolated func tell(_ fact: ExecutorFact) async { await inbox.send(fact) }

    /// As whose task a launch on `agent` has to be sent. What is started is noted at once, so that a second launch finds it.
    ///
    /// - Parameters:
    ///   - isListed: the agent's offer shows our executor.
    ///   - fresh: the executor that this launch starts if none runs.
    /// - Returns: `nil` when the master does not say what the running one was launched with.
    public func description(for agent: AgentID, isListed: Bool, fresh: @Sendable () -> RunningExecutor) async -> [UInt8]? {
        absorb()
        var choice = state.choose(agent, isListed: isListed, at: time.now)
        if choice == .unknown, let listed = await outlet.list() {
            perform(state.handle(.listed(listed, at: time.now)))
            choice = state.choose(agent, isListed: isListed, at: time.now)
        }
        switch choice {
        case .running(let description): return description
        case .unknown: return nil
        case .start:
            let executor = fresh()
            perform(state.handle(.launching(executor, at: time.now)))
            return executor.description
        }
    }

    public func standings() -> [ExecutorStanding] {
        absorb()
        return state.standings
    }

    /// Asks the executor of a host, or all that are outdated, to make room for those of now.
    public func upgrade(_ host: String?) {
        absorb()
        perform(state.handle(.upgrade(host: host, at: time.now)))
    }

    public func run() async {
        await inbox.consume(until: { state.nextDeadline }, on: time, beside: [performEffects]) { facts in
            perform(state.handle(all: facts))
            perform(state.handle(.timePassed(to: time.now)))
        }
    }

    private func absorb() { perform(state.handle(all: inbox.drain())) }
    private func perform(_ wanted: [ExecutorEffect]) { for effect in wanted { effects.feed(effect) } }

    @Sendable private nonisolated func performEffects() async {
        await effects.perform(on: time) { effect in
            switch effect {
            case .list: if let listed = await outlet.list() { inbox.feed(.listed(listed, at: time.now)) }
            case .leave(let agent, let reason): await outlet.leave(agent, reason: reason)
            case .stays(let agent, let host): await outlet.stays(agent, host: host)
            }
        }
    }
}
