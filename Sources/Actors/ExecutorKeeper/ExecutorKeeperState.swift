import ActorKit
import Core

/// Which executors run, as what, and which of them should make room for newer ones.
///
/// Mesos takes a task for a running executor only under the description that the executor was launched with, command line and all. So
/// each is remembered as it is, and used until it ends, however our own flags and build change meanwhile. What survives us is Mesos' own
/// copy: agents checkpoint it, and the master gives it out (GET_EXECUTORS). There is no second one that could differ.
///
/// An outdated executor is asked to leave when nothing runs on its node any more, or on command; its containers run on, and the
/// next one adopts them.
public struct ExecutorKeeperState: ComponentState {
    public struct Times: Sendable, Hashable {
        /// How often the master is asked, in case that an executor's end was not told.
        public var list: Duration = .seconds(300)
        /// An offer is younger than this: one that shows no executor so long after a launch says that it has ended.
        public var offerAge: Duration = .seconds(60)
        /// An executor that was asked to leave is asked again after this (messages may get lost)…
        public var askAgain: Duration = .seconds(5)
        /// … so many times.
        public var asks = 6
        public init() {}
    }

    struct Entry: Sendable {
        let executor: RunningExecutor
        /// When it was launched, or last listed by the master.
        var seen: Instant
        var asks = 0
        /// Somebody wants it replaced.
        var isWanted = false
    }
    private enum Alarm: Hashable, Sendable { case list, leave(AgentID) }

    private var entries: [AgentID: Entry] = [:]
    private var hosts: [AgentID: String] = [:]
    /// `nil`: not known, so that no node counts as empty.
    private var load: [AgentID: Int]?
    private var alarms = Deadlines<Alarm>()
    private var connected = false
    /// The master has said which executors there are, since the last subscription.
    private var isListed = false
    private var now: Instant
    private let revision: String
    private let times: Times

    /// - Parameter revision: of the executors that are started now.
    public init(revision: String, times: Times = Times(), startingAt now: Instant) {
        (self.revision, self.times, self.now) = (revision, times, now)
    }

    public var nextDeadline: Instant? { alarms.first?.rank }

    /// - Parameter isListed: the agent's newest offer shows our executor.
    public mutating func choose(_ agent: AgentID, isListed: Bool, at moment: Instant) -> ExecutorChoice {
        now = max(now, moment)
        guard let entry = entries[agent] else { return isListed ? .unknown : .start }
        // Offers that are older than the launch do not show it.
        if isListed || now - entry.seen < times.offerAge { return .running(entry.executor.description) }
        forget(agent)
        return .start
    }

    public mutating func handle(_ input: ExecutorFact) -> [ExecutorEffect] {
        switch input {
        case .listed(let executors, let at):
            now = max(now, at)
            take(executors)
            return review()
        case .launching(let executor, let at):
            now = max(now, at)
            entries[executor.agent] = Entry(executor: executor, seen: now)
            return []
        case .ended(let agent, let at):
            now = max(now, at)
            forget(agent)
            return []
        case .agents(let registered, let tasks, let at):
            now = max(now, at)
            (hosts, load) = (registered, tasks)
            return review()
        case .subscribed(let at):
            now = max(now, at)
            (connected, isListed) = (true, false)
            return list()
        case .disconnected:
            connected = false
            return []
        case .upgrade(let host, let at):
            now = max(now, at)
            for (agent, entry) in entries where host.map({ hosts[agent] == $0 }) ?? isOutdated(entry) {
                entries[agent]?.isWanted = true
                entries[agent]?.asks = 0
            }
            return review()
        case .timePassed(let to):
            now = max(now, to)
            return alarms.takeDue(by: now).flatMap { alarm -> [ExecutorEffect] in
                switch alarm {
                case .list: connected ? list() : []
                case .leave(let agent): ask(agent)
                }
            }
        }
    }

    /// All that are known, by host.
    public var standings: [ExecutorStanding] {
        entries.values.map { entry in
            let agent = entry.executor.agent
            return ExecutorStanding(
                agent: agent, host: hosts[agent] ?? "", revision: entry.executor.revision, tasks: load?[agent] ?? 0, phase: phase(of: entry))
        }.sorted { ($0.host, $0.agent) < ($1.host, $1.agent) }
    }

    private func phase(of entry: Entry) -> ExecutorStanding.Phase {
        if entry.asks > times.asks { return .stays }
        if entry.asks > 0 { return .leaving }
        return isOutdated(entry) ? .outdated : .current
    }

    private func isEmpty(_ agent: AgentID) -> Bool { load.map { $0[agent] == nil } ?? false }

    private func isOutdated(_ entry: Entry) -> Bool { entry.executor.revision != revision }

    private mutating func list() -> [ExecutorEffect] {
        alarms.put(.list, now + times.list)
        return [.list]
    }

    /// The master's word; only what was launched while it spoke may be missing from it.
    private mutating func take(_ executors: [RunningExecutor]) {
        isListed = true
        let listed = Set(executors.map(\.agent))
        for executor in executors {
            if entries[executor.agent]?.executor == executor {
                entries[executor.agent]?.seen = now
            } else {
                entries[executor.agent] = Entry(executor: executor, seen: now)
            }
        }
        for agent in entries.keys.filter({ !listed.contains($0) }).sorted() where entries[agent].map({ now - $0.seen >= times.offerAge }) == true {
            forget(agent)
        }
    }

    private mutating func forget(_ agent: AgentID) {
        entries[agent] = nil
        alarms.remove(.leave(agent))
    }

    /// Those that should leave are asked to.
    private mutating func review() -> [ExecutorEffect] {
        guard connected, isListed else { return [] }
        return entries.keys.sorted().flatMap { agent -> [ExecutorEffect] in
            guard let entry = entries[agent], entry.asks == 0, hosts[agent] != nil else { return [] }
            return entry.isWanted || (isOutdated(entry) && isEmpty(agent)) ? ask(agent) : []
        }
    }

    private mutating func ask(_ agent: AgentID) -> [ExecutorEffect] {
        guard let entry = entries[agent], connected else { return [] }
        // Something was launched there since: it stays until that has ended, unless somebody wants otherwise.
        guard entry.isWanted || isEmpty(agent) else {
            entries[agent]?.asks = 0
            return []
        }
        entries[agent]?.asks += 1
        guard entry.asks < times.asks else { return [.stays(agent, host: hosts[agent] ?? "")] }
        alarms.put(.leave(agent), now + times.askAgain)
        return [.leave(agent, reason: entry.isWanted ? "a newer executor is wanted on this node" : "it is outdated, and its node is empty")]
    }
}
