import EtcdKit
import JSON
import KubeClient
import Store
import Testing

/// What a client may rely on when each of its requests goes to another API server.
@Suite(.enabled(if: EtcdCluster.isPossible), .serialized) struct ReplicaConsistencyTests {
    @Test func whatOneServerAnsweredEveryOtherShows() async throws {
        try await withReplicas(3) { replicas in
            let clients = replicas.clients
            for number in 0..<40 {
                let (a, b, c) = (clients[number % 3], clients[(number + 1) % 3], clients[(number + 2) % 3])
                let path = "\(Replicas.maps)/m\(number)"
                try await a.create(Replicas.maps, Replicas.map("m\(number)", "one"))
                #expect(try await b.get(path).at("data", "value")?.string == "one")
                #expect(try await c.list(Replicas.maps).items.contains { $0.name == "m\(number)" })
                try await b.patch(path, ["data": ["value": "two"]])
                #expect(try await c.get(path).at("data", "value")?.string == "two")
                // The value that the first server may still believe in is no reason not to write it again.
                try await a.patch(path, ["data": ["value": "one"]])
                #expect(try await b.get(path).at("data", "value")?.string == "one")
                if number % 2 == 0 {
                    try await c.delete(path)
                    await #expect { try await a.get(path) } throws: { ($0 as? KubeClientError)?.isNotFound == true }
                    try await a.create(Replicas.maps, Replicas.map("m\(number)", "again"))
                    #expect(try await b.get(path).at("data", "value")?.string == "again")
                }
            }
        }
    }

    @Test func aResourceVersionThatAnotherServerGaveIsWaitedForAndOneThatNobodyGaveIsRefused() async throws {
        try await withReplicas { replicas in
            let (a, b) = (replicas.clients[0], replicas.clients[1])
            for number in 0..<30 {
                let revision = try await a.create(Replicas.maps, Replicas.map("m\(number)")).revision
                let found = try await b.get("\(Replicas.maps)/m\(number)", query: [("resourceVersion", revision)])
                #expect(found.name == "m\(number)")
                let list = try await b.get(Replicas.maps, query: [("resourceVersion", revision)])
                #expect(list["items"]?.array?.contains { $0.name == "m\(number)" } == true)
            }
            for path in [Replicas.maps, "\(Replicas.maps)/m1"] {
                await #expect { try await b.get(path, query: [("resourceVersion", "9000000")]) } throws: {
                    ($0 as? KubeClientError)?.code == 504 && "\($0)".contains("Too large resource version")
                }
            }
            // A client that knows another store's numbers is told to list, not left to wait for them.
            await #expect { try await b.watch(Replicas.maps, from: "9000000") { _ in false } } throws: { ($0 as? KubeClientError)?.isGone == true }
        }
    }

    @Test func aListInPagesGoesOnAtAnotherServerAsItBegan() async throws {
        try await withReplicas { replicas in
            let (a, b) = (replicas.clients[0], replicas.clients[1])
            for number in 10..<20 { try await a.create(Replicas.maps, Replicas.map("m\(number)")) }
            let all = try await a.list(Replicas.maps).items.map(\.name)
            let first = try await a.get(Replicas.maps, query: [("limit", "4")])
            try await a.delete("\(Replicas.maps)/m17")
            try await b.create(Replicas.maps, Replicas.map("m165"))
            var names = first["items"]?.array?.map(\.name) ?? []
            var token = first.at("metadata", "continue")?.string ?? ""
            #expect(first.at("metadata", "remainingItemCount")?.integer == Int64(all.count - 4))
            var clients = [b, a, b, a, b][...]
            while !token.isEmpty, let client = clients.popFirst() {
                let page = try await client.get(Replicas.maps, query: [("limit", "3"), ("continue", token)])
                #expect(page.revision == first.revision)
                names += page["items"]?.array?.map(\.name) ?? []
                token = page.at("metadata", "continue")?.string ?? ""
            }
            #expect(names == all)
            // With a selector, and where history has been forgotten.
            let selected = try await a.get(Replicas.maps, query: [("limit", "2"), ("fieldSelector", "metadata.name!=m12")])
            let next = selected.at("metadata", "continue")?.string ?? ""
            let rest = try await b.get(Replicas.maps, query: [("limit", "50"), ("fieldSelector", "metadata.name!=m12"), ("continue", next)])
            #expect((selected["items"]?.array ?? []).count == 2)
            #expect((rest["items"]?.array ?? []).map(\.name).contains("m12") == false)
            #expect(rest.at("metadata", "continue") == nil)
            try await a.create(Replicas.maps, Replicas.map("z"))
            try await replicas.stores[0].compact(before: try await replicas.stores[0].currentRevision())
            await #expect { try await b.get(Replicas.maps, query: [("limit", "3"), ("continue", next)]) } throws: {
                ($0 as? KubeClientError)?.isGone == true
            }
        }
    }

    @Test func aWatchBeginsAtOneServerWhereAListOfAnotherEnded() async throws {
        try await withReplicas { replicas in
            let (a, b) = (replicas.clients[0], replicas.clients[1])
            try await a.create(Replicas.maps, Replicas.map("old"))
            let revision = try await a.list(Replicas.maps).resourceVersion
            let writers = Task {
                for number in 0..<30 { try await replicas.clients[number % 2].create(Replicas.maps, Replicas.map("m\(number)")) }
            }
            let seen = Locked<[String]>([])
            try await b.watch(Replicas.maps, from: revision) { event in
                if case .added(let object) = event { seen.change { $0.append(object.name) } }
                return seen.get().count < 30
            }
            try await writers.value
            #expect(seen.get() == (0..<30).map { "m\($0)" })
        }
    }

    @Test func noIncrementIsLostAmongServers() async throws {
        try await withReplicas(3) { replicas in
            let path = "\(Replicas.maps)/counter"
            try await replicas.clients[0].create(Replicas.maps, Replicas.map("counter", "0"))
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in replicas.clients {
                    group.addTask {
                        var done = 0
                        while done < 15 {
                            var object = try await client.get(path)
                            let number = object.at("data", "value")?.string.flatMap { Int($0) } ?? -1
                            object.set(.string(String(number + 1)), at: "data", "value")
                            do {
                                try await client.update(path, object)
                                done += 1
                            } catch let error as KubeClientError where error.isConflict {}
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await replicas.clients[1].get(path).at("data", "value")?.string == "45")
        }
    }
}
