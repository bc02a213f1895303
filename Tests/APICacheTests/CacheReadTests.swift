import APIServer
import JSON
import KubeAPI
import NIOCore
import Store
import StoreContract
import Testing

@Suite struct CacheReadTests {
    @Test func servesWhatWasThereBeforeItAndWhatComesAfter() async throws {
        let store = MemoryStore()
        for number in 0..<1_200 { try await store.put(pod: "early-\(number)") }
        try await withCache(store: store) { cache, store in
            #expect(cache.revision == 1_200)
            #expect(try cache.list(ObjectFilter()).objects.count == 1_200)
            let revision = try await store.put(pod: "late")
            try await cache.waitUntil(revision)
            let pod = try #require(cache.get(namespace: "default", name: "late"))
            let text = String(decoding: pod.clientBytes, as: UTF8.self)
            #expect(
                text == """
                    {"metadata":{"resourceVersion":"1201","name":"late","namespace":"default"},"apiVersion":"v1","kind":"Pod"}
                    """)
            try await cache.waitUntil(store.delete(pod: "late"))
            #expect(cache.get(namespace: "default", name: "late") == nil)
        }
    }

    @Test func listsWhatIsSelectedInTheOrderOfKeys() async throws {
        try await withCache { cache, store in
            try await store.put(pod: "b", in: "one", labels: ["app": "web"], node: "n1")
            try await store.put(pod: "a", in: "one", labels: ["app": "db"], node: "n2")
            try await store.put(pod: "c", in: "two", labels: ["app": "web"], node: "n2")
            try await cache.waitUntil(store.put(pod: "d", in: "onetwo"))
            func names(_ filter: ObjectFilter) throws -> [String] { try cache.list(filter).objects.map(\.name) }
            #expect(try names(ObjectFilter()) == ["a", "b", "d", "c"])
            #expect(try names(cache.filter("one")) == ["a", "b"])
            #expect(try names(cache.filter("none")) == [])
            #expect(try names(cache.filter(labels: "app=web")) == ["b", "c"])
            #expect(try names(cache.filter("one", labels: "app in (web,db)", fields: "spec.nodeName=n2")) == ["a"])
            #expect(try names(cache.filter(fields: "spec.nodeName=")) == ["d"])
        }
    }

    @Test func aListInPagesStaysAsItWasAtTheFirst() async throws {
        try await withCache { cache, store in
            for number in 0..<5 { try await store.put(pod: "p\(number)") }
            try await cache.waitUntil(5)
            let first = try cache.list(ObjectFilter(), limit: 2)
            #expect(first.objects.map(\.name) == ["p0", "p1"] && first.remaining == 3 && first.revision == 5)
            try await store.delete(pod: "p3")
            try await cache.waitUntil(store.put(pod: "p11"))
            let next = try #require(first.next)
            let token = try #require(ContinueToken(parsing: next.encoded()))
            let second = try cache.list(ObjectFilter(), limit: 2, continuing: token)
            #expect(second.objects.map(\.name) == ["p2", "p3"] && second.remaining == 1 && second.revision == 5)
            let third = try cache.list(ObjectFilter(), limit: 2, continuing: second.next)
            #expect(third.objects.map(\.name) == ["p4"] && third.next == nil && third.remaining == nil)
            // With a revision of 0 it goes on in the present.
            let present = try cache.list(ObjectFilter(), continuing: ContinueToken(revision: 0, after: token.after))
            #expect(present.objects.map(\.name) == ["p11", "p2", "p4"] && present.revision == 7)
        }
    }

    @Test func aPageOfASnapshotThatWasDroppedIsTooOld() async throws {
        try await withCache({ $0.keptSnapshots = 1 }) { cache, store in
            for number in 0..<3 { try await store.put(pod: "p\(number)") }
            try await cache.waitUntil(3)
            let one = try cache.list(ObjectFilter(), limit: 1)
            try await cache.waitUntil(store.put(pod: "p3"))
            let two = try cache.list(ObjectFilter(), limit: 1)
            #expect(throws: CacheError.tooOld(asked: 3, oldest: 4)) { try cache.list(ObjectFilter(), continuing: one.next) }
            #expect(try cache.list(ObjectFilter(), continuing: two.next).objects.count == 3)
        }
    }

    @Test func aListWithASelectorDoesNotSayHowManyRemain() async throws {
        try await withCache { cache, store in
            for number in 0..<4 { try await store.put(pod: "p\(number)", labels: ["app": "web"]) }
            try await cache.waitUntil(4)
            let page = try cache.list(cache.filter(labels: "app=web"), limit: 3)
            #expect(page.objects.count == 3 && page.next != nil && page.remaining == nil)
            #expect(try cache.list(cache.filter(labels: "app=web"), limit: 4).next == nil)
        }
    }

    @Test func theBytesOfAListAreWhatClientsRead() async throws {
        try await withCache { cache, store in
            try await store.put(pod: "a")
            try await cache.waitUntil(store.put(pod: "b"))
            let page = try cache.list(ObjectFilter(), limit: 1)
            let json = try JSONValue(parsing: String(buffer: page.bytes(.pods)))
            #expect(json["kind"] == "PodList" && json["apiVersion"] == "v1")
            #expect(json.at("metadata", "resourceVersion") == "2" && json.at("metadata", "remainingItemCount") == 1)
            #expect(json.at("metadata", "continue")?.string == page.next?.encoded())
            #expect(json["items"]?[0]?.at("metadata", "resourceVersion") == "1")
            let none = try cache.list(cache.filter("none")).bytes(.pods)
            #expect(String(buffer: none) == #"{"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"2"},"items":[]}"# + "\n")
        }
    }

    @Test(arguments: ["", "x", "!!!!", "e30", "eyJ2IjoibWV0YS5rOHMuaW8vdjEifQ"])
    func aContinueTokenThatIsNotOursIsRefused(_ text: String) { #expect(ContinueToken(parsing: text) == nil) }

    @Test func waitingEndsWithCancellationAndWithTheCache() async throws {
        let store = MemoryStore()
        try await withCache(store: store) { cache, store in
            let cancelled = Task { try await cache.waitUntil(100) }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let waiting = Task { try await cache.waitUntil(100) }
            await Task.yield()
            await store.close()
            await #expect(throws: CacheError.closed) { try await waiting.value }
            await #expect(throws: CacheError.closed) { try await cache.waitUntil(100) }
        }
    }

    @Test func aDamagedObjectIsLeftOutAndTheOthersAreServed() async throws {
        let store = MemoryStore()
        try await store.put("/registry/core/pods/default/bad", "no object")
        try await store.put(pod: "good")
        try await withCache(store: store) { cache, store in
            try await cache.waitUntil(store.put("/registry/core/pods/default/worse", #"{"metadata":{"resourceVersion":"",]}"#).revision)
            #expect(try cache.list(ObjectFilter()).objects.map(\.name) == ["good"])
        }
    }
}
