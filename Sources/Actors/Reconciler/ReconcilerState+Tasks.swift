import Core
import Scheduling

// What Mesos says of tasks.
extension ReconcilerState {
    mutating func absorb(_ update: TaskUpdate) -> [ReconcilerEffect] {
        guard var task = tasks[update.task] else { return stranger(update) }
        task.answered = true
        task.state = update.state
        if let agent = update.agent { task.agent = agent }
        task.absentSince = update.state == .unreachable || update.state == .unknown ? task.absentSince ?? now : nil
        put(task)
        if update.state.isTerminal { return end(task, update) }
        if update.state == .unknown {
            if askAgainAt == nil { askAgainAt = now + times.firstQuestion * 5 }
            return []
        }
        // The pod is bound before its task runs: the binding has taken the intent's place.
        let settled = update.state == .running && task.hasIntent
        if settled { change(task.id) { $0.hasIntent = false } }
        var effects = settle(update, deleteIntent: settled)
        if podsLoaded, pods[task.uid] == nil, !task.killed, update.state != .killing { effects += vanish(task.uid) }
        return effects
    }

    private func settle(
        _ update: TaskUpdate, deleteIntent: Bool, _ pod: PodStanding? = nil, _ verdict: PodVerdict? = nil
    ) -> [ReconcilerEffect] {
        guard deleteIntent || verdict != nil || update.uuid != nil else { return [] }
        return [.settle(update, deleteIntent: deleteIntent, pod: pod?.key, pod?.uid, verdict)]
    }

    /// A task that is not in the table. It is never killed for that: its pod's annotation may only be late. Terminal ones are
    /// acknowledged.
    private mutating func stranger(_ update: TaskUpdate) -> [ReconcilerEffect] {
        settle(update, deleteIntent: update.state.isTerminal)
    }

    /// The task is over. What that means depends on how far its pod had come, and on who says so.
    private mutating func end(_ task: Entry, _ update: TaskUpdate) -> [ReconcilerEffect] {
        drop(task.id)
        let room: [ReconcilerEffect] = [.roomAppeared]
        guard let pod = pods[task.uid] else { return settle(update, deleteIntent: true) + room }
        let reason = ReconcilerState.text(update)
        guard pod.isBound else {
            if pod.isDeleting { return settle(update, deleteIntent: true) + room }
            return settle(update, deleteIntent: true) + [.requeue(task.uid, reason: reason)] + room
        }
        if pod.isFinished || pod.nodeName != task.hostname || hasTask(pod.uid) {
            return settle(update, deleteIntent: true) + room
        }
        if update.source == .executor, update.state == .finished || update.state == .failed || update.state == .killed {
            return ended(pod, update) + room
        }
        if update.state == .goneByOperator || update.reason == "REASON_AGENT_REMOVED", !hostIsRegistered(pod.nodeName) {
            return settle(update, deleteIntent: true, pod, .remove) + room
        }
        return settle(update, deleteIntent: true) + relaunchIfLost(pod)
    }

    /// The executor itself says that the pod is over.
    private mutating func ended(_ pod: PodStanding, _ update: TaskUpdate) -> [ReconcilerEffect] {
        ended.insert(pod.uid)
        if pod.isDeleting {
            // The executor deletes the object; if it did not get to it, we do.
            removeAt[pod.uid] = now + times.vanished
            return settle(update, deleteIntent: true)
        }
        let succeeded = update.state == .finished
        let reason = update.state == .killed ? "TaskKilled" : ""
        return settle(update, deleteIntent: true, pod, .finished(succeeded: succeeded, reason: reason, message: update.message))
    }

    /// How long a task may be away before we act as if it were gone.
    func patience(with task: Entry) -> Duration {
        if pods[task.uid]?.isBound != true { return task.state == .unreachable ? times.unreachable : times.unknownLaunch }
        return task.state == .unreachable ? times.unreachable : times.unknown
    }

    /// The task is as good as gone.
    mutating func giveUp(_ task: Entry) -> [ReconcilerEffect] {
        drop(task.id)
        var effects: [ReconcilerEffect] = task.hasIntent ? [.deleteIntent(task.id)] : []
        guard let pod = pods[task.uid], !pod.isFinished, !hasTask(pod.uid) else { return effects }
        if !pod.isBound {
            if !pod.isDeleting {
                effects.append(.requeue(pod.uid, reason: "Mesos does not know the task (\(task.state?.rawValue ?? "no answer"))"))
            }
            return effects
        }
        if hostIsRegistered(pod.nodeName) { return effects + relaunchIfLost(pod) }
        return effects + [.judge(pod.key, pod.uid, .remove)]
    }

    /// Which agents are registered. One that came back under a new id has lost the tasks of the old one.
    mutating func meet(_ registered: [AgentID: String]) -> [ReconcilerEffect] {
        agents = registered
        let hosts = Set(registered.values)
        var effects: [ReconcilerEffect] = []
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            guard let agent = task.agent, registered[agent] == nil, hosts.contains(task.hostname) else { continue }
            if task.state == .unknown || task.state == .unreachable || task.state == .gone { effects += giveUp(task) }
        }
        let stranded = Set(pods.values.filter { isStranded($0) }.map(\.nodeName))
        missingHosts = missingHosts.filter { stranded.contains($0.key) }
        for host in stranded where missingHosts[host] == nil { missingHosts[host] = now }
        return effects
    }

    /// Bound to a host without an agent, and no task of it lives anywhere: nothing can start it there.
    private func isStranded(_ pod: PodStanding) -> Bool {
        pod.isBound && !pod.isFinished && !pod.isDeleting && !hasTask(pod.uid) && !hostIsRegistered(pod.nodeName)
    }

    /// Pods whose host has been away for long enough make room for others in their place.
    mutating func abandonMissingHosts() -> [ReconcilerEffect] {
        guard connected, missingHosts.contains(where: { $0.value + times.hostGone <= now }) else { return [] }
        let gone = Set(missingHosts.filter { $0.value + times.hostGone <= now }.keys)
        for host in gone { missingHosts[host] = nil }
        return pods.values.filter { gone.contains($0.nodeName) && isStranded($0) }.sorted { $0.key < $1.key }
            .map { .judge($0.key, $0.uid, .remove) }
    }

    func hostIsRegistered(_ hostname: String) -> Bool { agents.values.contains(hostname) }

    static func text(_ update: TaskUpdate) -> String {
        [update.state.rawValue, update.reason, update.message].filter { !$0.isEmpty }.joined(separator: ": ")
    }
}
