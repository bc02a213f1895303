import ActorKit
import Core
import Scheduling

/// What Mesos says of our tasks, held against what the API server says of our pods, until the two agree.
///
/// The table of tasks is rebuilt at the start from the intents and the bound pods; every task in it is then asked about, and
/// nothing is launched before the answers are there (or 30 s are over). It never kills what it does not understand: a task is
/// killed when its pod is known to be gone, or has outstayed its deletion.
public struct ReconcilerState: ComponentState {
    public struct Times: Sendable, Hashable {
        /// A question to Mesos is asked again after this, doubling up to `longestQuestion`.
        public var firstQuestion: Duration = .seconds(1)
        public var longestQuestion: Duration = .seconds(120)
        /// Launching begins after this even if not every task was answered.
        public var giveUp: Duration = .seconds(30)
        /// A pod that vanished gives its executor this long to say so, before the task is killed.
        public var vanished: Duration = .seconds(2)
        /// Beyond a pod's grace period, before its task is killed; and then again, before its object is removed.
        public var overdue: Duration = .seconds(15)
        /// An unreachable task's pod is removed after this.
        public var unreachable: Duration = .seconds(300)
        /// A task that is unknown to Mesos, whose agent does not come back: given up after this.
        public var unknown: Duration = .seconds(600)
        /// A launch that Mesos does not know of, with its pod unbound: given up after this.
        public var unknownLaunch: Duration = .seconds(30)
        /// A pod without a task, whose host has no agent any more: removed after this, so that another takes its place elsewhere.
        public var hostGone: Duration = .seconds(30)
        /// The wait before the second relaunch of a pod, doubling up to a minute; forgotten after ten minutes without one.
        public var relaunchAgain: Duration = .seconds(1)
        public init() {}
    }

    struct Entry: Sendable {
        let id: TaskID
        let pod: PodKey
        let uid: PodUID
        var agent: AgentID?
        var hostname: String
        var hasIntent: Bool
        var state: TaskState?
        /// Mesos spoke of it since the last subscription.
        var answered = false
        /// When its present silence or absence began (unreachable, unknown).
        var absentSince: Instant?
        var killAt: Instant?
        var killed = false
    }
    struct Relaunches: Sendable { var count = 0; var last: Instant }

    private(set) var tasks: [TaskID: Entry] = [:]
    /// The tasks of each pod; one, but for the moment when a lost one is replaced.
    private var ofPod: [PodUID: Set<TaskID>] = [:]
    var pods: [PodUID: PodStanding] = [:]
    /// Pods to be removed if they are still there at this moment.
    var removeAt: [PodUID: Instant] = [:]
    /// Asked for, and not launched yet.
    var relaunching: Set<PodUID> = []
    /// Their executor said that they are over; the API server may not say so yet.
    var ended: Set<PodUID> = []
    var relaunchAt: [PodUID: Instant] = [:]
    var relaunches: [PodUID: Relaunches] = [:]
    var agents: [AgentID: String] = [:]
    /// Hosts that pods without a task are waiting for, and that have no agent: since when.
    var missingHosts: [String: Instant] = [:]
    var now: Instant
    let times: Times

    var (intentsLoaded, podsLoaded, connected) = (false, false, false)
    /// The first round of questions of this subscription is out.
    var asked = false
    var isReady = false
    var askAgainAt: Instant?
    var giveUpAt: Instant?
    var questions: Backoff

    public init(times: Times = Times(), startingAt now: Instant) {
        (self.times, self.now) = (times, now)
        questions = Backoff(base: times.firstQuestion, cap: times.longestQuestion, jitter: 0)
    }

    /// The table, in the order of the task ids.
    public var known: [KnownTask] {
        tasks.values.sorted { $0.id < $1.id }.map {
            KnownTask(task: $0.id, pod: $0.pod, uid: $0.uid, agent: $0.agent, hostname: $0.hostname, state: $0.state)
        }
    }

    public var nextDeadline: Instant? {
        var deadlines = Array(removeAt.values) + Array(relaunchAt.values) + tasks.values.compactMap(\.killAt)
        deadlines += missingHosts.values.map { $0 + times.hostGone }
        if let askAgainAt { deadlines.append(askAgainAt) }
        if let giveUpAt { deadlines.append(giveUpAt) }
        for task in tasks.values {
            if let since = task.absentSince { deadlines.append(since + patience(with: task)) }
        }
        return deadlines.min()
    }

