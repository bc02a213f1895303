import Core
import JSON

/// What the service `kubernetes` shall be: the API's address inside the cluster, behind which are the API servers that live.
///
/// Pure. Each API server says that it lives by renewing a lease; who has been silent for too long is left out.
struct KubernetesService: Sendable, Hashable {
    static let namespace = "default"
    static let name = "kubernetes"
    static let leaseNamespace = "kube-system"
    /// Marks the leases of API servers.
    static let leaseLabel = "kmd.dev/component"
    static let leaseLabelValue = "apiserver"
    private static let labels: JSONValue = ["component": "apiserver", "provider": "kubernetes"]

    /// An API server, as pods and nodes reach it.
    struct Server: Sendable, Hashable, Comparable, CustomStringConvertible {
        let address: String
        let port: Int
        var description: String { "\(address):\(port)" }

        init(address: String, port: Int) { (self.address, self.port) = (address, port) }

        /// `10.0.0.1:8888`
        init?(_ text: String) {
            let parts = text.split(separator: ":")
            guard parts.count == 2, let port = Int(parts[1]), (1...65535).contains(port) else { return nil }
            self.init(address: String(parts[0]), port: port)
        }
        static func < (one: Server, other: Server) -> Bool { (one.address, one.port) < (other.address, other.port) }
    }

    /// The first of the service range.
    let clusterIP: String
    let own: Server
    /// For how long a renewed lease speaks for its server.
    var leaseDuration = Duration.seconds(30)

    // MARK: Who lives

    var leaseName: String { "apiserver-\(own.address)-\(own.port)" }

    func lease(now: Timestamp, since start: Timestamp) -> JSONValue {
        [
            "apiVersion": "coordination.k8s.io/v1", "kind": "Lease",
            "metadata": [
                "name": .string(leaseName), "namespace": .string(KubernetesService.leaseNamespace),
                "labels": [KubernetesService.leaseLabel: .string(KubernetesService.leaseLabelValue)],
            ],
            "spec": [
                "holderIdentity": .string(own.description), "leaseDurationSeconds": .integer(leaseDuration.components.seconds),
                "acquireTime": .string(start.rfc3339Micro), "renewTime": .string(now.rfc3339Micro),
            ],
        ]
    }

    /// The servers that have a fresh lease, with this one if it serves, sorted.
    func living(_ leases: [JSONValue], now: Timestamp, serving: Bool) -> [Server] {
        var servers: Set<Server> = serving ? [own] : []
        for lease in leases where lease.at("metadata", "labels", KubernetesService.leaseLabel)?.string == KubernetesService.leaseLabelValue {
            guard let server = lease.at("spec", "holderIdentity")?.string.flatMap(Server.init), server != own,
                let renewed = lease.at("spec", "renewTime")?.string.flatMap({ Timestamp(rfc3339: $0) }),
                let seconds = lease.at("spec", "leaseDurationSeconds")?.integer, now.duration(since: renewed) <= .seconds(seconds)
            else { continue }
            servers.insert(server)
        }
        return servers.sorted()
    }

    // MARK: What is written

    var service: JSONValue {
        [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata([:]),
            "spec": [
                "type": "ClusterIP", "clusterIP": .string(clusterIP), "clusterIPs": [.string(clusterIP)], "ports": servicePorts,
                "sessionAffinity": "None",
            ],
        ]
    }

    private var servicePorts: JSONValue { [["name": "https", "port": 443, "protocol": "TCP", "targetPort": .integer(Int64(own.port))]] }

    /// The stored service as it must be; `nil` when it is right. Its target port is that of whoever came first: endpoints have their own.
    func repaired(_ stored: JSONValue) -> JSONValue? {
        let ports = stored.at("spec", "ports")?.array ?? []
        let selects = stored.at("spec", "selector")?.object?.isEmpty == false
        if ports.count == 1, ports[0]["name"]?.string == "https", ports[0]["port"]?.integer == 443, !selects { return nil }
        var service = stored
        service.set(servicePorts, at: "spec", "ports")
        service.remove(at: "spec", "selector")
        return service
    }

    /// The `subsets` of the Endpoints, one for each port that servers have.
    func subsets(_ servers: [Server]) -> JSONValue {
        .array(
            byPort(servers).map { port, servers in
                ["addresses": .array(servers.map { ["ip": .string($0.address)] }), "ports": [["name": "https", "port": .integer(Int64(port)), "protocol": "TCP"]]]
            })
    }

    var endpoints: JSONValue {
        ["apiVersion": "v1", "kind": "Endpoints", "metadata": metadata(["endpointslice.kubernetes.io/skip-mirror": "true"])]
    }

    /// The slices by name; a slice has one port, so each port that servers have is a slice. The lowest is the one called `kubernetes`.
    func slices(_ servers: [Server]) -> [String: JSONValue] {
        let groups = byPort(servers)
        guard !groups.isEmpty else { return [KubernetesService.name: slice(KubernetesService.name, own.port, [])] }
        var slices: [String: JSONValue] = [:]
        for (position, group) in groups.enumerated() {
            let name = position == 0 ? KubernetesService.name : "\(KubernetesService.name)-\(group.0)"
            slices[name] = slice(name, group.0, group.1)
        }
        return slices
    }

    private func slice(_ name: String, _ port: Int, _ servers: [Server]) -> JSONValue {
        var metadata = metadata(["kubernetes.io/service-name": .string(KubernetesService.name)])
        metadata["name"] = .string(name)
        return [
            "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": metadata, "addressType": "IPv4",
            "ports": [["name": "https", "port": .integer(Int64(port)), "protocol": "TCP"]],
            "endpoints": servers.isEmpty ? .null : .array(servers.map { ["addresses": [.string($0.address)], "conditions": ["ready": true]] }),
        ]
    }

    private func byPort(_ servers: [Server]) -> [(Int, [Server])] {
        Dictionary(grouping: servers, by: \.port).sorted { $0.key < $1.key }.map { ($0.key, $0.value.sorted()) }
    }

    private func metadata(_ more: JSONObject) -> JSONValue {
        var labels = more
        if more.isEmpty, case .object(let own) = KubernetesService.labels { labels = own }
        return ["name": .string(KubernetesService.name), "namespace": .string(KubernetesService.namespace), "labels": .object(labels)]
    }
}
