import JSON

/// A namespace and a name in it.
public struct ZoneKey: Sendable, Hashable, Comparable {
    public let namespace: String
    public let name: String
    public init(namespace: String, name: String) { (self.namespace, self.name) = (namespace, name) }

    /// From an object's metadata; `nil` when it has no name.
    public init?(of object: JSONValue) {
        guard let name = object.at("metadata", "name")?.string else { return nil }
        self.init(namespace: object.at("metadata", "namespace")?.string ?? "", name: name)
    }

    public static func < (one: ZoneKey, other: ZoneKey) -> Bool { (one.namespace, one.name) < (other.namespace, other.name) }
}

/// A port that has a name.
public struct NamedPort: Sendable, Hashable {
    public let name: String
    /// `tcp`, `udp` or `sctp`.
    public let transport: String
    public let number: UInt16
    public init(name: String, transport: String, number: UInt16) {
        (self.name, self.transport, self.number) = (name, transport, number)
    }

    init?(_ port: JSONValue) {
        guard let name = port["name"]?.string, DNSLabel.isValid(name) else { return nil }
        guard let number = port["port"]?.integer.flatMap(UInt16.init(exactly:)) else { return nil }
        self.init(name: name, transport: (port["protocol"]?.string ?? "TCP").lowercased(), number: number)
    }
}

enum DNSLabel {
    /// Letters, digits and dashes, and no more than 63.
    static func isValid(_ text: String) -> Bool {
        (1...63).contains(text.utf8.count) && text.utf8.first != UInt8(ascii: "-")
            && text.utf8.allSatisfy { (0x61...0x7a).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
    }
}

/// What DNS must know of a Service.
public struct ServiceFacts: Sendable, Hashable {
    public enum Kind: Sendable, Hashable {
        /// With addresses of its own.
        case addressed([IPAddress])
        /// Its endpoints' addresses are its own.
        case headless
        /// Another name for something elsewhere.
        case alias(String)
    }
    public let key: ZoneKey
    public var kind: Kind
    public var ports: [NamedPort]
    public var publishesNotReady: Bool

    public init(_ key: ZoneKey, _ kind: Kind, ports: [NamedPort] = [], publishesNotReady: Bool = false) {
        (self.key, self.kind, self.ports, self.publishesNotReady) = (key, kind, ports, publishesNotReady)
    }

    /// Reads a `v1` Service; `nil` for one without a name.
    public init?(_ service: JSONValue) {
        guard let key = ZoneKey(of: service) else { return nil }
        self.key = key
        let spec = service["spec"] ?? .null
        ports = (spec["ports"]?.array ?? []).compactMap(NamedPort.init)
        publishesNotReady = spec["publishNotReadyAddresses"]?.bool ?? false
        let addresses = spec["clusterIPs"]?.array?.compactMap(\.string) ?? [spec["clusterIP"]?.string ?? ""]
        if spec["type"]?.string == "ExternalName" {
            kind = .alias((spec["externalName"]?.string ?? "").lowercased())
        } else if addresses.contains("None") || spec["clusterIP"]?.string == "None" {
            kind = .headless
        } else {
            kind = .addressed(addresses.compactMap(IPAddress.init))
        }
    }
}

/// What DNS must know of an EndpointSlice.
public struct SliceFacts: Sendable, Hashable {
    public struct Endpoint: Sendable, Hashable {
        public var addresses: [IPAddress]
        public var hostname: String?
        public var isReady: Bool
        public init(_ addresses: [IPAddress], hostname: String? = nil, isReady: Bool = true) {
            (self.addresses, self.hostname, self.isReady) = (addresses, hostname, isReady)
        }
    }
    public let key: ZoneKey
    /// The name of its service, in the same namespace; `nil`: of none.
    public var service: String?
    public var ports: [NamedPort]
    public var endpoints: [Endpoint]

    public init(_ key: ZoneKey, service: String?, ports: [NamedPort] = [], endpoints: [Endpoint]) {
        (self.key, self.service, self.ports, self.endpoints) = (key, service, ports, endpoints)
    }

    /// Reads a `discovery.k8s.io/v1` EndpointSlice; `nil` for one without a name. A readiness that is not said counts as ready.
    public init?(_ slice: JSONValue) {
        guard let key = ZoneKey(of: slice) else { return nil }
        self.key = key
        service = slice.at("metadata", "labels", "kubernetes.io/service-name")?.string
        ports = (slice["ports"]?.array ?? []).compactMap(NamedPort.init)
        endpoints = (slice["endpoints"]?.array ?? []).map { endpoint in
            Endpoint(
                (endpoint["addresses"]?.array ?? []).compactMap { $0.string.flatMap(IPAddress.init) },
                hostname: endpoint["hostname"]?.string.flatMap { DNSLabel.isValid($0) ? $0 : nil },
                isReady: endpoint.at("conditions", "ready")?.bool ?? true)
        }
    }
}

/// A pod's addresses, for zones that answer only for pods that are there.
public struct PodFacts: Sendable, Hashable {
    public let key: ZoneKey
    public var addresses: [IPAddress]
    public init(_ key: ZoneKey, _ addresses: [IPAddress]) { (self.key, self.addresses) = (key, addresses) }

    /// Reads a `v1` Pod; one that has ended has no address any more.
    public init?(_ pod: JSONValue) {
        guard let key = ZoneKey(of: pod) else { return nil }
        let texts =
            pod.at("status", "podIPs")?.array?.compactMap { $0["ip"]?.string } ?? [pod.at("status", "podIP")?.string ?? ""]
        let hasEnded = ["Succeeded", "Failed"].contains(pod.at("status", "phase")?.string ?? "")
        self.init(key, hasEnded || pod.at("spec", "hostNetwork")?.bool == true ? [] : texts.compactMap(IPAddress.init))
    }
}
