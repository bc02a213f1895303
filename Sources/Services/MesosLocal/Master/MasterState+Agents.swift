import Core
import Mesos
import MesosProto

/// What agents tell, and their comings.
extension MasterState {
    mutating func hear(_ message: AgentToMaster, from link: AgentLinkID) {
        if case .register(let registration) = message { return register(registration, link) }
        guard let id = links[link] else { return }
        if agents[id]?.isPinged == true { timers.put(.unreachable(id), clock.now + settings.agentTimeout) }
        switch message {
        case .register, .pong: break
        case .update(let framework, let status): update(status, of: framework, from: id)
        case .exited(let framework, let executor, let container, let status):
            exited(executor, of: framework, on: id, status: status)
            // A scheduler that is away hears of it with the next subscription: the agent tells again at its request.
            if frameworks[framework] == nil || frameworks[framework]?.stream != nil {
                effects.append(.tell(link, .exitNoted(framework, executor, containerID: container)))
            }
        case .message(let framework, let executor, let data):
            send(framework) {
                $0.type = .message
                $0.message.agentID.value = id.value
                $0.message.executorID.value = executor.value
                $0.message.data = .init(data)
            }
        case .unregister: lose(id, .unregistered)
        }
    }

    private mutating func exited(_ executor: ExecutorID, of framework: FrameworkID, on agent: AgentID, status: Int32) {
        removeExecutors(on: agent) { $0.framework == framework && $0.id == executor }
        send(framework) {
            $0.type = .failure
            $0.failure.agentID.value = agent.value
            $0.failure.executorID.value = executor.value
            $0.failure.status = status
        }
        allocateSoon()
    }

    // MARK: Registration

    private mutating func register(_ registration: AgentRegistration, _ link: AgentLinkID) {
        var info = registration.info
        if !info.hasID || info.id.value.isEmpty {
            info.id.value = "\(masterInfo.id)-S\(nextAgent)"
            nextAgent += 1
        }
        let id = AgentID(info.id.value)
        if let refusal = refusal(of: info, id, at: registration.endpoint) {
            effects += [.tell(link, .shutdown(refusal)), .unlink(link)]
            return
        }
        let before = agents[id]
        if let old = before?.link, old != link {
            links[old] = nil
            effects.append(.unlink(old))
        }
        rescindOffers(on: id)
        withdrawAgent(id)
        agents[id] = agent(info, registration, link, before: before)
        links[link] = id
        remember(id)
        shares.addAgent(agents[id]?.total ?? MesosResources())
        timers.remove(.unreachable(id))
        if registration.isPinged {
            timers.put(.ping(id), clock.now + settings.agentPingTimeout)
            timers.put(.unreachable(id), clock.now + settings.agentTimeout)
        }
        let wasUnreachable = unreachableAgents.removeValue(forKey: id) != nil
        effects.append(.tell(link, .registered(id)))
        adopt(registration, on: id, wasUnreachable: wasUnreachable)
        for framework in frameworks.values.filter({ $0.stream != nil }).sorted(by: { $0.id < $1.id }) {
            effects.append(.tell(link, .updateFramework(framework.info)))
        }
        repeatOrder(to: id)
        allocate(only: [id])
    }

    private func refusal(of info: Mesos_V1_AgentInfo, _ id: AgentID, at endpoint: MesosEndpoint) -> String? {
        if goneAgents[id] != nil { return "Agent has been marked gone" }
        return maintenance.isDown(hostname: info.hostname, ip: endpoint.host) ? "Machine is `DOWN`" : nil
    }

    private func agent(_ info: Mesos_V1_AgentInfo, _ registration: AgentRegistration, _ link: AgentLinkID, before: Agent?) -> Agent {
        let resources = registration.resources.isEmpty ? info.resources : registration.resources
        var agent = Agent(
            info: info, endpoint: registration.endpoint, link: link, registered: before?.registered ?? clock.wall,
            total: MesosResources(resources.map(MasterState.internalForm)))
        if before != nil || registration.info.hasID { agent.reregistered = clock.wall }
        agent.isPinged = registration.isPinged
        agent.unavailability = maintenance.unavailability(hostname: info.hostname, ip: registration.endpoint.host)
        return agent
    }

