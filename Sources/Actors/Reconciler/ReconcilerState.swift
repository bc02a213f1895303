import ActorKit
import Core
import Scheduling

/// What Mesos says of our tasks, held against what the API server says of our pods, until the two agree.
///
/// The table of tasks is rebuilt at the start from the intents and the bound pods; every task in it is then asked about, and
/// nothing is launched before the answers are there (or 30 s are over). It never kills what it does not understand: a task is
/// killed when the API server itself says that its pod is gone, when its pod has outstayed its deletion, when another task has its
/// pod, or when its launch came to nothing. docs/reconciliation.md has the whole table.
///
/// Each fact costs O(log n) in the number of tasks, but for the few that concern all of them: a subscription, a list of pods, and one
/// look a reconciliation interval at the tasks that Mesos did not mention.
public struct ReconcilerState: ComponentState {
    public struct Times: Sendable, Hashable {
        /// A question to Mesos is asked again after this, doubling up to `longestQuestion`.
        public var firstQuestion: Duration = .seconds(1)
        public var longestQuestion: Duration = .seconds(120)
        /// Launching begins after this even if not every task was answered.
        public var giveUp: Duration = .seconds(30)
        /// The second question about everything, after the one that a subscription begins with: a master that has just begun to lead may
        /// not have known all agents at the first.
        public var firstImplicit: Duration = .seconds(15)
        /// Between two questions about everything.
        public var implicit: Duration = .seconds(300)
        /// Between a question and the next that somebody wants, or that follows from it.
        public var cooldown: Duration = .seconds(15)
        /// A pod that vanished gives its executor this long to say so, before the task is killed.
        public var vanished: Duration = .seconds(2)
        /// Beyond a pod's grace period, before its task is killed; and then again, before its object is removed.
        public var overdue: Duration = .seconds(15)
        /// A task that does not end is killed again after this, doubling up to `longestQuestion`.
        public var killAgain: Duration = .seconds(10)
        /// A task that is unknown to Mesos, whose agent does not come back: given up after this.
        public var unknown: Duration = .seconds(600)
        /// A launch that Mesos does not know of, with its pod unbound: given up after this.
        public var unknownLaunch: Duration = .seconds(30)
        /// A launch whose pod is not bound after this is killed and tried anew.
        public var launchGrace: Duration = .seconds(300)
        /// A pod without a task, whose host has no agent any more: removed after this, so that another takes its place elsewhere.
        public var hostGone: Duration = .seconds(30)
        /// The wait before the second relaunch of a pod, doubling up to a minute; forgotten after ten minutes without one.
        public var relaunchAgain: Duration = .seconds(1)
        /// A pod whose node has no room for its relaunch has failed after this.
        public var relaunchRoom: Duration = .seconds(300)
        /// So many relaunches in a row that never reach an executor, and the pod has failed.
        public var relaunches = 10
        /// The most tasks that one question names.
        public var questionSize = 1000
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
        /// When Mesos last spoke of it, or it was launched.
        var heard: Instant?
        /// When its present silence or absence began (unreachable, unknown).
        var absentSince: Instant?
        /// How often it was killed.
        var kills = 0
        var expiry = Expiry.no
        /// Its executor's last word, of which the cache cannot say what it means: the API server is being asked whose the pod is.
        var lastWord: TaskUpdate?
        var identity: TaskIdentity { TaskIdentity(pod: pod, uid: uid) }
        /// It was killed because its launch took too long.
        var wasExpired: Bool { expiry == .killed || expiry == .killedAndSuspected }
    }
    /// A launch that takes too long is killed, if the API server's own word is that its pod is not bound by it; and so each time that the KILL is repeated.
    enum Expiry: Sendable { case no, suspected, killed, killedAndSuspected }
    struct Relaunches: Sendable {
        var count = 0
        var last: Instant
        /// In a row, without one that reached an executor.
        var failures = 0
        /// How often the API server was asked about it while it waited for room.
        var looks = 0
    }
    /// How many looks make up the time in which a pod waits for room.
    static let roomLooks = 10
    /// A task that is not in the table. Not ours, or from before a restart, or given up and back again.
    struct Stranger: Sendable {
        var state: TaskState
        var agent: AgentID?
        var identity: TaskIdentity?
        var isAskedAbout = false
        var kills = 0
    }
    /// What is to be done at a moment.
    enum Alarm: Hashable, Sendable {
        case ask, giveUp, implicit, explicit, unmentioned
        case kill(TaskID), absent(TaskID), launch(TaskID), judge(TaskID)
        case remove(PodUID), relaunch(PodUID), room(PodUID)
        case host(String)
    }

