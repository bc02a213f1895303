import Core
import Scheduling

// What the API server says of pods.
extension ReconcilerState {
    mutating func see(_ pod: PodStanding) -> [ReconcilerEffect] {
        let before = pods[pod.uid]
        pods[pod.uid] = pod
        if pod.isBound, !pod.isFinished, let id = pod.task, tasks[id] == nil, !isReady, !hasTask(pod.uid) {
            // Launched by an earlier leader: its binding says by which task.
            put(Entry(id: id, pod: pod.key, uid: pod.uid, agent: pod.agent, hostname: pod.nodeName, hasIntent: false))
        }
        var effects: [ReconcilerEffect] = []
        if let grace = pod.deletionGrace, before?.isDeleting != true { effects += delete(pod, within: grace) }
        return effects + relaunchIfLost(pod)
    }

    /// A deletion has begun. Its executor does the work; we see to it that it ends.
    private mutating func delete(_ pod: PodStanding, within grace: Duration) -> [ReconcilerEffect] {
        let live = tasks(of: pod.uid)
        guard pod.isBound else { return live.flatMap { kill($0.id) } }
        let overdue = now + grace + times.overdue
        for task in live { change(task.id) { $0.killAt = overdue } }
        removeAt[pod.uid] = now + grace + times.overdue * 2
        return []
    }

    mutating func vanish(_ uid: PodUID) -> [ReconcilerEffect] {
        pods[uid] = nil
        removeAt[uid] = nil
        relaunchAt[uid] = nil
        relaunches[uid] = nil
        relaunching.remove(uid)
        ended.remove(uid)
        let at = now + times.vanished
        for task in tasks(of: uid) where !task.killed && task.killAt.map({ $0 > at }) ?? true {
            change(task.id) { $0.killAt = at }
        }
        return []
    }

    /// A pod that is bound to a node and has no task (its executor died, or it was bound by hand) is launched again on that node.
    mutating func relaunchIfLost(_ pod: PodStanding) -> [ReconcilerEffect] {
        guard isReady, pod.isBound, !pod.isFinished, !ended.contains(pod.uid), !relaunching.contains(pod.uid), !hasTask(pod.uid)
        else { return [] }
        relaunching.insert(pod.uid)
        var history = relaunches[pod.uid] ?? Relaunches(last: now)
        if history.last + .seconds(600) < now { history.count = 0 }
        let wait = history.count == 0 ? .zero : min(times.relaunchAgain * (1 << min(history.count - 1, 6)), .seconds(60))
        history.count += 1
        history.last = now
        relaunches[pod.uid] = history
        if wait == .zero { return [.relaunch(pod.uid)] }
        relaunchAt[pod.uid] = now + wait
        return []
    }
}
