import Core

// Room for a pod by the departure of others.
extension Planner {
    private struct Candidate {
        let row: Int
        /// In the order in which they are to be told.
        let victims: [PlacedPod]

        /// The smaller, the less is lost: the highest priority among the victims, their number, and how long the most important ran.
        var loss: (priority: Int32, count: Int, age: Int64) {
            let priority = victims.map(\.demand.priority).max() ?? .min
            let first = victims.filter { $0.demand.priority == priority }.map { $0.started ?? .max }.min() ?? .max
            return (priority, victims.count, -first)
        }
    }

    /// Chooses the pods that leave for `pod`, and holds their room for it. `nil`: it may not preempt, or that would not help.
    mutating func preempt(for pod: PodDemand, _ number: Int, at now: Instant) -> Plan.Preemption? {
        guard pod.mayPreempt, pod.shape.wishes.nodeName == nil, pod.shape.wishes.fault == nil, let lowest = census.lowestPriority,
            lowest < pod.priority
        else { return nil }
        if let vain = inquiries[number].vainPreemptionAt, vain.journal == journal.end, vain.priority >= pod.priority { return nil }
        guard let best = bestCandidate(for: pod, number) else {
            inquiries[number].vainPreemptionAt = (journal.end, pod.priority)
            return nil
        }
        let victims = best.victims.map(\.demand)
        let hold = Hold(
            pod: pod, agent: agents[best.row].agent, hostname: agents[best.row].hostname, victims: Set(victims.map(\.uid)),
            until: now + fit.holdTime)
        holds.append(hold)
        noteHold(changed: hold)
        return Plan.Preemption(pod: pod, agent: hold.agent, hostname: hold.hostname, victims: victims)
    }

    private mutating func bestCandidate(for pod: PodDemand, _ number: Int) -> Candidate? {
        let evicting = Set(holds.flatMap(\.victims))
        // Beyond so many that would do, a better one is hardly worth the search.
        let enough = max(100, agents.count / 10)
        var (best, found): (Candidate?, Int) = (nil, 0)
        for row in inquiries[number].eligible.rows {
            guard let candidate = candidate(Int(row), for: pod, number, evicting) else { continue }
            if best.map({ candidate.loss < $0.loss }) ?? true { best = candidate }
            found += 1
            if found >= enough { break }
        }
        return best
    }

    private mutating func candidate(_ row: Int, for pod: PodDemand, _ number: Int, _ evicting: Set<PodUID>) -> Candidate? {
        let residents = agents[row].pods
        let leaving = residents.filter { $0.isTerminating || evicting.contains($0.demand.uid) }
        // The most important first, and of these the one that has run longest: the last ones are the first to go.
        let lower = residents.filter { $0.isBound && !$0.isTerminating && $0.demand.priority < pod.priority && !evicting.contains($0.demand.uid) }
            .sorted { ($1.demand.priority, $0.started ?? .max, $0.demand.uid) < ($0.demand.priority, $1.started ?? .max, $1.demand.uid) }
        guard !lower.isEmpty || !leaving.isEmpty else { return nil }
        var space = Space(rooms[row], roles: inquiries[number].roles, held: held(on: row, against: pod))
        for resident in leaving + lower { space.add(resident) }
        guard space.fits(pod) else { return nil }
        // With all of them gone it must do; then, the most important first, each stays that can.
        for resident in lower { census.remove(resident, row: row) }
        guard isWelcome(row, number) else {
            for resident in lower { census.add(resident, row: row) }
            return nil
        }
        var victims: [PlacedPod] = []
        for resident in lower {
            var without = space
            without.remove(resident)
            census.add(resident, row: row)
            if without.fits(pod), isWelcome(row, number) {
                space = without
            } else {
                census.remove(resident, row: row)
                victims.append(resident)
            }
        }
        for resident in victims { census.add(resident, row: row) }
        return Candidate(row: row, victims: victims)
    }

    private func isWelcome(_ row: Int, _ number: Int) -> Bool {
        firstObjection(row, inquiries[number], spreadFloors: spreadFloors(inquiries[number])) == nil
    }

    /// What there would be if some pods left: what they hold comes back as offers to the roles that the pod may use.
    private struct Space {
        private var amounts: Amounts
        private var ports: PortSet
        private var pods: Int

        init(_ room: Room, roles: [String], held: Held) {
            let lots = room.lots.filter { roles.contains($0.role) }
            amounts = lots.reduce(.zero) { $0 + $1.left.amounts } - held.amounts
            ports = lots.reduce(into: PortSet()) { $0.formUnion($1.left.ports) }
            for port in held.ports { ports.remove(port) }
            pods = room.podsLeft - held.pods
        }

        mutating func add(_ pod: PlacedPod) {
            amounts += pod.demand.amounts
            for port in pod.ports { ports.insert(port) }
            pods += 1
        }
        mutating func remove(_ pod: PlacedPod) {
            amounts -= pod.demand.amounts
            for port in pod.ports { ports.remove(port) }
            pods -= 1
        }

        func fits(_ pod: PodDemand) -> Bool {
            let fixed = pod.shape.fixedPorts
            return pods > 0 && pod.amounts.fits(in: amounts) && fixed.allSatisfy(ports.contains)
                && ports.count - fixed.count >= pod.shape.wildcardCount
        }
    }

    // MARK: Holds

    /// Ends holds whose time is over and whose victims have left, or who found another place.
    mutating func dropHolds(at now: Instant) {
        guard !holds.isEmpty else { return }
        var kept: [Hold] = []
        for var hold in holds {
            let present = agents.first { $0.agent == hold.agent }?.pods.contains { hold.victims.contains($0.demand.uid) && $0.isTerminating }
            // A victim may take its whole grace period; its room comes after that.
            if present == true { hold.until = max(hold.until, now + fit.holdTime) }
            if hold.until > now { kept.append(hold) } else { noteHold(changed: hold) }
        }
        holds = kept
    }

    /// The room that others see on the hold's agent has changed.
    mutating func noteHold(changed hold: Hold) {
        if let row = agents.firstIndex(where: { $0.agent == hold.agent }) { refresh(row) }
    }
}
