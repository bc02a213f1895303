import JSON

/// The content of a service's Endpoints object, from the service and its pods.
struct EndpointsBuilder: Sendable {
    /// Addresses that one Endpoints object may hold; EndpointSlices have no such limit.
    static let capacity = 1000

    let service: ServiceShape
    let backends: [PodBackend]
    let choice: EndpointAddresses

    /// What is in the object beside its name.
    struct Content: Sendable, Hashable {
        var subsets: [JSONValue]
        /// Addresses were left out.
        var isTruncated: Bool
        /// The original's: which port of a container is behind a host address and port.
        var portAnnotations: [String: String]
    }

    private struct PortKey: Hashable, Comparable {
        let name: String
        let transport: String
        /// 0: the pod is named, but serves no port (a headless service without ports).
        let number: Int64
        let appProtocol: String

        static func < (left: Self, right: Self) -> Bool {
            (left.number, left.transport, left.name, left.appProtocol) < (right.number, right.transport, right.name, right.appProtocol)
        }
        var json: JSONValue {
            var port: JSONValue = [:]
            if !name.isEmpty { port["name"] = .string(name) }
            port["port"] = .integer(number)
            port["protocol"] = .string(transport)
            if !appProtocol.isEmpty { port["appProtocol"] = .string(appProtocol) }
            return port
        }
    }

    private struct AddressKey: Hashable, Comparable {
        let ip: String
        let uid: String
        static func < (left: Self, right: Self) -> Bool { (left.ip, left.uid) < (right.ip, right.uid) }
    }

    func content() -> Content {
        var serving: [PortKey: [AddressKey: Bool]] = [:]
        var addresses: [AddressKey: JSONValue] = [:]
        var annotations: [String: String] = [:]
        let family = service.families.first ?? .ipv4
        for backend in backends {
            // One that is going takes no new connections, unless the service wants to know all its pods.
            guard !backend.isTerminating || service.publishesNotReady, let ip = backend.addresses[family] else { continue }
            let key = AddressKey(ip: ip, uid: backend.uid)
            let isReady = backend.isReady || service.publishesNotReady
            var isServing = false
            if service.ports.isEmpty, service.isHeadless {
                serving[PortKey(name: "", transport: "", number: 0, appProtocol: ""), default: [:]][key] = isReady
                isServing = true
            }
            for port in service.ports {
                guard let (number, container) = backend.port(for: port) else { continue }
                let portKey = PortKey(name: port.name, transport: port.transport, number: number, appProtocol: port.appProtocol ?? "")
                serving[portKey, default: [:]][key] = isReady
                isServing = true
                if choice == .hostPort {
                    annotations["k8s.mesosphere.io/containerPort_\(port.transport)_\(ip)_\(number)"] = String(container)
                }
            }
            if isServing { addresses[key] = address(ip, of: backend) }
        }
        let (subsets, isTruncated) = subsets(serving, addresses)
        return Content(subsets: subsets, isTruncated: isTruncated, portAnnotations: annotations)
    }

    private func address(_ ip: String, of backend: PodBackend) -> JSONValue {
        var address: JSONValue = ["ip": .string(ip)]
        if !backend.hostname.isEmpty { address["hostname"] = .string(backend.hostname) }
        if !backend.nodeName.isEmpty { address["nodeName"] = .string(backend.nodeName) }
        address["targetRef"] = backend.reference
        return address
    }

    private struct Subset {
        var ports: [PortKey]
        var ready: [AddressKey]
        var notReady: [AddressKey]
    }

    /// Ports that the same addresses serve share a subset.
    private func subsets(
        _ serving: [PortKey: [AddressKey: Bool]], _ addresses: [AddressKey: JSONValue]
    ) -> (json: [JSONValue], isTruncated: Bool) {
        var portsOf: [[AddressKey: Bool]: [PortKey]] = [:]
        for (port, keys) in serving { portsOf[keys, default: []].append(port) }
        var subsets = portsOf.map { keys, ports in
            Subset(
                ports: ports.sorted(), ready: keys.filter(\.value).map(\.key).sorted(), notReady: keys.filter { !$0.value }.map(\.key).sorted())
        }
        subsets.sort { left, right in
            left.ports != right.ports && left.ports.lexicographicallyPrecedes(right.ports)
        }
        let isTruncated = truncate(&subsets)
        let json = subsets.map { subset -> JSONValue in
            var object: JSONValue = [:]
            if !subset.ready.isEmpty { object["addresses"] = .array(subset.ready.compactMap { addresses[$0] }) }
            if !subset.notReady.isEmpty { object["notReadyAddresses"] = .array(subset.notReady.compactMap { addresses[$0] }) }
            let ports = subset.ports.filter { $0.number > 0 }
            if !ports.isEmpty { object["ports"] = .array(ports.map(\.json)) }
            return object
        }
        return (json, isTruncated)
    }

    /// Ready addresses come first; each subset keeps its share of what there is room for.
    private func truncate(_ subsets: inout [Subset]) -> Bool {
        let ready = subsets.reduce(0) { $0 + $1.ready.count }
        let notReady = subsets.reduce(0) { $0 + $1.notReady.count }
        guard ready + notReady > EndpointsBuilder.capacity else { return false }
        let cutsReady = ready > EndpointsBuilder.capacity
        let room = cutsReady ? EndpointsBuilder.capacity : EndpointsBuilder.capacity - ready
        let total = cutsReady ? ready : notReady
        var left = room
        for position in subsets.indices {
            let count = cutsReady ? subsets[position].ready.count : subsets[position].notReady.count
            let share = min(left, (count * room + total - 1) / total)
            left -= share
            if cutsReady {
                subsets[position].ready = Array(subsets[position].ready.prefix(share))
                subsets[position].notReady = []
            } else {
                subsets[position].notReady = Array(subsets[position].notReady.prefix(share))
            }
        }
        subsets.removeAll { $0.ready.isEmpty && $0.notReady.isEmpty }
        return true
    }
}
