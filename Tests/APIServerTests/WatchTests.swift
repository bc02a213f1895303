import JSON
import Store
import StoreContract
import Testing

@Suite(.timeLimit(.minutes(1))) struct WatchTests {
    let maps = TestServer.configMaps

    private func label(_ api: TestServer, _ name: String, _ value: JSONValue) async throws {
        let answer = try await api.call(
            "PATCH", maps + "/\(name)", ["metadata": ["labels": ["app": value]]], type: "application/merge-patch+json")
        try #require(answer.status == 200)
    }

    @Test func aWatchFromARevisionShowsEveryChangeAfterItInOrder() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("before")
            let since = try await api.call("GET", maps).revision
            let first = try await api.createConfigMap("a")
            try await api.watch(maps + "?watch=true&resourceVersion=\(since)") { events in
                let added = try #require(try await events.next())
                #expect(added["type"] == "ADDED")
                #expect(added["object"] == first.json)
                try await label(api, "a", "x")
                try await events.expect("MODIFIED a")
                #expect(try await api.call("DELETE", maps + "/a").status == 200)
                let last = try #require(try await events.next())
                #expect(last["type"] == "DELETED")
                // The last state, at the revision of the deletion.
                #expect(last.at("object", "metadata", "labels") == ["app": "x"])
                #expect(last.at("object", "metadata", "resourceVersion") != added.at("object", "metadata", "resourceVersion"))
            }
        }
    }

    @Test func aWatchWithoutARevisionBeginsWithWhatIsThere() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a")
            try await api.createConfigMap("elsewhere", in: "kube-public")
            try await api.watch(maps + "?watch=1") { events in
                try await events.expect("ADDED a")
                try await api.createConfigMap("b")
                try await events.expect("ADDED b")
            }
        }
    }

    @Test func aChangeOfLabelsEntersAndLeavesASelectorsWatch() async throws {
        try await withTestServer { api in
            let since = try await api.createConfigMap("a", labels: ["app": "db"]).revision
            try await api.watch(maps + "?watch=true&resourceVersion=\(since)&labelSelector=app%3Dweb") { events in
                try await label(api, "a", "web")
                try await events.expect("ADDED a")
                try await label(api, "a", "db")
                let left = try #require(try await events.next())
                #expect(left["type"] == "DELETED")
                // As it was when it was last seen, at the revision of the change.
                #expect(left.at("object", "metadata", "labels", "app") == "web")
                try await label(api, "a", "web")
                try await events.expect("ADDED a")
                _ = try await api.call("DELETE", maps + "/a")
                try await events.expect("DELETED a")
            }
        }
    }

    @Test func aNodesWatchSeesAPodWhenItIsBound() async throws {
        try await withTestServer { api in
            let since = try await api.createPod("p").revision
            try await api.watch("/api/v1/pods?watch=true&resourceVersion=\(since)&fieldSelector=spec.nodeName%3Dn1") { events in
                #expect(try await api.bind("p", to: "n1").status == 201)
                let added = try #require(try await events.next())
                #expect(added["type"] == "ADDED")
                #expect(added.at("object", "spec", "nodeName") == "n1")
            }
        }
    }

    @Test func aWatchOfOneObjectSeesThatOneOnly() async throws {
        try await withTestServer { api in
            try await api.watch(maps + "?watch=true&fieldSelector=metadata.name%3Db") { events in
                try await api.createConfigMap("a")
                try await api.createConfigMap("b")
                try await events.expect("ADDED b")
            }
            try await api.watch(maps + "/b?watch=true") { events in
                try await events.expect("ADDED b")
            }
        }
    }

    @Test func aWatchTooFarBackIsToldSoAndEnds() async throws {
        let store = MemoryStore()
        for number in 0..<5 {
            _ = try await store.commit(Transaction(then: [.put(key: "/elsewhere/\(number)", value: [1])]))
        }
        try await withTestServer(store: store) { api in
            try await api.watch(maps + "?watch=true&resourceVersion=1") { events in
                let error = try #require(try await events.next())
                #expect(error["type"] == "ERROR")
                #expect(error.at("object", "code") == 410)
                #expect(error.at("object", "reason") == "Expired")
                #expect(error.at("object", "message")?.string?.hasPrefix("too old resource version: 1 (") == true)
                try await events.expect("end")
            }
        }
    }

    @Test func initialEventsEndWithABookmark() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a")
            let query = "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
            try await api.watch(maps + query) { events in
                try await events.expect("ADDED a")
                let bookmark = try #require(try await events.next())
                #expect(bookmark["type"] == "BOOKMARK")
                #expect(bookmark.at("object", "metadata", "annotations", "k8s.io/initial-events-end") == "true")
                #expect(bookmark.at("object", "kind") == "ConfigMap")
            }
        }
    }

    @Test func aTablesWatchHasColumnsInItsFirstEventOnly() async throws {
        try await withTestServer { api in
            try await api.createConfigMap("a", data: ["k": "v"])
            let accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
            try await api.watch(maps + "?watch=true", accept: accept) { events in
                let first = try #require(try await events.next())
                #expect(first.at("object", "kind") == "Table")
                #expect(first.at("object", "columnDefinitions")?.array?.count == 3)
                #expect(first.at("object", "rows")?[0]?["cells"]?[0] == "a")
                try await api.createConfigMap("b")
                let second = try #require(try await events.next())
                #expect(second.at("object", "columnDefinitions")?.array?.isEmpty ?? true)
                #expect(second.at("object", "rows")?[0]?["cells"]?[0] == "b")
            }
        }
    }

    @Test func aWatchEndsWellWithTheServer() async throws {
        try await withTestServer { api in
            try await api.watch(maps + "?watch=true") { events in
                try await api.createConfigMap("a")
                try await events.expect("ADDED a")
                async let stopped: Void = api.server.shutdown()
                try await events.expect("end")
                await stopped
            }
        }
    }

    @Test func aBookmarkTellsTheRevisionBeforeAWatchEnds() async throws {
        try await withTestServer { api in
            let last = try await api.createConfigMap("a").revision
            try await api.watch(maps + "?watch=true&allowWatchBookmarks=true&timeoutSeconds=3&resourceVersion=\(last)") { events in
                let bookmark = try #require(try await events.next())
                #expect(bookmark["type"] == "BOOKMARK")
                #expect(bookmark.at("object", "metadata", "resourceVersion")?.string == last)
                #expect(bookmark.at("object", "metadata", "annotations") == nil)
            }
        }
    }

    @Test func aWatchEndsWhenItsTimeIsUp() async throws {
        try await withTestServer { api in
            try await api.watch(maps + "?watch=true&timeoutSeconds=1") { events in
                try await events.expect("end")
            }
        }
    }
}
