import Core
import Mesos
import MesosProto

/// Who is offered what: the allocator.
///
/// Each allocation looks at the agents that have something free, in the order of their registration, and offers each agent's rest to who is
/// next by weighted dominant resource fairness: roles first, then the frameworks of a role. What a framework refused is left out until its
/// filter runs out. An agent costs a few look-ups; one that has nothing free costs one.
extension MasterState {
    /// Offers all that is free and wanted.
    mutating func allocate() {
        allocate(only: agentOrder)
        askToLeave()
    }

    /// Offers what is free on these agents alone, at once.
    mutating func allocate(only agents: [AgentID]) {
        let candidates = self.candidates()
        guard !candidates.isEmpty else { return }
        var made: [FrameworkID: [Offer]] = [:]
        for id in agents { allocate(id, to: candidates, &made) }
        announce(made)
    }

    /// The roles of connected frameworks that want offers.
    private func candidates() -> [Shares.Member] {
        frameworks.values.filter { $0.stream != nil }.sorted { $0.id < $1.id }.flatMap { framework in
            framework.roles.sorted().filter { !framework.suppressed.contains($0) }.map { Shares.Member(framework: framework.id, role: $0) }
        }
    }

    private mutating func allocate(_ id: AgentID, to candidates: [Shares.Member], _ made: inout [FrameworkID: [Offer]]) {
        guard let agent = agents[id], agent.link != nil, !agent.free.isEmpty, orders[id] == nil else { return }
        let hasGPUs = agent.total.items.contains { $0.name == "gpus" }
        var free = agent.free
        for member in shares.ordered(candidates) {
            guard let framework = frameworks[member.framework], !hasGPUs || framework.can(.gpuResources) else { continue }
            let part = MesosResources(free.items.filter { MasterState.reservation(of: $0).map { $0 == member.role } ?? true })
            guard MasterState.isWorthOffering(part), !isRefused(part, on: id, by: member) else { continue }
            let offer = Offer(
                id: OfferID("\(masterInfo.id)-O\(nextOffer)"), number: nextOffer, framework: member.framework, agent: id, role: member.role,
                resources: part)
            nextOffer += 1
            free.subtract(part)
            hold(offer)
            made[member.framework, default: []].append(offer)
            if free.isEmpty { return }
        }
    }

    private mutating func announce(_ made: [FrameworkID: [Offer]]) {
        for id in made.keys.sorted() {
            let protos = (made[id] ?? []).compactMap(proto)
            send(id) {
                $0.type = .offers
                $0.offers.offers = protos
            }
        }
    }

    /// Mesos' `min_allocatable_resources`: cpus 0.01 or mem 32.
    private static func isWorthOffering(_ resources: MesosResources) -> Bool {
        resources.cpus >= MesosScalar(0.01) || resources.memory >= 32
    }

    /// Filters that have run out go on the way.
    private mutating func isRefused(_ resources: MesosResources, on agent: AgentID, by member: Shares.Member) -> Bool {
        guard let refusals = frameworks[member.framework]?.refusals[agent] else { return false }
        if refusals.contains(where: { $0.until <= clock.now }) {
            let rest = refusals.filter { $0.until > clock.now }
            frameworks[member.framework]?.refusals[agent] = rest.isEmpty ? nil : rest
        }
        return refusals.contains { $0.until > clock.now && $0.role == member.role && $0.resources.contains(resources) }
    }

    /// The rest of an offer is not offered to this framework for a while: 5 s unless the filters say otherwise, 0 forgets nothing.
    mutating func refuse(_ resources: MesosResources, of offer: Offer, for filters: Mesos_V1_Filters?) {
        let seconds = filters.map { $0.hasRefuseSeconds ? $0.refuseSeconds : 5 } ?? settings.defaultRefusal.inSeconds
        guard seconds > 0, !resources.isEmpty else { return }
        // Until the next allocation at least, as in Mesos.
        let until = clock.now + max(settings.allocationInterval, .seconds(min(seconds, 365 * 86_400)))
        var refusals = frameworks[offer.framework]?.refusals[offer.agent] ?? []
        // One that says less than this one says nothing.
        refusals.removeAll { $0.role == offer.role && $0.until <= until && resources.contains($0.resources) }
        refusals.append(Refusal(role: offer.role, resources: resources, until: until))
        frameworks[offer.framework]?.refusals[offer.agent] = refusals
    }

    // MARK: An offer's life

    private mutating func hold(_ offer: Offer) {
        offers[offer.id] = offer
        agents[offer.agent]?.takeFree(offer.resources)
        agents[offer.agent]?.offers.insert(offer.id)
        shares.add(offer.resources, to: Shares.Member(framework: offer.framework, role: offer.role))
        if let limit = settings.offerTimeout { timers.put(.offer(offer.id), clock.now + limit) }
    }

