import Core
import Mesos
import MesosProto

/// What operators do to agents and frameworks.
extension MasterState {
    /// Whether a call changes something, and so goes through `operate`.
    static func changes(_ type: Mesos_V1_Master_Call.TypeEnum) -> Bool {
        switch type {
        case .teardown, .markAgentGone, .drainAgent, .deactivateAgent, .reactivateAgent, .updateMaintenanceSchedule, .startMaintenance,
            .stopMaintenance, .reserveResources, .unreserveResources:
            true
        default: false
        }
    }

    mutating func operate(_ call: Mesos_V1_Master_Call) -> HTTPAnswer {
        switch call.type {
        case .teardown: tearDown(FrameworkID(call.teardown.frameworkID.value))
        case .markAgentGone: markGone(AgentID(call.markAgentGone.agentID.value))
        case .drainAgent: drain(call.drainAgent)
        case .deactivateAgent: deactivate(AgentID(call.deactivateAgent.agentID.value))
        case .reactivateAgent: reactivate(AgentID(call.reactivateAgent.agentID.value))
        case .updateMaintenanceSchedule: update(call.updateMaintenanceSchedule.schedule)
        case .startMaintenance: takeDown(call.startMaintenance.machines)
        case .stopMaintenance: bringUp(call.stopMaintenance.machines)
        case .reserveResources: reserve(call.reserveResources.resources, on: AgentID(call.reserveResources.agentID.value), reserving: true)
        case .unreserveResources:
            reserve(call.unreserveResources.resources, on: AgentID(call.unreserveResources.agentID.value), reserving: false)
        default: HTTPAnswer(status: 501, text: "mesos-local does not answer this call")
        }
    }

    private mutating func tearDown(_ id: FrameworkID) -> HTTPAnswer {
        guard frameworks[id] != nil else { return .badRequest("No framework found with specified ID") }
        remove(id)
        return .ok
    }

    // MARK: Draining

    private mutating func drain(_ call: Mesos_V1_Master_Call.DrainAgent) -> HTTPAnswer {
        let id = AgentID(call.agentID.value)
        guard agents[id] != nil || unreachableAgents[id] != nil else { return .badRequest("Unknown agent") }
        if let agent = agents[id], agent.unavailability != nil {
            return .badRequest("Agent \(id) is part of a maintenance schedule under Machine \(agent.info.hostname) (\(agent.endpoint.host))")
        }
        let grace = call.hasMaxGracePeriod ? call.maxGracePeriod.seconds &* 1_000_000_000 &+ Int64(call.maxGracePeriod.nanos) : nil
        if let grace, grace < 0 { return .badRequest("'DrainAgent.max_grace_period' must not be negative") }
        orders[id] = AgentOrder(
            drain: .with {
                $0.state = .draining
                if let grace { $0.config.maxGracePeriod.nanoseconds = grace }
                $0.config.markGone = call.markGone
            }, drainStart: clock.wall)
        effects.append(.persist)
        repeatOrder(to: id)
        return .ok
    }

    private mutating func deactivate(_ id: AgentID) -> HTTPAnswer {
        guard agents[id] != nil || unreachableAgents[id] != nil else { return .badRequest("Unknown agent") }
        if orders[id] == nil { orders[id] = AgentOrder() }
        effects.append(.persist)
        repeatOrder(to: id)
        return .ok
    }

    private mutating func reactivate(_ id: AgentID) -> HTTPAnswer {
        guard let order = orders[id] else { return .badRequest("Agent is not deactivated") }
        if order.drain?.state == .draining { return .badRequest("Agent is still in the DRAINING state") }
        orders[id] = nil
        effects.append(.persist)
        allocate(only: [id])
        return .ok
    }

    /// Makes what the operator ordered true of the agent that is there: no offers, and if it drains, it is told so.
    mutating func repeatOrder(to id: AgentID) {
        guard let order = orders[id], let agent = agents[id] else { return }
        rescindOffers(on: id)
        guard let drain = order.drain, drain.state == .draining else { return }
        let grace: Duration? = drain.config.hasMaxGracePeriod ? .nanoseconds(drain.config.maxGracePeriod.nanoseconds) : nil
        if let link = agent.link { effects.append(.tell(link, .drain(maxGrace: grace, markGone: drain.config.markGone))) }
        endDrainIfEmpty(id)
    }

    /// A draining agent without tasks is drained, or gone if that was ordered.
    mutating func endDrainIfEmpty(_ id: AgentID) {
        guard let drain = orders[id]?.drain, drain.state == .draining, agents[id] != nil, tasks.isEmpty(on: id) else { return }
        if drain.config.markGone {
            _ = markGone(id)
        } else {
            orders[id]?.drain?.state = .drained
            effects.append(.persist)
        }
    }

    // MARK: Gone for ever

    private mutating func markGone(_ id: AgentID) -> HTTPAnswer {
        if goneAgents[id] != nil { return .ok }
        guard agents[id] != nil || unreachableAgents[id] != nil else { return HTTPAnswer(status: 404, text: "Agent '\(id)' not found") }
        goneAgents[id] = clock.wall
        effects.append(.persist)
        if let agent = agents[id] {
            if let link = agent.link { effects.append(.tell(link, .shutdown(Loss.gone.message(id)))) }
            lose(id, .gone)
        } else {
            unreachableAgents[id] = nil
            orders[id] = nil
            for (framework, task) in tasks.unreachable(on: id) {
                _ = tasks.comesBack(TaskID(task.taskID.value), of: framework)
                sayLost(task, of: framework, .gone)
            }
        }
        return .ok
    }
}
