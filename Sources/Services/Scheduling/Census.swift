import Core

/// Pods that are counted together.
enum Crowd: Sendable, Hashable {
    /// Those that all of these mean.
    case selected([PodSelection])
    /// Those that this means, less those on their way out.
    case staying(PodSelection)
    /// Those of one controller.
    case owned(String)

    func contains(_ pod: PodShape.Wishes, _ namespaces: [String: NamespaceFacts]) -> Bool {
        switch self {
        case .owned(let owner): pod.owner == owner
        case .staying(let selection): Crowd.means(selection, pod, namespaces)
        case .selected(let selections): selections.allSatisfy { Crowd.means($0, pod, namespaces) }
        }
    }

    func counts(_ pod: PlacedPod, _ namespaces: [String: NamespaceFacts]) -> Bool {
        if case .staying = self, pod.isTerminating { return false }
        return contains(pod.demand.shape.wishes, namespaces)
    }

    private static func means(_ selection: PodSelection, _ pod: PodShape.Wishes, _ namespaces: [String: NamespaceFacts]) -> Bool {
        selection.labels.matches(pod.labels) && selection.namespaces.contains(pod.namespace, namespaces)
    }

    /// What each of its pods must carry: by it, the crowds of a pod are found without asking all of them.
    var handle: LabelPair? {
        switch self {
        case .owned(let owner): LabelPair(owner: owner)
        case .staying(let selection): selection.labels.pair
        case .selected(let selections): selections.lazy.compactMap(\.labels.pair).first
        }
    }
}

/// Where pods are, counted in the ways in which pods ask about each other.
///
/// A count is kept from the first question on: adding or removing a pod touches the counts that it belongs to, which are found by its labels.
struct Census: Sendable {
    typealias CrowdNumber = Int
    typealias TopologyNumber = Int

    struct Tally: Sendable {
        let crowd: Crowd
        var total = 0
        /// Pods by row; rows without any are left out.
        var byRow: [Int32: Int32] = [:]
        /// Pods by place, for each topology that was asked about.
        var byPlace: [TopologyNumber: [Int32]] = [:]
    }

    /// Pods that want none of a crowd near them.
    struct Refusers: Sendable {
        let unwanted: Crowd
        let topology: TopologyNumber
        var byPlace: [Int32: Int32] = [:]
    }

    private struct Resident { let pod: PlacedPod; let row: Int }

    private(set) var tallies: [Tally] = []
    private var tallyNumbers: [Crowd: CrowdNumber] = [:]
    private(set) var topologies: [Topology] = []
    private var topologyNumbers: [TopologyKey: TopologyNumber] = [:]
    private(set) var refusers: [Refusers] = []
    private var refuserNumbers: [PodAffinityTerm: Int] = [:]
    /// Tallies and refusers by what their pods must carry; without it, in the list of those that all pods are held against.
    private var talliesByHandle: [LabelPair: [CrowdNumber]] = [:]
    private var otherTallies: [CrowdNumber] = []
    private var refusersByHandle: [LabelPair: [Int]] = [:]
    private var otherRefusers: [Int] = []

    private var residents: [LabelPair: [ObjectIdentifier: Resident]] = [:]
    private var all: [ObjectIdentifier: Resident] = [:]
    private var groups: [String: Int] = [:]
    private var priorities: [Int32: Int] = [:]

    private let agents: [AgentRecord]
    private let namespaces: [String: NamespaceFacts]
    /// Counts removals: what was too crowded may not be so any more.
    private(set) var removals = 0
    /// Counts every change.
    private(set) var version = 0

    init(agents: [AgentRecord], namespaces: [String: NamespaceFacts]) {
        (self.agents, self.namespaces) = (agents, namespaces)
        for row in agents.indices { for pod in agents[row].pods { add(pod, row: row) } }
    }

    // MARK: Pods come and go

    mutating func add(_ pod: PlacedPod, row: Int) {
        let (id, resident) = (ObjectIdentifier(pod), Resident(pod: pod, row: row))
        // Agents of one host list the same pods: each counts once.
        guard all[id] == nil else { return }
        all[id] = resident
        for pair in pod.demand.shape.pairs { residents[pair, default: [:]][id] = resident }
        count(pod, row: row, 1)
    }

    mutating func remove(_ pod: PlacedPod, row: Int) {
        let id = ObjectIdentifier(pod)
        guard all[id]?.row == row else { return }
        all[id] = nil
        for pair in pod.demand.shape.pairs {
            residents[pair]?[id] = nil
            if residents[pair]?.isEmpty == true { residents[pair] = nil }
        }
        removals += 1
        count(pod, row: row, -1)
    }