    /// The offer is no more; its resources are with the caller.
    mutating func takeOffer(_ id: OfferID) -> Offer? {
        guard let offer = offers.removeValue(forKey: id) else { return nil }
        agents[offer.agent]?.offers.remove(id)
        shares.subtract(offer.resources, from: Shares.Member(framework: offer.framework, role: offer.role))
        timers.remove(.offer(id))
        return offer
    }

    /// The offer is no more, and what it held is free again.
    @discardableResult mutating func dropOffer(_ id: OfferID, rescinding: Bool) -> Offer? {
        guard let offer = takeOffer(id) else { return nil }
        agents[offer.agent]?.giveBack(offer.resources)
        if rescinding {
            send(offer.framework) {
                $0.type = .rescind
                $0.rescind.offerID.value = id.value
            }
        }
        return offer
    }

    mutating func rescindOffers(on agent: AgentID) {
        for id in (agents[agent]?.offers ?? []).compactMap({ offers[$0] }).sorted(by: { $0.number < $1.number }).map(\.id) {
            dropOffer(id, rescinding: true)
        }
    }

    mutating func dropOffers(of framework: FrameworkID) {
        for offer in offers.values.filter({ $0.framework == framework }).sorted(by: { $0.number < $1.number }) { dropOffer(offer.id, rescinding: false) }
    }

    mutating func expire(_ id: OfferID) {
        if dropOffer(id, rescinding: true) != nil { allocateSoon() }
    }

    /// The task uses nothing any more; what it used is offered soon.
    mutating func release(_ task: FrameworkTask, on agent: AgentID) {
        guard let held = agents[agent]?.release(task) else { return }
        shares.subtract(held.resources, from: Shares.Member(framework: task.framework, role: held.role))
        allocateSoon()
    }

    // MARK: Forms of resources

    /// The role that a resource is reserved for.
    static func reservation(of resource: Mesos_V1_Resource) -> String? {
        if let last = resource.reservations.last { return last.role }
        return resource.hasRole && resource.role != "*" ? resource.role : nil
    }

    /// The offer as its framework's capabilities want to see it.
    func proto(_ offer: Offer) -> Mesos_V1_Offer? {
        guard let agent = agents[offer.agent], let framework = frameworks[offer.framework] else { return nil }
        return .with {
            $0.id.value = offer.id.value
            $0.frameworkID.value = offer.framework.value
            $0.agentID.value = offer.agent.value
            $0.hostname = agent.info.hostname
            $0.url = .with {
                $0.scheme = "http"
                $0.address.hostname = agent.info.hostname
                $0.address.ip = agent.endpoint.host
                $0.address.port = Int32(clamping: agent.endpoint.port)
                $0.path = "/slave(1)"
            }
            $0.resources = offer.resources.items.map { MasterState.shown($0, role: offer.role, to: framework) }
            $0.attributes = agent.info.attributes
            $0.executorIds = agent.executors.filter { $0.framework == offer.framework }.map(\.info.executorID)
            if let unavailability = agent.unavailability { $0.unavailability = unavailability }
            if framework.isMultiRole { $0.allocationInfo.role = offer.role }
        }
    }

    /// With RESERVATION_REFINEMENT: `reservations` and no `role`; otherwise `role`, and what else is known of a dynamic reservation.
    /// With MULTI_ROLE: `allocation_info`.
    static func shown(_ resource: Mesos_V1_Resource, role: String, to framework: Framework) -> Mesos_V1_Resource {
        var resource = resource
        if !framework.can(.reservationRefinement) {
            resource.role = reservation(of: resource) ?? "*"
            if let last = resource.reservations.last, last.type == .dynamic {
                resource.reservation = last
                resource.reservation.clearRole()
                resource.reservation.clearType()
            }
            resource.reservations = []
        }
        if framework.isMultiRole { resource.allocationInfo.role = role } else { resource.clearAllocationInfo() }
        return resource
    }

    /// A resource as a scheduler named it, in the master's own form: refined reservations, no allocation.
    static func internalForm(_ resource: Mesos_V1_Resource) -> Mesos_V1_Resource {
        var resource = resource
        resource.clearAllocationInfo()
        if resource.hasRole {
            if resource.role != "*", resource.reservations.isEmpty {
                var reservation = resource.hasReservation ? resource.reservation : Mesos_V1_Resource.ReservationInfo()
                reservation.type = resource.hasReservation ? .dynamic : .static
                reservation.role = resource.role
                resource.reservations = [reservation]
            }
            resource.clearRole()
        }
        resource.clearReservation()
        return resource
    }
}
