import JSON

/// What a service's slices have to hold, from the service and its pods.
struct SliceBuilder: Sendable {
    let service: ServiceShape
    let backends: [PodBackend]
    /// The zone of a node, or `nil`.
    let zone: @Sendable (String) -> String?

    /// Pods whose named ports differ are in slices of their own.
    func groups() -> [SliceGroup] {
        var ports: [SliceGroup.Key: [JSONValue]] = [:]
        var endpoints: [SliceGroup.Key: [JSONValue]] = [:]
        for backend in backends {
            let served = service.ports.compactMap { port -> JSONValue? in
                backend.port(for: port).map { SliceBuilder.port(port, $0.number) }
            }
            // A headless service without ports names its pods all the same; a port that the pod has not is no endpoint.
            guard !served.isEmpty || (service.ports.isEmpty && service.isHeadless) else { continue }
            for (family, address) in backend.addresses where service.families.contains(family) {
                let key = SliceGroup.key(family, served)
                ports[key] = served
                endpoints[key, default: []].append(endpoint(backend, address))
            }
        }
        return endpoints.keys.sorted().map { SliceGroup(family: $0.family, ports: ports[$0] ?? [], endpoints: endpoints[$0] ?? []) }
    }

    private static func port(_ port: ServiceShape.Port, _ number: Int64) -> JSONValue {
        var json: JSONValue = ["name": .string(port.name), "protocol": .string(port.transport), "port": .integer(number)]
        if let protocolName = port.appProtocol { json["appProtocol"] = .string(protocolName) }
        return json
    }

    private func endpoint(_ backend: PodBackend, _ address: String) -> JSONValue {
        let isReady = service.publishesNotReady || (backend.isReady && !backend.isTerminating)
        var endpoint: JSONValue = [
            "addresses": [.string(address)],
            "conditions": [
                "ready": .bool(isReady), "serving": .bool(service.publishesNotReady || backend.isReady),
                "terminating": .bool(backend.isTerminating),
            ],
        ]
        if !backend.hostname.isEmpty { endpoint["hostname"] = .string(backend.hostname) }
        if !backend.nodeName.isEmpty { endpoint["nodeName"] = .string(backend.nodeName) }
        endpoint["targetRef"] = backend.reference
        if let zone = zone(backend.nodeName) { endpoint["zone"] = .string(zone) }
        return endpoint
    }

    /// The slices of the service, as they should be.
    func set() -> SliceSet {
        var labels = service.labels
        for reserved in [EndpointNames.managedSlice, EndpointNames.serviceName] { labels[reserved] = nil }
        labels[EndpointNames.headless] = service.isHeadless ? "" : nil
        return SliceSet(
            namespace: service.namespace, serviceName: service.name, manager: EndpointNames.sliceManager, labels: labels,
            owner: [
                "apiVersion": "v1", "kind": "Service", "name": .string(service.name), "uid": .string(service.uid), "controller": true,
                "blockOwnerDeletion": true,
            ],
            ownerUID: service.uid, groups: groups(), keepOne: service.families, trigger: EndpointNames.trigger(service, backends))
    }
}

/// Slices that say what Endpoints say that somebody wrote by hand, for a service without a selector.
struct SliceMirror: Sendable {
    /// Addresses of one subset that are mirrored.
    static let perSubset = 1000

    let endpoints: JSONValue
    let serviceName: String

    /// Whether these Endpoints are to be mirrored: not ours, not those of an election, and not those that say no.
    static func mirrors(_ endpoints: JSONValue, of service: JSONValue?) -> Bool {
        guard let service else { return false }
        let labels = endpoints.at("metadata", "labels")
        let annotations = endpoints.at("metadata", "annotations")
        return ServiceShape(service).selector.isEmpty && labels?[EndpointNames.skipMirror]?.string != "true"
            && labels?[EndpointNames.managedEndpoints]?.string != EndpointNames.endpointsManager
            && annotations?[EndpointNames.leader] == nil && endpoints.at("metadata", "deletionTimestamp") == nil
    }

    func set() -> SliceSet {
        var labels = ServiceShape.texts(endpoints.at("metadata", "labels"))
        for reserved in [EndpointNames.managedSlice, EndpointNames.serviceName, EndpointNames.managedEndpoints] { labels[reserved] = nil }
        let uid = endpoints.at("metadata", "uid")?.string ?? ""
        return SliceSet(
            namespace: endpoints.at("metadata", "namespace")?.string ?? "", serviceName: serviceName, manager: EndpointNames.mirror,
            labels: labels,
            owner: [
                "apiVersion": "v1", "kind": "Endpoints", "name": .string(serviceName), "uid": .string(uid), "controller": true,
                "blockOwnerDeletion": true,
            ],
            ownerUID: uid, groups: groups(), keepOne: [], trigger: nil)
    }

    private func groups() -> [SliceGroup] {
        var ports: [SliceGroup.Key: [JSONValue]] = [:]
        var endpoints: [SliceGroup.Key: [JSONValue]] = [:]
        var seen: Set<String> = []
        for subset in self.endpoints["subsets"]?.array ?? [] {
            let served = (subset["ports"]?.array ?? []).map(SliceMirror.port)
            let ready = (subset["addresses"]?.array ?? []).map { ($0, true) }
            let notReady = (subset["notReadyAddresses"]?.array ?? []).map { ($0, false) }
            for (address, isReady) in (ready + notReady).prefix(SliceMirror.perSubset) {
                guard let ip = address["ip"]?.string else { continue }
                let key = SliceGroup.key(AddressFamily(of: ip), served)
                let endpoint = SliceMirror.endpoint(address, ip, isReady)
                guard seen.insert("\(key.family.rawValue) \(key.ports) \(SliceGroup.identity(of: endpoint))").inserted else { continue }
                ports[key] = served
                endpoints[key, default: []].append(endpoint)
            }
        }
        return endpoints.keys.sorted().map { SliceGroup(family: $0.family, ports: ports[$0] ?? [], endpoints: endpoints[$0] ?? []) }
    }

    private static func port(_ port: JSONValue) -> JSONValue {
        var json: JSONValue = ["name": .string(port["name"]?.string ?? ""), "protocol": .string(port["protocol"]?.string ?? "TCP")]
        if let number = port["port"] { json["port"] = number }
        if let protocolName = port["appProtocol"] { json["appProtocol"] = protocolName }
        return json
    }

    private static func endpoint(_ address: JSONValue, _ ip: String, _ isReady: Bool) -> JSONValue {
        var endpoint: JSONValue = ["addresses": [.string(ip)], "conditions": ["ready": .bool(isReady)]]
        for key in ["hostname", "nodeName", "targetRef"] {
            if let value = address[key] { endpoint[key] = value }
        }
        return endpoint
    }
}
