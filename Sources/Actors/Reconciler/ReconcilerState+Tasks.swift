import Core
import Scheduling

// What Mesos says of tasks.
extension ReconcilerState {
    mutating func add(_ intent: LaunchIntent) {
        if tasks[intent.task] != nil { return change(intent.task) { $0.hasIntent = true } }
        put(
            Entry(
                id: intent.task, pod: intent.pod, uid: intent.uid, agent: intent.agent, hostname: intent.hostname, hasIntent: true))
        alarms.put(.launch(intent.task), now + times.launchGrace)
    }

    /// The tasks are about to be launched: they need not be asked about. What overtook their ACCEPT would be told that there are none.
    mutating func launch(_ intent: LaunchIntent) {
        add(intent)
        let now = now
        change(intent.task) { $0.heard = now }
        relaunching.remove(intent.uid)
        alarms.remove(.room(intent.uid))
        alarms.remove(.relaunch(intent.uid))
    }

    mutating func absorb(_ update: TaskUpdate) -> [ReconcilerEffect] {
        guard intentsLoaded, podsLoaded else {
            // Nothing is judged before all is known. What does not fit is not acknowledged, so Mesos says it again.
            if early.count < 65_536 { early.append(update) }
            return []
        }
        guard var task = tasks[update.task] else { return stranger(update) }
        // That it is over is known; only what that means is being asked.
        if task.lastWord != nil { return [.confirm(task.pod, task.uid)] }
        let before = task.state
        (task.state, task.heard) = (update.state, now)
        if let agent = update.agent { task.agent = agent }
        task.absentSince = update.state == .unreachable || update.state == .unknown ? task.absentSince ?? beginning(of: update, after: before) : nil
        awaited.remove(task.id)
        put(task)
        if update.saysAgentIsGone, let agent = task.agent, agents[agent] != nil { _ = lose(agent) }
        if update.isHearsayOfAnEnd {
            // It counts as an answer; what is to be made of the end, the agent's own update says.
            open.remove(task.id)
            return []
        }
        if update.state.isTerminal {
            if isForTheAPIServerToSay(task, update) {
                change(task.id) { $0.lastWord = update }
                return [.confirm(task.pod, task.uid)]
            }
            return end(task, update, wasWithExecutor: ![nil, .staging, .unknown].contains(before))
        }
        wait(for: task)
        if task.absentSince != nil { return stayAway(task, update) }
        open.remove(task.id)
        if update.source == .executor || update.state == .running { reached(task) }
        // The pod is bound before its task runs: the binding has taken the intent's place, so the acknowledgement need not wait for its end.
        let settled = update.state == .running && task.hasIntent
        if settled {
            change(update.task) { $0.hasIntent = false }
            alarms.remove(.launch(update.task))
        }
        if pods[task.uid] == nil, update.state != .killing { vanish(task.uid) }
        return settle(update, deleteIntent: false) + (settled ? [.deleteIntent(update.task)] : [])
    }

    /// A task that nobody knows may be on an agent that is on its way back: it is asked about again.
    private mutating func stayAway(_ task: Entry, _ update: TaskUpdate) -> [ReconcilerEffect] {
        if isSucceeded(task) { return giveUp(task) }
        if update.state == .unknown { askSoon([task.id], after: times.firstQuestion * 5) } else { open.remove(task.id) }
        return settle(update, deleteIntent: false)
    }

    /// The launch has come to an executor.
    private mutating func reached(_ task: Entry) {
        relaunches[task.uid]?.failures = 0
        if let agent = task.agent { exits[agent] = nil }
    }

    func settle(
        _ update: TaskUpdate, deleteIntent: Bool, _ pod: PodStanding? = nil, _ verdict: PodVerdict? = nil
    ) -> [ReconcilerEffect] {
        guard deleteIntent || verdict != nil || update.uuid != nil else { return [] }
        return [.settle(update, deleteIntent: deleteIntent, pod: pod?.key, pod?.uid, verdict)]
    }

    // MARK: The end of a task

    /// What an executor says of an end is the pod's own end where the pod's binding names the task, since an executor binds before it runs anything. The cache may
    /// be behind: a pod that it does not show as bound by the task may have run in it, and taken for a launch that came to nothing, would run again; one that it
    /// does show so may have been taken over by another task of the table, and taken for finished, would be ended while it runs.
    private func isForTheAPIServerToSay(_ task: Entry, _ update: TaskUpdate) -> Bool {
        guard isExecutorsOwnEnd(task, update), let pod = pods[task.uid], !isOver(pod), !pod.isDeleting else { return false }
        if pod.task == task.id { return hasTask(task.uid, beside: task.id) }
        return !isElsewhere(pod, task)
    }

