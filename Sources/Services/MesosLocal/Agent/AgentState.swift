import Core
import Mesos
import MesosProto

/// A process that is not mistaken for a later one with the same pid.
public struct ProcessIdentity: Sendable, Hashable {
    public var pid: Int32
    /// Clock ticks after boot.
    public var startTime: UInt64
    public var bootID: String
    public init(pid: Int32, startTime: UInt64, bootID: String) { (self.pid, self.startTime, self.bootID) = (pid, startTime, bootID) }
}

/// What the embedded agent knows and decides: executors, their tasks, and the updates on their way to the scheduler.
///
/// Pure: facts in, commands out; every input is preceded by `tick`. What has to outlive the process goes out as `checkpoint` before the effects
/// that depend on it; replayed, the records give the same state.
struct AgentState: Sendable {
    typealias Key = MasterState.FrameworkTask

    enum Input: Sendable {
        case tick(Moment)
        case master(MasterToAgent)
        /// The link to the master is new: register.
        case masterConnected
        /// The link is gone; what is not acknowledged goes again over the next one.
        case masterDisconnected
        case subscribe(Mesos_V1_Executor_Call, stream: StreamID)
        case call(Mesos_V1_Executor_Call)
        case streamClosed(StreamID)
        case forked(containerID: String, ProcessIdentity)
        /// The container was not made: its tasks fail for this reason.
        case launchFailed(containerID: String, because: String)
        /// The process ended, or never started; `status` as from wait, -1 if unknown.
        case exited(containerID: String, status: Int32)
        /// After a restart: which of the recorded processes are still alive.
        case recovered(alive: Set<String>)
        /// Ends all executors politely: kmd itself ends.
        case stop
    }

    enum Effect: Sendable, Hashable {
        case answer(HTTPAnswer)
        case send(StreamID, Mesos_V1_Executor_Event)
        case close(StreamID)
        case tell(AgentToMaster)
        /// Make this durable before the effects after it.
        case checkpoint(KMD_AgentRecord)
        case launch(ExecutorLaunch)
        /// Give a launch up that has no process yet.
        case abandonLaunch(containerID: String)
        case signal(ProcessIdentity, Int32)
        /// The master does not want this agent any more, and its executors have ended.
        case retire(because: String)
    }

    /// How to start an executor.
    struct ExecutorLaunch: Sendable, Hashable {
        var containerID: String
        var command: Mesos_V1_CommandInfo
        var environment: [String: String]
        var directory: String
    }

    struct Settings: Sendable, Hashable {
        var registrationTimeout: Duration = .seconds(60)
        var recoveryTimeout: Duration = .seconds(900)
        var shutdownGracePeriod: Duration = .seconds(5)
        var firstRetry: Duration = .seconds(10)
        var longestRetry: Duration = .seconds(600)
        var subscriptionBackoffMax: Duration = .seconds(2)
        /// The folder of everything that the agent keeps.
        var workDirectory = ""
        /// What executors reach the agent at.
        var endpoint = MesosEndpoint(host: "127.0.0.1", port: 5051)
    }

    /// A task as the agent has it.
    struct AgentTask: Sendable, Hashable {
        var info: Mesos_V1_TaskInfo
        var latest: Mesos_V1_TaskStatus?
        /// Given to the executor on its present stream, or known to have been given before.
        var delivered = false
        /// The task group that it came with, to be delivered as one.
        var group: Int?
        var killRequested: Mesos_V1_KillPolicy?
        var isTerminal: Bool { latest?.state.isTerminal ?? false }
    }

    enum Phase: Sendable, Hashable {
        /// Started, not subscribed yet.
        case registering(until: Instant)
        case running
        /// The agent was restarted and waits for its subscription.
        case recovering(until: Instant)
        /// Told to end; killed at the given moment.
        case terminating(until: Instant?)
        /// The process is gone; kept until the master knows and all updates are acknowledged.
        case ended(status: Int32)
    }

    struct Executor: Sendable {
        var framework: FrameworkID
        var info: Mesos_V1_ExecutorInfo
        var containerID: String
        var directory: String
        var phase: Phase
        var process: ProcessIdentity?
        var stream: StreamID?
        /// In the order of their arrival.
        var tasks: [AgentTask] = []
        /// Why its tasks fail when it ends; the default is that it terminated.
        var cause: (reason: Mesos_V1_TaskStatus.Reason, message: String)?
        var masterKnowsEnd = false

        var id: ExecutorID { ExecutorID(info.executorID.value) }
        var hasEnded: Bool { if case .ended = phase { true } else { false } }
    }

