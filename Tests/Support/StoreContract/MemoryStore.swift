import Store
import Synchronization

/// A store in memory, plain enough to be seen to be right: the model that other backends are compared with, and a double for tests.
/// It keeps the contract but for durability; what a `Disk` holds outlives the store, so that a test can close and reopen.
public final class MemoryStore: Store {
    /// What would be on a disk.
    public final class Disk: Sendable {
        fileprivate let state = Mutex(State())
        /// Apart from the state, since a watch may end while a commit tells the watchers. Locked after the state, never before it.
        fileprivate let watchers = Mutex(Watchers())
        public init() {}
    }

    fileprivate struct State {
        var revision: Revision = 0
        /// Reads before this revision are refused.
        var oldest: Revision = 0
        /// All changes since `oldest`, each revision's batch once, in order.
        var log: [WatchBatch] = []
        /// What was live before the log begins.
        var base = SortedMap<KeyValue>()
        var live = SortedMap<KeyValue>()
    }

    fileprivate struct Watchers {
        var byID: [Int: WatchBuffer] = [:]
        var next = 0
    }

    private let disk: Disk
    private let watchLimit: Int
    public let isShared: Bool
    private let closed = Mutex(false)

    /// - Parameters:
    ///   - watchLimit: how many events may wait for a slow watcher.
    ///   - isShared: whether several stores are on this disk.
    public init(disk: Disk = Disk(), watchLimit: Int = 10_000, isShared: Bool = false) {
        (self.disk, self.watchLimit, self.isShared) = (disk, watchLimit, isShared)
    }

    public var operationLimit: Int { StoreLimits.operations }
    public var byteLimit: Int { .max }

    /// Ends all open watches with `error`, as a backend may that lost its connection. The store goes on.
    public func endWatches(_ error: StoreError) {
        for buffer in disk.watchers.withLock({ Array($0.byID.values) }) { buffer.end(error, dropQueue: true) }
    }

    /// How many watches are open.
    public var watcherCount: Int { disk.watchers.withLock { $0.byID.count } }

    private func checkOpen() throws { if closed.withLock({ $0 }) { throw StoreError.closed } }

    public func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        try checkOpen()
        try range.validate()
        return try disk.state.withLock { state in
            let map = try state.map(at: revision)
            var items: [KeyValue] = []
            var count = 0
            map.forEach(in: range) { _, item in
                count += 1
                if limit == 0 || items.count < limit { items.append(item) }
                return true
            }
            return RangeResult(items: items, more: count > items.count, count: count, revision: state.revision)
        }
    }

    public func commit(_ transaction: Transaction) async throws -> TransactionResult {
        try checkOpen()
        try transaction.validate()
        return disk.state.withLock { state in
            let before = state.revision
            let result = state.commit(transaction)
            if result.revision > before, let batch = state.log.last {
                let watchers = disk.watchers.withLock { $0.byID }
                for id in watchers.keys.sorted() { watchers[id]?.offerPart(of: batch) }
            }
            return result
        }
    }

    public func watch(_ range: KeyRange, from revision: Revision) async throws -> BufferedWatch {
        try checkOpen()
        try range.validate()
        return try disk.state.withLock { state in
            guard revision >= state.oldest else { throw StoreError.compacted(oldest: state.oldest) }
            return disk.watchers.withLock { watchers -> BufferedWatch in
                let id = watchers.next
                watchers.next += 1
                let buffer = WatchBuffer(
                    range: range, from: revision, limit: watchLimit,
                    onEnd: { [disk] in disk.watchers.withLock { _ = $0.byID.removeValue(forKey: id) } })
                for batch in state.log { if let part = buffer.part(of: batch) { buffer.append(part) } }
                watchers.byID[id] = buffer
                return BufferedWatch(buffer)
            }
        }
    }

    public func compact(before revision: Revision) async throws {
        try checkOpen()
        try disk.state.withLock { state in
            guard revision <= state.revision else {
                throw StoreError.futureRevision(asked: revision, current: state.revision)
            }
            guard revision > state.oldest else { throw StoreError.compacted(oldest: state.oldest) }
            let kept = state.log.firstIndex { $0.revision >= revision } ?? state.log.count
            for batch in state.log[..<kept] { state.base.apply(batch) }
            state.log.removeSubrange(..<kept)
            state.oldest = revision
        }
    }

    public func currentRevision() async throws -> Revision {
        try checkOpen()
        return disk.state.withLock { $0.revision }
    }

    public func synchronize(_ range: KeyRange) async throws -> Revision {
        try checkOpen()
        return disk.state.withLock { state in
            let watchers = disk.watchers.withLock { $0.byID }
            for id in watchers.keys.sorted() where watchers[id]?.range.overlaps(range) == true { watchers[id]?.offerProgress(state.revision) }
            return state.revision
        }
    }

    public func close() async {
        let first = closed.withLock { closed in
            defer { closed = true }
            return !closed
        }
        guard first else { return }
        for buffer in disk.watchers.withLock({ Array($0.byID.values) }) { buffer.end(.closed) }
    }
}

extension MemoryStore.State {
    func map(at revision: Revision?) throws -> SortedMap<KeyValue> {
        guard let revision else { return live }
        guard revision <= self.revision else { throw StoreError.futureRevision(asked: revision, current: self.revision) }
        guard revision >= oldest else { throw StoreError.compacted(oldest: oldest) }
        if revision == self.revision { return live }
        var map = base
        for batch in log where batch.revision <= revision { map.apply(batch) }
        return map
    }

    mutating func commit(_ transaction: Transaction) -> TransactionResult {
        let succeeded = transaction.conditions.allSatisfy { $0.holds(for: live[$0.key]) }
        let next = revision + 1
        var events: [StoreEvent] = []
        let steps = (succeeded ? transaction.success : transaction.failure).map { operation -> TransactionResult.Step in
            switch operation {
            case .put(let key, let value):
                let old = live[key]
                let new = KeyValue(
                    key: key, value: value, createRevision: old?.createRevision ?? next, modRevision: next,
                    version: (old?.version ?? 0) + 1)
                live[key] = new
                events.append(StoreEvent(kind: .put, current: new, previous: old))
                return .put(previous: old)
            case .delete(let range):
                let gone = live.items(in: range)
                for item in gone {
                    live[item.key] = nil
                    let tombstone = KeyValue(key: item.key, value: [], createRevision: 0, modRevision: next, version: 0)
                    events.append(StoreEvent(kind: .delete, current: tombstone, previous: item))
                }
                return .deleted(gone)
            case .get(let range):
                return .got(live.items(in: range))
            }
        }
        if !events.isEmpty {
            revision = next
            log.append(WatchBatch(events: events, revision: next))
        }
        return TransactionResult(succeeded: succeeded, revision: revision, results: steps)
    }
}

extension SortedMap where Value == KeyValue {
    fileprivate func items(in range: KeyRange) -> [KeyValue] {
        var items: [KeyValue] = []
        forEach(in: range) { _, item in
            items.append(item)
            return true
        }
        return items
    }

    fileprivate mutating func apply(_ batch: WatchBatch) {
        for event in batch.events { self[event.current.key] = event.kind == .put ? event.current : nil }
    }
}
