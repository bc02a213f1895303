/// A record's data; names are absolute, in lower case, without their final dot.
public enum ZoneData: Sendable, Hashable {
    case address(IPAddress)
    case alias(String)
    case pointer(String)
    case service(weight: UInt16, port: UInt16, target: String)

    /// As a zone file writes it.
    public var text: String {
        switch self {
        case .address(let address): (address.isIPv6 ? "AAAA " : "A ") + address.description
        case .alias(let target): "CNAME \(target)."
        case .pointer(let target): "PTR \(target)."
        case .service(let weight, let port, let target): "SRV 0 \(weight) \(port) \(target)."
        }
    }
}

/// What a name has from now on.
public struct ZoneChange: Sendable, Hashable {
    /// Absolute, in lower case, without its final dot.
    public let name: String
    /// In an order that depends on nothing but the records themselves.
    public let records: [ZoneData]
    /// The name is there, be it without records.
    public let exists: Bool
    public init(_ name: String, _ records: [ZoneData], exists: Bool = true) {
        (self.name, self.records, self.exists) = (name, records, exists)
    }
}

/// One thing that the cluster has, or has no more.
public enum ZoneInput: Sendable, Hashable {
    case service(ServiceFacts)
    case serviceGone(ZoneKey)
    case slice(SliceFacts)
    case sliceGone(ZoneKey)
    case namespace(String)
    case namespaceGone(String)
    case pod(PodFacts)
    case podGone(ZoneKey)
}

/// The names of a cluster by the Kubernetes DNS specification (schema 1.1), kept up to date change by change.
///
/// Each service, namespace and pod contributes names; when it changes, its own contribution is made anew and compared with the one
/// before, and only names that differ are told. So a change costs what its own service costs, however many others there are.
public struct ClusterZone: Sendable {
    public let domain: String
    private var services: [ZoneKey: ServiceFacts] = [:]
    /// By service, then by the slice's own name.
    private var slices: [ZoneKey: [String: SliceFacts]] = [:]
    private var serviceOfSlice: [ZoneKey: ZoneKey] = [:]
    private var contributions: [Source: [String: Set<ZoneData>]] = [:]
    private var contributors: [String: Set<Source>] = [:]

    private enum Source: Sendable, Hashable {
        case service(ZoneKey)
        case namespace(String)
        case pod(ZoneKey)
    }

    /// - Parameter domain: `cluster.local`; a final dot and capitals are taken off.
    public init(domain: String) {
        let lower = domain.lowercased()
        self.domain = lower.hasSuffix(".") ? String(lower.dropLast()) : lower
    }

    /// All names, in order.
    public var all: [ZoneChange] { contributors.keys.sorted().map(change) }

    /// Takes in what has happened; tells the names that are different now, in order.
    public mutating func apply(_ input: ZoneInput) -> [ZoneChange] {
        switch input {
        case .service(let facts):
            guard services[facts.key] != facts else { return [] }
            services[facts.key] = facts
            return renew(service: facts.key)
        case .serviceGone(let key):
            services[key] = nil
            return renew(service: key)
        case .slice(let facts): return set(facts.key, facts)
        case .sliceGone(let key): return set(key, nil)
        case .namespace(let name):
            guard DNSLabel.isValid(name) else { return [] }
            return contribute(.namespace(name), ["\(name).svc.\(domain)": [], "\(name).pod.\(domain)": []])
        case .namespaceGone(let name): return contribute(.namespace(name), [:])
        case .pod(let facts):
            var names: [String: Set<ZoneData>] = [:]
            for address in facts.addresses {
                names["\(address.label).\(facts.key.namespace).pod.\(domain)", default: []].insert(.address(address))
            }
            return contribute(.pod(facts.key), names)
        case .podGone(let key): return contribute(.pod(key), [:])
        }
    }

