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
        #expect(second.text == first.text)
    }

    @Test func nothingIsMadeInANamespaceThatIsNotThere() async throws {
        try await withTestServer { api in
            let refused = try await api.call("POST", "/api/v1/namespaces/nope/configmaps", ["metadata": ["name": "a"]])
            #expect(refused.status == 404)
            #expect(refused.message == "namespaces \"nope\" not found")
            #expect(refused.json["details"] == ["name": "nope", "kind": "namespaces"])
        }
    }

    @Test func anEmptyNamespaceGoesAndAFullOneIsEmptiedFirst() async throws {
        try await withTestServer { api in
            let names = "/api/v1/namespaces"
            _ = try await api.call("POST", names, ["metadata": ["name": "shop"]])
            try await api.createConfigMap("a", in: "shop")
            let since = try await api.call("GET", names).revision
            try await api.watch(names + "?watch=true&resourceVersion=\(since)") { events in
                let marked = try await api.call("DELETE", names + "/shop")
                #expect(marked.status == 200)
                #expect(marked.json.at("status", "phase") == "Terminating")
                try await events.expect("MODIFIED shop")

                // What empties it has looked once and waits: it takes out what is in it, and nothing new comes in.
                await api.time.someoneSleeps(within: .seconds(1))
                #expect(try await api.call("GET", names + "/shop/configmaps").names == [])
                let refused = try await api.call("POST", names + "/shop/configmaps", ["metadata": ["name": "b"]])
                #expect(refused.status == 403)
                #expect(
                    refused.message
                        == "configmaps \"b\" is forbidden: unable to create new content in namespace shop because it is being terminated")
                #expect(refused.json.at("details", "causes")?[0]?["reason"] == "NamespaceTerminating")
                #expect(try await api.call("GET", names + "/shop").status == 200)

                api.time.advance(by: .seconds(1))
                try await events.expect("DELETED shop")
            }
            #expect(try await api.call("GET", names + "/shop").status == 404)

            _ = try await api.call("POST", names, ["metadata": ["name": "empty"]])
            try await api.watch(names + "?watch=true&fieldSelector=metadata.name%3Dempty") { events in
                try await events.expect("ADDED empty")
                #expect(try await api.call("DELETE", names + "/empty").status == 200)
                try await events.expect("MODIFIED empty")
                try await events.expect("DELETED empty")
            }
        }
    }

    @Test func aNamespaceDoesNotGoBeforeWhatTheCachesDoNotKnowYet() async throws {
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let store = LateStore(late: "/registry/core/configmaps/", until: gate)
        try await withTestServer(store: store) { api in
            let names = "/api/v1/namespaces"
            _ = try await api.call("POST", names, ["metadata": ["name": "shop"]])
            // What another API server on this store made; our cache has not heard of it.
            let late = try ResourceKind.configMaps.prepareCreate(
                ["metadata": ["name": "late"]], RequestContext(namespace: "shop", now: ManualTime.noon, uid: "u", user: "test"))
            let key = "/registry/core/configmaps/shop/late"
            _ = try await store.commit(Transaction(then: [.put(key: key, value: ObjectBytes.encode(late))]))
            try await api.watch(names + "?watch=true&fieldSelector=metadata.name%3Dshop") { events in
                try await events.expect("ADDED shop")
                _ = try await api.call("DELETE", names + "/shop")
                try await events.expect("MODIFIED shop")
                await api.time.someoneSleeps(within: .seconds(1))
                #expect(try await api.call("GET", names + "/shop").status == 200)
                try await api.watch(names + "/shop/configmaps?watch=true") { maps in
                    open.yield()
                    try await maps.expect("ADDED late")
                    api.time.advance(by: .seconds(1))
                    try await maps.expect("DELETED late")
                }
                await api.time.someoneSleeps(within: .seconds(1))
                api.time.advance(by: .seconds(1))
                try await events.expect("DELETED shop")
            }
        }
    }

    @Test func aNamespaceThatWasEndingWhenTheServerStoppedEndsWithTheNextOne() async throws {
        let disk = MemoryStore.Disk()
        try await withTestServer(store: MemoryStore(disk: disk)) { api in
            _ = try await api.call("POST", "/api/v1/namespaces", ["metadata": ["name": "shop"]])
            try await api.createConfigMap("a", in: "shop")
            _ = try await api.call("DELETE", "/api/v1/namespaces/shop")
            await api.time.someoneSleeps(within: .seconds(1))
        }
        try await withTestServer(store: MemoryStore(disk: disk)) { api in
            try await api.watch("/api/v1/namespaces?watch=true&fieldSelector=metadata.name%3Dshop") { events in
                // Either it is still there when the watch begins, or it is gone already and the watch has nothing to tell.
                if try await api.call("GET", "/api/v1/namespaces/shop").status == 200 {
                    while try await events.nextLine() != "DELETED shop" {}
                }
            }
            #expect(try await api.call("GET", "/api/v1/namespaces/shop").status == 404)
        }
    }
}

/// A store in memory that tells of changes below one prefix late.
struct LateStore: Store {
    private let store = MemoryStore()
    let late: String
    let until: AsyncStream<Void>

    func watch(_ range: KeyRange, from revision: Revision) async throws -> MemoryStore.Watch {
        if range.start == late { for await _ in until { break } }
        return try await store.watch(range, from: revision)
    }
    func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        try await store.read(range, at: revision, limit: limit)
    }
    func commit(_ transaction: Transaction) async throws -> TransactionResult { try await store.commit(transaction) }
    func compact(before revision: Revision) async throws { try await store.compact(before: revision) }
    func currentRevision() async throws -> Revision { try await store.currentRevision() }
    func close() async { await store.close() }
}
