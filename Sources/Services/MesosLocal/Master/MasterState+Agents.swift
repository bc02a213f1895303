import Core
import Mesos
import MesosProto

/// What agents tell, and their comings and goings.
extension MasterState {
    mutating func hear(_ message: AgentToMaster, from link: AgentLinkID) {
        if case .register(let registration) = message { return register(registration, link) }
        guard let agent = agents.values.first(where: { $0.link == link }) else { return }
        let due = clock.now + settings.agentTimeout
        if agent.nextPing != nil { agents[agent.id]?.unreachableDue = due }
        switch message {
        case .register, .pong: break
        case .update(let framework, let status): update(status, of: framework, from: agent)
        case .exited(let framework, let executor, let container, let status):
            agents[agent.id]?.executors.removeAll { $0.framework == framework && $0.id == executor }
            send(framework) {
                $0.type = .failure
                $0.failure.agentID.value = agent.id.value
                $0.failure.executorID.value = executor.value
                $0.failure.status = status
            }
            // A scheduler that is away hears of it with the next subscription: the agent tells again at its request.
            if frameworks[framework] == nil || frameworks[framework]?.stream != nil {
                effects.append(.tell(link, .exitNoted(framework, executor, containerID: container)))
            }
            allocationWanted = true
        case .message(let framework, let executor, let data):
            send(framework) {
                $0.type = .message
                $0.message.agentID.value = agent.id.value
                $0.message.executorID.value = executor.value
                $0.message.data = .init(data)
            }
        case .unregister: lose(agent.id, graceful: true)
        }
    }

    private mutating func register(_ registration: AgentRegistration, _ link: AgentLinkID) {
        var info = registration.info
        if !info.hasID || info.id.value.isEmpty {
            info.id.value = "\(masterInfo.id)-S\(nextAgent)"
            nextAgent += 1
        }
        let id = AgentID(info.id.value)
        let before = agents[id]
        let total = MesosResources(info.resources.map(MasterState.internalForm))
        var agent = Agent(info: info, endpoint: registration.endpoint, link: link, registered: before?.registered ?? clock.wall, total: total)
        if before != nil || registration.info.hasID { agent.reregistered = clock.wall }
        agent.executors = registration.executors.map(Executor.init)
        if let old = before?.link, old != link { effects.append(.unlink(old)) }
        let wasUnreachable = unreachableAgents.removeValue(forKey: id) != nil
        if registration.isPinged {
            agent.nextPing = clock.now + settings.agentPingTimeout
            agent.unreachableDue = clock.now + settings.agentTimeout
        }
        agents[id] = agent
        adopt(registration, on: id, wasUnreachable: wasUnreachable)
        effects.append(.tell(link, .registered(id)))
        for framework in frameworks.values.sorted(by: { $0.id < $1.id }) where framework.stream != nil {
            effects.append(.tell(link, .updateFramework(framework.info)))
        }
        allocationWanted = true
    }

    /// Takes over what the agent runs; what belongs to a removed framework is to end.
    private mutating func adopt(_ registration: AgentRegistration, on id: AgentID, wasUnreachable: Bool) {
        for info in registration.frameworks {
            let framework = FrameworkID(info.id.value)
            if removed.contains(framework) {
                if let link = agents[id]?.link { effects.append(.tell(link, .shutdownFramework(framework))) }
                agents[id]?.executors.removeAll { $0.framework == framework }
            } else if frameworks[framework] == nil {
                var recovered = Framework(info: info, nextHeartbeat: clock.now, registered: clock.wall)
                recovered.isRecovered = true
                recovered.removalDue = clock.now + MasterState.failoverTimeout(info)
                frameworks[framework] = recovered
                effects.append(.persist)
            }
        }
        let known = Set(registration.tasks.map { FrameworkTask(framework: FrameworkID($0.frameworkID.value), task: TaskID($0.taskID.value)) })
        for task in registration.tasks {
            let key = FrameworkTask(framework: FrameworkID(task.frameworkID.value), task: TaskID(task.taskID.value))
            guard frameworks[key.framework] != nil else { continue }
            frameworks[key.framework]?.tasks[key.task] = task
            if !task.state.isTerminal { agents[id]?.use(MesosResources(task.resources.map(MasterState.internalForm)), for: key) }
            if frameworks[key.framework]?.unreachable.removeValue(forKey: key.task) != nil || wasUnreachable { announceReturn(of: task) }
        }
        // Tasks that the master gave to this agent and that it does not know: they were lost on the way.
        for framework in frameworks.values.sorted(by: { $0.id < $1.id }) {
            for (taskID, task) in framework.tasks.sorted(by: { $0.key < $1.key }) where task.agentID.value == id.value {
                guard !known.contains(FrameworkTask(framework: framework.id, task: taskID)) else { continue }
                frameworks[framework.id]?.tasks[taskID] = nil
                sendStatus(framework.id, .with {
                    $0.taskID = task.taskID
                    $0.state = framework.isPartitionAware ? .taskDropped : .taskLost
                    $0.message = "Task is unknown to the agent"
                    $0.source = .master
                    $0.reason = .reconciliation
                    $0.agentID = task.agentID
                    $0.timestamp = clock.seconds
                })
            }
        }
    }

