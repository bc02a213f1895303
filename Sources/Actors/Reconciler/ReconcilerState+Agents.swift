import Core
import Scheduling

// Which agents there are, and what their absence means.
extension ReconcilerState {
    func hostIsRegistered(_ hostname: String) -> Bool { hosts[hostname] != nil }

    /// Which agents are registered. One that came back under a new id has lost the tasks of the old one.
    mutating func meet(_ registered: [AgentID: String]) -> [ReconcilerEffect] {
        let isFirst = !agentsKnown
        agentsKnown = true
        if registered != agents {
            agents = registered
            hosts = [:]
            for host in registered.values { hosts[host, default: 0] += 1 }
        } else if !isFirst {
            return []
        }
        for host in taskless.keys.sorted() { watch(host) }
        let succeeded = absent.sorted().compactMap { tasks[$0] }.filter { isSucceeded($0) }
        return succeeded.flatMap { giveUp($0) }
    }

    /// Its host has an agent of another id: the old one and all its tasks are gone.
    func isSucceeded(_ task: Entry) -> Bool {
        guard agentsKnown, task.absentSince != nil, let agent = task.agent else { return false }
        return agents[agent] == nil && hostIsRegistered(task.hostname)
    }

    mutating func forget(_ agent: AgentID) {
        guard let host = agents.removeValue(forKey: agent) else { return }
        hosts[host] = hosts[host].flatMap { $0 > 1 ? $0 - 1 : nil }
        watch(host)
    }

    /// The agent is away. Its tasks are asked about, in case that what the master says of each gets lost.
    mutating func lose(_ agent: AgentID) -> [ReconcilerEffect] {
        forget(agent)
        askSoon(tasks(on: agent).map(\.id), after: times.firstQuestion * 5)
        return []
    }

    /// What becomes of its pods follows from the updates of its tasks.
    mutating func executorEnded(_ agent: AgentID, _ status: Int32?) -> [ReconcilerEffect] {
        exits[agent] = status
        askSoon(tasks(on: agent).map(\.id), after: times.firstQuestion * 5)
        return []
    }

    /// Pods that wait for a task on a host without an agent do so for a while only.
    mutating func watch(_ host: String) {
        guard agentsKnown, taskless[host] != nil, !hostIsRegistered(host) else {
            alarms.remove(.host(host))
            return
        }
        if alarms[.host(host)] == nil { alarms.put(.host(host), now + times.hostGone) }
    }

    /// Pods whose host has been away for long enough make room for others in their place.
    mutating func abandon(_ host: String) -> [ReconcilerEffect] {
        guard let waiting = taskless[host], !hostIsRegistered(host) else { return [] }
        guard connected else {
            alarms.put(.host(host), now + times.hostGone)
            return []
        }
        return waiting.compactMap { pods[$0] }.sorted { $0.key < $1.key }.map { .judge($0.key, $0.uid, .remove) }
    }
}
