import Core

/// Which pods go where: first come, first served, each pod on the first agent that has all that it asks for.
///
/// Pure and repeatable: the same pods and offers in the same order give the same plan.
public struct Fit: Sendable {
    /// The executor's own share, taken once from an agent that does not run our executor yet.
    public let executorShare: Amounts
    /// The roles whose resources may be used, the preferred first.
    public let roles: [String]

    public init(executorShare: Amounts, roles: [String] = ["*"]) { (self.executorShare, self.roles) = (executorShare, roles) }

    /// Plans `pods`, in the order of the queue, on `agents`, in the order of preference. Neither an offer nor a port is used beyond what it holds.
    public func plan(_ pods: [PodDemand], on agents: [AgentOffers]) -> Plan {
        var rooms = agents.map { Room($0, share: executorShare, roles: roles) }
        var refusals: [Plan.Refusal] = []
        for pod in pods {
            var vetoes: [AgentVeto] = []
            var placed = false
            for index in rooms.indices {
                let reasons = rooms[index].vetoes(of: pod)
                if reasons.isEmpty, rooms[index].place(pod) {
                    placed = true
                    break
                }
                vetoes.append(AgentVeto(agent: rooms[index].agent, hostname: rooms[index].view.hostname, reasons: reasons))
            }
            if !placed { refusals.append(Plan.Refusal(pod: pod, explanation: Explanation(vetoes))) }
        }
        return Plan(launches: rooms.compactMap(\.launch), refusals: refusals)
    }

    /// Why `pod` cannot go to `agent` as it is now; empty when it can.
    public func vetoes(of pod: PodDemand, on agent: AgentOffers) -> [Veto] {
        Room(agent, share: executorShare, roles: roles).vetoes(of: pod)
    }
}

/// What a plan wants done, and whom it has to disappoint.
public struct Plan: Sendable, Hashable {
    public struct Placement: Sendable, Hashable {
        public let pod: PodDemand
        /// What is taken for it, ports included.
        public let resources: Resources
        /// The node's port of each of the pod's host ports, in their order.
        public let ports: [Int]
        public init(pod: PodDemand, resources: Resources, ports: [Int] = []) { (self.pod, self.resources, self.ports) = (pod, resources, ports) }
    }

    /// All that goes to one agent, on all of its offers together.
    public struct Launch: Sendable, Hashable {
        public let agent: AgentID
        public let hostname: String
        public let offers: [OfferID]
        /// What the executor takes if it has to be started; `nil` where it runs.
        public let executor: Resources?
        public var placements: [Placement]
        public init(agent: AgentID, hostname: String, offers: [OfferID], executor: Resources?, placements: [Placement]) {
            (self.agent, self.hostname, self.offers) = (agent, hostname, offers)
            (self.executor, self.placements) = (executor, placements)
        }
    }

    public struct Refusal: Sendable, Hashable {
        public let pod: PodDemand
        public let explanation: Explanation
        public init(pod: PodDemand, explanation: Explanation) { (self.pod, self.explanation) = (pod, explanation) }
    }

    public let launches: [Launch]
    public let refusals: [Refusal]
    public init(launches: [Launch], refusals: [Refusal]) { (self.launches, self.refusals) = (launches, refusals) }
}

/// What is left of one agent while a plan is made.
private struct Room {
    let view: AgentOffers
    /// What pods can still take; the executor's share is already out of it.
    var left: Resources
    /// `nil`: it runs already, or there was no room for it.
    let executor: Resources?
    /// What of the executor's share was not there.
    let missingForExecutor: [ResourceKind]
    let share: Amounts
    var placements: [Plan.Placement] = []

    var agent: AgentID { view.agent }

    init(_ view: AgentOffers, share: Amounts, roles: [String]) {
        self.view = view
        self.share = share
        var left = view.offers.reduce(into: Resources()) { $0.add($1.resources) }.ordered(byRoles: roles)
        if view.runsOurExecutor || view.offers.isEmpty {
            (executor, missingForExecutor) = (nil, [])
        } else {
            let before = left.amounts
            executor = left.takeWhole(share)
            missingForExecutor = executor != nil ? [] : share.kinds.filter { share[$0] > before[$0] }
        }
        self.left = left
    }

    func vetoes(of pod: PodDemand) -> [Veto] {
        var vetoes: [Veto] = []
        if let name = pod.nodeName, name != view.hostname { return [.otherNode(wanted: name)] }
        if view.unschedulable { vetoes.append(.unschedulable) }
        for (key, value) in pod.nodeSelector.sorted(by: { $0.key < $1.key }) where view.labels[key] != value {
            vetoes.append(.nodeSelector(key: key, value: value))
        }
        for taint in view.taints where taint.effect != .preferNoSchedule && !pod.tolerations.contains(where: { $0.tolerates(taint) }) {
            vetoes.append(.taint(taint))
        }
        if view.offers.isEmpty { return vetoes.isEmpty ? [.noOffer] : vetoes }
        if !view.runsOurExecutor && executor == nil {
            let room = left.amounts
            let missing = missingForExecutor.isEmpty ? share.kinds : missingForExecutor
            return vetoes + missing.map { .executorShare($0, wanted: share[$0], available: room[$0]) }
        }
        let room = left.amounts
        for kind in pod.amounts.kinds where pod.amounts[kind] > room[kind] {
            vetoes.append(.insufficient(kind, wanted: pod.amounts[kind], available: max(0, room[kind])))
        }
        return vetoes + portVetoes(of: pod)
    }

    private func portVetoes(of pod: PodDemand) -> [Veto] {
        let fixed = pod.fixedPorts
        let ports = left.ports
        let missing = fixed.filter { !ports.contains($0) }
        if !missing.isEmpty { return missing.map { .hostPort($0) } }
        let free = ports.count - fixed.count
        return pod.wildcardCount > free ? [.ports(wanted: pod.wildcardCount, available: free)] : []
    }

    mutating func place(_ pod: PodDemand) -> Bool {
        let fixed = pod.fixedPorts
        var free = left.ports
        for port in fixed { free.remove(port) }
        var assigned: [Int] = []
        for port in pod.hostPorts {
            guard let number = port.fixed ?? free.first else { return false }
            free.remove(number)
            assigned.append(number)
        }
        guard let taken = left.take(pod.amounts, ports: Array(Set(assigned)).sorted()) else { return false }
        placements.append(Plan.Placement(pod: pod, resources: taken, ports: assigned))
        return true
    }

    var launch: Plan.Launch? {
        guard !placements.isEmpty else { return nil }
        return Plan.Launch(
            agent: agent, hostname: view.hostname, offers: view.offers.map(\.id), executor: executor, placements: placements)
    }
}