    private mutating func announceReturn(of task: Mesos_V1_Task) {
        sendStatus(FrameworkID(task.frameworkID.value), .with {
            $0.taskID = task.taskID
            $0.state = task.state
            $0.message = "Unreachable agent re-reregistered"
            $0.source = .master
            $0.reason = .agentReregistered
            $0.agentID = task.agentID
            if task.hasExecutorID { $0.executorID = task.executorID }
            $0.timestamp = clock.seconds
            if let last = task.statuses.last {
                if last.hasHealthy { $0.healthy = last.healthy }
                if last.hasContainerStatus { $0.containerStatus = last.containerStatus }
            }
        })
    }

    private mutating func update(_ status: Mesos_V1_TaskStatus, of id: FrameworkID, from agent: Agent) {
        guard let framework = frameworks[id] else {
            // Nobody will ever acknowledge it.
            if let link = agent.link { effects.append(.tell(link, .acknowledge(id, TaskID(status.taskID.value), uuid: [UInt8](status.uuid)))) }
            return
        }
        let taskID = TaskID(status.taskID.value)
        if var task = framework.tasks[taskID] {
            if !task.state.isTerminal {
                task.state = status.state
                if task.statuses.last?.uuid != status.uuid || !status.hasUuid {
                    var short = status
                    short.clearData()
                    task.statuses.append(short)
                    if task.statuses.count > 10 { task.statuses.removeFirst(task.statuses.count - 10) }
                }
            }
            task.statusUpdateState = status.state
            task.statusUpdateUuid = status.uuid
            frameworks[id]?.tasks[taskID] = task
            if status.state.isTerminal { release(FrameworkTask(framework: id, task: taskID), on: agent.id) }
        }
        sendStatus(id, status)
    }

    mutating func agentDisconnected(_ link: AgentLinkID) {
        guard let id = agents.values.first(where: { $0.link == link })?.id else { return }
        agents[id]?.link = nil
        agents[id]?.nextPing = nil
        let due = clock.now + settings.agentTimeout
        agents[id]?.unreachableDue = due
        dropOffers(rescinding: true) { $0.agent == id }
    }

    mutating func markUnreachable(_ id: AgentID) { lose(id, graceful: false) }

    /// The agent is gone: its tasks are unreachable, or lost when it left by itself.
    private mutating func lose(_ id: AgentID, graceful: Bool) {
        guard let agent = agents.removeValue(forKey: id) else { return }
        if let link = agent.link { effects.append(.unlink(link)) }
        dropOffers(rescinding: true) { $0.agent == id }
        if !graceful { unreachableAgents[id] = clock.wall }
        for framework in frameworks.values.sorted(by: { $0.id < $1.id }) {
            for (taskID, task) in framework.tasks.sorted(by: { $0.key < $1.key }) where task.agentID.value == id.value {
                frameworks[framework.id]?.tasks[taskID] = nil
                if !graceful { frameworks[framework.id]?.unreachable[taskID] = task }
                sendStatus(framework.id, .with {
                    $0.taskID = task.taskID
                    $0.state = !graceful && framework.isPartitionAware ? .taskUnreachable : .taskLost
                    $0.message = graceful ? "Agent \(agentName(task)) has been unregistered" : "health check timed out"
                    $0.source = .master
                    $0.reason = .agentRemoved
                    $0.agentID = task.agentID
                    if task.hasExecutorID { $0.executorID = task.executorID }
                    $0.timestamp = clock.seconds
                    if !graceful { $0.unreachableTime.nanoseconds = clock.wall.nanosecondsSinceEpoch }
                })
            }
        }
        for framework in frameworks.keys.sorted() {
            send(framework) {
                $0.type = .failure
                $0.failure.agentID.value = id.value
            }
        }
    }

    private func agentName(_ task: Mesos_V1_Task) -> String { task.agentID.value }
}
