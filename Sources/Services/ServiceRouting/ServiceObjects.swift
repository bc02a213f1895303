public import JSON

/// The name of a service: its namespace, and its name therein.
public struct ServiceKey: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let namespace: String
    public let name: String
    public init(_ namespace: String, _ name: String) { (self.namespace, self.name) = (namespace, name) }
    public var description: String { "\(namespace)/\(name)" }
    public static func < (one: ServiceKey, other: ServiceKey) -> Bool { (one.namespace, one.name) < (other.namespace, other.name) }
}

/// The transports that services speak.
public enum Transport: String, Sendable, Hashable, Comparable, CaseIterable {
    case tcp = "TCP"
    case udp = "UDP"
    case sctp = "SCTP"
    /// As nft writes it.
    public var word: String { rawValue.lowercased() }
    public static func < (one: Transport, other: Transport) -> Bool { one.rawValue < other.rawValue }
}

/// What of a Service object a node's proxy needs. Only IPv4 addresses are kept.
public struct Service: Sendable, Hashable {
    public struct Port: Sendable, Hashable {
        public var name: String
        public var transport: Transport
        public var port: Int
        /// 0: none.
        public var nodePort: Int
        public init(name: String = "", transport: Transport = .tcp, port: Int, nodePort: Int = 0) {
            (self.name, self.transport, self.port, self.nodePort) = (name, transport, port, nodePort)
        }
    }

    public var key: ServiceKey
    /// Empty: headless, ExternalName, or not yet allocated; nothing is to be routed.
    public var clusterIPs: [IPv4Address] = []
    public var externalIPs: [IPv4Address] = []
    /// The load balancer's addresses, as the status names them; without those that a balancer answers itself (`ipMode: Proxy`).
    public var ingressIPs: [IPv4Address] = []
    public var ports: [Port] = []
    /// Seconds for which a client stays with an endpoint; `nil`: no affinity.
    public var affinitySeconds: Int?
    /// External traffic is for this node's endpoints alone, and keeps its source address.
    public var isExternalLocal = false
    /// Traffic of the cluster is for this node's endpoints alone.
    public var isInternalLocal = false

    public init(key: ServiceKey) { self.key = key }

    /// Reads a Service of the API; `nil` when it has no usable name. What makes no sense in it is left out.
    public init?(json: JSONValue) {
        guard let namespace = json.at("metadata", "namespace")?.string, let name = json.at("metadata", "name")?.string,
            Service.isLabel(namespace), Service.isLabel(name)
        else { return nil }
        self.init(key: ServiceKey(namespace, name))
        let spec = json["spec"] ?? .null
        let type = spec["type"]?.string ?? "ClusterIP"
        guard type != "ExternalName" else { return }
        let listed = (spec["clusterIPs"]?.array ?? []).compactMap(\.string)
        let addresses = listed.isEmpty ? [spec["clusterIP"]?.string].compactMap { $0 } : listed
        clusterIPs = Service.unique(addresses)
        guard !clusterIPs.isEmpty else { return }
        externalIPs = Service.unique((spec["externalIPs"]?.array ?? []).compactMap(\.string))
        if type == "LoadBalancer" {
            ingressIPs = Service.unique(
                (json.at("status", "loadBalancer", "ingress")?.array ?? []).filter { $0["ipMode"]?.string != "Proxy" }.compactMap { $0["ip"]?.string })
        }
        ports = (spec["ports"]?.array ?? []).compactMap { Service.port($0, withNodePort: type != "ClusterIP") }
        if spec["sessionAffinity"]?.string == "ClientIP" {
            let seconds = spec.at("sessionAffinityConfig", "clientIP", "timeoutSeconds")?.integer ?? 10_800
            affinitySeconds = Int(min(max(seconds, 1), 86_400))
        }
        isExternalLocal = type != "ClusterIP" && spec["externalTrafficPolicy"]?.string == "Local"
        isInternalLocal = spec["internalTrafficPolicy"]?.string == "Local"
    }