    private mutating func remember(_ id: AgentID) {
        guard knownInOrder.insert(id).inserted else { return }
        agentOrder.append(id)
    }

    /// Takes what the agent holds out of the shares: it is gone, or counted anew.
    mutating func withdrawAgent(_ id: AgentID) {
        guard let agent = agents[id] else { return }
        for (task, held) in agent.used { shares.subtract(held.resources, from: Shares.Member(framework: task.framework, role: held.role)) }
        removeExecutors(on: id) { _ in true }
        shares.removeAgent(agent.total)
    }

    /// Takes over what the agent runs; what belongs to a removed framework is to end.
    private mutating func adopt(_ registration: AgentRegistration, on id: AgentID, wasUnreachable: Bool) {
        let expected = tasks.on(id)
        for info in registration.frameworks {
            let framework = FrameworkID(info.id.value)
            if removed.contains(framework) {
                if let link = agents[id]?.link { effects.append(.tell(link, .shutdownFramework(framework))) }
            } else if frameworks[framework] == nil {
                var recovered = Framework(info, registered: clock.wall)
                recovered.isRecovered = true
                frameworks[framework] = recovered
                timers.put(.removal(framework), clock.now + MasterState.failoverTimeout(info))
                effects.append(.persist)
            }
        }
        for info in registration.executors where frameworks[FrameworkID(info.frameworkID.value)] != nil {
            let executor = Executor(info: info)
            agents[id]?.takeFree(executor.resources)
            agents[id]?.add(executor)
            shares.add(executor.resources, to: Shares.Member(framework: executor.framework, role: MasterState.role(of: info.resources)))
        }
        for task in registration.tasks { adopt(task, on: id, wasUnreachable: wasUnreachable) }
        let told = Set(registration.tasks.map { FrameworkTask(framework: FrameworkID($0.frameworkID.value), task: TaskID($0.taskID.value)) })
        for key in expected where !told.contains(key) { dropUnknown(key, on: id) }
    }

    static func role(of resources: [Mesos_V1_Resource]) -> String {
        let role = resources.first?.allocationInfo.role ?? ""
        return role.isEmpty ? "*" : role
    }

    private mutating func adopt(_ task: Mesos_V1_Task, on id: AgentID, wasUnreachable: Bool) {
        let key = FrameworkTask(framework: FrameworkID(task.frameworkID.value), task: TaskID(task.taskID.value))
        guard frameworks[key.framework] != nil else { return }
        tasks[key.framework, key.task] = task
        if !task.state.isTerminal {
            let holding = Holding(role: MasterState.role(of: task.resources), resources: MesosResources(task.resources.map(MasterState.internalForm)))
            agents[id]?.takeFree(holding.resources)
            agents[id]?.use(holding, for: key)
            shares.add(holding.resources, to: Shares.Member(framework: key.framework, role: holding.role))
        }
        if tasks.comesBack(key.task, of: key.framework) || wasUnreachable { announceReturn(of: task) }
    }

    /// A task that the master gave to this agent and that the agent does not know: it was lost on the way.
    private mutating func dropUnknown(_ key: FrameworkTask, on id: AgentID) {
        guard tasks[key.framework, key.task] != nil, let framework = frameworks[key.framework] else { return }
        tasks[key.framework, key.task] = nil
        sendStatus(key.framework, .with {
            $0.taskID.value = key.task.value
            $0.state = framework.isPartitionAware ? .taskDropped : .taskLost
            $0.message = "Task is unknown to the agent"
            $0.source = .master
            $0.reason = .reconciliation
            $0.agentID.value = id.value
            $0.timestamp = clock.seconds
        })
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

    // MARK: Updates

    private mutating func update(_ status: Mesos_V1_TaskStatus, of id: FrameworkID, from agent: AgentID) {
        let taskID = TaskID(status.taskID.value)
        guard frameworks[id] != nil else {
            // Nobody will ever acknowledge it.
            if let link = agents[agent]?.link { effects.append(.tell(link, .acknowledge(id, taskID, uuid: [UInt8](status.uuid)))) }
            return
        }
        if var task = tasks[id, taskID] {
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
            tasks[id, taskID] = task
            if status.state.isTerminal { release(FrameworkTask(framework: id, task: taskID), on: agent) }
        }
        sendStatus(id, status)
    }
}
