@testable import APIServer
import Core
import JSON
import Logging
import StoreContract
import Testing

/// The service `kubernetes`, which leads to the API servers that live.
@Suite(.timeLimit(.minutes(1))) struct KubernetesServiceTests {
    typealias Server = KubernetesService.Server
    private let now = Timestamp(secondsSinceEpoch: 1_800_000_000)

    private func wanted(_ address: String = "10.0.0.1", _ port: Int = 8888) -> KubernetesService {
        KubernetesService(clusterIP: "10.10.10.1", own: Server(address: address, port: port))
    }

    @Test func `Servers with a fresh lease live, those that fell silent do not, and this one does while it serves`() {
        let leases = [("10.0.0.2", 5), ("10.0.0.3", 30), ("10.0.0.4", 31), ("10.0.0.1", 0)].map { address, age in
            wanted(address).lease(now: now.advanced(by: .seconds(-age)), since: now)
        }
        let others = [Server(address: "10.0.0.2", port: 8888), Server(address: "10.0.0.3", port: 8888)]
        #expect(wanted().living(leases, now: now, serving: true) == [Server(address: "10.0.0.1", port: 8888)] + others)
        #expect(wanted().living(leases, now: now, serving: false) == others)
    }

    @Test func `Leases of other things, or without sense, name no server`() {
        var other = wanted("10.0.0.2").lease(now: now, since: now)
        other.remove(at: "metadata", "labels")
        var odd = wanted("10.0.0.3").lease(now: now, since: now)
        odd.set("somebody", at: "spec", "holderIdentity")
        #expect(wanted().living([other, odd, .null, [:]], now: now, serving: false).isEmpty)
    }

    @Test func `Servers of one port share a subset and a slice, and each port has its own`() throws {
        let servers = [Server(address: "10.0.0.1", port: 8888), Server(address: "10.0.0.2", port: 8888), Server(address: "10.0.0.1", port: 9999)]
        let subsets = wanted().subsets(servers).array ?? []
        #expect(subsets.map { $0["ports"]?[0]?["port"]?.integer } == [8888, 9999])
        #expect(subsets.first?["addresses"]?.array?.map { $0["ip"]?.string } == ["10.0.0.1", "10.0.0.2"])
        let slices = wanted().slices(servers)
        #expect(slices.keys.sorted() == ["kubernetes", "kubernetes-9999"])
        let first = try #require(slices["kubernetes"])
        #expect(first.at("metadata", "labels", "kubernetes.io/service-name")?.string == "kubernetes")
        #expect(first["endpoints"]?.array?.count == 2)
    }

    @Test func `A service that somebody changed is put right, and a right one is left alone`() throws {
        var stored = wanted().service
        #expect(wanted(port: 1).repaired(stored) == nil)
        stored.set([["name": "http", "port": 80]], at: "spec", "ports")
        stored.set(["app": "evil"], at: "spec", "selector")
        let repaired = try #require(wanted().repaired(stored))
        #expect(repaired.at("spec", "ports")?[0]?["port"] == 443 && repaired.at("spec", "selector") == nil)
    }

    private func wanted(port: Int) -> KubernetesService { wanted("10.0.0.1", port) }

    @Test func `A server puts itself behind the service, and takes itself out in an orderly stop`() async throws {
        let store = MemoryStore()
        let (api, first) = try await server(store)
        _ = first
        try await eventually(api) { service, endpoints, slice in
            service.at("spec", "clusterIP") == "10.10.10.1" && service.at("spec", "ports")?[0]?["port"] == 443
                && endpoints["subsets"]?[0]?["addresses"]?[0]?["ip"] == "127.0.0.1"
                && endpoints["subsets"]?[0]?["ports"]?[0]?["port"]?.integer == Int64(first.port)
                && slice["endpoints"]?[0]?["addresses"]?[0] == "127.0.0.1" && slice["ports"]?[0]?["port"]?.integer == Int64(first.port)
        }
        // A second server on the same store adds itself, and stays when the first goes.
        let (_, second) = try await server(store)
        try await eventually(api) { _, endpoints, _ in endpoints["subsets"]?.array?.count == 2 }
        await first.server.shutdown()
        try await eventually(second) { _, endpoints, slice in
            endpoints["subsets"]?.array?.count == 1 && slice["ports"]?[0]?["port"]?.integer == Int64(second.port)
        }
        await second.server.shutdown()
    }

    private func server(_ store: MemoryStore) async throws -> (TestServer, TestServer) {
        var options = APIServerOptions()
        (options.port, options.threads, options.keepsKubernetesService) = (0, 1, true)
        let time = ManualTime()
        let server = APIServer(options: options, store: store, logger: Logger(label: "test"), time: time, ids: CountingIDs())
        let made = TestServer(server: server, port: try await server.start(), store: store, time: time)
        return (made, made)
    }

    private func eventually(_ api: TestServer, _ condition: (JSONValue, JSONValue, JSONValue) -> Bool) async throws {
        while true {
            let base = "/api/v1/namespaces/default"
            let service = try await api.call("GET", base + "/services/kubernetes")
            let endpoints = try await api.call("GET", base + "/endpoints/kubernetes")
            let slice = try await api.call("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/kubernetes")
            if [service, endpoints, slice].allSatisfy({ $0.status == 200 }), condition(service.json, endpoints.json, slice.json) { return }
            try Task.checkCancellation()
            await Task.yield()
        }
    }
}
