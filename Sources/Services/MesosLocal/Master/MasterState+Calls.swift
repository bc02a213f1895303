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
        guard frameworks[id] != nil else { return .badRequest("Framework cannot be found") }
        guard let stream = frameworks[id]?.stream else { return .forbidden("Framework is not subscribed") }
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
        case .acceptInverseOffers:
            answerInverseOffers(call.acceptInverseOffers.inverseOfferIds, .accept, filters(call.acceptInverseOffers), by: id)
        case .declineInverseOffers:
            answerInverseOffers(call.declineInverseOffers.inverseOfferIds, .decline, filters(call.declineInverseOffers), by: id)
        case .request, .subscribe, .unknown, .acknowledgeOperationStatus, .reconcileOperations: break
        }
        return .accepted
    }

    private func filters(_ call: Mesos_V1_Scheduler_Call.AcceptInverseOffers) -> Mesos_V1_Filters? { call.hasFilters ? call.filters : nil }
    private func filters(_ call: Mesos_V1_Scheduler_Call.DeclineInverseOffers) -> Mesos_V1_Filters? { call.hasFilters ? call.filters : nil }

    private mutating func decline(_ decline: Mesos_V1_Scheduler_Call.Decline, by id: FrameworkID) {
        for offer in decline.offerIds {
            let offerID = OfferID(offer.value)
            guard offers[offerID]?.framework == id, let offer = dropOffer(offerID, rescinding: false) else { continue }
            refuse(offer.resources, of: offer, for: decline.hasFilters ? decline.filters : nil)
        }
    }

    private mutating func revive(_ roles: [String], _ id: FrameworkID) {
        if roles.isEmpty {
            frameworks[id]?.refusals = [:]
            frameworks[id]?.suppressed = []
        } else {
            for (agent, refusals) in frameworks[id]?.refusals ?? [:] {
                let rest = refusals.filter { !roles.contains($0.role) }
                frameworks[id]?.refusals[agent] = rest.isEmpty ? nil : rest
            }
            frameworks[id]?.suppressed.subtract(roles)
        }
        allocate()
    }

    private mutating func suppress(_ roles: [String], _ id: FrameworkID) {
        guard let all = frameworks[id]?.roles else { return }
        frameworks[id]?.suppressed.formUnion(roles.isEmpty ? all : roles)
    }

    private mutating func kill(_ kill: Mesos_V1_Scheduler_Call.Kill, by id: FrameworkID) {
        let task = TaskID(kill.taskID.value)
        let agent = kill.hasAgentID ? AgentID(kill.agentID.value) : nil
        if let holder = tasks[id, task]?.agentID.value, agent == nil || agent?.value == holder, let link = agents[AgentID(holder)]?.link {
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
        let agent = AgentID(acknowledge.agentID.value)
        if let link = agents[agent]?.link { effects.append(.tell(link, .acknowledge(id, task, uuid: [UInt8](acknowledge.uuid)))) }
        guard let known = tasks[id, task], known.state.isTerminal, known.statusUpdateUuid == acknowledge.uuid else { return }
        // The task is over and its scheduler knows.
        release(FrameworkTask(framework: id, task: task), on: AgentID(known.agentID.value))
        tasks.complete(known, of: id, limit: settings.completedTasks)
        endDrainIfEmpty(AgentID(known.agentID.value))
    }
}
