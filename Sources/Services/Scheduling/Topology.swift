/// By what nodes are told apart when pods are to be near, apart, or spread.
enum TopologyKey: Sendable, Hashable {
    /// The value of a node label; `kubernetes.io/hostname` is the node's name where the label is missing.
    case label(String)
    /// The value of one of Marathon's fields.
    case field(String)

    var name: String {
        switch self {
        case .label(let name), .field(let name): name
        }
    }

    func value(hostname: String, labels: [String: String]) -> String? {
        switch self {
        case .label("kubernetes.io/hostname"): labels["kubernetes.io/hostname"] ?? hostname
        case .label(let key): labels[key]
        case .field("hostname"): hostname
        case .field("@region"): labels["topology.kubernetes.io/region"]
        case .field("@zone"): labels["topology.kubernetes.io/zone"]
        case .field(let name): labels["k8s.mesosphere.io/attribute-" + name] ?? labels[name]
        }
    }
}

/// The places that one topology key makes of the agents: each row is in one, or in none.
struct Topology: Sendable {
    let key: TopologyKey
    /// The place of each row; -1: none.
    private(set) var places: [Int32] = []
    private var numbers: [String: Int32] = [:]
    var count: Int { numbers.count }

    init(_ key: TopologyKey, _ agents: [AgentRecord]) {
        self.key = key
        places.reserveCapacity(agents.count)
        for agent in agents { places.append(number(of: agent)) }
    }

    private mutating func number(of agent: AgentRecord) -> Int32 {
        guard let value = key.value(hostname: agent.hostname, labels: agent.node.labels) else { return -1 }
        if let known = numbers[value] { return known }
        let new = Int32(numbers.count)
        numbers[value] = new
        return new
    }
}
