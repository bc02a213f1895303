import Core
import Mesos
import MesosProto

/// Who is offered what.
extension MasterState {
    /// Offers all that is free and wanted. Frameworks with the smaller share come first.
    mutating func allocate() {
        allocationWanted = false
        for id in frameworks.keys { frameworks[id]?.refusals.removeAll { $0.until <= clock.now } }
        var made: [FrameworkID: [Offer]] = [:]
        for agent in agents.values.sorted(by: { $0.id < $1.id }) where agent.link != nil {
            var free = agent.total - agent.allocated
            for offer in offers.values.sorted(by: { $0.number < $1.number }) where offer.agent == agent.id { free.subtract(offer.resources) }
            for framework in frameworksByShare() {
                for role in framework.roles.sorted() where !framework.suppressed.contains(role) {
                    let part = MesosResources(free.items.filter { MasterState.reservation(of: $0) == nil || MasterState.reservation(of: $0) == role })
                    guard isWorthOffering(part), !isRefused(part, on: agent.id, role: role, by: framework) else { continue }
                    let id = OfferID("\(masterInfo.id)-O\(nextOffer)")
                    let offer = Offer(id: id, number: nextOffer, framework: framework.id, agent: agent.id, role: role, resources: part)
                    nextOffer += 1
                    offers[id] = offer
                    made[framework.id, default: []].append(offer)
                    free.subtract(part)
                }
            }
        }
        for id in made.keys.sorted() {
            let protos = (made[id] ?? []).compactMap(proto)
            send(id) {
                $0.type = .offers
                $0.offers.offers = protos
            }
        }
    }

    private func frameworksByShare() -> [Framework] {
        let connected = frameworks.values.filter { $0.stream != nil }
        guard connected.count > 1 else { return Array(connected) }
        func share(_ id: FrameworkID) -> Int64 {
            let tasks = agents.values.flatMap { agent in agent.used.filter { $0.key.framework == id }.map(\.value.cpus.thousandths) }
            return (tasks + offers.values.filter { $0.framework == id }.map(\.resources.cpus.thousandths)).reduce(0, +)
        }
        return connected.map { (share($0.id), $0) }.sorted { ($0.0, $0.1.id) < ($1.0, $1.1.id) }.map(\.1)
    }

    /// Mesos' `min_allocatable_resources`: cpus 0.01 or mem 32.
    private func isWorthOffering(_ resources: MesosResources) -> Bool {
        resources.cpus >= MesosScalar(0.01) || resources.memory >= 32
    }

    private func isRefused(_ resources: MesosResources, on agent: AgentID, role: String, by framework: Framework) -> Bool {
        framework.refusals.contains { $0.agent == agent && $0.role == role && $0.resources.contains(resources) }
    }

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
            if framework.isMultiRole { $0.allocationInfo.role = offer.role }
        }
    }

    /// With RESERVATION_REFINEMENT: `reservations` and no `role`; otherwise `role`. With MULTI_ROLE: `allocation_info`.
    static func shown(_ resource: Mesos_V1_Resource, role: String, to framework: Framework) -> Mesos_V1_Resource {
        var resource = resource
        if !framework.can(.reservationRefinement) {
            resource.role = reservation(of: resource) ?? "*"
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
                let role = resource.role
                resource.reservations = [.with { $0.type = .static; $0.role = role }]
            }
            resource.clearRole()
        }
        return resource
    }

    mutating func dropOffers(rescinding: Bool, where matches: (Offer) -> Bool) {
        for offer in offers.values.filter(matches).sorted(by: { $0.number < $1.number }) {
            offers[offer.id] = nil
            guard rescinding else { continue }
            send(offer.framework) {
                $0.type = .rescind
                $0.rescind.offerID.value = offer.id.value
            }
        }
    }

    /// The task uses nothing any more; what it used is offered at once.
    mutating func release(_ task: FrameworkTask, on agent: AgentID) {
        if agents[agent]?.release(task) == true { allocationWanted = true }
    }
}
