import Foundation
import EtcdKit
import Store
import StoreContract
import StoreEtcd
import Testing

/// Members that are killed, frozen and brought back while the store is at work.
@Suite(.enabled(if: EtcdCluster.isPossible), .serialized) struct EtcdFaultTests {
    typealias Contract = StoreContract<RebasedStore<EtcdStore>>

    /// Kills one member after the other with SIGKILL and starts it again, so that two of three always live, until cancelled.
    static func trouble(_ cluster: EtcdCluster, seed: UInt64, pause: Duration, freezing: Bool = false) async throws {
        var random = SplitMix(state: seed)
        while !Task.isCancelled {
            try await Task.sleep(for: pause)
            let member = random.below(cluster.size)
            if freezing, random.below(3) == 0 {
                cluster.freeze(member)
                try? await Task.sleep(for: .seconds(2))
                cluster.thaw(member)
            } else {
                await cluster.kill(member)
                try? await Task.sleep(for: .milliseconds(300))
                try cluster.start(member)
            }
            // Until it is a member again, or the next kill would leave one of three.
            for _ in 0..<40 where !Task.isCancelled {
                if try await cluster.ctl(["endpoint", "health", "--command-timeout=1s"]).succeeded { break }
                try await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// A clause proves nothing, whatever it says, when it met a commit whose outcome nobody knows, or a change of the store's own (a tick)
    /// that its count of revisions does not expect: then it is asked again.
    @Test(.timeLimit(.minutes(10))) func keepsTheContractWhileMembersAreKilled() async throws {
        try await withCluster { cluster in
            let trouble = Task { try await Self.trouble(cluster, seed: 11, pause: .milliseconds(2_500)) }
            var again = 0
            for (number, clause) in Contract.clauses.enumerated() {
                for attempt in 0..<20 {
                    let place = EtcdSubject(cluster: cluster, prefix: "/fire/\(number)-\(attempt)/")
                    var failure: (any Error)?
                    do { try await within(.seconds(60)) { try await clause.check(place.subject) } } catch { failure = error }
                    let disturbed = failure == nil ? false : await place.hasTicked()
                    if place.doubts.get() > 0 || disturbed, attempt < 19 {
                        again += 1
                        continue
                    }
                    if let failure { Issue.record("\(clause.description): \(failure)") }
                    break
                }
            }
            trouble.cancel()
            _ = await trouble.result
            print("clauses that were asked again: \(again)")
        }
    }

    private enum Outcome: Sendable, Equatable { case done(Revision), unknown, notDone }

    /// What writers were told, what watchers saw, and what is there afterwards are one story.
    @Test(.timeLimit(.minutes(5))) func whatIsAnsweredIsTrueAndWatchesMissNothing() async throws {
        try await withCluster { cluster in
            let stores = [try await cluster.store(prefix: "/h"), try await cluster.store(prefix: "/h"), try await cluster.store(prefix: "/h")]
            let start = try await stores[0].currentRevision()
            let trouble = Task { try await Self.trouble(cluster, seed: 5, pause: .seconds(2), freezing: true) }
            let watchers = stores.prefix(2).map { store in
                Task { () -> [(Revision, String)] in
                    var seen: [(Revision, String)] = []
                    for try await batch in try await store.watch(KeyRange(prefix: "/w"), from: start + 1) {
                        for event in batch.events { seen.append((batch.revision, event.current.key)) }
                        if batch.events.contains(where: { $0.current.key == "/w/end" }) { return seen }
                    }
                    return seen
                }
            }
            let outcomes = await withTaskGroup(of: [(String, Outcome)].self) { group in
                for writer in 0..<6 {
                    group.addTask {
                        let store = stores[writer % stores.count]
                        let end = ContinuousClock.now + .seconds(25)
                        var outcomes: [(String, Outcome)] = []
                        while ContinuousClock.now < end {
                            let key = "/w/\(writer)/\(outcomes.count)"
                            let outcome: Outcome
                            do {
                                let result = try await store.commit(Transaction(if: [.absent(key)], then: [.put(key: key, value: [1])]))
                                outcome = result.succeeded ? .done(result.revision) : .notDone
                            } catch StoreError.outcomeUnknown { outcome = .unknown } catch { outcome = .notDone }
                            outcomes.append((key, outcome))
                            try? await Task.sleep(for: .milliseconds(2))
                        }
                        return outcomes
                    }
                }
                return await group.reduce(into: []) { $0 += $1 }
            }
            trouble.cancel()
            _ = await trouble.result
            // What was on its way when its member died has arrived by now, or never will.
            try await Task.sleep(for: .seconds(1))
            for _ in 0..<20 {
                do {
                    try await stores[2].put("/w/end", "")
                    break
                } catch StoreError.outcomeUnknown {}
            }
            let seen = [try await watchers[0].value, try await watchers[1].value]
            let there = try await stores[2].read(KeyRange(prefix: "/w"), at: nil, limit: 0).items
            #expect(seen[0].elementsEqual(seen[1], by: ==), "two watchers saw different stories")
            let told = seen[0].filter { $0.1 != "/w/end" }
            #expect(zip(told, told.dropFirst()).allSatisfy { $0.0 < $1.0 }, "out of order")
            let events = Dictionary(told.map { ($0.1, $0.0) }, uniquingKeysWith: { _, _ in -1 })
            #expect(!events.values.contains(-1), "something came twice")
            #expect(Set(there.map(\.key)).subtracting(["/w/end"]) == Set(events.keys))
            var counts = (done: 0, unknown: 0, notDone: 0)
            for (key, outcome) in outcomes {
                switch outcome {
                case .done(let revision):
                    counts.done += 1
                    #expect(events[key] == revision, "\(key) was answered at \(revision)")
                case .unknown: counts.unknown += 1
                case .notDone:
                    counts.notDone += 1
                    #expect(events[key] == nil, "\(key) was said not to have happened")
                }
            }
            print("writes under fire: \(counts)")
            #expect(counts.done > 100)
            for store in stores { await store.close() }
        }
    }

    @Test(.timeLimit(.minutes(2))) func aStoreEndsHoweverOftenItIsOpened() async throws {
        try await withCluster(size: 1) { cluster in
            for round in 0..<60 {
                try await within(.seconds(20)) {
                    let store = try await cluster.store(prefix: "/open")
                    if round % 3 == 0 { _ = try await store.watch(KeyRange(prefix: "/"), from: 1) }
                    if round % 2 == 0 { try await store.put("/a", "\(round)") }
                    await store.close()
                }
            }
        }
    }

    @Test(.timeLimit(.minutes(2))) func withoutAMajorityNothingIsAnsweredAndAfterwardsAllGoesOn() async throws {
        try await withCluster { cluster in
            var options = cluster.options(prefix: "/m")
            options.patience = .seconds(3)
            let store = try await EtcdStore.open(options, logger: quiet)
            let watch = try await store.watch(KeyRange(prefix: "/"), from: try await store.currentRevision() + 1)
            let first = try await store.put("/a", "1").revision
            await cluster.kill(0)
            await cluster.kill(1)
            do {
                _ = try await store.read(KeyRange(key: "/a"), at: nil, limit: 0)
                Issue.record("one of three answered a read")
            } catch StoreError.unavailable {}
            do {
                try await store.put("/a", "2")
                Issue.record("one of three answered a write")
            } catch StoreError.unavailable {} catch StoreError.outcomeUnknown {}
            try cluster.start(0)
            try cluster.start(1)
            var last: Revision = 0
            for _ in 0..<30 where last == 0 { last = (try? await store.put("/b", "1").revision) ?? 0 }
            #expect(last > first)
            for try await batch in watch where batch.revision >= last {
                #expect(batch.events.map(\.current.key) == ["/b"])
                break
            }
            await store.close()
        }
    }
}