    private mutating func count(_ pod: PlacedPod, row: Int, _ change: Int32) {
        version += 1
        let wishes = pod.demand.shape.wishes
        for pair in pod.demand.shape.pairs {
            for number in talliesByHandle[pair] ?? [] { count(pod, in: number, row: row, change) }
        }
        for number in otherTallies { count(pod, in: number, row: row, change) }
        for term in wishes.podAffinity.apart {
            let number = refuser(of: term)
            let place = topologies[refusers[number].topology].places[row]
            guard place >= 0 else { continue }
            let now = (refusers[number].byPlace[place] ?? 0) + change
            refusers[number].byPlace[place] = now == 0 ? nil : now
        }
        priorities[pod.demand.priority, default: 0] += Int(change)
        if priorities[pod.demand.priority] == 0 { priorities[pod.demand.priority] = nil }
        if let group = pod.demand.group, !pod.isTerminating {
            groups["\(group.namespace)/\(group.name)", default: 0] += Int(change)
        }
    }

    private mutating func count(_ pod: PlacedPod, in number: CrowdNumber, row: Int, _ change: Int32) {
        guard tallies[number].crowd.counts(pod, namespaces) else { return }
        tallies[number].total += Int(change)
        let now = (tallies[number].byRow[Int32(row)] ?? 0) + change
        tallies[number].byRow[Int32(row)] = now == 0 ? nil : now
        for topology in tallies[number].byPlace.keys {
            let place = topologies[topology].places[row]
            if place >= 0 { tallies[number].byPlace[topology]?[Int(place)] += change }
        }
    }

    // MARK: Questions

    /// How many questions it keeps answers to.
    var size: Int { tallies.count + refusers.count }

    /// Members of a group that run or are about to.
    func members(of group: PodGroup) -> Int { groups["\(group.namespace)/\(group.name)"] ?? 0 }

    /// The lowest priority of all pods; `nil`: there are none.
    var lowestPriority: Int32? { priorities.keys.min() }

    mutating func topology(_ key: TopologyKey) -> TopologyNumber {
        if let known = topologyNumbers[key] { return known }
        topologies.append(Topology(key, agents))
        topologyNumbers[key] = topologies.count - 1
        return topologies.count - 1
    }

    /// The tally of `crowd`, by row and, if asked, by the places of `topology`.
    mutating func tally(of crowd: Crowd, by topology: TopologyNumber? = nil) -> CrowdNumber {
        let number = tallyNumbers[crowd] ?? newTally(of: crowd)
        if let topology, tallies[number].byPlace[topology] == nil {
            var counts = [Int32](repeating: 0, count: topologies[topology].count)
            for (row, count) in tallies[number].byRow {
                let place = topologies[topology].places[Int(row)]
                if place >= 0 { counts[Int(place)] += count }
            }
            tallies[number].byPlace[topology] = counts
        }
        return number
    }

    private mutating func newTally(of crowd: Crowd) -> CrowdNumber {
        let number = tallies.count
        var tally = Tally(crowd: crowd)
        for resident in (crowd.handle.map { residents[$0] ?? [:] } ?? all).values
        where crowd.counts(resident.pod, namespaces) {
            tally.total += 1
            tally.byRow[Int32(resident.row), default: 0] += 1
        }
        tallies.append(tally)
        tallyNumbers[crowd] = number
        if let handle = crowd.handle { talliesByHandle[handle, default: []].append(number) } else { otherTallies.append(number) }
        return number
    }

    private mutating func refuser(of term: PodAffinityTerm) -> Int {
        if let known = refuserNumbers[term] { return known }
        let crowd = Crowd.selected([term.selection])
        refusers.append(Refusers(unwanted: crowd, topology: topology(.label(term.topologyKey))))
        let number = refusers.count - 1
        refuserNumbers[term] = number
        if let handle = crowd.handle { refusersByHandle[handle, default: []].append(number) } else { otherRefusers.append(number) }
        return number
    }

    /// Which refusers want no pod like this near them, in the order of their topologies' names: who is named first does not depend on
    /// who was there first.
    func refusers(of shape: PodShape) -> [Int] {
        let candidates = shape.pairs.flatMap { refusersByHandle[$0] ?? [] } + otherRefusers
        return candidates.filter { refusers[$0].unwanted.contains(shape.wishes, namespaces) }
            .sorted { (topologies[refusers[$0].topology].key.name, $0) < (topologies[refusers[$1].topology].key.name, $1) }
    }
}
