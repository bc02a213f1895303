import JSON
import KubeAPI
import Store
import StoreContract
import Testing

@Suite(.timeLimit(.minutes(1))) struct NamespaceTests {
    @Test func fourNamespacesAreThereFromTheStartAndMadeOnce() async throws {
        let disk = MemoryStore.Disk()
        let names = ["default", "kube-node-lease", "kube-public", "kube-system"]
        let first = try await withTestServer(store: MemoryStore(disk: disk)) { api in try await api.call("GET", "/api/v1/namespaces") }
        #expect(first.names == names)
        let second = try await withTestServer(store: MemoryStore(disk: disk)) { api in try await api.call("GET", "/api/v1/namespaces") }
        #expect(second.json["items"] == first.json["items"])
    }

    @Test func nothingIsMadeInANamespaceThatIsNotThere() async throws {
        try await withTestServer { api in
            let refused = try await api.call("POST", "/api/v1/namespaces/nope/configmaps", ["metadata": ["name": "a"]])
            #expect(refused.status == 404)
            #expect(refused.message == "namespaces \"nope\" not found")
            #expect(refused.json["details"] == ["name": "nope", "kind": "namespaces"])
        }
    }

    @Test func aTerminatingNamespaceTakesNothingNewAndGoesWhenItsFinalizerIsTaken() async throws {
        try await withTestServer { api in
            let names = "/api/v1/namespaces"
            _ = try await api.call("POST", names, ["metadata": ["name": "shop"]])
            let marked = try await api.call("DELETE", names + "/shop")
            #expect(marked.status == 200)
            #expect(marked.json.at("status", "phase") == "Terminating")
            let refused = try await api.call("POST", names + "/shop/configmaps", ["metadata": ["name": "b"]])
            #expect(refused.status == 403)
            #expect(
                refused.message
                    == "configmaps \"b\" is forbidden: unable to create new content in namespace shop because it is being terminated")
            #expect(refused.json.at("details", "causes")?[0]?["reason"] == "NamespaceTerminating")
            var finalized = try await api.call("GET", names + "/shop").json
            finalized.set([], at: "spec", "finalizers")
            #expect(try await api.call("PUT", names + "/shop/finalize", finalized).status == 200)
            #expect(try await api.call("GET", names + "/shop").status == 404)
        }
    }
}
