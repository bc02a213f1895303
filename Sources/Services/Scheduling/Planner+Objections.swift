// What other pods have against a pod, row by row; and how it is told.
extension Planner {
    /// How many of a crowd are in the row's place; -1: the row is in no place.
    func count(at row: Int, _ question: Inquiry.Question) -> Int {
        let place = census.topologies[question.topology].places[row]
        guard place >= 0 else { return -1 }
        return Int(census.tallies[question.crowd].byPlace[question.topology]?[Int(place)] ?? 0)
    }

    /// The first thing that other pods have against this one on `row`.
    ///
    /// - Parameter floors: from `spreadFloors`.
    func firstObjection(_ row: Int, _ inquiry: Inquiry, spreadFloors floors: [Int]) -> Veto? {
        guard inquiry.asksAboutPods, inquiry.shape.wishes.nodeName == nil else { return nil }
        if let veto = nearObjection(row, inquiry) { return veto }
        for (question, key) in inquiry.apart where count(at: row, question) > 0 { return .podAntiAffinity(topologyKey: key) }
        for number in inquiry.refusers {
            let refusers = census.refusers[number]
            let place = census.topologies[refusers.topology].places[row]
            if place >= 0, refusers.byPlace[place] != nil { return .unwelcome(topologyKey: name(refusers.topology)) }
        }
        // By index: a copy of each for each row would cost more than the question.
        for index in inquiry.spreads.indices where inquiry.spreads[index].constraint.isRequired {
            if let veto = spreadObjection(row, inquiry, index, floor: floors[index]) { return veto }
        }
        for limit in inquiry.limits {
            if objects(row, limit) { return .constraint(limit.constraint.description) }
        }
        return nil
    }

    private func name(_ topology: Census.TopologyNumber) -> String {
        census.topologies[topology].key.name
    }

    private func nearObjection(_ row: Int, _ inquiry: Inquiry) -> Veto? {
        guard let first = inquiry.near.first else { return nil }
        // The first of a set that wants to be together has nobody to join.
        let mayBeFirst = inquiry.isNearItself && census.tallies[first.crowd].total == 0
        for question in inquiry.near {
            let count = count(at: row, question)
            if count < 0 || (count == 0 && !mayBeFirst) { return .podAffinity(topologyKey: name(question.topology)) }
        }
        return nil
    }

    // MARK: Spreading

    /// For each of the shape's spread constraints, how many of the pods the emptiest place has.
    func spreadFloors(_ inquiry: Inquiry) -> [Int] { inquiry.spreads.map { $0.constraint.isRequired ? floor(of: $0) : 0 } }

    private func floor(of spread: Inquiry.Spread) -> Int {
        guard spread.placeCount >= spread.constraint.minDomains else { return 0 }
        let counts = counts(of: spread)
        var least = Int.max
        for place in spread.places.indices where spread.places[place] { least = min(least, Int(counts[place])) }
        return least == .max ? 0 : least
    }

    /// By place; pods on nodes that are none of the constraint's do not count.
    private func counts(of spread: Inquiry.Spread) -> [Int32] {
        let tally = census.tallies[spread.question.crowd]
        guard let rows = spread.rows else { return tally.byPlace[spread.question.topology] ?? [] }
        var counts = [Int32](repeating: 0, count: spread.places.count)
        let places = census.topologies[spread.question.topology].places
        for (row, count) in tally.byRow where rows[Int(row)] && places[Int(row)] >= 0 { counts[Int(places[Int(row)])] += count }
        return counts
    }

    private func spreadObjection(_ row: Int, _ inquiry: Inquiry, _ index: Int, floor: Int) -> Veto? {
        let question = inquiry.spreads[index].question
        let place = census.topologies[question.topology].places[row]
        guard place >= 0 else { return .noTopology(key: inquiry.spreads[index].constraint.topologyKey) }
        let count = inquiry.spreads[index].rows == nil ? self.count(at: row, question) : Int(counts(of: inquiry.spreads[index])[Int(place)])
        let (skew, most) = (count + (inquiry.spreads[index].countsItself ? 1 : 0) - floor, inquiry.spreads[index].constraint.maxSkew)
        return skew > most ? .spread(topologyKey: inquiry.spreads[index].constraint.topologyKey, skew: skew, most: most) : nil
    }

    // MARK: Marathon's constraints

    private func objects(_ row: Int, _ limit: Inquiry.Limit) -> Bool {
        let count = count(at: row, limit.question)
        guard count >= 0 else { return true }
        switch limit.constraint.operator {
        case .unique: return count > 0
        case .maxPer(let most): return count >= most
        case .cluster(nil): return count == 0 && census.tallies[limit.question.crowd].total > 0
        case .groupBy(let least):
            let counts = census.tallies[limit.question.crowd].byPlace[limit.question.topology] ?? []
            let floor = limit.placeCount < least ? 0 : Int(counts.min() ?? 0)
            return count > floor
        case .like, .unlike, .is, .cluster(.some): return false
        }
    }

    // MARK: All that is to be said

    /// All that stands against the pod on a row; empty: nothing.
    func vetoes(_ row: Int, _ inquiry: Inquiry, for pod: PodDemand, spreadFloors floors: [Int]) -> [Veto] {
        let wishes = pod.shape.wishes
        let vetoes = NodeRules.vetoes(of: wishes, on: agents[row])
        if let first = vetoes.first, case .otherNode = first { return vetoes }
        if rooms[row].lots.isEmpty { return vetoes.isEmpty ? [.noOffer] : vetoes }
        let room = rooms[row].vetoes(of: pod.shape, roles: inquiry.roles, held: held(on: row, against: pod))
        guard let objection = firstObjection(row, inquiry, spreadFloors: floors) else { return vetoes + room }
        return vetoes + room + [objection]
    }

    /// Why the shape has no row. With many agents it may be a little old: it is made anew when one in eight has changed.
    mutating func explanation(_ number: Int, for pod: PodDemand) -> Explanation {
        if let fault = pod.shape.wishes.fault { return Explanation(note: fault) }
        if let known = inquiries[number].explained, known.journal >= journal.start, 8 * (journal.end - known.journal) < agents.count, holds.isEmpty {
            return known.answer
        }
        updateRefusers(number)
        let inquiry = inquiries[number]
        let floors = spreadFloors(inquiry)
        var count = VetoCount()
        for row in agents.indices {
            let reasons = vetoes(row, inquiry, for: pod, spreadFloors: floors)
            if !reasons.isEmpty { count.add(AgentVeto(agent: agents[row].agent, hostname: agents[row].hostname, reasons: reasons)) }
        }
        let answer = count.explanation()
        inquiries[number].explained = (answer, journal.end)
        return answer
    }
}
