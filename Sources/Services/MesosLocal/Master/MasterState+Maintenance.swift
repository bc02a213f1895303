import Core
import Mesos
import MesosProto

/// Planned maintenance: offers say when their agent is away, inverse offers ask to leave it, and machines go down and come back.
extension MasterState {
    mutating func update(_ schedule: Mesos_V1_Maintenance_Schedule) -> HTTPAnswer {
        if let problem = maintenance.problem(of: schedule) { return .badRequest(problem) }
        maintenance.schedule = schedule
        effects.append(.persist)
        for id in agentOrder { refreshUnavailability(of: id) }
        allocate()
        return .ok
    }

    /// Offers that say something else now are rescinded and made anew.
    private mutating func refreshUnavailability(of id: AgentID) {
        guard let agent = agents[id] else { return }
        let unavailability = maintenance.unavailability(hostname: agent.info.hostname, ip: agent.endpoint.host)
        guard unavailability != agent.unavailability else { return }
        rescindOffers(on: id)
        dropInverseOffers(on: id)
        agents[id]?.unavailability = unavailability
        for framework in frameworks.keys {
            frameworks[framework]?.refusals[id] = nil
            frameworks[framework]?.inverseRefusals[id] = nil
        }
    }

    /// Machines go down now: their agents are removed, and may not come back until STOP_MAINTENANCE.
    mutating func takeDown(_ machines: [Mesos_V1_MachineID]) -> HTTPAnswer {
        if let problem = Maintenance.problem(of: machines) { return .badRequest(problem) }
        for machine in machines {
            guard maintenance.contains(machine) else {
                return .badRequest("Machine '\(Maintenance.text(machine))' is not part of a maintenance schedule")
            }
            guard !maintenance.down.contains(machine) else {
                return .badRequest("Machine '\(Maintenance.text(machine))' is not in DRAINING mode and cannot be brought down")
            }
        }
        maintenance.down += machines
        effects.append(.persist)
        for id in agentOrder {
            guard let agent = agents[id], maintenance.isDown(hostname: agent.info.hostname, ip: agent.endpoint.host) else { continue }
            if let link = agent.link { effects.append(.tell(link, .shutdown(Loss.machineDown.message(id)))) }
            lose(id, .machineDown)
        }
        return .ok
    }

    /// Machines are back, and leave the schedule.
    mutating func bringUp(_ machines: [Mesos_V1_MachineID]) -> HTTPAnswer {
        if let problem = Maintenance.problem(of: machines) { return .badRequest(problem) }
        for machine in machines where !maintenance.down.contains(machine) {
            return .badRequest("Machine '\(Maintenance.text(machine))' is not in DOWN mode and cannot be brought up")
        }
        maintenance.down.removeAll(where: machines.contains)
        for index in maintenance.schedule.windows.indices { maintenance.schedule.windows[index].machineIds.removeAll(where: machines.contains) }
        maintenance.schedule.windows.removeAll { $0.machineIds.isEmpty }
        effects.append(.persist)
        for id in agentOrder { refreshUnavailability(of: id) }
        allocate()
        return .ok
    }

    // MARK: Inverse offers

    /// Asks each framework that has something on an agent with a planned absence to leave it, unless it was asked and has not answered, or
    /// does not want to be asked for a while.
    mutating func askToLeave() {
        guard !maintenance.schedule.windows.isEmpty else { return }
        var made: [FrameworkID: [Mesos_V1_InverseOffer]] = [:]
        for id in agentOrder {
            guard let agent = agents[id], agent.link != nil, let unavailability = agent.unavailability else { continue }
            let holders = Set(agent.used.keys.map(\.framework)).union(agent.executors.map(\.framework))
                .union(agent.offers.compactMap { offers[$0]?.framework })
            for framework in holders.sorted() where isToBeAsked(framework, to: agent) {
                let offer = InverseOffer(id: OfferID("\(masterInfo.id)-IO\(nextInverseOffer)"), framework: framework)
                nextInverseOffer += 1
                agents[id]?.inverseOffers[framework] = offer
                made[framework, default: []].append(.with {
                    $0.id.value = offer.id.value
                    $0.frameworkID.value = framework.value
                    $0.agentID.value = id.value
                    $0.unavailability = unavailability
                })
            }
        }
        for framework in made.keys.sorted() {
            send(framework) {
                $0.type = .inverseOffers
                $0.inverseOffers.inverseOffers = made[framework] ?? []
            }
        }
    }

    private func isToBeAsked(_ id: FrameworkID, to agent: Agent) -> Bool {
        guard let framework = frameworks[id], framework.stream != nil else { return false }
        if let offer = agent.inverseOffers[id], offer.answer == nil { return false }
        return framework.inverseRefusals[agent.id].map { $0 <= clock.now } ?? true
    }

    mutating func answerInverseOffers(
        _ ids: [Mesos_V1_OfferID], _ answer: Mesos_V1_Maintenance_InverseOfferStatus.Status, _ filters: Mesos_V1_Filters?, by framework: FrameworkID
    ) {
        let wanted = Set(ids.map { OfferID($0.value) })
        let seconds = filters.map { $0.hasRefuseSeconds ? $0.refuseSeconds : 5 } ?? settings.defaultRefusal.inSeconds
        for id in agentOrder {
            guard var offer = agents[id]?.inverseOffers[framework], offer.answer == nil, wanted.contains(offer.id) else { continue }
            (offer.answer, offer.answered) = (answer, clock.wall)
            agents[id]?.inverseOffers[framework] = offer
            let until = clock.now + .seconds(min(max(seconds, 0), 365 * 86_400))
            frameworks[framework]?.inverseRefusals[id] = until
        }
    }

    mutating func dropInverseOffers(on id: AgentID) {
        for offer in (agents[id]?.inverseOffers ?? [:]).values.sorted(by: { $0.framework < $1.framework }) { drop(offer, on: id, rescinding: true) }
    }

    mutating func dropInverseOffers(to framework: FrameworkID, rescinding: Bool) {
        for id in agentOrder {
            if let offer = agents[id]?.inverseOffers[framework] { drop(offer, on: id, rescinding: rescinding) }
        }
    }

    private mutating func drop(_ offer: InverseOffer, on id: AgentID, rescinding: Bool) {
        agents[id]?.inverseOffers[offer.framework] = nil
        guard rescinding, offer.answer == nil else { return }
        send(offer.framework) {
            $0.type = .rescindInverseOffer
            $0.rescindInverseOffer.inverseOfferID.value = offer.id.value
        }
    }
}
