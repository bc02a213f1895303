/// The maps and sets of the table that services put elements into.
public enum RuleMap: String, Sendable, Hashable, Comparable, CaseIterable {
    /// A service's addresses and ports, to its chain.
    case addresses = "service-addresses"
    /// Ports of the node's own addresses, to a service's chain.
    case nodePorts = "node-ports"
    /// Addresses and ports that have nothing behind them, to what is done then.
    case refused = "refused-addresses"
    case refusedNodePorts = "refused-node-ports"
    /// Pairs of one address: a pod that reached itself through a service.
    case hairpins

    /// As nft declares it.
    var type: String {
        switch self {
        case .addresses, .refused: "ipv4_addr . inet_proto . inet_service : verdict"
        case .nodePorts, .refusedNodePorts: "inet_proto . inet_service : verdict"
        case .hairpins: "ipv4_addr . ipv4_addr"
        }
    }
    var keyword: String { self == .hairpins ? "set" : "map" }
    public static func < (one: RuleMap, other: RuleMap) -> Bool { one.rawValue < other.rawValue }
}

/// A key in one of the maps.
public struct RuleElement: Sendable, Hashable, Comparable {
    public let map: RuleMap
    /// As nft writes it: `10.10.10.1 . tcp . 443`.
    public let key: String
    public init(_ map: RuleMap, _ key: String) { (self.map, self.key) = (map, key) }
    public static func < (one: RuleElement, other: RuleElement) -> Bool { (one.map, one.key) < (other.map, other.key) }
}

/// A flow of datagrams that the kernel may still send to an endpoint that is gone.
public struct DatagramFlow: Sendable, Hashable, Comparable {
    /// The service's address; `nil`: the node's own.
    public let address: IPv4Address?
    public let port: Int
    /// Where it was sent; `nil`: nowhere, as the service had no endpoints.
    public let endpoint: IPv4Address?
    public init(address: IPv4Address?, port: Int, endpoint: IPv4Address?) { (self.address, self.port, self.endpoint) = (address, port, endpoint) }
    private var order: (UInt64, Int, UInt64) { (address.map { UInt64($0.bits) + 1 } ?? 0, port, endpoint.map { UInt64($0.bits) + 1 } ?? 0) }
    public static func < (one: DatagramFlow, other: DatagramFlow) -> Bool { one.order < other.order }
}

/// All that one service puts into the table: chains of its own, and elements of the maps.
public struct ServiceFragment: Sendable, Hashable {
    /// The rules of each chain.
    public internal(set) var chains: [String: [String]] = [:]
    /// What each element leads to; empty for a plain set.
    public internal(set) var elements: [RuleElement: String] = [:]
    /// Sets that remember clients, and for how many seconds.
    public internal(set) var clientSets: [String: Int] = [:]
    public internal(set) var flows: Set<DatagramFlow> = []

    public init() {}
    public var isEmpty: Bool { chains.isEmpty && elements.isEmpty }

    /// - Parameter slices: the service's own, in any order.
    public init(_ service: Service, _ slices: [EndpointSlice], _ configuration: RoutingConfiguration) {
        for port in service.ports {
            var builder = PortRules(service: service, port: port, configuration: configuration)
            builder.choice = EndpointChoice(port, in: slices, nodeName: configuration.nodeName)
            builder.build(&self)
        }
    }
}

/// Makes the rules of one port of a service.
private struct PortRules {
    let service: Service
    let port: Service.Port
    let configuration: RoutingConfiguration
    var choice = EndpointChoice(Service.Port(port: 1), in: [], nodeName: "")

    init(service: Service, port: Service.Port, configuration: RoutingConfiguration) {
        (self.service, self.port, self.configuration) = (service, port, configuration)
    }

    /// Unique among all: an API server refuses a port and protocol that occur twice in a service.
    private var base: String { "\(service.key.namespace)/\(service.key.name)/\(port.transport.word)/\(port.port)" }
    private var fromElsewhere: String { (configuration.podRange.map { "ip saddr != \($0) " } ?? "") + "jump to-masquerade" }

    func build(_ fragment: inout ServiceFragment) {
        cluster(&fragment)
        external(&fragment)
        for target in Set(choice.all + choice.local) {
            if configuration.podRange?.contains(target.address) == true {
                fragment.elements[RuleElement(.hairpins, "\(target.address) . \(target.address)")] = ""
            }
        }
        if port.transport == .udp { flows(&fragment) }
    }

