import Core
import Mesos
import MesosProto

/// The calls of a subscribed scheduler.
extension MasterState {
    /// Why a call cannot be handled whatever the state, in Mesos' words; `nil` if it can.
    static func problem(of call: Mesos_V1_Scheduler_Call) -> String? {
        func missing(_ field: String) -> String { "Expecting '\(field)' to be present" }
        guard call.hasType, call.type != .unknown else { return missing("type") }
        if call.type == .subscribe {
            guard call.hasSubscribe else { return missing("subscribe") }
            let inner = call.subscribe.frameworkInfo.hasID ? call.subscribe.frameworkInfo.id.value : ""
            let outer = call.hasFrameworkID ? call.frameworkID.value : ""
            return inner == outer ? nil : "'framework_id' differs from 'subscribe.framework_info.id'"
        }
        guard call.hasFrameworkID else { return missing("framework_id") }
        switch call.type {
        case .accept where !call.hasAccept: return missing("accept")
        case .decline where !call.hasDecline: return missing("decline")
        case .kill where !call.hasKill: return missing("kill")
        case .shutdown where !call.hasShutdown: return missing("shutdown")
        case .reconcile where !call.hasReconcile: return missing("reconcile")
        case .message where !call.hasMessage: return missing("message")
        case .request where !call.hasRequest: return missing("request")
        case .updateFramework where !call.hasUpdateFramework: return missing("update_framework")
        case .acknowledge:
            guard call.hasAcknowledge else { return missing("acknowledge") }
            return call.acknowledge.uuid.count == 16 ? nil : "Not a valid UUID"
        default: return nil
        }
    }

    mutating func answer(_ call: Mesos_V1_Scheduler_Call, streamID: String?) -> HTTPAnswer {
        let id = FrameworkID(call.frameworkID.value)
        guard let framework = frameworks[id] else { return .badRequest("Framework cannot be found") }
        guard let stream = framework.stream else { return .forbidden("Framework is not subscribed") }
        guard let streamID else { return .badRequest("All non-subscribe calls should include the 'Mesos-Stream-Id' header") }
        guard streamID == stream else {
            return .badRequest(
                "The stream ID '\(streamID)' included in this request didn't match the stream ID currently associated with framework ID \(id)")
        }
        switch call.type {
        case .accept: accept(call.accept, by: id)
        case .decline: decline(call.decline, by: id)
        case .revive: revive(call.revive.roles, id)
        case .suppress: suppress(call.suppress.roles, id)
        case .kill: kill(call.kill, by: id)
        case .shutdown: shutdown(call.shutdown, by: id)
        case .acknowledge: acknowledge(call.acknowledge, by: id)
        case .reconcile: reconcile(call.reconcile, by: id)
        case .message: pass(call.message, by: id)
        case .teardown: remove(id)
        case .updateFramework: return update(call.updateFramework, of: id)
        case .request, .subscribe, .unknown, .acceptInverseOffers, .declineInverseOffers, .acknowledgeOperationStatus, .reconcileOperations: break
        }
        return .accepted
    }

    private mutating func decline(_ decline: Mesos_V1_Scheduler_Call.Decline, by id: FrameworkID) {
        for offer in decline.offerIds {
            let offerID = OfferID(offer.value)
            guard let offer = offers[offerID], offer.framework == id else { continue }
            offers[offerID] = nil
            refuse(offer, resources: offer.resources, for: decline.hasFilters ? decline.filters : nil)
        }
    }

    /// The rest of an offer is not offered to this framework for a while: 5 s unless the filters say otherwise, 0 forgets nothing.
    mutating func refuse(_ offer: Offer, resources: MesosResources, for filters: Mesos_V1_Filters?) {
        let seconds = filters.map { $0.hasRefuseSeconds ? $0.refuseSeconds : 5 } ?? settings.defaultRefusal.inSeconds
        guard seconds > 0, !resources.isEmpty else {
            return
        }
        let until = clock.now + .seconds(min(seconds, 365 * 86_400))
        frameworks[offer.framework]?.refusals.append(Refusal(agent: offer.agent, role: offer.role, resources: resources, until: until))
    }

    private mutating func revive(_ roles: [String], _ id: FrameworkID) {
        frameworks[id]?.refusals.removeAll { roles.isEmpty || roles.contains($0.role) }
        if roles.isEmpty { frameworks[id]?.suppressed = [] } else { frameworks[id]?.suppressed.subtract(roles) }
        allocationWanted = true
    }

    private mutating func suppress(_ roles: [String], _ id: FrameworkID) {
        guard let framework = frameworks[id] else { return }
        frameworks[id]?.suppressed.formUnion(roles.isEmpty ? framework.roles : roles)
    }