    private(set) var tasks: [TaskID: Entry] = [:]
    /// The tasks of each pod; one, but for the moment when a lost one is replaced.
    private var ofPod: [PodUID: Set<TaskID>] = [:]
    private var ofAgent: [AgentID: Set<TaskID>] = [:]
    /// Not answered since the last subscription, or unknown to Mesos: to be asked about.
    var open: Set<TaskID> = []
    /// Those of `open` that launching waits for.
    var awaited: Set<TaskID> = []
    /// Unreachable or unknown.
    var absent: Set<TaskID> = []
    var strangers: [TaskID: Stranger] = [:]
    /// Whose the tasks were that were given up: they may come back.
    var departed = Memory<TaskID, TaskIdentity>(limit: 10_000, age: .seconds(7 * 86_400))
    private(set) var pods: [PodUID: PodStanding] = [:]
    /// Bound pods that are to run and have no task, by host.
    private(set) var taskless: [String: Set<PodUID>] = [:]
    /// Asked for, and not launched yet.
    var relaunching: Set<PodUID> = []
    /// Pods that are over though the API server may not say so yet, and the task that their binding named then. Bound by another task since, a pod is not over.
    private var ended: [PodUID: TaskID?] = [:]
    /// Pods that the watch has said are gone. What was asked before that may be answered after it.
    var gone = Memory<PodUID, Void>(limit: 10_000, age: .seconds(600))
    var relaunches: [PodUID: Relaunches] = [:]
    var agents: [AgentID: String] = [:]
    /// How many agents each host has.
    var hosts: [String: Int] = [:]
    /// How the last executor of an agent ended.
    var exits: [AgentID: Int32] = [:]
    var alarms = Deadlines<Alarm>()
    /// Updates that came before intents and pods were known.
    var early: [TaskUpdate] = []
    var now: Instant
    let times: Times

    var (intentsLoaded, podsLoaded, agentsKnown, connected) = (false, false, false, false)
    /// The first round of questions of this subscription is out.
    var asked = false
    var isReady = false
    var askedAll: Instant?
    var askedKnown: Instant?
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

    /// How many tasks of the table each agent has; `nil` before all known ones have been answered for.
    public var load: [AgentID: Int]? { isReady ? ofAgent.mapValues(\.count) : nil }

    public var nextDeadline: Instant? { alarms.first?.rank }

    public mutating func handle(_ input: ReconcilerFact) -> [ReconcilerEffect] {
        advance(to: input)
        switch input {
        case .intents(let intents, _):
            for intent in intents { add(intent) }
            intentsLoaded = true
            return begin()
        case .podsSynced(let standings, _): return sync(standings)
        case .podChanged(let standing, _): return see(standing)
        case .podGone(let uid, _):
            gone.note(uid, (), at: now)
            gone.forget(at: now)
            vanish(uid)
            return lastWords(uid)
        case .launching(let intents, _):
            for intent in intents { launch(intent) }
            return []
        case .withdrawn(let ids):
            for id in ids { drop(id) }
            return []
        case .inDoubt(let ids, _):
            for id in ids where tasks[id] != nil { open.insert(id) }
            return connected ? ask() : []
        case .subscribed: return subscribe()
        case .disconnected: return disconnect()
        case .update(let update, _): return absorb(update) + checkReady()
        case .agents(let registered, _): return meet(registered)
        case .agentLost(let agent, _): return lose(agent)
        case .executorLost(let agent, let status, _): return executorEnded(agent, status)
        case .wanted(let kind, _): return want(kind)
        case .identified(let task, let identity, _): return identify(task, identity)
        case .confirmed(let uid, let standing, _): return confirm(uid, standing)
        case .timePassed: return pass() + checkReady()
        }
    }

    private mutating func advance(to input: ReconcilerFact) {
        switch input {
        case .intents(_, let at), .podsSynced(_, let at), .podChanged(_, let at), .podGone(_, let at), .launching(_, let at),
            .inDoubt(_, let at), .subscribed(let at), .update(_, let at), .agents(_, let at), .agentLost(_, let at),
            .executorLost(_, _, let at), .wanted(_, let at), .identified(_, _, let at), .confirmed(_, _, let at), .timePassed(let at):
            now = max(now, at)
        case .withdrawn, .disconnected: break
        }
    }