    private func cluster(_ fragment: inout ServiceFragment) {
        let targets = service.isInternalLocal ? choice.local : choice.all
        if !targets.isEmpty { fragment.chains["svc/\(base)"] = [fromElsewhere] + balance(targets, &fragment) }
        for address in service.clusterIPs {
            // Nothing on this node, but elsewhere: as Kubernetes has it, the packet is dropped, not refused.
            let verdict = targets.isEmpty ? (choice.all.isEmpty ? "goto refuse" : "drop") : "goto svc/\(base)"
            add(address, targets.isEmpty ? .refused : .addresses, verdict, &fragment)
        }
    }

    private func external(_ fragment: inout ServiceFragment) {
        let addresses = service.externalIPs + service.ingressIPs.filter { !service.externalIPs.contains($0) }
        guard port.nodePort > 0 || !addresses.isEmpty else { return }
        let isServed = !choice.all.isEmpty
        if isServed { fragment.chains["ext/\(base)"] = externalRules(&fragment) }
        for address in addresses where !service.clusterIPs.contains(address) {
            if isServed { add(address, .addresses, "goto ext/\(base)", &fragment) }
            if let verdict = refusal { add(address, .refused, verdict, &fragment) }
        }
        if port.nodePort > 0 {
            let key = "\(port.transport.word) . \(port.nodePort)"
            if isServed { fragment.elements[RuleElement(.nodePorts, key)] = "goto ext/\(base)" }
            if let verdict = refusal { fragment.elements[RuleElement(.refusedNodePorts, key)] = verdict }
        }
    }

    /// What becomes of external traffic that the chain sends nowhere.
    private var refusal: String? {
        if choice.all.isEmpty { return "goto refuse" }
        return service.isExternalLocal && choice.local.isEmpty ? "drop" : nil
    }

    private func externalRules(_ fragment: inout ServiceFragment) -> [String] {
        var everywhere = ["goto svc/\(base)"]
        if service.isInternalLocal {
            if service.isExternalLocal {
                fragment.chains["all/\(base)"] = balance(choice.all, &fragment)
                everywhere = ["goto all/\(base)"]
            } else {
                everywhere = balance(choice.all, &fragment)
            }
        }
        guard service.isExternalLocal else { return ["jump to-masquerade"] + everywhere }
        // The policy is about what comes from outside; pods and the node itself reach every endpoint.
        let inside =
            (configuration.podRange.map { range in everywhere.map { "ip saddr \(range) \($0)" } } ?? [])
            + ["fib saddr type local jump to-masquerade"] + everywhere.map { "fib saddr type local \($0)" }
        return inside + (choice.local.isEmpty ? [] : balance(choice.local, &fragment))
    }

    /// The rules that send a new connection to one of the targets.
    private func balance(_ targets: [Target], _ fragment: inout ServiceFragment) -> [String] {
        guard let seconds = service.affinitySeconds else { return [destination(targets)] }
        var rules: [String] = []
        var chosen: [String] = []
        for (number, target) in targets.enumerated() {
            // The time is part of the name, since a set's cannot be changed.
            let set = "cli/\(seconds)/\(base)/\(target.address)/\(target.port)"
            let chain = "ep/\(base)/\(target.address)/\(target.port)"
            fragment.clientSets[set] = seconds
            fragment.chains[chain] = ["update @\(set) { ip saddr }", destination([target])]
            rules.append("ip saddr @\(set) goto \(chain)")
            chosen.append("\(number) : goto \(chain)")
        }
        return rules + ["numgen random mod \(targets.count) vmap { \(chosen.joined(separator: ", ")) }"]
    }

    private func destination(_ targets: [Target]) -> String {
        let proto = "meta l4proto \(port.transport.word) dnat "
        if targets.count == 1, let only = targets.first { return proto + "to \(only.address):\(only.port)" }
        let list = targets.enumerated().map { "\($0) : \($1.address) . \($1.port)" }.joined(separator: ", ")
        return proto + "ip to numgen random mod \(targets.count) map { \(list) }"
    }

    private func add(_ address: IPv4Address, _ map: RuleMap, _ verdict: String, _ fragment: inout ServiceFragment) {
        // Without endpoints the node's own DNS server answers.
        if map == .refused, configuration.clusterDNS.contains(address) { return }
        fragment.elements[RuleElement(map, "\(address) . \(port.transport.word) . \(port.port)")] = verdict
    }

    private func flows(_ fragment: inout ServiceFragment) {
        let targets = Set((choice.all + choice.local).map(\.address))
        let addresses = Set(service.clusterIPs + service.externalIPs + service.ingressIPs)
        for endpoint in targets {
            for address in addresses { fragment.flows.insert(DatagramFlow(address: address, port: port.port, endpoint: endpoint)) }
            if port.nodePort > 0 { fragment.flows.insert(DatagramFlow(address: nil, port: port.nodePort, endpoint: endpoint)) }
        }
    }
}
