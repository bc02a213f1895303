import APIServer
import KubeAPI
import Store
import StoreContract
import Testing

@Suite struct CacheWatchTests {
    @Test func aWatchFromNowIsToldOfWhatComes() async throws {
        try await withCache { cache, store in
            try await cache.waitUntil(store.put(pod: "a"))
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            try await store.put(pod: "b")
            try await store.put(pod: "a", node: "n1")
            try await cache.told(store.delete(pod: "a"))
            #expect(sink.lines == ["ADDED default/b@2", "MODIFIED default/a@3", "DELETED default/a@4"])
            #expect(
                sink.texts.last == """
                    {"type":"DELETED","object":{"metadata":{"resourceVersion":"4","name":"a","namespace":"default"},"apiVersion":"v1",\
                    "kind":"Pod","spec":{"nodeName":"n1"}}}

                    """)
        }
    }

    @Test func withASelectorAnObjectEntersAsAddedAndLeavesAsDeletedAsItLastWas() async throws {
        try await withCache { cache, store in
            let sink = RecordingSink()
            _ = try cache.subscribe(cache.filter(labels: "app=web"), from: .now, sink: sink)
            try await store.put(pod: "a", labels: ["app": "db"])
            try await store.put(pod: "a", labels: ["app": "web"], node: "n1")
            try await store.put(pod: "a", labels: ["app": "web"], node: "n2")
            try await store.put(pod: "a", labels: ["app": "db"])
            try await store.put(pod: "a", labels: ["app": "db"], node: "n3")
            try await cache.told(store.delete(pod: "a"))
            #expect(sink.lines == ["ADDED default/a@2", "MODIFIED default/a@3", "DELETED default/a@4"])
            // The old object, with the resource version of the change that made it leave.
            #expect(sink.texts[2].contains(#""resourceVersion":"4""#) && sink.texts[2].contains(#""nodeName":"n2""#))
        }
    }

    @Test func aWatchOfANamespaceOrOfANodeSeesItsOwn() async throws {
        try await withCache { cache, store in
            let (one, node) = (RecordingSink(), RecordingSink())
            _ = try cache.subscribe(cache.filter("one"), from: .now, sink: one)
            _ = try cache.subscribe(cache.filter(fields: "spec.nodeName=n1"), from: .now, sink: node)
            try await store.put(pod: "a", in: "one")
            try await store.put(pod: "a", in: "two")
            try await store.put(pod: "a", in: "two", node: "n1")
            try await cache.told(store.delete(pod: "a", in: "two"))
            #expect(one.lines == ["ADDED one/a@1"])
            #expect(node.lines == ["ADDED two/a@3", "DELETED two/a@4"])
        }
    }

    @Test func aWatchGoesOnFromTheRevisionThatAClientHasSeen() async throws {
        try await withCache { cache, store in
            for number in 1...5 { try await store.put(pod: "p\(number)") }
            try await cache.told(5)
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .after(3), sink: sink)
            try await cache.told(store.put(pod: "p6"))
            #expect(sink.lines == ["ADDED default/p4@4", "ADDED default/p5@5", "ADDED default/p6@6"])
            // From a revision that is still to come, nothing before it is told.
            let later = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .after(7), sink: later)
            try await store.put(pod: "p7")
            try await cache.told(store.put(pod: "p8"))
            #expect(later.lines == ["ADDED default/p8@8"])
        }
    }

    @Test func aRevisionThatTheRingHasDroppedIsTooOld() async throws {
        try await withCache({ $0.ringChanges = 3 }) { cache, store in
            for number in 1...10 { try await store.put(pod: "p\(number)") }
            try await cache.told(10)
            #expect(throws: CacheError.tooOld(asked: 6, oldest: 7)) {
                try cache.subscribe(ObjectFilter(), from: .after(6), sink: RecordingSink())
            }
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .after(7), sink: sink)
            #expect(sink.lines == ["ADDED default/p8@8", "ADDED default/p9@9", "ADDED default/p10@10"])
        }
    }

    @Test func theRingIsBoundedInBytesToo() async throws {
        try await withCache({ $0.ringBytes = 500 }) { cache, store in
            for number in 1...100 { try await store.put(pod: "p\(number)") }
            try await cache.told(100)
            #expect(throws: CacheError.self) { try cache.subscribe(ObjectFilter(), from: .after(90), sink: RecordingSink()) }
            _ = try cache.subscribe(ObjectFilter(), from: .after(99), sink: RecordingSink())
        }
    }

    @Test func whatWasBeforeTheCacheStartedIsTooOld() async throws {
        let store = MemoryStore()
        for number in 1...3 { try await store.put(pod: "p\(number)") }
        try await withCache(store: store) { cache, _ in
            #expect(throws: CacheError.tooOld(asked: 2, oldest: 3)) {
                try cache.subscribe(ObjectFilter(), from: .after(2), sink: RecordingSink())
            }
        }
    }

    @Test func initialEventsAreWhatExistsInOrderAndABookmarkEndsThemIfAsked() async throws {
        try await withCache { cache, store in
            try await store.put(pod: "b")
            try await store.put(pod: "a", labels: ["app": "web"])
            try await cache.told(2)
            let (plain, marked) = (RecordingSink(), RecordingSink())
            _ = try cache.subscribe(ObjectFilter(), from: .initial(bookmark: false), sink: plain)
            let watch = try cache.subscribe(cache.filter(labels: "app=web"), from: .initial(bookmark: true), sink: marked)
            try await cache.told(store.put(pod: "c"))
            watch.offerBookmark()
            #expect(plain.lines == ["ADDED default/a@2", "ADDED default/b@1", "ADDED default/c@3"])
            #expect(marked.lines == ["ADDED default/a@2", "BOOKMARK @2", "BOOKMARK @3"])
            #expect(marked.texts[1].contains(#""annotations":{"k8s.io/initial-events-end":"true"}"#))
            #expect(
                marked.texts[2] == """
                    {"type":"BOOKMARK","object":{"kind":"Pod","apiVersion":"v1","metadata":{"resourceVersion":"3","creationTimestamp":null}}}

                    """)
        }
    }

    @Test func aSlowSinkIsEndedAndTheOthersGoOn() async throws {
        try await withCache { cache, store in
            let (slow, quick) = (RecordingSink(room: 2), RecordingSink())
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: slow)
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: quick)
            for number in 1...4 { try await store.put(pod: "p\(number)") }
            try await cache.told(4)
            #expect(slow.ending == .tooSlow && slow.lines.count == 2)
            #expect(quick.ending == nil && quick.lines.count == 4)
            #expect(cache.watcherCount == 1)
        }
    }

    @Test func aCancelledWatchIsToldNothingMore() async throws {
        try await withCache { cache, store in
            let sink = RecordingSink()
            let watch = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            try await cache.told(store.put(pod: "a"))
            watch.cancel()
            watch.cancel()
            try await cache.told(store.put(pod: "b"))
            #expect(sink.lines == ["ADDED default/a@1"] && sink.ending == nil && cache.watcherCount == 0)
        }
    }

    @Test func theChangesOfOneTransactionComeTogether() async throws {
        try await withCache { cache, store in
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            let steps = ["b", "a"].map { podPut($0, "default", [:], "") }
            try await cache.told(store.commit(Transaction(then: steps)).revision)
            #expect(sink.lines == ["ADDED default/b@1", "ADDED default/a@1"])
            let resumed = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .after(0), sink: resumed)
            #expect(resumed.lines == sink.lines)
        }
    }

    @Test func closingTheStoreEndsTheWatches() async throws {
        let sink = RecordingSink()
        try await withCache { cache, store in
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            await store.close()
            await #expect(throws: CacheError.closed) { try await cache.waitUntil(.max) }
            #expect(throws: CacheError.closed) { try cache.subscribe(ObjectFilter(), from: .now, sink: RecordingSink()) }
        }
        #expect(sink.ending == .closed)
    }

    @Test func anErrorOfTheStoresWatchLosesNothing() async throws {
        let time = HeldTime()
        try await withCache(time: time) { cache, store in
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            try await cache.told(store.put(pod: "a"))
            store.endWatches(.watcherTooSlow)
            await time.somebodySleeps()
            try await store.put(pod: "b")
            let revision = try await store.delete(pod: "a")
            #expect(cache.revision == 1)
            time.wake()
            try await cache.told(revision)
            #expect(sink.lines == ["ADDED default/a@1", "ADDED default/b@2", "DELETED default/a@3"] && sink.ending == nil)
        }
    }

    @Test func whereHistoryWasLostTheCacheReadsAnewAndItsWatchersHaveToo() async throws {
        let time = HeldTime()
        try await withCache(time: time) { cache, store in
            let sink = RecordingSink()
            _ = try cache.subscribe(ObjectFilter(), from: .now, sink: sink)
            try await cache.told(store.put(pod: "a"))
            store.endWatches(.unavailable("the disk is away"))
            await time.somebodySleeps()
            try await store.delete(pod: "a")
            try await store.put(pod: "b")
            let revision = try await store.put(pod: "c")
            try await store.compact(before: revision)
            time.wake()
            try await cache.told(revision)
            #expect(sink.ending == .expired(oldest: 4))
            #expect(try cache.list(ObjectFilter()).objects.map(\.name) == ["b", "c"])
            #expect(throws: CacheError.tooOld(asked: 1, oldest: 4)) {
                try cache.subscribe(ObjectFilter(), from: .after(1), sink: RecordingSink())
            }
        }
    }

    /// Whenever it begins, and whatever it selects, a watcher that applies its events ends with what a list gives.
    @Test func watchersThatBeginAtAnyMomentEndWithTheSameState() async throws {
        try await withCache { cache, store in
            let sinks: [(ObjectFilter, RecordingSink)] = try await withThrowingTaskGroup(of: (ObjectFilter, RecordingSink)?.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        var random = SplitMix(state: UInt64(writer))
                        for _ in 0..<150 {
                            let (name, namespace) = ("p\(random.below(10))", "ns\(random.below(2))")
                            if random.below(4) == 0 {
                                try await store.delete(pod: name, in: namespace)
                            } else {
                                try await store.put(pod: name, in: namespace, labels: ["app": random.below(2) == 0 ? "web" : "db"])
                            }
                        }
                        return nil
                    }
                }
                for watcher in 0..<20 {
                    group.addTask {
                        try await cache.waitUntil(Revision(watcher * 15))
                        let filter = try cache.filter(watcher % 3 == 0 ? "ns1" : nil, labels: watcher % 2 == 0 ? "app=web" : "")
                        let sink = RecordingSink()
                        _ = try cache.subscribe(filter, from: .initial(bookmark: false), sink: sink)
                        return (filter, sink)
                    }
                }
                return try await group.reduce(into: []) { if let pair = $1 { $0.append(pair) } }
            }
            try await cache.told(store.currentRevision())
            for (filter, sink) in sinks {
                var state: Set<Substring> = []
                for line in sink.lines {
                    let parts = line.split(whereSeparator: { $0 == " " || $0 == "@" })
                    switch parts[0] {
                    case "ADDED": #expect(state.insert(parts[1]).inserted, "added twice: \(line)")
                    case "MODIFIED": #expect(state.contains(parts[1]), "modified before it was added: \(line)")
                    default: #expect(state.remove(parts[1]) != nil, "deleted before it was added: \(line)")
                    }
                }
                #expect(state.sorted() == (try cache.list(filter).objects.map { "\($0.namespace)/\($0.name)"[...] }))
            }
        }
    }
}
