/// What the table in the kernel holds, as far as services put it there.
///
/// Two services may claim one element (an external address that both name): the first by name has it, and the next when that one goes.
public struct RoutingTable: Sendable, Hashable {
    public private(set) var fragments: [ServiceKey: ServiceFragment] = [:]
    private var claims: [RuleElement: [ServiceKey: String]] = [:]

    public init() {}

    /// All that services have in the table.
    public var contents: RuleContents {
        var contents = RuleContents()
        for fragment in fragments.values {
            contents.chains.merge(fragment.chains) { $1 }
            contents.clientSets.merge(fragment.clientSets) { $1 }
        }
        for element in claims.keys { contents.elements[element] = verdict(of: element) }
        return contents
    }

    /// Gives services new fragments (`nil`: the service is gone) and answers what has to be done to a table that held the old ones.
    public mutating func replace(_ new: [ServiceKey: ServiceFragment?]) -> RuleChange {
        var change = RuleChange()
        var before: [RuleElement: String?] = [:]
        for key in new.keys.sorted() {
            let old = fragments[key] ?? ServiceFragment()
            let next = (new[key] ?? nil) ?? ServiceFragment()
            guard old != next else { continue }
            change.compare(old, next)
            for element in Set(old.elements.keys).union(next.elements.keys) where old.elements[element] != next.elements[element] {
                if before[element] == nil { before.updateValue(verdict(of: element), forKey: element) }
                claims[element, default: [:]][key] = next.elements[element]
                if claims[element]?.isEmpty == true { claims[element] = nil }
            }
            fragments[key] = next.isEmpty ? nil : next
        }
        for (element, old) in before {
            let next = verdict(of: element)
            guard old != next else { continue }
            if old != nil { change.removedElements.append(element) }
            if let next { change.addedElements[element] = next }
        }
        change.removedElements.sort()
        return change
    }

    private func verdict(of element: RuleElement) -> String? {
        guard let claims = claims[element] else { return nil }
        if claims.count == 1 { return claims.first?.value }
        return claims.min { $0.key < $1.key }?.value
    }
}

/// The part of the table that services make, as plain values.
public struct RuleContents: Sendable, Hashable {
    public var chains: [String: [String]] = [:]
    public var elements: [RuleElement: String] = [:]
    public var clientSets: [String: Int] = [:]
    public init() {}
}

/// What has to be done to the table, in one transaction.
public struct RuleChange: Sendable, Hashable {
    /// Chains with all their rules; those that exist are emptied first.
    public var newChains: [String: [String]] = [:]
    public var changedChains: [String: [String]] = [:]
    public var removedChains: [String] = []
    public var newClientSets: [String: Int] = [:]
    public var removedClientSets: [String] = []
    public var addedElements: [RuleElement: String] = [:]
    /// Elements that go, and those that get another verdict.
    public var removedElements: [RuleElement] = []
    /// What the kernel must forget, so that datagrams find living endpoints.
    public var staleFlows: Set<DatagramFlow> = []

    public init() {}

    public var isEmpty: Bool {
        newChains.isEmpty && changedChains.isEmpty && removedChains.isEmpty && newClientSets.isEmpty && removedClientSets.isEmpty
            && addedElements.isEmpty && removedElements.isEmpty
    }

    /// Chains and sets carry their service's name, so no two services share one.
    fileprivate mutating func compare(_ old: ServiceFragment, _ new: ServiceFragment) {
        for (chain, rules) in new.chains where old.chains[chain] != rules {
            if old.chains[chain] == nil { newChains[chain] = rules } else { changedChains[chain] = rules }
        }
        removedChains += old.chains.keys.filter { new.chains[$0] == nil }.sorted()
        for (set, seconds) in new.clientSets where old.clientSets[set] == nil { newClientSets[set] = seconds }
        removedClientSets += old.clientSets.keys.filter { new.clientSets[$0] == nil }.sorted()
        staleFlows.formUnion(old.flows.subtracting(new.flows))
        let served = Set(old.flows.map { DatagramFlow(address: $0.address, port: $0.port, endpoint: nil) })
        for flow in new.flows {
            let any = DatagramFlow(address: flow.address, port: flow.port, endpoint: nil)
            if !served.contains(any) { staleFlows.insert(any) }
        }
    }
}
