import ActorKit
import Core
import JSON
import KubeClient

/// What the service `k8sm-scheduler` shall be: where the cluster finds the leading scheduler's pages, as in the original.
///
/// It selects no pods; its endpoints are written here. Pure: from what is there to what must be written.
struct SchedulerService: Sendable, Equatable {
    enum Write: Sendable, Equatable {
        case createService(JSONValue)
        case updateService(JSONValue)
        case createEndpoints(JSONValue)
        case updateEndpoints(JSONValue)
        case deleteEndpoints
    }

    static let name = "k8sm-scheduler"
    static let namespace = "default"
    /// The service's port; the scheduler's own may be another.
    static let servicePort: Int64 = 10251
    private static let labels: JSONValue = ["component": "scheduler", "provider": "k8sm"]

    /// The leading scheduler's address. One that others cannot reach (loopback, everywhere, a host name) makes a service without endpoints:
    /// Kubernetes allows no such endpoint, and none would answer.
    let address: String
    let port: Int
    /// `nil`: any free one.
    var clusterIP: String?

    /// - Parameters:
    ///   - service: as it is stored; `nil`: it does not exist.
    ///   - endpoints: likewise.
    func writes(service: JSONValue?, endpoints: JSONValue?) -> [Write] {
        serviceWrites(service) + endpointsWrites(endpoints)
    }

    private func serviceWrites(_ service: JSONValue?) -> [Write] {
        guard var service else { return [.createService(newService)] }
        let ports = service.at("spec", "ports")?.array ?? []
        let isRight = ports.count == 1 && ports[0]["port"]?.integer == SchedulerService.servicePort
        let selects = service.at("spec", "selector")?.object?.isEmpty == false
        if isRight, !selects { return [] }
        service.set(.array([SchedulerService.portObject]), at: "spec", "ports")
        service.set(.object([:]), at: "spec", "selector")
        return [.updateService(service)]
    }

    private var newService: JSONValue {
        var service: JSONValue = [
            "apiVersion": "v1", "kind": "Service", "metadata": metadata,
            "spec": ["ports": [SchedulerService.portObject], "sessionAffinity": "None", "type": "ClusterIP"],
        ]
        if let clusterIP { service.set(.string(clusterIP), at: "spec", "clusterIP") }
        return service
    }

    private func endpointsWrites(_ endpoints: JSONValue?) -> [Write] {
        guard isReachable else { return endpoints == nil ? [] : [.deleteEndpoints] }
        let subsets: JSONValue = [["addresses": [["ip": .string(address)]], "ports": [["port": .integer(Int64(port)), "protocol": "TCP"]]]]
        guard var endpoints else {
            return [.createEndpoints(["apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": subsets])]
        }
        if isRight(endpoints["subsets"]?.array ?? []) { return [] }
        endpoints.set(subsets, at: "subsets")
        return [.updateEndpoints(endpoints)]
    }

    private func isRight(_ subsets: [JSONValue]) -> Bool {
        guard subsets.count == 1, let subset = subsets.first else { return false }
        return subset["addresses"]?.array?.map { $0["ip"]?.string } == [address] && (subset["notReadyAddresses"]?.array ?? []).isEmpty
            && subset["ports"]?.array?.map { $0["port"]?.integer } == [Int64(port)]
    }

    private var metadata: JSONValue {
        ["name": .string(SchedulerService.name), "namespace": .string(SchedulerService.namespace), "labels": SchedulerService.labels]
    }

    private static let portObject: JSONValue = ["port": .integer(servicePort), "protocol": "TCP", "targetPort": .integer(servicePort)]

    /// An IPv4 or IPv6 address of this machine that is neither loopback nor "any".
    private var isReachable: Bool {
        if address.contains(":") { return !["::", "::1"].contains(address) }
        let numbers = address.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return numbers.count == 4 && !numbers.contains(nil) && numbers[0] != 127 && numbers[0] != 0
    }
}

/// Keeps `k8sm-scheduler` as it shall be, for as long as this scheduler leads.
struct SchedulerServiceKeeper: Component {
    let name = "scheduler-service"
    let wanted: SchedulerService
    let parts: SchedulerParts
    /// How often it is looked after when all is well.
    var interval: Duration = .seconds(30)

    private static let services = "/api/v1/namespaces/\(SchedulerService.namespace)/services"
    private static let endpoints = "/api/v1/namespaces/\(SchedulerService.namespace)/endpoints"

    func run() async {
        var backoff = Backoff(base: .milliseconds(500), cap: .seconds(30), jitter: 0.5)
        let random = SystemRandom()
        while !Task.isCancelled {
            var pause = interval
            do throws(KubeClientError) {
                try await repair()
                backoff.reset()
            } catch {
                if error.isCancelled { return }
                pause = backoff.next(random.fraction())
                parts.log.info("the service k8sm-scheduler is not written", metadata: ["because": "\(error)"])
            }
            try? await parts.time.sleep(for: pause)
        }
    }

    private func repair() async throws(KubeClientError) {
        let service = try await stored(Self.services)
        let endpoints = try await stored(Self.endpoints)
        for write in wanted.writes(service: service, endpoints: endpoints) {
            switch write {
            case .createService(let object): try await parts.kube.create(Self.services, object)
            case .updateService(let object): try await parts.kube.update("\(Self.services)/\(SchedulerService.name)", object)
            case .createEndpoints(let object): try await parts.kube.create(Self.endpoints, object)
            case .updateEndpoints(let object): try await parts.kube.update("\(Self.endpoints)/\(SchedulerService.name)", object)
            case .deleteEndpoints: try await parts.kube.delete("\(Self.endpoints)/\(SchedulerService.name)")
            }
        }
    }

    private func stored(_ collection: String) async throws(KubeClientError) -> JSONValue? {
        do throws(KubeClientError) { return try await parts.kube.get("\(collection)/\(SchedulerService.name)") } catch {
            if error.isNotFound { return nil }
            throw error
        }
    }
}
