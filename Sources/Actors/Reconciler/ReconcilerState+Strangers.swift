import Core
import Scheduling

// Tasks of our framework that are not in the table: started by an earlier leader, given up and back again, or another's.
extension ReconcilerState {
    /// Its end needs no judgement, but for the executor's word that may be of a pod that has run. Its life does, and for that it must be known whose it is.
    mutating func stranger(_ update: TaskUpdate) -> [ReconcilerEffect] {
        let id = update.task
        guard !update.state.isTerminal, update.state != .unreachable, update.state != .unknown else {
            if let task = lastAct(update) {
                put(task)
                departed.remove(id)
                return absorb(update)
            }
            strangers[id] = nil
            if update.state.isTerminal { departed.remove(id) }
            alarms.remove(.judge(id))
            alarms.remove(.kill(id))
            return settle(update, deleteIntent: update.state.isTerminal)
        }
        var stranger = strangers[id] ?? Stranger(state: update.state)
        (stranger.state, stranger.agent) = (update.state, update.agent ?? stranger.agent)
        stranger.identity = update.identity ?? stranger.identity ?? departed[id]
        let isNew = stranger.identity == nil && !stranger.isAskedAbout
        if isNew { stranger.isAskedAbout = true }
        strangers[id] = stranger
        return settle(update, deleteIntent: false) + (isNew ? [.identify([id])] : judge(id))
    }

    /// A task that comes into sight with an end that may be its pod's, as when its agent was away meanwhile.
    private func lastAct(_ update: TaskUpdate) -> Entry? {
        let known = strangers[update.task]
        guard known?.kills ?? 0 == 0, let whose = update.identity ?? known?.identity ?? departed[update.task] else { return nil }
        let host = update.agent.flatMap { agents[$0] } ?? ""
        let task = Entry(id: update.task, pod: whose.pod, uid: whose.uid, agent: update.agent, hostname: host, hasIntent: false)
        guard isExecutorsOwnEnd(task, update), let pod = pods[whose.uid], !isOver(pod), !isElsewhere(pod, task) else { return nil }
        return task
    }

    mutating func identify(_ id: TaskID, _ identity: TaskIdentity?) -> [ReconcilerEffect] {
        guard strangers[id] != nil, let identity else { return [] }
        strangers[id]?.identity = identity
        return judge(id)
    }

    /// Wanted: adopted. Unwanted: killed, if the API server's own word is that it is. Another's, or not known whose: left.
    ///
    /// - Parameter isFresh: what is known of its pod was just read.
    mutating func judge(_ id: TaskID, isFresh: Bool = false) -> [ReconcilerEffect] {
        guard isReady, let stranger = strangers[id], let identity = stranger.identity, stranger.kills == 0 else { return [] }
        if let pod = pods[identity.uid] {
            let host = stranger.agent.flatMap { agents[$0] }
            if isWanted(id, by: pod, on: host) { return adopt(id, stranger, pod, host) }
            // Where it runs is known with the next list of agents.
            let isPlaced = host != nil || pod.isFinished || !pod.isBound
            if isFresh, isPlaced { return killStranger(id) }
        }
        alarms.put(.judge(id), now + times.cooldown)
        return isFresh ? [] : [.confirm(identity.pod, identity.uid)]
    }

    /// Of several tasks of a pod that is not bound yet, its binding decides, and the others end by themselves.
    private func isWanted(_ id: TaskID, by pod: PodStanding, on host: String?) -> Bool {
        guard !isOver(pod) else { return false }
        return !pod.isBound || pod.task == id || (pod.nodeName == host && !hasTask(pod.uid))
    }

    private mutating func adopt(_ id: TaskID, _ stranger: Stranger, _ pod: PodStanding, _ host: String?) -> [ReconcilerEffect] {
        let isRelaunching = relaunching.remove(pod.uid) != nil
        for alarm in [Alarm.relaunch(pod.uid), .room(pod.uid)] { alarms.remove(alarm) }
        departed.remove(id)
        var entry = Entry(
            id: id, pod: pod.key, uid: pod.uid, agent: stranger.agent, hostname: pod.isBound ? pod.nodeName : host ?? "", hasIntent: false)
        (entry.state, entry.heard) = (stranger.state, now)
        put(entry)
        if let grace = pod.deletionGrace { alarms.put(.kill(id), now + grace + times.overdue) }
        if pod.task != id { alarms.put(.launch(id), now + times.launchGrace) }
        return pod.isBound && !isRelaunching ? [] : [.underWay([pod.uid])]
    }

    mutating func killStranger(_ id: TaskID) -> [ReconcilerEffect] {
        guard var stranger = strangers[id] else { return [] }
        guard connected else {
            alarms.put(.kill(id), now + times.killAgain)
            return []
        }
        alarms.put(.kill(id), now + killWait(stranger.kills))
        stranger.kills += 1
        strangers[id] = stranger
        return [.kill(id, stranger.agent)]
    }
}
