import Core
import Mesos
import MesosProto

/// Agents that go.
extension MasterState {
    /// How an agent went.
    enum Loss: Sendable {
        /// It did not answer any more.
        case unreachable
        /// It said so, or its machine was taken down.
        case unregistered, machineDown
        /// An operator declared it gone for ever.
        case gone

        func message(_ id: AgentID) -> String {
            switch self {
            case .unreachable: "health check timed out"
            case .unregistered: "Agent \(id) has been unregistered"
            case .machineDown: "Operator initiated 'Machine DOWN'"
            case .gone: "Agent has been marked gone"
            }
        }

        /// The state and the reason of the agent's tasks.
        func verdict(isPartitionAware: Bool) -> (Mesos_V1_TaskState, Mesos_V1_TaskStatus.Reason) {
            switch self {
            case .unreachable where isPartitionAware: (.taskUnreachable, .agentRemoved)
            case .gone where isPartitionAware: (.taskGoneByOperator, .agentRemovedByOperator)
            case .unreachable, .gone, .unregistered, .machineDown: (.taskLost, .agentRemoved)
            }
        }
    }

    /// The link is gone: its offers at once, its tasks after a while.
    mutating func agentDisconnected(_ link: AgentLinkID) {
        guard let id = links.removeValue(forKey: link) else { return }
        agents[id]?.link = nil
        timers.remove(.ping(id))
        // What was heard last counts, so that an agent that fell silent before gets no more time.
        if timers[.unreachable(id)] == nil { timers.put(.unreachable(id), clock.now + settings.agentTimeout) }
        rescindOffers(on: id)
        dropInverseOffers(on: id)
        for framework in frameworks.values.filter({ !$0.info.checkpoint }).map(\.id).sorted() { abandon(framework, on: id) }
    }

    /// What a framework without checkpoints ran there died with the agent.
    private mutating func abandon(_ framework: FrameworkID, on id: AgentID) {
        let hostname = agents[id]?.info.hostname ?? ""
        for key in tasks.on(id) where key.framework == framework {
            guard let task = tasks[framework, key.task] else { continue }
            release(key, on: id)
            tasks[framework, key.task] = nil
            sendStatus(framework, .with {
                $0.taskID = task.taskID
                $0.state = .taskLost
                $0.message = "Agent \(hostname) disconnected"
                $0.source = .master
                $0.reason = .agentDisconnected
                $0.agentID = task.agentID
                if task.hasExecutorID { $0.executorID = task.executorID }
                $0.timestamp = clock.seconds
            })
        }
        removeExecutors(on: id) { $0.framework == framework }
    }

    mutating func markUnreachable(_ id: AgentID) { lose(id, .unreachable) }

    mutating func lose(_ id: AgentID, _ loss: Loss) {
        guard let agent = agents[id] else { return }
        rescindOffers(on: id)
        dropInverseOffers(on: id)
        withdrawAgent(id)
        agents[id] = nil
        if let link = agent.link {
            links[link] = nil
            effects.append(.unlink(link))
        }
        for timer in [Timer.ping(id), .unreachable(id)] { timers.remove(timer) }
        if loss == .unreachable { unreachableAgents[id] = clock.wall } else { orders[id] = nil }
        for key in tasks.on(id) {
            if let task = tasks[key.framework, key.task] { lose(task, of: key.framework, loss) }
        }
        for framework in frameworks.keys.sorted() {
            send(framework) {
                $0.type = .failure
                $0.failure.agentID.value = id.value
            }
        }
    }

    private mutating func lose(_ task: Mesos_V1_Task, of framework: FrameworkID, _ loss: Loss) {
        if loss == .unreachable {
            tasks.becomesUnreachable(task, of: framework)
        } else {
            tasks[framework, TaskID(task.taskID.value)] = nil
        }
        sayLost(task, of: framework, loss)
    }

    mutating func sayLost(_ task: Mesos_V1_Task, of framework: FrameworkID, _ loss: Loss) {
        let (state, reason) = loss.verdict(isPartitionAware: frameworks[framework]?.isPartitionAware ?? false)
        sendStatus(framework, .with {
            $0.taskID = task.taskID
            $0.state = state
            $0.message = loss.message(AgentID(task.agentID.value))
            $0.source = .master
            $0.reason = reason
            $0.agentID = task.agentID
            if task.hasExecutorID { $0.executorID = task.executorID }
            $0.timestamp = clock.seconds
            if loss == .unreachable { $0.unreachableTime.nanoseconds = clock.wall.nanosecondsSinceEpoch }
        })
    }
}
