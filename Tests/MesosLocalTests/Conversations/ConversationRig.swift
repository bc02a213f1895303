import Core
import JSON
import Mesos
import MesosProto

@testable import MesosLocal

/// Our master and agents in virtual time, with executors that behave as the recorded ones did.
struct ConversationRig {
    /// Something that a scheduler saw.
    enum Seen: Sendable {
        case event(Mesos_V1_Scheduler_Event)
        case closed
    }

    private enum Action {
        case register(agent: String, container: String)
        case update(agent: String, container: String, task: String, Mesos_V1_TaskState, message: String)
        case exit(agent: String, container: String, status: Int32)
        case fetchFails(agent: String, container: String)
    }

    private struct Executor {
        var id: String
        var framework: String
        var running: Set<String> = []
        var isAlive = true
        var hadTasks = false
        /// It outlives its agent.
        var isCheckpointed: Bool
        /// What the agent has not acknowledged yet: said again to an agent that comes back.
        var unacknowledged: [Mesos_V1_TaskStatus] = []
    }

    private struct Agent {
        let given: Conversation.Agent
        var state: AgentState?
        var records: [KMD_AgentRecord] = []
        var link: Int?
        var executors: [String: Executor] = [:]
    }

    private let conversation: Conversation
    private(set) var seen: [(at: Double, stream: String, what: Seen)] = []
    private var master: MasterState
    private var agents: [String: Agent] = [:]
    private var actions: [(at: Double, action: Action)] = []
    private var now = 0.0
    private var nextLink = 1
    private var nextUUID: UInt64 = 1
    private var answer: HTTPAnswer?
    private var mail: [(link: Int, message: MasterToAgent)] = []
    private var isDelivering = false

    init(_ conversation: Conversation) throws {
        self.conversation = conversation
        var settings = MasterState.Settings()
        settings.allocationInterval = .seconds(conversation.allocationInterval)
        settings.releaseDelay = nil
        settings.agentPingTimeout = .seconds(conversation.agentTimeout)
        settings.maxAgentPingTimeouts = 1
        // The first allocation comes an interval after the start.
        let start = conversation.firstAllocation - conversation.allocationInterval
        now = start
        master = MasterState(
            masterInfo: .with { $0.id = "m"; $0.ip = 0; $0.port = 5050 }, settings: settings, at: MasterStateTests.moment(start))
        for agent in conversation.agents {
            agents[agent.info.id.value] = Agent(given: agent)
            if !agent.isAbsent { startAgent(agent.info.id.value) }
        }
    }

    // MARK: What schedulers and the outside do

    /// A call with the ids of our side; gives the answer, `nil` when SUBSCRIBE opened a stream.
    mutating func call(_ call: Mesos_V1_Scheduler_Call, opens: String?, on stream: String?) -> HTTPAnswer? {
        if let problem = MasterState.problem(of: call) { return .badRequest("Failed to validate scheduler::Call: \(problem)") }
        answer = nil
        if let opens {
            perform(master.handle(.subscribe(call, stream: opens)))
            return nil
        }
        perform(master.handle(.call(call, streamID: stream)))
        return answer
    }

    mutating func leave(_ stream: String) { perform(master.handle(.streamClosed(stream))) }

    mutating func startAgent(_ id: String, alone: Bool = false) {
        guard var agent = agents[id] else { return }
        var settings = AgentState.Settings()
        settings.registrationTimeout = .seconds(conversation.registrationTimeout)
        var info = agent.given.info
        info.resources = ((try? MachineResources.parse(agent.given.resources)) ?? MesosResources()).items
        var state = AgentState(info: info, settings: settings, at: MasterStateTests.moment(now), uuidSeed: nextUUID)
        nextUUID += 1000
        for record in agent.records { state.replay(record) }
        agent.state = state
        if !alone {
            agent.link = nextLink
            nextLink += 1
        }
        agents[id] = agent
        let alive = Set(agent.executors.filter { $0.value.isAlive }.keys)
        feed(id, .recovered(alive: alive))
        if !alone { feed(id, .masterConnected) }
        // Executors that run look for their agent about once a second.
        for container in alive.sorted() { schedule(0.9, .register(agent: id, container: container)) }
    }

    mutating func killAgent(_ id: String) {
        guard let link = agents[id]?.link else { return }
        agents[id]?.link = nil
        agents[id]?.state = nil
        for container in (agents[id]?.executors.keys.sorted() ?? []) where agents[id]?.executors[container]?.isCheckpointed == false {
            agents[id]?.executors[container]?.isAlive = false
        }
        perform(master.handle(.agentDisconnected(link)))
    }

    /// The agent's link to the master stands: to the one that leads now.
    mutating func connectAgent(_ id: String) {
        if agents[id]?.link == nil {
            agents[id]?.link = nextLink
            nextLink += 1
        }
        feed(id, .masterConnected)
    }

