import Core
import HTTPKit
import JSON
import KubeAPI
import Logging
import Store

/// Keeps the service `kubernetes`, its Endpoints and its EndpointSlices as the living API servers need them.
///
/// Endpoints may be on loopback: a cluster on one machine has its server there, and the node's proxy knows how to reach it.
struct KubernetesServiceKeeper: Sendable {
    let service: APIService
    let wanted: KubernetesService
    let logger: Logger
    let time: any TimeSource
    let started: Timestamp
    /// Well within a lease's duration.
    var interval = Duration.seconds(10)

    init(service: APIService, wanted: KubernetesService, logger: Logger, time: any TimeSource) {
        (self.service, self.wanted, self.logger, self.time) = (service, wanted, logger, time)
        started = time.wallClock
    }

    func run() async {
        while !Task.isCancelled {
            do { try await keep(serving: true) } catch {
                if !Task.isCancelled { logger.warning("the service kubernetes is not as it should be: \(apiStatus(of: error).message)") }
            }
            do { try await time.sleep(for: interval) } catch { return }
        }
    }

    /// Takes this server out, in an orderly stop.
    func leave() async {
        do { try await keep(serving: false) } catch {
            logger.info("the service kubernetes still names this server, until its lease ends: \(apiStatus(of: error).message)")
        }
    }

    private func keep(serving: Bool) async throws {
        let leases = try kind("coordination.k8s.io", "leases")
        let now = time.wallClock
        if serving {
            try await put(leases, KubernetesService.leaseNamespace, wanted.leaseName, wanted.lease(now: now, since: started)) { old, new in
                old["spec"] = new["spec"]
            }
        } else {
            try await remove(leases, KubernetesService.leaseNamespace, wanted.leaseName)
        }
        let all = try service.cache(of: leases).snapshot().list(
            leases, ObjectFilter(namespace: KubernetesService.leaseNamespace), limit: 0, after: nil).objects
        let servers = wanted.living(try all.map { try JSONValue(parsing: $0.clientBytes) }, now: now, serving: serving)
        try await keepService()
        try await keepEndpoints(servers)
    }

    private func keepService() async throws {
        let services = try kind("", "services")
        let target = ResourceTarget(kind: services, namespace: KubernetesService.namespace, name: nil, subresource: nil)
        let stored = try await current(services, KubernetesService.namespace, KubernetesService.name)
        if let stored {
            guard let repaired = wanted.repaired(stored.tree) else { return }
            return try await write(services, repaired, over: stored)
        }
        // Through the front door: its address is allocated as any other.
        let path = "/api/v1/namespaces/\(KubernetesService.namespace)/services"
        do {
            _ = try await service.create(wanted.service, WriteRequest(target, HTTPRequest(method: .POST, uri: path)), warnings: [])
        } catch let status as APIStatus where status.reason == "AlreadyExists" {}
    }

    private func keepEndpoints(_ servers: [KubernetesService.Server]) async throws {
        let endpoints = try kind("", "endpoints")
        var object = wanted.endpoints
        if !servers.isEmpty { object["subsets"] = wanted.subsets(servers) }
        try await put(endpoints, KubernetesService.namespace, KubernetesService.name, object) { old, new in old["subsets"] = new["subsets"] }
        let slices = try kind("discovery.k8s.io", "endpointslices")
        let right = wanted.slices(servers)
        for (name, slice) in right.sorted(by: { $0.key < $1.key }) {
            try await put(slices, KubernetesService.namespace, name, slice) { old, new in
                for part in ["ports", "endpoints"] { old[part] = new[part] }
                old.set(new.at("metadata", "labels") ?? .null, at: "metadata", "labels")
            }
        }
        let present = try service.cache(of: slices).snapshot().list(
            slices, ObjectFilter(namespace: KubernetesService.namespace), limit: 0, after: nil).objects
        for slice in present where right[slice.name] == nil && slice.name.hasPrefix(KubernetesService.name + "-") {
            guard let port = Int(slice.name.dropFirst(KubernetesService.name.count + 1)), (1...65535).contains(port) else { continue }
            try await remove(slices, KubernetesService.namespace, slice.name)
        }
    }

    // MARK: The store

    private func kind(_ group: String, _ plural: String) throws(APIStatus) -> ResourceKind {
        guard let kind = service.registry.kind(group: group, version: "v1", plural: plural) else { throw .noSuchResource }
        return kind
    }

    private func current(_ kind: ResourceKind, _ namespace: String, _ name: String) async throws -> CurrentObject? {
        try await service.stored(kind.storeKey(namespace: namespace, name: name)).map { item throws(APIStatus) in try CurrentObject(item, kind) }
    }

    /// Creates the object, or changes the one that is there if `change` makes a difference.
    private func put(
        _ kind: ResourceKind, _ namespace: String, _ name: String, _ object: JSONValue, change: (inout JSONValue, JSONValue) -> Void
    ) async throws {
        if let stored = try await current(kind, namespace, name) {
            var tree = stored.tree
            change(&tree, object)
            if tree != stored.tree { try await write(kind, tree, over: stored) }
            return
        }
        var new = object
        new.set(.string(service.ids.uuid()), at: "metadata", "uid")
        new.set(.string(time.wallClock.rfc3339), at: "metadata", "creationTimestamp")
        if kind.rules.hasGeneration { new.set(1, at: "metadata", "generation") }
        let key = kind.storeKey(namespace: namespace, name: name)
        _ = try await service.commit(Transaction(if: [.absent(key)], then: [.put(key: key, value: ObjectBytes.encode(new))]), kind)
    }

    /// Another writer who was first is met again at the next round.
    private func write(_ kind: ResourceKind, _ tree: JSONValue, over stored: CurrentObject) async throws {
        var tree = tree
        if kind.rules.hasGeneration, let generation = stored.tree.at("metadata", "generation")?.integer {
            tree.set(.integer(generation + 1), at: "metadata", "generation")
        }
        let namespace = tree.at("metadata", "namespace")?.string ?? ""
        let key = kind.storeKey(namespace: namespace, name: tree.at("metadata", "name")?.string ?? "")
        _ = try await service.commit(
            Transaction(if: [.unchanged(key, since: stored.revision)], then: [.put(key: key, value: ObjectBytes.encode(tree))]), kind)
    }

    private func remove(_ kind: ResourceKind, _ namespace: String, _ name: String) async throws {
        guard let stored = try await current(kind, namespace, name) else { return }
        let key = kind.storeKey(namespace: namespace, name: name)
        _ = try await service.commit(Transaction(if: [.unchanged(key, since: stored.revision)], then: [.delete(KeyRange(key: key))]), kind)
    }
}