    /// The executor itself says it, and not because we had the launch killed.
    func isExecutorsOwnEnd(_ task: Entry, _ update: TaskUpdate) -> Bool {
        guard update.source == .executor else { return false }
        return update.state == .finished || update.state == .failed || update.state == .killed && !task.wasExpired
    }

    /// A binding stays with its node. Of a task that was adopted before its agent was known, the binding says where it ran.
    func isElsewhere(_ pod: PodStanding, _ task: Entry) -> Bool {
        pod.isBound && pod.task != task.id && !task.hostname.isEmpty && pod.nodeName != task.hostname
    }

    /// The task is over. What that means depends on how far its pod had come, and on who says so.
    private mutating func end(_ task: Entry, _ update: TaskUpdate, wasWithExecutor: Bool) -> [ReconcilerEffect] {
        drop(task.id)
        let over = settle(update, deleteIntent: true)
        let room: [ReconcilerEffect] = [.roomAppeared]
        guard let pod = pods[task.uid], !isOver(pod) else { return over + room }
        let reason = task.wasExpired ? "its launch took longer than \(times.launchGrace.components.seconds) s" : text(update)
        guard pod.isBound else { return over + (pod.isDeleting || hasTask(pod.uid) ? [] : [.requeue(task.uid, reason: reason)]) + room }
        if pod.task == task.id, isExecutorsOwnEnd(task, update) { return end(pod, update) + room }
        if hasTask(pod.uid) { return over + room }
        if isElsewhere(pod, task) { return over + relaunchIfLost(pod, because: "it has no task") + room }
        if update.saysAgentIsGone, !hostIsRegistered(pod.nodeName) { return settle(update, deleteIntent: true, pod, .remove) + room }
        if !wasWithExecutor || task.wasExpired { relaunches[pod.uid]?.failures += 1 }
        return over + relaunchIfLost(pod, because: reason)
    }

    /// The executor itself says that the pod is over.
    private mutating func end(_ pod: PodStanding, _ update: TaskUpdate) -> [ReconcilerEffect] {
        markEnded(pod)
        if pod.isDeleting {
            // The executor deletes the object; if it did not get to it, we do.
            alarms.put(.remove(pod.uid), now + times.vanished)
            return settle(update, deleteIntent: true)
        }
        let (succeeded, reason) = (update.state == .finished, update.state == .killed ? "TaskKilled" : "")
        return settle(
            update, deleteIntent: true, pod, .finished(of: pod.task, succeeded: succeeded, reason: reason, message: update.message))
    }

    func text(_ update: TaskUpdate) -> String {
        let agent = update.reason == "REASON_EXECUTOR_TERMINATED" ? update.agent : nil
        let exit = agent.flatMap { exits[$0] }.map { status in
            status & 0x7f == 0 ? "its executor ended with code \(status >> 8 & 0xff)" : "its executor was ended by signal \(status & 0x7f)"
        }
        return [update.state.rawValue, update.reason, update.message, exit ?? ""].filter { !$0.isEmpty }.joined(separator: ": ")
    }

    // MARK: Absence

    /// When a task's absence began. What this leader has not seen begin may have lasted long already: the countdown goes on where an earlier leader's was.
    private func beginning(of update: TaskUpdate, after before: TaskState?) -> Instant {
        guard before == nil, update.state == .unreachable, let lasted = update.unreachableFor, lasted > .zero else { return now }
        return now - lasted
    }

    /// Sets when an absent task is given up.
    mutating func wait(for task: Entry) {
        guard let since = task.absentSince else {
            absent.remove(task.id)
            alarms.remove(.absent(task.id))
            return
        }
        absent.insert(task.id)
        if let patience = patience(with: task) { alarms.put(.absent(task.id), since + patience) } else { alarms.remove(.absent(task.id)) }
    }

    /// How long a task may be away before we act as if it were gone; `nil`: for ever.
    private func patience(with task: Entry) -> Duration? {
        guard let pod = pods[task.uid], task.state == .unreachable else {
            return pods[task.uid]?.isBound == true ? times.unknown : times.unknownLaunch
        }
        switch pod.unreachable {
        case .replace(let after): return after
        // What was never bound holds nothing that could be kept.
        case .keep: return pod.isBound ? nil : times.unknown
        }
    }