    struct UpdateStream: Sendable {
        /// The first is with the scheduler, the others wait for its acknowledgement.
        var pending: [Mesos_V1_TaskStatus] = []
        var nextRetry: Instant
        var retryAfter: Duration
    }

    let settings: Settings
    var info: Mesos_V1_AgentInfo
    var clock: Moment
    var uuids: UUIDSource
    var frameworks: [FrameworkID: Mesos_V1_FrameworkInfo] = [:]
    /// By container id.
    var executors: [String: Executor] = [:]
    var updates: [Key: UpdateStream] = [:]
    /// The uuids of updates that were taken, per task, so that a repeated one is not taken twice.
    var taken: [Key: Set<[UInt8]>] = [:]
    var isConnected = false
    /// All resources, if RESERVE and UNRESERVE have changed them.
    var resources: [Mesos_V1_Resource] = []
    /// Set while the agent drains.
    var drain: KMD_ToAgent.Drain?
    /// Why the master does not want this agent any more.
    var retirement: String?
    var nextGroup = 0
    var effects: [Effect] = []

    init(info: Mesos_V1_AgentInfo, settings: Settings, at clock: Moment, uuidSeed: UInt64) {
        (self.info, self.settings, self.clock) = (info, settings, clock)
        uuids = UUIDSource(seed: uuidSeed)
    }

    /// When `tick` is due next, if anything waits for the clock.
    var nextDeadline: Instant? {
        let phases = executors.values.compactMap { executor -> Instant? in
            switch executor.phase {
            case .registering(let until), .recovering(let until): until
            case .terminating(let until): until
            case .running, .ended: nil
            }
        }
        return (phases + (isConnected ? updates.values.map(\.nextRetry) : [])).min()
    }

    mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .tick(let moment): tick(moment)
        case .master(let message): hear(message)
        case .masterConnected: register()
        case .masterDisconnected: isConnected = false
        case .subscribe(let call, let stream): subscribe(call, stream: stream)
        case .call(let call): effects.append(.answer(answer(call)))
        case .streamClosed(let stream):
            for (id, executor) in executors where executor.stream == stream { executors[id]?.stream = nil }
        case .forked(let container, let process): forked(container, process)
        case .launchFailed(let container, let reason):
            if executors[container]?.cause == nil {
                executors[container]?.cause = (.containerLaunchFailed, "Failed to launch container: \(reason)")
            }
            exited(container, 1 << 8)
        case .exited(let container, let status): exited(container, status)
        case .recovered(let alive): recovered(alive)
        case .stop: stop()
        }
        if let reason = retirement, executors.values.allSatisfy(\.hasEnded) {
            retirement = nil
            effects.append(.retire(because: reason))
        }
        defer { effects = [] }
        return effects
    }

    func executor(_ framework: FrameworkID, _ id: ExecutorID) -> Executor? {
        executors.values.first { $0.framework == framework && $0.id == id && !$0.hasEnded }
    }

    mutating func tick(_ moment: Moment) {
        clock = moment
        for id in executors.keys.sorted() {
            guard let executor = executors[id] else { continue }
            switch executor.phase {
            case .registering(let until) where until <= clock.now:
                let message = "Executor did not register within \(settings.registrationTimeout.mesosText)"
                executors[id]?.cause = (.executorRegistrationTimeout, message)
                kill(id)
            case .recovering(let until) where until <= clock.now:
                let message = "Executor did not re-register within \(settings.recoveryTimeout.mesosText)"
                executors[id]?.cause = (.executorReregistrationTimeout, message)
                kill(id)
            case .terminating(let until?) where until <= clock.now: kill(id)
            default: break
            }
        }
        guard isConnected else { return }
        for key in updates.keys.sorted() {
            guard var stream = updates[key], stream.nextRetry <= clock.now, let first = stream.pending.first else { continue }
            stream.retryAfter = min(stream.retryAfter * 2, settings.longestRetry)
            stream.nextRetry = clock.now + stream.retryAfter
            updates[key] = stream
            effects.append(.tell(.update(key.framework, first)))
        }
    }

    private mutating func kill(_ containerID: String) {
        executors[containerID]?.phase = .terminating(until: nil)
        if let process = executors[containerID]?.process {
            effects.append(.signal(process, 9))
        } else {
            effects.append(.abandonLaunch(containerID: containerID))
        }
    }

    // MARK: The master

    mutating func register() {
        isConnected = false
        let live = executors.values.filter { !$0.hasEnded }.sorted { $0.containerID < $1.containerID }
        var registration = AgentRegistration(info: info, endpoint: settings.endpoint)
        registration.resources = resources
        registration.frameworks = frameworks.values.sorted { $0.id.value < $1.id.value }
        registration.executors = live.map(\.info)
        registration.tasks = executors.values.sorted { $0.containerID < $1.containerID }.flatMap { executor in
            executor.tasks.map { summary($0, of: executor) }
        }
        effects.append(.tell(.register(registration)))
    }

    private func summary(_ task: AgentTask, of executor: Executor) -> Mesos_V1_Task {
        .with {
            $0.name = task.info.name
            $0.taskID = task.info.taskID
            $0.frameworkID.value = executor.framework.value
            $0.executorID = executor.info.executorID
            $0.agentID = task.info.agentID
            $0.state = task.latest?.state ?? .taskStaging
            $0.resources = task.info.resources
            if task.info.hasLabels { $0.labels = task.info.labels }
            if let latest = task.latest { $0.statuses = [latest] }
            let key = Key(framework: executor.framework, task: TaskID(task.info.taskID.value))
            if let waiting = updates[key]?.pending.first {
                $0.statusUpdateState = waiting.state
                $0.statusUpdateUuid = waiting.uuid
            } else if let latest = task.latest {
                $0.statusUpdateState = latest.state
            }
        }
    }

    private mutating func hear(_ message: MasterToAgent) {
        switch message {
        case .registered(let id):
            if info.id.value != id.value || !info.hasID {
                info.id.value = id.value
                let info = info
                checkpoint { $0.agent = info }
            }
            isConnected = true
            retellEnds { _ in true }
            resend { _ in true }
        case .run(let framework, let executor, let tasks, let group): run(framework, executor, tasks, group)
        case .kill(let framework, let task, let policy): kill(framework, task, policy)
        case .shutdownExecutor(let framework, let id):
            if let executor = executor(framework, id) { shutDown(executor.containerID) }
        case .shutdownFramework(let id): shutDownFramework(id)
        case .updateFramework(let framework):
            let id = FrameworkID(framework.id.value)
            if frameworks[id] != nil {
                frameworks[id] = framework
                checkpoint { $0.framework = framework }
            }
            retellEnds { $0 == id }
            resend { $0 == id }
        case .acknowledge(let framework, let task, let uuid): acknowledged(framework, task, uuid)
        case .message(let framework, let id, let data):
            if let stream = executor(framework, id)?.stream {
                effects.append(.send(stream, .with { $0.type = .message; $0.message.data = .init(data) }))
            }
        case .ping: effects.append(.tell(.pong))
        case .drain(let grace, let markGone): startDrain(grace, markGone)
        case .resources(let all):
            resources = all
            checkpoint { $0.resources.resources = all }
        case .shutdown(let reason):
            retirement = reason
            for container in executors.values.filter({ !$0.hasEnded }).map(\.containerID).sorted() { shutDown(container) }
        case .exitNoted(_, _, let container):
            executors[container]?.masterKnowsEnd = true
            forgetIfOver(container)
        }
    }

    /// The first waiting update of each task goes out now.
    private mutating func resend(where matches: (FrameworkID) -> Bool) {
        for key in updates.keys.sorted() where matches(key.framework) {
            guard let first = updates[key]?.pending.first else { continue }
            restartRetries(key)
            effects.append(.tell(.update(key.framework, first)))
        }
    }

    private mutating func retellEnds(where matches: (FrameworkID) -> Bool) {
        for executor in executors.values.sorted(by: { $0.containerID < $1.containerID }) where matches(executor.framework) && !executor.masterKnowsEnd {
            if case .ended(let status) = executor.phase {
                effects.append(.tell(.exited(executor.framework, executor.id, containerID: executor.containerID, status: status)))
            }
        }
    }

    private mutating func shutDownFramework(_ id: FrameworkID) {
        guard frameworks.removeValue(forKey: id) != nil else { return }
        checkpoint { $0.frameworkGone.value = id.value }
        dropUpdates(of: id)
        for container in executors.values.filter({ $0.framework == id }).map(\.containerID).sorted() {
            if executors[container]?.hasEnded == true {
                forget(container)
            } else {
                shutDown(container)
            }
        }
    }

    mutating func dropUpdates(of id: FrameworkID) {
        updates = updates.filter { $0.key.framework != id }
        taken = taken.filter { $0.key.framework != id }
    }

    mutating func checkpoint(_ fill: (inout KMD_AgentRecord) -> Void) {
        var record = KMD_AgentRecord()
        fill(&record)
        effects.append(.checkpoint(record))
    }

    private mutating func stop() {
        for executor in executors.values.sorted(by: { $0.containerID < $1.containerID }) {
            if let process = executor.process, !executor.hasEnded { effects.append(.signal(process, 15)) }
        }
    }
}
