// What is asked once per shape of pod.
extension Planner {
    mutating func inquiry(of shape: PodShape) -> Int {
        if let known = inquiries.number(of: shape) { return known }
        return inquiries.add(newInquiry(of: shape))
    }

    private mutating func newInquiry(of shape: PodShape) -> Inquiry {
        let wishes = shape.wishes
        let roles = wishes.roles ?? namespaces[wishes.namespace]?.roles ?? fit.roles
        var inquiry = Inquiry(
            shape: shape, roles: roles, isPlain: shape.isPlain && roles == fit.roles, eligible: inquiries.eligible(wishes, agents))
        let affinity = wishes.podAffinity
        if !affinity.near.isEmpty {
            let crowd = Crowd.selected(affinity.near.map(\.selection))
            inquiry.near = affinity.near.map { question(crowd, .label($0.topologyKey)) }
            inquiry.isNearItself = crowd.contains(wishes, namespaces)
        }
        inquiry.apart = affinity.apart.map { (question(.selected([$0.selection]), .label($0.topologyKey)), $0.topologyKey) }
        inquiry.preferences = affinity.preferred.map {
            Inquiry.Preference(weight: $0.weight, question: question(.selected([$0.term.selection]), .label($0.term.topologyKey)))
        }
        inquiry.spreads = wishes.spread.map { spread($0, wishes) }
        for constraint in wishes.constraints where !constraint.isAboutTheNodeAlone {
            // A pod without a controller is alone in its scope: nothing can be too many of it.
            guard let owner = wishes.owner else { continue }
            let question = question(.owned(owner), .field(constraint.field))
            inquiry.limits.append(.init(constraint: constraint, question: question, placeCount: census.topologies[question.topology].count))
        }
        if fit.policy == .spread, let owner = wishes.owner { inquiry.siblings = census.tally(of: .owned(owner)) }
        return inquiry
    }

    private mutating func question(_ crowd: Crowd, _ key: TopologyKey) -> Inquiry.Question {
        let topology = census.topology(key)
        return Inquiry.Question(crowd: census.tally(of: crowd, by: topology), topology: topology)
    }

    private mutating func spread(_ constraint: SpreadConstraint, _ wishes: PodShape.Wishes) -> Inquiry.Spread {
        let selection = PodSelection(namespaces: NamespaceScope([wishes.namespace]), labels: constraint.labels)
        let question = question(.staying(selection), .label(constraint.topologyKey))
        // A place counts if it has a node that the pod might go to, and that has all of the labels to spread by.
        let keys = wishes.spread.filter { $0.isRequired == constraint.isRequired }.map { TopologyKey.label($0.topologyKey) }
        let counts = agents.map { agent in
            keys.allSatisfy { $0.value(hostname: agent.hostname, labels: agent.node.labels) != nil }
                && (!constraint.honorsAffinity || NodeRules.isSelected(wishes, agent))
                && (!constraint.honorsTaints || NodeRules.toleratesTaints(wishes, agent))
        }
        var places = [Bool](repeating: false, count: census.topologies[question.topology].count)
        for row in agents.indices where counts[row] {
            let place = census.topologies[question.topology].places[row]
            if place >= 0 { places[Int(place)] = true }
        }
        return Inquiry.Spread(
            constraint: constraint, question: question, countsItself: constraint.labels.matches(wishes.labels),
            rows: counts.allSatisfy { $0 } ? nil : counts, places: places, placeCount: places.count { $0 })
    }

    /// New pods may have brought new wishes to be left alone.
    mutating func updateRefusers(_ number: Int) {
        guard inquiries[number].refuserCount != census.refusers.count else { return }
        let refusers = census.refusers(of: inquiries[number].shape)
        inquiries[number].refusers = refusers
        inquiries[number].refuserCount = census.refusers.count
    }
}
