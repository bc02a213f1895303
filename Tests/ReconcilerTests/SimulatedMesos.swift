import Core
import Reconciler
import Scheduling

/// A small model of Mesos: agents, each with an executor, their tasks, and the updates that wait for their acknowledgement.
struct SimulatedMesos {
    struct Agent {
        let id: AgentID
        let host: String
        var executorRuns = false
        /// The master hears of it.
        var isReachable = true
        /// After a master's failover the agent has not registered again yet: nobody answers for its tasks.
        var isInTransit = false
    }
    struct Task {
        let id: TaskID
        let identity: TaskIdentity
        let agent: AgentID
        var state: TaskState = .staging
        var pending: [TaskUpdate] = []
        /// The executor got it and works on it.
        var isDelivered = false
        /// It will never get as far as binding its pod.
        var isStuck = false
        /// The scheduler was told at least once that it is away.
        var wasAbsent = false
        var isLive: Bool { !state.isTerminal }
    }

    var agents: [AgentID: Agent] = [:]
    var tasks: [TaskID: Task] = [:]
    /// What is on its way to the scheduler, in order.
    var stream: [TaskUpdate] = []
    var subscribed = false
    private var uuids: UInt64 = 0

    init(hosts: [String]) {
        for (number, host) in hosts.enumerated() {
            let id = AgentID("s\(number)")
            agents[id] = Agent(id: id, host: host)
        }
    }

    var registered: [AgentID: String] { agents.filter { $0.value.isReachable && !$0.value.isInTransit }.mapValues(\.host) }

    func isReachable(_ task: Task) -> Bool { agents[task.agent].map { $0.isReachable && !$0.isInTransit } ?? false }

    func live(of uid: PodUID) -> [Task] { tasks.values.filter { $0.identity.uid == uid && $0.isLive }.sorted { $0.id < $1.id } }

    /// An update that the agent keeps until it is acknowledged.
    mutating func say(_ id: TaskID, _ state: TaskState, from source: TaskUpdate.Source, _ reason: String = "", message: String = "") {
        guard var task = tasks[id], task.isLive else { return }
        uuids += 1
        task.state = state
        task.pending.append(
            TaskUpdate(
                task: id, state: state, source: source, reason: reason, message: message, agent: task.agent,
                uuid: (0..<8).map { UInt8(truncatingIfNeeded: uuids >> ($0 * 8)) }, identity: source == .executor ? task.identity : nil))
        tasks[id] = task
        if task.pending.count == 1 { send(id) }
    }

    /// The oldest update that is not acknowledged, (again).
    mutating func send(_ id: TaskID) {
        guard subscribed, let task = tasks[id], let first = task.pending.first, isReachable(task) else { return }
        stream.append(first)
    }

    mutating func acknowledge(_ id: TaskID, _ uuid: [UInt8]) {
        guard var task = tasks[id], task.pending.first?.uuid == uuid, isReachable(task) else { return }
        task.pending.removeFirst()
        tasks[id] = task
        if !task.isLive, task.pending.isEmpty { tasks[id] = nil } else { send(id) }
    }

    /// The master's own word, which nobody acknowledges.
    mutating func tell(_ id: TaskID, _ state: TaskState, _ agent: AgentID?, _ reason: String) {
        guard subscribed else { return }
        if state == .unreachable || state == .unknown { tasks[id]?.wasAbsent = true }
        stream.append(TaskUpdate(task: id, state: state, source: .master, reason: reason, agent: agent))
    }

    mutating func answer(_ question: TaskQuestion) {
        if let task = tasks[question.task] {
            guard let agent = agents[task.agent], !agent.isInTransit else { return }
            tell(task.id, agent.isReachable ? task.state : .unreachable, task.agent, "REASON_RECONCILIATION")
        } else {
            let isThere = question.agent.map { registered[$0] != nil } ?? false
            if let agent = question.agent, agents[agent]?.isInTransit == true { return }
            tell(question.task, isThere ? .gone : .unknown, question.agent, "REASON_RECONCILIATION")
        }
    }

    mutating func answerAll() {
        for task in tasks.values.sorted(by: { $0.id < $1.id }) where isReachable(task) {
            tell(task.id, task.state, task.agent, "REASON_RECONCILIATION")
        }
    }

    // MARK: What goes wrong

    mutating func executorDies(on agent: AgentID) {
        guard agents[agent]?.executorRuns == true else { return }
        agents[agent]?.executorRuns = false
        for id in ids(on: agent) { say(id, .failed, from: .agent, "REASON_EXECUTOR_TERMINATED") }
    }

    mutating func lose(_ agent: AgentID) {
        agents[agent]?.isReachable = false
        for id in ids(on: agent) where tasks[id]?.isLive == true { tell(id, .unreachable, agent, "REASON_AGENT_REMOVED") }
    }

    mutating func comeBack(_ agent: AgentID) {
        agents[agent]?.isReachable = true
        agents[agent]?.isInTransit = false
        for id in ids(on: agent) {
            guard let task = tasks[id] else { continue }
            tell(id, task.state, agent, "REASON_AGENT_REREGISTERED")
            send(id)
        }
    }

    /// For good: another agent takes its host.
    mutating func destroy(_ agent: AgentID, successor: AgentID) {
        guard let old = agents.removeValue(forKey: agent) else { return }
        for id in ids(on: agent) {
            tell(id, .goneByOperator, agent, "")
            tasks[id] = nil
        }
        agents[successor] = Agent(id: successor, host: old.host)
    }

    func ids(on agent: AgentID) -> [TaskID] { tasks.values.filter { $0.agent == agent }.map(\.id).sorted() }
}

/// A small model of the API server: pods, the launch intents, and the events that the scheduler's watch has not seen yet.
struct SimulatedPods {
    struct Pod {
        let key: PodKey
        let uid: PodUID
        var host = ""
        var task: TaskID?
        var agent: AgentID?
        var isFinished = false
        var isDeleting = false
        var policy = UnreachablePolicy.replace(after: .seconds(300))
        fileprivate(set) var revision: UInt64 = 0
        var standing: PodStanding {
            PodStanding(
                key: key, uid: uid, nodeName: host, task: task, agent: agent, isFinished: isFinished,
                deletionGrace: isDeleting ? .seconds(30) : nil, unreachable: policy, revision: revision)
        }
        /// It is to run.
        var isWanted: Bool { !isDeleting && !isFinished }
    }
    enum Event { case changed(PodStanding), gone(PodUID) }

    private(set) var pods: [PodUID: Pod] = [:]
    private var revision: UInt64 = 0
    var intents: [TaskID: LaunchIntent] = [:]
    var watch: [Event] = []
    var isAway = false

    mutating func put(_ changed: Pod) {
        revision += 1
        var pod = changed
        pod.revision = revision
        pods[pod.uid] = pod
        watch.append(.changed(pod.standing))
    }
    mutating func change(_ uid: PodUID, _ body: (inout Pod) -> Void) {
        guard var pod = pods[uid] else { return }
        body(&pod)
        put(pod)
    }
    mutating func remove(_ uid: PodUID) { if pods.removeValue(forKey: uid) != nil { watch.append(.gone(uid)) } }
    var all: [Pod] { pods.values.sorted { $0.key < $1.key } }
}