    /// Streams and links break. The master that follows knows what it is told.
    mutating func killMaster() {
        for stream in master.streams.keys.sorted() { seen.append((now, stream, .closed)) }
        for id in agents.keys.sorted() {
            agents[id]?.link = nil
            feed(id, .masterDisconnected)
        }
        master = MasterState(masterInfo: .with { $0.id = "n"; $0.ip = 0; $0.port = 5050 }, settings: master.settings, at: MasterStateTests.moment(now))
    }

    // MARK: Time

    /// Lets everything happen that is due until `moment`.
    mutating func advance(to moment: Double) {
        while let next = nextMoment, next <= moment {
            now = next
            tick()
            while let first = actions.first, first.at <= now {
                actions.removeFirst()
                act(first.action)
            }
        }
        now = max(now, moment)
        tick()
    }

    private mutating func tick() {
        perform(master.handle(.tick(MasterStateTests.moment(now))))
        for id in agents.keys.sorted() where agents[id]?.state != nil { feed(id, .tick(MasterStateTests.moment(now))) }
    }

    private var nextMoment: Double? {
        func seconds(_ instant: Instant) -> Double {
            let (whole, rest) = (instant - MasterStateTests.start).components
            return Double(whole) + Double(rest) / 1e18
        }
        let deadlines = agents.values.compactMap { $0.state?.nextDeadline }.map(seconds)
        return ([seconds(master.nextDeadline)] + deadlines + actions.prefix(1).map(\.at)).min().map { max($0, now + 1e-6) }
    }

    private mutating func schedule(_ delay: Double, _ action: Action) {
        let at = now + delay
        let index = actions.firstIndex { $0.at > at } ?? actions.count
        actions.insert((at, action), at: index)
    }

    // MARK: Effects

    private mutating func perform(_ effects: [MasterState.Effect]) {
        for effect in effects {
            switch effect {
            case .answer(let given): answer = given
            case .send(let stream, let event): seen.append((now, stream, .event(event)))
            case .close(let stream): seen.append((now, stream, .closed))
            case .tell(let link, let message): mail.append((link, message))
            case .unlink, .persist: break
            }
        }
        deliver()
    }

    /// What the master tells agents arrives after all that it does at the same moment.
    private mutating func deliver() {
        guard !isDelivering else { return }
        isDelivering = true
        while let letter = mail.first {
            mail.removeFirst()
            if let id = agents.first(where: { $0.value.link == letter.link })?.key { feed(id, .master(letter.message)) }
        }
        isDelivering = false
    }

    private mutating func feed(_ id: String, _ input: AgentState.Input) {
        let effects = agents[id]?.state?.handle(input) ?? []
        for effect in effects {
            switch effect {
            case .tell(let message): if let link = agents[id]?.link { perform(master.handle(.agent(link, message))) }
            case .checkpoint(let record): agents[id]?.records.append(record)
            case .launch(let launch): start(launch, on: id)
            case .send(let container, let event): hear(event, container, on: id)
            case .signal(let process, let number):
                if let container = agents[id]?.state?.executors.first(where: { $0.value.process == process })?.key {
                    schedule(0.1, .exit(agent: id, container: container, status: number))
                }
            case .answer, .close, .abandonLaunch, .retire: break
            }
        }
    }

    // MARK: Executors

    private mutating func start(_ launch: AgentState.ExecutorLaunch, on agent: String) {
        let container = launch.containerID
        let id = launch.environment["MESOS_EXECUTOR_ID"] ?? ""
        agents[agent]?.executors[container] = Executor(
            id: id, framework: launch.environment["MESOS_FRAMEWORK_ID"] ?? "", isCheckpointed: launch.environment["MESOS_CHECKPOINT"] == "1")
        if let delay = conversation.executors[id]?.unfetched { return schedule(delay, .fetchFails(agent: agent, container: container)) }
        let number = Int32(100 + (agents[agent]?.executors.count ?? 0))
        feed(agent, .forked(containerID: container, ProcessIdentity(pid: number, startTime: 1, bootID: "b")))
        let special = conversation.executors[id]
        if let status = special?.fails { return schedule(0.2, .exit(agent: agent, container: container, status: status)) }
        if let delay = special.map(\.registers) ?? 0.15 { schedule(delay, .register(agent: agent, container: container)) }
    }