    public mutating func handle(_ input: ReconcilerFact) -> [ReconcilerEffect] {
        switch input {
        case .intents(let intents, let at):
            now = max(now, at)
            for intent in intents { add(intent) }
            intentsLoaded = true
            return begin()
        case .podsSynced(let standings, let at):
            now = max(now, at)
            let present = Set(standings.map(\.uid))
            var effects = pods.keys.filter { !present.contains($0) }.sorted().flatMap { vanish($0) }
            for standing in standings.sorted(by: { $0.key < $1.key }) { effects += see(standing) }
            podsLoaded = true
            // Tasks of pods that went while nobody watched.
            for task in tasks.values.sorted(by: { $0.id < $1.id }) where pods[task.uid] == nil { effects += vanish(task.uid) }
            return effects + begin()
        case .podChanged(let standing, let at):
            now = max(now, at)
            return see(standing)
        case .podGone(let uid, let at):
            now = max(now, at)
            return vanish(uid)
        case .launching(let intents, let at):
            now = max(now, at)
            for intent in intents {
                add(intent)
                relaunching.remove(intent.uid)
                change(intent.task) { $0.answered = true }
            }
            return []
        case .withdrawn(let ids):
            for id in ids { drop(id) }
            return []
        case .inDoubt(let ids, let at):
            now = max(now, at)
            for id in ids { change(id) { $0.answered = false } }
            return connected ? ask() : []
        case .subscribed(let at):
            now = max(now, at)
            (connected, asked) = (true, false)
            for id in Array(tasks.keys) { change(id) { $0.answered = false } }
            return begin()
        case .disconnected:
            (connected, asked, askAgainAt, giveUpAt) = (false, false, nil, nil)
            defer { isReady = false }
            return isReady ? [.notReady] : []
        case .update(let update, let at):
            now = max(now, at)
            return absorb(update) + checkReady()
        case .agents(let registered, let at):
            now = max(now, at)
            return meet(registered)
        case .timePassed(let to):
            now = max(now, to)
            return pass()
        }
    }

    mutating func add(_ intent: LaunchIntent) {
        guard tasks[intent.task] == nil else {
            change(intent.task) { $0.hasIntent = true }
            return
        }
        put(
            Entry(
                id: intent.task, pod: intent.pod, uid: intent.uid, agent: intent.agent, hostname: intent.hostname, hasIntent: true
            ))
    }

    mutating func put(_ entry: Entry) {
        tasks[entry.id] = entry
        ofPod[entry.uid, default: []].insert(entry.id)
    }

    mutating func drop(_ id: TaskID) {
        guard let entry = tasks.removeValue(forKey: id) else { return }
        ofPod[entry.uid]?.remove(id)
        if ofPod[entry.uid]?.isEmpty == true { ofPod[entry.uid] = nil }
    }

    mutating func change(_ id: TaskID, _ body: (inout Entry) -> Void) {
        guard var entry = tasks[id] else { return }
        body(&entry)
        tasks[id] = entry
    }

    func tasks(of uid: PodUID) -> [Entry] { (ofPod[uid] ?? []).sorted().compactMap { tasks[$0] } }
    func hasTask(_ uid: PodUID) -> Bool { ofPod[uid] != nil }

    // MARK: Questions

    /// Asks about every known task, once all that is known is in the table and Mesos listens.
    private mutating func begin() -> [ReconcilerEffect] {
        guard intentsLoaded, podsLoaded, connected, !asked else { return [] }
        asked = true
        questions.reset()
        giveUpAt = now + times.giveUp
        let effects = ask()
        return effects + checkReady()
    }

    private mutating func ask() -> [ReconcilerEffect] {
        // A task that nobody knows may be on an agent that is on its way back.
        let open = tasks.values.filter { !$0.answered || $0.state == .unknown }.sorted { $0.id < $1.id }
        guard !open.isEmpty else {
            askAgainAt = nil
            return []
        }
        askAgainAt = now + questions.next(0)
        return [.reconcile(open.map { TaskQuestion(task: $0.id, agent: $0.agent) })]
    }

    mutating func checkReady() -> [ReconcilerEffect] {
        guard asked, !isReady else { return [] }
        let allAnswered = tasks.values.allSatisfy(\.answered)
        guard allAnswered || (giveUpAt.map { $0 <= now } ?? false) else { return [] }
        isReady = true
        giveUpAt = nil
        let launched = tasks.values.filter { pods[$0.uid]?.isBound != true }.map(\.uid).sorted()
        var effects: [ReconcilerEffect] = launched.isEmpty ? [] : [.underWay(launched)]
        // What Mesos has of us that we do not know of, too.
        effects += [.reconcile([]), .ready]
        for standing in pods.values.sorted(by: { $0.key < $1.key }) { effects += relaunchIfLost(standing) }
        return effects
    }

    private mutating func pass() -> [ReconcilerEffect] {
        var effects: [ReconcilerEffect] = []
        if connected, let again = askAgainAt, again <= now { effects += ask() }
        effects += checkReady()
        for task in tasks.values.sorted(by: { $0.id < $1.id }) {
            if let at = task.killAt, at <= now { effects += kill(task.id) }
            if let since = task.absentSince, since + patience(with: task) <= now { effects += giveUp(task) }
        }
        for (uid, at) in removeAt.sorted(by: { $0.key < $1.key }) where at <= now {
            removeAt[uid] = nil
            if let pod = pods[uid] { effects.append(.judge(pod.key, uid, .remove)) }
        }
        effects += abandonMissingHosts()
        for (uid, at) in relaunchAt.sorted(by: { $0.key < $1.key }) where at <= now {
            relaunchAt[uid] = nil
            if pods[uid] != nil { effects.append(.relaunch(uid)) } else { relaunching.remove(uid) }
        }
        return effects
    }

    mutating func kill(_ id: TaskID) -> [ReconcilerEffect] {
        guard let task = tasks[id] else { return [] }
        change(id) { ($0.killAt, $0.killed) = (nil, true) }
        return [.kill(id, task.agent)]
    }
}