    private static func port(_ json: JSONValue, withNodePort: Bool) -> Port? {
        guard let transport = Transport(rawValue: json["protocol"]?.string ?? "TCP"), let port = json["port"]?.integer,
            (1...65535).contains(port)
        else { return nil }
        let nodePort = json["nodePort"]?.integer ?? 0
        return Port(
            name: json["name"]?.string ?? "", transport: transport, port: Int(port),
            nodePort: withNodePort && (1...65535).contains(nodePort) ? Int(nodePort) : 0)
    }

    private static func unique(_ texts: [String]) -> [IPv4Address] {
        var seen: Set<IPv4Address> = []
        return texts.compactMap { IPv4Address($0) }.filter { seen.insert($0).inserted }
    }

    /// Lower-case letters, digits and `-`, at most 63: what the API server lets through, and what may stand in a rule.
    static func isLabel(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count)
            && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

/// What of an EndpointSlice a node's proxy needs.
public struct EndpointSlice: Sendable, Hashable {
    public struct Port: Sendable, Hashable {
        public var name: String
        public var transport: Transport
        public var port: Int
        public init(name: String = "", transport: Transport = .tcp, port: Int) { (self.name, self.transport, self.port) = (name, transport, port) }
    }

    public struct Endpoint: Sendable, Hashable {
        public var address: IPv4Address
        /// To be given traffic: passes its probes and is not ending, or its service publishes what is not ready.
        public var isReady: Bool
        /// Still answers, though it may be ending.
        public var isServing: Bool
        public var isTerminating: Bool
        public var nodeName: String
        public init(
            address: IPv4Address, isReady: Bool = true, isServing: Bool = true, isTerminating: Bool = false, nodeName: String = ""
        ) {
            (self.address, self.isReady, self.isServing) = (address, isReady, isServing)
            (self.isTerminating, self.nodeName) = (isTerminating, nodeName)
        }
    }

    public var namespace: String
    public var name: String
    /// Whose endpoints these are.
    public var service: ServiceKey
    public var ports: [Port] = []
    public var endpoints: [Endpoint] = []

    public init(namespace: String, name: String, service: String, ports: [Port] = [], endpoints: [Endpoint] = []) {
        (self.namespace, self.name, self.service) = (namespace, name, ServiceKey(namespace, service))
        (self.ports, self.endpoints) = (ports, endpoints)
    }

    /// Reads an EndpointSlice of the API; `nil` when it belongs to no service or is not of IPv4 addresses.
    public init?(json: JSONValue) {
        guard let namespace = json.at("metadata", "namespace")?.string, let name = json.at("metadata", "name")?.string,
            let service = json.at("metadata", "labels", "kubernetes.io/service-name")?.string, !service.isEmpty,
            json["addressType"]?.string == "IPv4"
        else { return nil }
        self.init(namespace: namespace, name: name, service: service)
        ports = (json["ports"]?.array ?? []).compactMap { port in
            guard let transport = Transport(rawValue: port["protocol"]?.string ?? "TCP"), let number = port["port"]?.integer,
                (1...65535).contains(number)
            else { return nil }
            return Port(name: port["name"]?.string ?? "", transport: transport, port: Int(number))
        }
        endpoints = (json["endpoints"]?.array ?? []).compactMap { endpoint in
            // All addresses of an endpoint are the same one; consumers take the first.
            guard let address = endpoint["addresses"]?[0]?.string.flatMap({ IPv4Address($0) }) else { return nil }
            let conditions = endpoint["conditions"] ?? .null
            // An unknown condition is read as ready; serving follows ready where nothing is said.
            let isReady = conditions["ready"]?.bool ?? true
            return Endpoint(
                address: address, isReady: isReady, isServing: conditions["serving"]?.bool ?? isReady,
                isTerminating: conditions["terminating"]?.bool ?? false, nodeName: endpoint["nodeName"]?.string ?? "")
        }
    }
}