    private mutating func hear(_ event: Mesos_V1_Executor_Event, _ container: String, on agent: String) {
        switch event.type {
        case .launch: run(event.launch.task, container, on: agent)
        case .launchGroup: for task in event.launchGroup.taskGroup.tasks { run(task, container, on: agent) }
        case .kill:
            let task = event.kill.taskID.value
            agents[agent]?.executors[container]?.running.remove(task)
            schedule(0.005, .update(agent: agent, container: container, task: task, .taskKilling, message: ""))
            schedule(0.3, .update(agent: agent, container: container, task: task, .taskKilled, message: "killed on request"))
        case .message:
            if String(decoding: event.message.data, as: UTF8.self) == "die" {
                schedule(0.03, .exit(agent: agent, container: container, status: 7 << 8))
            } else {
                var call = envelope(.message, container, on: agent)
                call.message.data = .init(Array("echo:".utf8)) + event.message.data
                feed(agent, .call(call))
            }
        case .shutdown where conversation.executors[agents[agent]?.executors[container]?.id ?? ""]?.ignoresShutdown == true: break
        case .acknowledged: agents[agent]?.executors[container]?.unacknowledged.removeAll { $0.uuid == event.acknowledged.uuid }
        case .shutdown:
            for task in (agents[agent]?.executors[container]?.running ?? []).sorted() {
                schedule(0.005, .update(agent: agent, container: container, task: task, .taskKilled, message: "executor shutdown"))
            }
            let hadTasks = agents[agent]?.executors[container]?.hadTasks ?? false
            schedule(hadTasks ? 1.06 : 0.1, .exit(agent: agent, container: container, status: 0))
        case .subscribed, .error, .heartbeat, .unknown: break
        }
    }

    private mutating func run(_ task: Mesos_V1_TaskInfo, _ container: String, on agent: String) {
        let (id, script) = (task.taskID.value, String(decoding: task.data, as: UTF8.self))
        agents[agent]?.executors[container]?.running.insert(id)
        agents[agent]?.executors[container]?.hadTasks = true
        if conversation.executors[agents[agent]?.executors[container]?.id ?? ""]?.playsDefault == true { return playDefault(id, container, on: agent) }
        schedule(0.003, .update(agent: agent, container: container, task: id, .taskStarting, message: "starting by executor"))
        schedule(0.295, .update(agent: agent, container: container, task: id, .taskRunning, message: "running"))
        if script.hasPrefix("finish:") {
            let seconds = Double(script.dropFirst("finish:".count)) ?? 0
            schedule(0.3 + seconds, .update(agent: agent, container: container, task: id, .taskFinished, message: "done"))
        } else if script.hasPrefix("exit:") {
            schedule(1.3, .exit(agent: agent, container: container, status: (Int32(script.dropFirst("exit:".count)) ?? 0) << 8))
        }
    }

    /// A task of `sleep 1`, and the end of an executor that has no other.
    private mutating func playDefault(_ task: String, _ container: String, on agent: String) {
        schedule(0.146, .update(agent: agent, container: container, task: task, .taskStarting, message: ""))
        schedule(0.266, .update(agent: agent, container: container, task: task, .taskRunning, message: ""))
        schedule(1.36, .update(agent: agent, container: container, task: task, .taskFinished, message: "Command exited with status 0"))
        schedule(1.53, .exit(agent: agent, container: container, status: 0))
    }

    private func envelope(_ type: Mesos_V1_Executor_Call.TypeEnum, _ container: String, on agent: String) -> Mesos_V1_Executor_Call {
        .with {
            $0.type = type
            $0.executorID.value = agents[agent]?.executors[container]?.id ?? ""
            $0.frameworkID.value = agents[agent]?.executors[container]?.framework ?? ""
        }
    }

    private mutating func act(_ action: Action) {
        switch action {
        case .register(let agent, let container):
            var call = envelope(.subscribe, container, on: agent)
            call.subscribe = .init()
            call.subscribe.unacknowledgedUpdates = (agents[agent]?.executors[container]?.unacknowledged ?? []).map { status in .with { $0.status = status } }
            feed(agent, .subscribe(call, stream: container))
        case .update(let agent, let container, let task, let state, let message):
            guard agents[agent]?.executors[container]?.isAlive == true else { return }
            var call = envelope(.update, container, on: agent)
            nextUUID += 1
            call.update.status = .with {
                $0.taskID.value = task
                $0.state = state
                if !message.isEmpty { $0.message = message }
                $0.source = .executor
                $0.uuid = .init((0..<16).map { UInt8(truncatingIfNeeded: nextUUID >> (8 * ($0 % 8))) })
            }
            if state.isTerminal { agents[agent]?.executors[container]?.running.remove(task) }
            agents[agent]?.executors[container]?.unacknowledged.append(call.update.status)
            feed(agent, .call(call))
        case .exit(let agent, let container, let status):
            guard agents[agent]?.executors[container]?.isAlive == true else { return }
            agents[agent]?.executors[container]?.isAlive = false
            feed(agent, .exited(containerID: container, status: status))
        case .fetchFails(let agent, let container):
            agents[agent]?.executors[container]?.isAlive = false
            feed(agent, .launchFailed(containerID: container, because: "Failed to fetch all URIs for container '\(container)': exited with status 1"))
        }
    }
}