    /// The task is as good as gone. If it comes back, it is a stranger whose pod has been given to another.
    mutating func giveUp(_ task: Entry) -> [ReconcilerEffect] {
        drop(task.id)
        departed.note(task.id, task.identity, at: now)
        departed.forget(at: now)
        var effects: [ReconcilerEffect] = task.hasIntent ? [.deleteIntent(task.id)] : []
        guard let pod = pods[task.uid], !isOver(pod), !hasTask(pod.uid) else { return effects }
        if !pod.isBound {
            if !pod.isDeleting {
                effects.append(.requeue(pod.uid, reason: "Mesos does not know the task (\(task.state?.rawValue ?? "no answer"))"))
            }
            return effects
        }
        if hostIsRegistered(pod.nodeName) { return effects + relaunchIfLost(pod, because: "Mesos lost its task") }
        return effects + [.judge(pod.key, pod.uid, .remove)]
    }

    // MARK: Kills

    /// A launch has had its time. The cache may be late, so the API server itself is asked before anything is killed.
    mutating func expire(_ id: TaskID) -> [ReconcilerEffect] {
        guard let task = tasks[id], task.kills == 0, isLaunching(task) || task.absentSince != nil else { return [] }
        alarms.put(.launch(id), now + times.cooldown)
        // One that is away is killed when it is back, and still has come to nothing.
        guard connected, isLaunching(task) else { return [] }
        change(id) { $0.expiry = .suspected }
        return [.confirm(task.pod, task.uid)]
    }

    /// A launch is over when its pod is bound by it: what comes then (images that cannot be had, say) is the executor's to tell.
    private func isLaunching(_ task: Entry) -> Bool {
        [nil, .staging, .starting].contains(task.state) && pods[task.uid]?.task != task.id
    }

    mutating func kill(_ id: TaskID) -> [ReconcilerEffect] {
        guard let task = tasks[id] else { return [] }
        guard connected else {
            alarms.put(.kill(id), now + times.killAgain)
            return []
        }
        change(id) { $0.kills += 1 }
        alarms.put(.kill(id), now + killWait(task.kills))
        return [.kill(id, task.agent)]
    }

    /// Until Mesos says that it has ended, a task is killed again: a KILL may be lost on its way.
    func killWait(_ kills: Int) -> Duration { min(times.killAgain * (1 << min(kills, 16)), times.longestQuestion) }

    mutating func killIfDue(_ id: TaskID) -> [ReconcilerEffect] {
        guard let task = tasks[id] else { return killStranger(id) }
        if task.wasExpired, let pod = pods[task.uid], !pod.isDeleting { return doubt(task, pod) }
        if task.lastWord == nil, task.kills > 0 || pods[task.uid] != nil { return kill(id) }
        // A cache may be wrong about a pod; a kill cannot be taken back.
        alarms.put(.kill(id), now + times.cooldown)
        return [.confirm(task.pod, task.uid)]
    }

    /// What the API server itself says of a pod. The watch may have shown meanwhile what came after that.
    mutating func confirm(_ uid: PodUID, _ standing: PodStanding?) -> [ReconcilerEffect] {
        if let standing, gone[uid] == nil {
            let isNews = pods[uid].map { $0.revision <= standing.revision } ?? true
            let effects = (isNews ? see(standing) : []) + lastWords(uid)
            return effects + countRoomLook(uid) + strangers(of: uid).flatMap { judge($0, isFresh: true) } + killExpired(of: uid)
        }
        guard pods[uid] == nil else { return [] }
        return lastWords(uid) + tasks(of: uid).filter { $0.kills == 0 }.flatMap { kill($0.id) }
            + strangers(of: uid).flatMap { killStranger($0) }
    }

    private mutating func killExpired(of uid: PodUID) -> [ReconcilerEffect] {
        tasks(of: uid).flatMap { task -> [ReconcilerEffect] in
            guard task.expiry == .suspected && isLaunching(task) || task.expiry == .killedAndSuspected && pods[uid]?.task != task.id else { return [] }
            change(task.id) { $0.expiry = .killed }
            return kill(task.id)
        }
    }

    /// Its KILL was lost, it may be, and the launch may have come to something meanwhile.
    private mutating func doubt(_ task: Entry, _ pod: PodStanding) -> [ReconcilerEffect] {
        guard pod.task != task.id else { return [] }
        alarms.put(.kill(task.id), now + killWait(task.kills))
        change(task.id) { $0.expiry = .killedAndSuspected }
        return [.confirm(task.pod, task.uid)]
    }

    /// Whose pod is known now, or gone: what its tasks' executors said of their ends can be judged.
    mutating func lastWords(_ uid: PodUID) -> [ReconcilerEffect] {
        tasks(of: uid).flatMap { task in task.lastWord.map { end(task, $0, wasWithExecutor: true) } ?? [] }
    }

    private func strangers(of uid: PodUID) -> [TaskID] {
        strangers.filter { $0.value.identity?.uid == uid && $0.value.kills == 0 }.keys.sorted()
    }
}