    private mutating func set(_ key: ZoneKey, _ facts: SliceFacts?) -> [ZoneChange] {
        let before = serviceOfSlice[key]
        let after = facts?.service.map { ZoneKey(namespace: key.namespace, name: $0) }
        if let before, before == after, slices[before]?[key.name] == facts { return [] }
        if let before {
            slices[before]?[key.name] = nil
            if slices[before]?.isEmpty == true { slices[before] = nil }
        }
        serviceOfSlice[key] = after
        if let after { slices[after, default: [:]][key.name] = facts }
        var changes: [ZoneChange] = []
        if let before, before != after { changes += renew(service: before) }
        if let after { changes += renew(service: after) }
        return changes
    }

    // MARK: What a service contributes

    private mutating func renew(service key: ZoneKey) -> [ZoneChange] {
        guard let service = services[key], DNSLabel.isValid(key.name), DNSLabel.isValid(key.namespace) else {
            return contribute(.service(key), [:])
        }
        let name = "\(key.name).\(key.namespace).svc.\(domain)"
        switch service.kind {
        case .alias(let target):
            let target = target.hasSuffix(".") ? String(target.dropLast()) : target
            return contribute(.service(key), target.isEmpty ? [:] : [name: [.alias(target)]])
        case .addressed(let addresses): return contribute(.service(key), addressed(service, name, addresses))
        case .headless: return contribute(.service(key), headless(service, name))
        }
    }

    private func addressed(_ service: ServiceFacts, _ name: String, _ addresses: [IPAddress]) -> [String: Set<ZoneData>] {
        guard !addresses.isEmpty else { return [:] }
        var names: [String: Set<ZoneData>] = [name: Set(addresses.map(ZoneData.address))]
        for address in addresses { names[address.reverseName, default: []].insert(.pointer(name)) }
        for port in service.ports {
            names["_\(port.name)._\(port.transport).\(name)", default: []].insert(
                .service(weight: 100, port: port.number, target: name))
        }
        return names
    }

    private func headless(_ service: ServiceFacts, _ name: String) -> [String: Set<ZoneData>] {
        var names: [String: Set<ZoneData>] = [:]
        var targets: [String: Set<SRVTarget>] = [:]
        for slice in (slices[service.key] ?? [:]).values {
            for endpoint in slice.endpoints where endpoint.isReady || service.publishesNotReady {
                for address in endpoint.addresses {
                    let target = "\(endpoint.hostname ?? address.label).\(name)"
                    names[name, default: []].insert(.address(address))
                    names[target, default: []].insert(.address(address))
                    // An address without a name of its own is no name's to point to.
                    if endpoint.hostname != nil { names[address.reverseName, default: []].insert(.pointer(target)) }
                    for port in slice.ports {
                        targets["_\(port.name)._\(port.transport).\(name)", default: []].insert(
                            SRVTarget(port: port.number, name: target))
                    }
                }
            }
        }
        for (port, targets) in targets {
            let weight = UInt16(max(1, 100 / targets.count))
            names[port] = Set(targets.map { .service(weight: weight, port: $0.port, target: $0.name) })
        }
        return names
    }

    private struct SRVTarget: Hashable {
        let port: UInt16
        let name: String
    }

    // MARK: Names and who contributes to them

    private mutating func contribute(_ source: Source, _ names: [String: Set<ZoneData>]) -> [ZoneChange] {
        let before = contributions[source] ?? [:]
        var touched: [String] = []
        for (name, records) in names where before[name] != records {
            touched.append(name)
            contributors[name, default: []].insert(source)
        }
        for name in before.keys where names[name] == nil {
            touched.append(name)
            contributors[name]?.remove(source)
            if contributors[name]?.isEmpty == true { contributors[name] = nil }
        }
        contributions[source] = names.isEmpty ? nil : names
        return touched.sorted().map(change)
    }

    private func change(_ name: String) -> ZoneChange {
        guard let sources = contributors[name] else { return ZoneChange(name, [], exists: false) }
        var records: Set<ZoneData> = []
        for source in sources { records.formUnion(contributions[source]?[name] ?? []) }
        return ZoneChange(name, records.map { ($0.text, $0) }.sorted { $0.0 < $1.0 }.map(\.1))
    }
}
