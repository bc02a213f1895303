import Core
import Scheduling

// What the API server says of pods.
extension ReconcilerState {
    mutating func sync(_ standings: [PodStanding]) -> [ReconcilerEffect] {
        let present = Set(standings.map(\.uid))
        for uid in pods.keys.filter({ !present.contains($0) }).sorted() { vanish(uid) }
        var effects: [ReconcilerEffect] = []
        for standing in standings.sorted(by: { $0.key < $1.key }) { effects += see(standing) }
        podsLoaded = true
        // Tasks of pods that went while nobody watched.
        for task in tasks.values.sorted(by: { $0.id < $1.id }) where pods[task.uid] == nil { vanish(task.uid) }
        return effects + begin()
    }

    mutating func see(_ pod: PodStanding) -> [ReconcilerEffect] {
        let before = pods[pod.uid]
        set(pod)
        if pod.isBound, !pod.isFinished, let id = pod.task, tasks[id] == nil, !isReady {
            // Launched by an earlier leader: its binding says by which task. Of another one, an intent may have been left.
            put(Entry(id: id, pod: pod.key, uid: pod.uid, agent: pod.agent, hostname: pod.nodeName, hasIntent: false))
            askSoon([id], after: times.firstQuestion)
        }
        var effects: [ReconcilerEffect] = []
        if let grace = pod.deletionGrace, before?.isDeleting != true { effects += delete(pod, within: grace) }
        if before?.unreachable != pod.unreachable { for task in tasks(of: pod.uid) { wait(for: task) } }
        return effects + relaunchIfLost(pod, because: "it has no task")
    }

    /// A deletion has begun. Its executor does the work; we see to it that it ends.
    private mutating func delete(_ pod: PodStanding, within grace: Duration) -> [ReconcilerEffect] {
        let live = tasks(of: pod.uid)
        guard pod.isBound else { return live.flatMap { kill($0.id) } }
        let overdue = now + grace + times.overdue
        for task in live { alarms.put(.kill(task.id), overdue) }
        alarms.put(.remove(pod.uid), now + grace + times.overdue * 2)
        return []
    }

    /// Nobody else has removed it: we do, and look again whether it is done.
    mutating func removeNow(_ uid: PodUID) -> [ReconcilerEffect] {
        guard let pod = pods[uid] else { return [] }
        alarms.put(.remove(uid), now + times.longestQuestion)
        return [.judge(pod.key, uid, .remove)]
    }

    /// A pod is gone. Its executor knows that from the API server, too; if its task does not end by that, it is killed.
    mutating func vanish(_ uid: PodUID) {
        removePod(uid)
        for alarm in [Alarm.remove(uid), .relaunch(uid), .room(uid)] { alarms.remove(alarm) }
        relaunches[uid] = nil
        relaunching.remove(uid)
        let at = now + times.vanished
        for task in tasks(of: uid) where task.kills == 0 && alarms[.kill(task.id)].map({ $0 > at }) ?? true {
            alarms.put(.kill(task.id), at)
        }
    }

    // MARK: Launching again

    /// A pod that is bound to a node and has no task (its executor died, or it was bound by hand) is launched again on that node.
    mutating func relaunchIfLost(_ pod: PodStanding, because reason: String) -> [ReconcilerEffect] {
        guard isReady, pod.isBound, !isOver(pod), !relaunching.contains(pod.uid), !hasTask(pod.uid) else { return [] }
        var history = relaunches[pod.uid] ?? Relaunches(last: now)
        if history.last + .seconds(600) < now { history.count = 0 }
        if history.failures >= times.relaunches {
            return fail(pod, "\(history.failures) launches in a row reached no executor on node \(pod.nodeName); the last: \(reason)")
        }
        let wait = history.count == 0 ? .zero : min(times.relaunchAgain * (1 << min(history.count - 1, 6)), .seconds(60))
        history.count += 1
        history.last = now
        relaunches[pod.uid] = history
        relaunching.insert(pod.uid)
        relaunches[pod.uid]?.looks = 0
        alarms.put(.room(pod.uid), now + wait + roomLook)
        if wait == .zero { return [.relaunch(pod.uid, reason: reason)] }
        alarms.put(.relaunch(pod.uid), now + wait)
        return []
    }

    mutating func relaunchNow(_ uid: PodUID) -> [ReconcilerEffect] {
        guard pods[uid] != nil else {
            relaunching.remove(uid)
            return []
        }
        return [.relaunch(uid, reason: "its executor ended again")]
    }

    private var roomLook: Duration { times.relaunchRoom / ReconcilerState.roomLooks }

    /// A pod that ran here waits for room on its node, which somebody else may have taken. Only time in which it could have been launched
    /// counts: with Mesos and its agent there, and an API server that answers.
    mutating func lookForRoom(_ uid: PodUID) -> [ReconcilerEffect] {
        guard relaunching.contains(uid), let pod = pods[uid], pod.task != nil, !pod.isDeleting else { return [] }
        alarms.put(.room(uid), now + roomLook)
        return isReady && hostIsRegistered(pod.nodeName) ? [.confirm(pod.key, uid)] : []
    }

    mutating func countRoomLook(_ uid: PodUID) -> [ReconcilerEffect] {
        guard alarms[.room(uid)] != nil, isReady, !hasTask(uid), let pod = pods[uid], var history = relaunches[uid] else { return [] }
        history.looks += 1
        relaunches[uid] = history
        guard history.looks >= ReconcilerState.roomLooks else { return [] }
        return fail(pod, "node \(pod.nodeName) has had no room to launch it again for \(times.relaunchRoom.components.seconds) s")
    }

    private mutating func fail(_ pod: PodStanding, _ message: String) -> [ReconcilerEffect] {
        relaunching.remove(pod.uid)
        for alarm in [Alarm.relaunch(pod.uid), .room(pod.uid)] { alarms.remove(alarm) }
        markEnded(pod)
        return [.judge(pod.key, pod.uid, .finished(of: pod.task, succeeded: false, reason: "ExecutorLost", message: message))]
    }
}
