import Core

/// What is left of one agent while a plan is made.
struct Room: Sendable {
    /// The agent's offers to one role together: what one ACCEPT can use.
    struct Lot: Sendable {
        let role: String
        let offers: [OfferID]
        /// Reserved parts first. Where the executor has to be started, its share is already out of it.
        var left: Resources
        /// What the executor takes; `nil`: it runs already, or has no room.
        let executor: Resources?
        /// What of the executor's share was not there; empty: it runs, or has room.
        let missing: [Veto]
        var placements: [Plan.Placement] = []

        init(role: String, offers: [Offer], share: Amounts?) {
            self.role = role
            self.offers = offers.map(\.id)
            var left = offers.reduce(into: Resources()) { $0.add($1.resources) }.ordered(byRoles: [role])
            if let share {
                let before = left.amounts
                executor = left.takeWhole(share)
                let short = share.kinds.filter { share[$0] > before[$0] }
                missing = executor != nil ? [] : (short.isEmpty ? share.kinds : short).map {
                    .executorShare($0, wanted: share[$0], available: before[$0])
                }
            } else {
                (executor, missing) = (nil, [])
            }
            self.left = left
        }
    }

    private(set) var lots: [Lot] = []
    /// The executor does not run on the agent yet.
    let needsExecutor: Bool
    /// The lot whose ACCEPT starts the executor. Until it runs, no other can be used: Mesos wants its resources in the same ACCEPT.
    private(set) var starter: Int?
    private(set) var podsLeft: Int
    let podLimit: Int

    init(_ record: AgentRecord, _ fit: Fit) {
        needsExecutor = !record.runsOurExecutor
        podLimit = min(fit.maxPods, record.node.maxPods ?? .max)
        podsLeft = podLimit - record.pods.count
        guard !record.offers.isEmpty else { return }
        let share = needsExecutor ? fit.executorShare : nil
        var byRole: [(role: String, offers: [Offer])] = []
        for offer in record.offers {
            let role = offer.resources.parts.first?.origin.role ?? "*"
            if let index = byRole.firstIndex(where: { $0.role == role }) { byRole[index].offers.append(offer) } else { byRole.append((role, [offer])) }
        }
        lots = byRole.map { Lot(role: $0.role, offers: $0.offers, share: share) }
    }

    /// For each of CPU, memory and disk the most that any lot has: what does not fit in it fits nowhere.
    var most: Amounts {
        var most = Amounts.zero
        for (index, lot) in lots.enumerated() where isUsable(index) {
            let amounts = lot.left.amounts
            most.milliCPU = max(most.milliCPU, amounts.milliCPU)
            most.memory = max(most.memory, amounts.memory)
            most.disk = max(most.disk, amounts.disk)
        }
        return most
    }

    private func isUsable(_ index: Int) -> Bool {
        lots[index].missing.isEmpty && (starter == nil || starter == index)
    }

    /// The first lot, in the order of `roles`, that has all that the pod asks for.
    ///
    /// - Parameter held: what must be left for others.
    func lot(for shape: PodShape, roles: [String], held: Held = Held()) -> Int? {
        // A pod that names its node is counted there already, or would come whatever we say.
        guard podsLeft > held.pods || shape.wishes.nodeName != nil else { return nil }
        for role in roles {
            guard let index = lots.firstIndex(where: { $0.role == role }), isUsable(index) else { continue }
            if Room.fits(shape, in: lots[index].left, held) { return index }
        }
        return nil
    }

    private static func fits(_ shape: PodShape, in left: Resources, _ held: Held) -> Bool {
        guard (shape.wishes.amounts + held.amounts).fits(in: left.amounts) else { return false }
        guard !shape.wishes.hostPorts.isEmpty else { return true }
        let ports = left.ports
        let taken = held.ports
        guard shape.fixedPorts.allSatisfy({ ports.contains($0) && !taken.contains($0) }) else { return false }
        let spoken = Set(taken.filter(ports.contains)).union(shape.fixedPorts).count
        return ports.count - spoken >= shape.wildcardCount
    }

    /// Why the pod has no room here, as the lot says that comes nearest. Empty when it has.
    func vetoes(of shape: PodShape, roles: [String], held: Held = Held()) -> [Veto] {
        if lot(for: shape, roles: roles, held: held) != nil { return [] }
        if podsLeft <= 0, shape.wishes.nodeName == nil { return [.tooManyPods(limit: podLimit)] }
        if !held.isEmpty, lot(for: shape, roles: roles) != nil, let pod = held.for { return [.heldFor(pod)] }
        let allowed = roles.compactMap { role in lots.firstIndex { $0.role == role } }
        guard !allowed.isEmpty else { return [.roles(roles)] }
        let answers = allowed.map { vetoes(of: shape, in: $0) }
        return answers.max { nearness($0) < nearness($1) } ?? [.noOffer]
    }

    private func nearness(_ vetoes: [Veto]) -> Double { vetoes.map(\.nearness).min() ?? 1 }

    private func vetoes(of shape: PodShape, in index: Int) -> [Veto] {
        let lot = lots[index]
        if !lot.missing.isEmpty { return lot.missing }
        guard starter == nil || starter == index else { return [.noOffer] }
        let (wanted, room) = (shape.wishes.amounts, lot.left.amounts)
        var vetoes: [Veto] = wanted.kinds.filter { wanted[$0] > room[$0] }.map { .insufficient($0, wanted: wanted[$0], available: max(0, room[$0])) }
        let ports = lot.left.ports
        let missing = shape.fixedPorts.filter { !ports.contains($0) }
        if !missing.isEmpty {
            vetoes += missing.map { .hostPort($0) }
        } else if shape.wildcardCount > ports.count - shape.fixedPorts.count {
            vetoes.append(.ports(wanted: shape.wildcardCount, available: ports.count - shape.fixedPorts.count))
        }
        return vetoes
    }

    /// Takes what the pod asks for out of a lot that has it.
    ///
    /// - Parameter held: what must be left for others.
    /// - Returns: `nil`, and nothing taken, if it is not all there.
    mutating func place(_ pod: PodDemand, in index: Int, held: Held = Held()) -> Plan.Placement? {
        var assigned: [Int] = []
        if !pod.hostPorts.isEmpty {
            var free = lots[index].left.ports
            for port in pod.shape.fixedPorts + held.ports { free.remove(port) }
            for port in pod.hostPorts {
                guard let number = port.fixed ?? free.first else { return nil }
                free.remove(number)
                assigned.append(number)
            }
        }
        guard let taken = lots[index].left.take(pod.amounts, ports: Array(Set(assigned)).sorted()) else { return nil }
        let placement = Plan.Placement(pod: pod, resources: taken, ports: assigned)
        lots[index].placements.append(placement)
        podsLeft -= 1
        if needsExecutor { starter = index }
        return placement
    }

    func launches(on record: AgentRecord) -> [Plan.Launch] {
        lots.filter { !$0.placements.isEmpty }.map { lot in
            Plan.Launch(
                agent: record.agent, hostname: record.hostname, role: lot.role, offers: lot.offers, executor: lot.executor,
                placements: lot.placements)
        }
    }
}

/// What of an agent's room is spoken for.
struct Held: Sendable {
    var amounts = Amounts.zero
    var ports: [Int] = []
    var pods = 0
    /// Who it is held for, the first of them.
    var `for`: PodKey?
    var isEmpty: Bool { pods == 0 }
}
