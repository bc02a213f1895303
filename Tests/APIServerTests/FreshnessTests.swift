import Store
import StoreContract
import Synchronization
import Testing

/// A shared store whose watches may be cut off: they tell nothing until the store is asked for its present.
private final class CutOffStore: Store {
    struct Watch: StoreWatch {
        typealias Element = WatchBatch
        typealias Failure = any Error
        let base: MemoryStore.Watch
        let store: CutOffStore

        struct AsyncIterator: AsyncIteratorProtocol {
            var base: MemoryStore.Watch.AsyncIterator
            let store: CutOffStore

            mutating func next() async throws -> WatchBatch? {
                guard let batch = try await base.next() else { return nil }
                while !store.lets(batch.revision) { try await Task.sleep(for: .milliseconds(2)) }
                return batch
            }
        }
        func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator(), store: store) }
    }

    private struct Contents { var isCutOff = false; var isAway = false; var reached: Revision = 0; var questions = 0 }
    private let base: MemoryStore
    private let contents = Mutex(Contents())

    init(_ disk: MemoryStore.Disk) { base = MemoryStore(disk: disk, isShared: true) }

    /// From now on; `away`: nor is a question answered.
    func cutOff(away: Bool = false) { contents.withLock { ($0.isCutOff, $0.isAway) = (true, away) } }
    var questions: Int { contents.withLock { $0.questions } }
    fileprivate func lets(_ revision: Revision) -> Bool { contents.withLock { !$0.isCutOff || revision <= $0.reached } }

    func synchronize(_ range: KeyRange) async throws -> Revision {
        if contents.withLock({ $0.isAway }) { throw StoreError.unavailable("cut off") }
        let revision = try await base.synchronize(range)
        contents.withLock { contents in
            contents.reached = max(contents.reached, revision)
            contents.questions += 1
        }
        return revision
    }

    func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult { try await base.read(range, at: revision, limit: limit) }
    func commit(_ transaction: Transaction) async throws -> TransactionResult { try await base.commit(transaction) }
    func watch(_ range: KeyRange, from revision: Revision) async throws -> Watch { Watch(base: try await base.watch(range, from: revision), store: self) }
    func compact(before revision: Revision) async throws { try await base.compact(before: revision) }
    func currentRevision() async throws -> Revision { try await base.currentRevision() }
    var isShared: Bool { true }
    var operationLimit: Int { base.operationLimit }
    var byteLimit: Int { base.byteLimit }
    func close() async { await base.close() }
}

/// What `resourceVersion=0` may show: `kubectl wait` and informers begin with it.
@Suite struct FreshnessTests {
    private static let any = TestServer.configMaps + "?resourceVersion=0"

    /// Two servers on one disk, the second on a store whose watches may be cut off.
    private func withTwo(_ body: (_ one: TestServer, _ other: TestServer, _ store: CutOffStore) async throws -> Void) async throws {
        let disk = MemoryStore.Disk()
        let store = CutOffStore(disk)
        try await withTestServer(store: MemoryStore(disk: disk, isShared: true)) { one in
            try await withTestServer(store: store) { other in try await body(one, other, store) }
        }
    }

    @Test func aCacheThatMayBeOldIsBroughtToThePresent() async throws {
        try await withTwo { one, other, store in
            store.cutOff()
            _ = try await other.call("GET", TestServer.configMaps)
            other.time.advance(by: .seconds(3))
            try await one.createConfigMap("new")
            #expect(try await other.call("GET", Self.any).names.contains("new"))
            #expect(try await other.call("GET", TestServer.configMaps + "/new?resourceVersion=0").status == 200)
        }
    }

    @Test func aCacheThatWasAtThePresentAMomentAgoIsTakenAsItIs() async throws {
        try await withTwo { one, other, store in
            _ = try await other.call("GET", TestServer.configMaps)
            let before = store.questions
            store.cutOff()
            try await one.createConfigMap("new")
            #expect(try await !other.call("GET", Self.any).names.contains("new"))
            #expect(store.questions == before)
        }
    }

    @Test func whileTheStoreIsAwayTheCacheAnswersAsItIs() async throws {
        try await withTwo { one, other, store in
            try await one.createConfigMap("old")
            _ = try await other.call("GET", TestServer.configMaps)
            store.cutOff(away: true)
            other.time.advance(by: .seconds(60))
            let list = try await other.call("GET", Self.any)
            #expect(list.status == 200)
            #expect(list.names.contains("old"))
            // Who must not see the past is refused.
            #expect(try await other.call("GET", TestServer.configMaps).status >= 500)
        }
    }
}
