import Store
import Synchronization

/// A store that only feeds a cache: given objects, then changes of them on command. Costs next to nothing itself.
final class ScriptedStore: Store {
    private struct State {
        var revision: Revision
        var watch: WatchBuffer?
    }
    private let items: [KeyValue]
    private let state: Mutex<State>

    init(_ items: [KeyValue], revision: Revision) {
        self.items = items.sorted { utf8Order($0.key, $1.key) < 0 }
        state = Mutex(State(revision: revision))
    }

    func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        let first = items.firstIndex { utf8Order($0.key, range.start) >= 0 } ?? items.count
        let page = Array(items[first...].prefix(limit))
        return RangeResult(
            items: page, more: first + page.count < items.count, count: items.count - first, revision: state.withLock { $0.revision })
    }

    func watch(_ range: KeyRange, from revision: Revision) async throws -> BufferedWatch {
        let buffer = WatchBuffer(range: range, from: revision, limit: .max)
        state.withLock { $0.watch = buffer }
        return BufferedWatch(buffer)
    }

    /// Changes `count` objects, each at a revision of its own. Returns the last one.
    func change(_ count: Int) -> Revision {
        state.withLock { state in
            for number in 0..<count {
                state.revision += 1
                let old = items[number % items.count]
                let new = KeyValue(key: old.key, value: old.value, createRevision: 1, modRevision: state.revision, version: 2)
                state.watch?.offer(WatchBatch(events: [StoreEvent(kind: .put, current: new, previous: old)], revision: state.revision))
            }
            return state.revision
        }
    }

    func commit(_ transaction: Transaction) async throws -> TransactionResult { throw StoreError.invalid("a scripted store takes no writes") }
    func compact(before revision: Revision) async throws {}
    func currentRevision() async throws -> Revision { state.withLock { $0.revision } }
    func synchronize(_ range: KeyRange) async throws -> Revision { state.withLock { $0.revision } }
    var isShared: Bool { false }
    var operationLimit: Int { StoreLimits.operations }
    var byteLimit: Int { .max }
    func close() async { state.withLock { $0.watch }?.end(.closed) }
}
