import ActorKit
import Core
import Mesos
import MesosProto

/// What the agents are, and what their executors do.
public struct SimulatedAgentScript: Sendable, Hashable {
    public var agents = 0
    public var resources = MesosResources.plain(cpus: 16, memory: 65_536, disk: 100_000, ports: [31000...32000])
    /// Agents are spread over so many racks, `rack:r0` and so on; 0: without the attribute.
    public var racks = 50
    public var hostPrefix = "sim-"
    /// From the launch to TASK_RUNNING; each task takes between half and one and a half of it.
    public var startDelay: Duration = .milliseconds(100)
    /// How long a task runs until it finishes by itself; `nil`: until it is killed.
    public var runTime: Duration?
    /// Which part of the tasks fails instead of running, 0...1.
    public var failures = 0.0
    public var seed: UInt64 = 1
    /// Whether a task is bound through the API before it runs, as a real executor does it.
    public var binds = false

    public init() {}
}

/// Agents by the thousand that exist only as this value, with executors that follow a script: what load is measured against.
///
/// To the master they are agents like others. A task starts, runs after a while, may end by itself, and may fail, all by a seed. Pure: facts in,
/// commands out; every input is preceded by `tick`.
struct SimulatedAgentsState: Sendable {
    enum Input: Sendable {
        case tick(Moment)
        /// The agent's link stands.
        case connected(Int)
        case heard(Int, MasterToAgent)
        /// The pod of a task is bound to its node and reported as running, or cannot be.
        case bound(Key, Bool)
    }

    enum Effect: Sendable, Hashable {
        case tell(Int, AgentToMaster)
        /// Bind the task's pod to its node; `bound` follows.
        case bind(Key, SimulatedTask)
        /// The task has ended; its pod is to go.
        case ended(SimulatedTask)
    }

    typealias Key = MasterState.FrameworkTask

    private enum Timer: Sendable, Hashable {
        case start(Key), finish(Key), retry(Key)
    }

    private struct Task: Sendable {
        var agent: Int
        var executor: Mesos_V1_ExecutorID
        /// For binding and for its end; without its data when nobody binds.
        var simulated: SimulatedTask
        var state: Mesos_V1_TaskState = .taskStaging
        /// The first is with the scheduler.
        var pending: [Mesos_V1_TaskStatus] = []
    }

    private struct Agent: Sendable {
        var id: AgentID?
        /// By framework, the executors that run.
        var executors: [FrameworkID: Set<ExecutorID>] = [:]
        var tasks: Set<Key> = []
    }

    let script: SimulatedAgentScript
    private var clock: Moment
    private var random: UUIDSource
    private var agents: [Agent]
    private var tasks: [Key: Task] = [:]
    private var timers = Deadlines<Timer>()
    private var effects: [Effect] = []

    init(_ script: SimulatedAgentScript, at clock: Moment) {
        (self.script, self.clock) = (script, clock)
        random = UUIDSource(seed: script.seed)
        agents = Array(repeating: Agent(), count: script.agents)
    }

    var nextDeadline: Instant? { timers.first?.rank }
    /// How many tasks are not over.
    var taskCount: Int { tasks.count }

    func hostname(_ index: Int) -> String { script.hostPrefix + String(index) }

    mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .tick(let moment): tick(moment)
        case .connected(let index): register(index)
        case .heard(let index, let message): hear(message, index)
        case .bound(let key, let isBound): bound(key, isBound)
        }
        defer { effects = [] }
        return effects
    }

    private mutating func tick(_ moment: Moment) {
        clock = moment
        for timer in timers.takeDue(by: clock.now) {
            switch timer {
            case .start(let key): start(key)
            case .finish(let key): end(key, .taskFinished, "done")
            case .retry(let key):
                guard let task = tasks[key], let first = task.pending.first else { continue }
                effects.append(.tell(task.agent, .update(key.framework, first)))
                timers.put(.retry(key), clock.now + .seconds(20))
            }
        }
    }

    private mutating func register(_ index: Int) {
        let info = Mesos_V1_AgentInfo.with {
            $0.hostname = hostname(index)
            $0.port = 5051
            $0.resources = script.resources.items
            if script.racks > 0 {
                $0.attributes = [.with { $0.name = "rack"; $0.type = .text; $0.text.value = "r\(index % script.racks)" }]
            }
        }
        effects.append(.tell(index, .register(AgentRegistration(info: info, endpoint: MesosEndpoint(host: "127.0.0.1", port: 5051)))))
    }

    private mutating func hear(_ message: MasterToAgent, _ index: Int) {
        switch message {
        case .registered(let id): agents[index].id = id
        case .run(let framework, let executor, let list, _):
            let id = FrameworkID(framework.id.value)
            agents[index].executors[id, default: []].insert(ExecutorID(executor.executorID.value))
            for info in list { launch(info, of: id, executor, index) }
        case .kill(let framework, let task, _):
            let key = Key(framework: framework, task: task)
            if tasks[key] != nil {
                end(key, .taskKilled, "killed on request")
            } else {
                effects.append(.tell(index, .update(framework, status(task, .taskDropped, "Cannot find executor", nil, index))))
            }
        case .acknowledge(let framework, let task, let uuid): acknowledged(Key(framework: framework, task: task), uuid)
        case .shutdownExecutor(let framework, let executor): endAll(index, exiting: executor) { $0 == framework && $1 == executor.value }
        case .shutdownFramework(let framework):
            for key in agents[index].tasks.filter({ $0.framework == framework }).sorted() { forget(key) }
            agents[index].executors[framework] = nil
        case .updateFramework(let framework): resend(FrameworkID(framework.id.value), index)
        case .drain: endAll(index, exiting: nil) { _, _ in true }
        case .ping: effects.append(.tell(index, .pong))
        case .message, .exitNoted, .resources, .shutdown: break
        }
    }

    // MARK: Tasks

    private mutating func launch(_ info: Mesos_V1_TaskInfo, of framework: FrameworkID, _ executor: Mesos_V1_ExecutorInfo, _ index: Int) {
        let key = Key(framework: framework, task: TaskID(info.taskID.value))
        let simulated = SimulatedTask(
            task: key.task, hostname: hostname(index), data: script.binds ? [UInt8](info.data) : [])
        agents[index].tasks.insert(key)
        tasks[key] = Task(agent: index, executor: executor.executorID, simulated: simulated)
        say(key, .taskStarting, nil)
        if script.binds {
            effects.append(.bind(key, simulated))
        } else {
            timers.put(.start(key), clock.now + script.startDelay * spread())
        }
    }

    /// Between one half and one and a half, even; by the seed.
    private mutating func spread() -> Double { 0.5 + chance() }
    private mutating func chance() -> Double { Double(random.bytes()[0]) / 256 + Double(random.bytes()[1]) / 65_536 }

    private mutating func start(_ key: Key) {
        guard tasks[key] != nil else { return }
        if script.failures > 0, chance() < script.failures { return end(key, .taskFailed, "failed by the script") }
        say(key, .taskRunning, "running")
        if let runTime = script.runTime { timers.put(.finish(key), clock.now + runTime * spread()) }
    }

    private mutating func bound(_ key: Key, _ isBound: Bool) {
        guard tasks[key] != nil else { return }
        if isBound { timers.put(.start(key), clock.now + script.startDelay * spread()) } else { end(key, .taskFailed, "the pod cannot be bound") }
    }

    private mutating func end(_ key: Key, _ state: Mesos_V1_TaskState, _ message: String) {
        guard let task = tasks[key], !task.state.isTerminal else { return }
        for timer in [Timer.start(key), .finish(key)] { timers.remove(timer) }
        say(key, state, message)
        effects.append(.ended(task.simulated))
    }

    private mutating func endAll(_ index: Int, exiting executor: ExecutorID?, where matches: (FrameworkID, String) -> Bool) {
        for key in agents[index].tasks.sorted() {
            guard let task = tasks[key], matches(key.framework, task.executor.value) else { continue }
            end(key, .taskKilled, "executor shutdown")
        }
        guard let executor else { return }
        for framework in agents[index].executors.keys.sorted() where agents[index].executors[framework]?.remove(executor) != nil {
            effects.append(.tell(index, .exited(framework, executor, containerID: "sim", status: 0)))
        }
    }

    private mutating func forget(_ key: Key) {
        if let task = tasks.removeValue(forKey: key) { agents[task.agent].tasks.remove(key) }
        for timer in [Timer.start(key), .finish(key), .retry(key)] { timers.remove(timer) }
    }

    // MARK: Updates

    private mutating func status(
        _ task: TaskID, _ state: Mesos_V1_TaskState, _ message: String?, _ executor: Mesos_V1_ExecutorID?, _ index: Int
    ) -> Mesos_V1_TaskStatus {
        .with {
            $0.taskID.value = task.value
            $0.state = state
            if let message { $0.message = message }
            $0.source = .executor
            $0.agentID.value = agents[index].id?.value ?? ""
            if let executor { $0.executorID = executor }
            $0.timestamp = clock.seconds
            $0.uuid = .init(random.bytes())
            if state == .taskRunning { $0.healthy = true }
        }
    }

    private mutating func say(_ key: Key, _ state: Mesos_V1_TaskState, _ message: String?) {
        guard let task = tasks[key] else { return }
        let status = status(key.task, state, message, task.executor, task.agent)
        tasks[key]?.state = state
        tasks[key]?.pending.append(status)
        if task.pending.isEmpty { sendFirst(key) }
    }

    private mutating func sendFirst(_ key: Key) {
        guard let task = tasks[key], let first = task.pending.first else { return }
        effects.append(.tell(task.agent, .update(key.framework, first)))
        timers.put(.retry(key), clock.now + .seconds(10))
    }

    private mutating func acknowledged(_ key: Key, _ uuid: [UInt8]) {
        guard let first = tasks[key]?.pending.first, [UInt8](first.uuid) == uuid else { return }
        timers.remove(.retry(key))
        if first.state.isTerminal { return forget(key) }
        tasks[key]?.pending.removeFirst()
        sendFirst(key)
    }

    private mutating func resend(_ framework: FrameworkID, _ index: Int) {
        for key in agents[index].tasks.filter({ $0.framework == framework }).sorted() { sendFirst(key) }
    }
}

/// A task of a simulated executor.
public struct SimulatedTask: Sendable, Hashable {
    public var task: TaskID
    public var hostname: String
    /// The task's data: the pod.
    public var data: [UInt8]
}