    private mutating func kill(_ kill: Mesos_V1_Scheduler_Call.Kill, by id: FrameworkID) {
        let task = TaskID(kill.taskID.value)
        let agent = kill.hasAgentID ? AgentID(kill.agentID.value) : nil
        if let known = frameworks[id]?.tasks[task], agent == nil || agent?.value == known.agentID.value,
            let link = agents[AgentID(known.agentID.value)]?.link {
            effects.append(.tell(link, .kill(id, task, kill.hasKillPolicy ? kill.killPolicy : nil)))
        } else {
            answerReconcile(task, on: agent, of: id)
        }
    }

    private mutating func shutdown(_ shutdown: Mesos_V1_Scheduler_Call.Shutdown, by id: FrameworkID) {
        guard let link = agents[AgentID(shutdown.agentID.value)]?.link else { return }
        effects.append(.tell(link, .shutdownExecutor(id, ExecutorID(shutdown.executorID.value))))
    }

    private mutating func pass(_ message: Mesos_V1_Scheduler_Call.Message, by id: FrameworkID) {
        guard let link = agents[AgentID(message.agentID.value)]?.link else { return }
        effects.append(.tell(link, .message(id, ExecutorID(message.executorID.value), [UInt8](message.data))))
    }

    private mutating func acknowledge(_ acknowledge: Mesos_V1_Scheduler_Call.Acknowledge, by id: FrameworkID) {
        let task = TaskID(acknowledge.taskID.value)
        if let link = agents[AgentID(acknowledge.agentID.value)]?.link {
            effects.append(.tell(link, .acknowledge(id, task, uuid: [UInt8](acknowledge.uuid))))
        }
        if let known = frameworks[id]?.tasks[task], known.state.isTerminal, known.statusUpdateUuid == acknowledge.uuid { complete(known, of: id) }
    }

    /// The task is over and its scheduler knows.
    mutating func complete(_ task: Mesos_V1_Task, of id: FrameworkID) {
        let taskID = TaskID(task.taskID.value)
        frameworks[id]?.tasks[taskID] = nil
        release(FrameworkTask(framework: id, task: taskID), on: AgentID(task.agentID.value))
        guard var completed = frameworks[id]?.completed else { return }
        completed.append(task)
        if completed.count > settings.completedTasks { completed.removeFirst(completed.count - settings.completedTasks) }
        frameworks[id]?.completed = completed
    }

    private mutating func update(_ update: Mesos_V1_Scheduler_Call.UpdateFramework, of id: FrameworkID) -> HTTPAnswer {
        guard var framework = frameworks[id] else { return .badRequest("Framework cannot be found") }
        var info = update.frameworkInfo
        if info.principal != framework.info.principal { return .badRequest("Changing framework's principal is not allowed.") }
        (info.user, info.checkpoint, info.id) = (framework.info.user, framework.info.checkpoint, framework.info.id)
        framework.info = info
        framework.suppressed = Set(update.suppressedRoles)
        frameworks[id] = framework
        effects.append(.persist)
        allocationWanted = true
        return .ok
    }

    // MARK: Reconciliation

    private mutating func reconcile(_ reconcile: Mesos_V1_Scheduler_Call.Reconcile, by id: FrameworkID) {
        if reconcile.tasks.isEmpty {
            for task in (frameworks[id]?.tasks ?? [:]).keys.sorted() { answerReconcile(task, on: nil, of: id) }
        } else {
            for task in reconcile.tasks {
                answerReconcile(TaskID(task.taskID.value), on: task.hasAgentID ? AgentID(task.agentID.value) : nil, of: id)
            }
        }
    }

    private mutating func answerReconcile(_ task: TaskID, on agent: AgentID?, of id: FrameworkID) {
        guard let framework = frameworks[id] else { return }
        let aware = framework.isPartitionAware
        var status = Mesos_V1_TaskStatus()
        status.taskID.value = task.value
        if let agent { status.agentID.value = agent.value }
        if let known = framework.tasks[task], agent == nil || agent?.value == known.agentID.value {
            status.agentID = known.agentID
            if known.hasExecutorID { status.executorID = known.executorID }
            // The state that the scheduler has been told last, not what the agent may hold back behind it.
            status.state = known.hasStatusUpdateState ? known.statusUpdateState : known.state
            status.message = "Reconciliation: Latest task state"
            if let last = known.statuses.last {
                if last.hasHealthy { status.healthy = last.healthy }
                if last.hasContainerStatus { status.containerStatus = last.containerStatus }
            }
        } else if let agent, agents[agent] != nil {
            status.state = aware ? .taskGone : .taskLost
            status.message = "Reconciliation: Task is unknown to the agent"
        } else if let agent, let since = unreachableAgents[agent] {
            status.state = aware ? .taskUnreachable : .taskLost
            status.message = "Reconciliation: Task is unreachable"
            status.unreachableTime.nanoseconds = since.nanosecondsSinceEpoch
        } else {
            status.state = aware ? .taskUnknown : .taskLost
            status.message = "Reconciliation: Task is unknown"
        }
        status.source = .master
        status.reason = .reconciliation
        status.timestamp = clock.seconds
        sendStatus(id, status)
    }
}
