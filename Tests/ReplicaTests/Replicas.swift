import APIServer
import EtcdKit
import JSON
import KubeAPI
import KubeClient
import Logging
import Store
import StoreEtcd
import Testing

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Several API servers on one etcd, and a client for each.
struct Replicas {
    let clients: [KubeClient]
    let stores: [EtcdStore]

    static let maps = "/api/v1/namespaces/default/configmaps"
    static let services = "/api/v1/namespaces/default/services"
    static let intents = "/apis/kmd.dev/v1/launchintents"

    static func map(_ name: String, _ data: String = "") -> JSONValue {
        ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": .string(name)], "data": ["value": .string(data)]]
    }
}

/// Runs `body` with `count` API servers on an etcd of their own, and leaves nothing of them.
func withReplicas(
    _ count: Int = 2, serviceRange: String = "10.10.10.0/24", _ body: @escaping @Sendable (Replicas) async throws -> Void
) async throws {
    let cluster = try await EtcdCluster(size: 1)
    var servers: [(APIServer, EtcdStore)] = []
    var clients: [KubeClient] = []
    var failure: (any Error)?
    do {
        for _ in 0..<count {
            var options = EtcdStoreOptions(endpoints: EtcdEndpoint.list(cluster.addresses) ?? [])
            options.keys = KeySpace(root: "/registry/", prefix: "/registry/")
            let store = try await EtcdStore.open(options, logger: quiet)
            var server = APIServerOptions()
            (server.port, server.threads, server.shutdownGrace) = (0, 1, .seconds(1))
            server.serviceAddresses = try ServiceAddressRange(parsing: serviceRange)
            let api = APIServer(options: server, store: store, logger: quiet)
            servers.append((api, store))
            clients.append(KubeClient(server: "127.0.0.1:\(try await api.start())"))
        }
        let replicas = Replicas(clients: clients, stores: servers.map(\.1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await body(replicas) }
            group.addTask {
                try await Task.sleep(for: .seconds(90))
                throw KubeClientError(kind: .timedOut, message: "the test itself")
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    } catch { failure = error }
    for client in clients { await client.shutdown() }
    for (api, store) in servers {
        await api.shutdown()
        await store.close()
    }
    await cluster.stop()
    if let failure { throw failure }
}

extension JSONValue {
    var name: String { at("metadata", "name")?.string ?? "" }
    var revision: String { at("metadata", "resourceVersion")?.string ?? "" }
}