    private mutating func pass() -> [ReconcilerEffect] {
        alarms.takeDue(by: now).flatMap { alarm -> [ReconcilerEffect] in
            switch alarm {
            case .ask: return connected ? ask() : []
            case .giveUp: return []
            case .implicit: return askAll()
            case .explicit: return askKnown()
            case .unmentioned: return askUnmentioned()
            case .kill(let task): return killIfDue(task)
            case .absent(let task): return tasks[task].map { $0.absentSince == nil ? [] : giveUp($0) } ?? []
            case .launch(let task): return expire(task)
            case .judge(let task): return judge(task)
            case .remove(let uid): return removeNow(uid)
            case .relaunch(let uid): return relaunchNow(uid)
            case .room(let uid): return lookForRoom(uid)
            case .host(let host): return abandon(host)
            }
        }
    }

    // MARK: The table

    mutating func put(_ entry: Entry) {
        if let before = tasks.updateValue(entry, forKey: entry.id) {
            if before.agent != entry.agent { unlist(before) }
        } else {
            strangers[entry.id] = nil
            alarms.remove(.judge(entry.id))
        }
        ofPod[entry.uid, default: []].insert(entry.id)
        if let agent = entry.agent { ofAgent[agent, default: []].insert(entry.id) }
        track(entry.uid)
    }

    mutating func drop(_ id: TaskID) {
        guard let entry = tasks.removeValue(forKey: id) else { return }
        unlist(entry)
        ofPod[entry.uid]?.remove(id)
        if ofPod[entry.uid]?.isEmpty == true { ofPod[entry.uid] = nil }
        open.remove(id)
        awaited.remove(id)
        absent.remove(id)
        for alarm in [Alarm.kill(id), .absent(id), .launch(id)] { alarms.remove(alarm) }
        track(entry.uid)
    }

    private mutating func unlist(_ entry: Entry) {
        guard let agent = entry.agent else { return }
        ofAgent[agent]?.remove(entry.id)
        if ofAgent[agent]?.isEmpty == true { ofAgent[agent] = nil }
    }

    mutating func change(_ id: TaskID, _ body: (inout Entry) -> Void) {
        guard var entry = tasks[id] else { return }
        body(&entry)
        put(entry)
    }

    func tasks(of uid: PodUID) -> [Entry] { (ofPod[uid] ?? []).sorted().compactMap { tasks[$0] } }
    func tasks(on agent: AgentID) -> [Entry] { (ofAgent[agent] ?? []).sorted().compactMap { tasks[$0] } }
    func hasTask(_ uid: PodUID) -> Bool { ofPod[uid] != nil }
    func hasTask(_ uid: PodUID, beside task: TaskID) -> Bool { ofPod[uid]?.contains { $0 != task } ?? false }

    mutating func set(_ pod: PodStanding) {
        if let before = pods.updateValue(pod, forKey: pod.uid), before.nodeName != pod.nodeName { unlist(before) }
        track(pod.uid)
    }

    mutating func removePod(_ uid: PodUID) {
        ended[uid] = nil
        if let pod = pods.removeValue(forKey: uid) { unlist(pod) }
    }

    /// Its task has ended it, or it was given up: it is not launched again.
    mutating func markEnded(_ pod: PodStanding) {
        ended[pod.uid] = .some(pod.task)
        set(pod)
    }

    /// Whether the pod is over, whatever the API server says yet.
    func isOver(_ pod: PodStanding) -> Bool { pod.isFinished || ended[pod.uid].map { $0 == pod.task } ?? false }

    /// Keeps account of the pods that wait for a task on their host.
    private mutating func track(_ uid: PodUID) {
        guard let pod = pods[uid] else { return }
        guard pod.isBound, !pod.isDeleting, !hasTask(uid), !isOver(pod) else { return unlist(pod) }
        taskless[pod.nodeName, default: []].insert(uid)
        watch(pod.nodeName)
    }

    private mutating func unlist(_ pod: PodStanding) {
        taskless[pod.nodeName]?.remove(pod.uid)
        guard taskless[pod.nodeName]?.isEmpty == true else { return }
        taskless[pod.nodeName] = nil
        alarms.remove(.host(pod.nodeName))
    }
}
