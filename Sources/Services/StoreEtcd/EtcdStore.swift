import EtcdProto
import Logging
public import Store
import Synchronization

/// The store in an etcd cluster, for any number of API servers. etcd 3.4 or newer, over its v3 API.
///
/// A commit is one transaction of etcd, and is answered when this process' own watches have been offered what it changed (unless their
/// stream is broken just now). All watches share one stream; see docs/store.md.
public final class EtcdStore: Store {
    private let options: EtcdStoreOptions
    private let keys: KeySpace
    private let connections: EtcdConnections
    private let hub: WatchHub
    private let rounds: RevisionRounds
    private let gate = Gate()
    /// What calls, and what carries the calls: the first ends before the second.
    private let worker: Task<Void, Never>
    private let carrier: Task<Void, Never>

    /// Connects, and asks for the present revision, so that a wrong address, certificate or password is told at once.
    ///
    /// Throws `.unavailable` if no member answers, `.denied` if etcd does not let us in.
    public static func open(_ options: EtcdStoreOptions, logger: Logger) async throws -> EtcdStore {
        let first = Int.random(in: 0..<1_000)
        let store = EtcdStore(options, try EtcdConnections(options, first: first, logger: logger), logger)
        do { _ = try await store.currentRevision() } catch {
            await store.close()
            throw error
        }
        return store
    }

    private init(_ options: EtcdStoreOptions, _ connections: EtcdConnections, _ logger: Logger) {
        (self.options, keys, self.connections) = (options, options.keys, connections)
        let keys = options.keys
        let rounds = RevisionRounds { try await EtcdStore.present(connections, keys) }
        self.rounds = rounds
        let commit: @Sendable (Transaction) async throws -> TransactionResult = { transaction in
            let own = KeySpace(prefix: keys.prefix)
            let response: Etcdserverpb_TxnResponse = try await connections.call(
                Etcdserverpb_KV.Method.Txn.descriptor, try own.transaction(transaction), .write)
            return try own.result(response, of: transaction).result
        }
        let tick = Transaction(then: [.put(key: EtcdStore.tickKey, value: [])])
        let hub = WatchHub(connections, options, logger: logger, present: { try await rounds.revision() }, tick: { _ = try await commit(tick) })
        self.hub = hub
        let compactor = options.compaction.map { interval in
            Compactor(interval: interval, logger: logger, commit: commit) { revision in
                try await EtcdStore.compact(before: revision, connections)
                hub.forgotten(before: revision)
            }
        }
        carrier = Task { await connections.run() }
        worker = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await rounds.run() }
                group.addTask { await hub.run() }
                if let compactor { group.addTask { await compactor.run() } }
            }
        }
    }

    deinit {
        worker.cancel()
        connections.shutdown()
    }

    public var isShared: Bool { true }
    public var operationLimit: Int { options.operationLimit }
    public var byteLimit: Int { StoreLimits.valueBytes }

    /// How many watches are open.
    public var watchCount: Int { hub.watchCount }

    // MARK: Reading

    /// Items of one answer of etcd.
    private static let page = 2_000

    public func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        try range.validate()
        return try await gate.enter {
            if revision == 0 {
                return RangeResult(items: [], more: false, count: 0, revision: try await rounds.revision())
            }
            var found = try await page(of: range, at: revision, limit: limit)
            let at = revision ?? found.revision
            var items = found.items
            while found.more, limit == 0 || items.count < limit, let last = items.last, let end = range.end {
                let left = limit == 0 ? 0 : limit - items.count
                let next = try await page(of: KeyRange(start: last.key + "\0", end: end), at: at, limit: left)
                items += next.items
                found = RangeResult(items: [], more: next.more, count: found.count, revision: found.revision)
            }
            return RangeResult(items: items, more: found.more, count: found.count, revision: found.revision)
        }
    }

    private func page(of range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        var request = try keys.range(range)
        request.limit = Int64(limit == 0 ? EtcdStore.page : min(limit, EtcdStore.page))
        let response: Etcdserverpb_RangeResponse
        do {
            if let revision { response = try await past(request, revision) } else { response = try await connections.call(
                Etcdserverpb_KV.Method.Range.descriptor, request, .read) }
        } catch let fault as HistoryFault {
            throw try await explain(fault, asked: revision ?? 0)
        }
        return RangeResult(
            items: response.kvs.map(keys.item), more: response.more, count: Int(response.count), revision: response.header.revision)
    }

    /// A read in the past, refused where the revision before it is forgotten: what was compacted away is what lies before `oldest`, and
    /// etcd would still answer for the last forgotten revision itself.
    private func past(_ request: Etcdserverpb_RangeRequest, _ revision: Revision) async throws -> Etcdserverpb_RangeResponse {
        let oldest = hub.oldest
        guard revision >= oldest else { throw StoreError.compacted(oldest: oldest) }
        var transaction = Etcdserverpb_TxnRequest()
        transaction.success = [Etcdserverpb_RequestOp(), Etcdserverpb_RequestOp()]
        transaction.success[0].requestRange = request
        transaction.success[0].requestRange.revision = revision
        transaction.success[1].requestRange = EtcdStore.probe(keys)
        transaction.success[1].requestRange.revision = max(1, revision - 1)
        let answer: Etcdserverpb_TxnResponse = try await connections.call(Etcdserverpb_KV.Method.Txn.descriptor, transaction, .read)
        guard var response = answer.responses.first?.responseRange else { throw StoreError.damaged("etcd answered nothing to a read") }
        response.header = answer.header
        return response
    }

    private func explain(_ fault: HistoryFault, asked: Revision) async throws -> StoreError {
        guard fault.isCompacted else { return .futureRevision(asked: asked, current: try await rounds.revision()) }
        return .compacted(oldest: try await oldestKept())
    }

    /// Where history begins: only a watch that asks for what is forgotten is told.
    private func oldestKept() async throws -> Revision {
        let (token, _) = try await connections.token()
        let stream = WatchStream(member: connections.members[connections.preferred], token: token, keys: keys)
        do { try await stream.follow(from: 1, created: {}) { _ in false } } catch StoreError.compacted(let oldest) {
            hub.forgotten(before: oldest)
            return oldest
        }
        return hub.oldest
    }

    public func currentRevision() async throws -> Revision { try await gate.enter { try await rounds.revision() } }

    /// What the keys begin with, behind the key space's root, that the store keeps for itself.
    public static let ownPrefix = "kmd.store/"
    /// Changed when nothing else of ours has been, to show that nothing has.
    private static let tickKey = ownPrefix + "tick"

    private static func probe(_ keys: KeySpace) -> Etcdserverpb_RangeRequest {
        var request = Etcdserverpb_RangeRequest()
        request.key = .init((keys.prefix + tickKey).utf8)
        request.keysOnly = true
        return request
    }

    private static func present(_ connections: EtcdConnections, _ keys: KeySpace) async throws -> Revision {
        let answer: Etcdserverpb_RangeResponse = try await connections.call(Etcdserverpb_KV.Method.Range.descriptor, probe(keys), .read)
        return answer.header.revision
    }

    // MARK: Writing

    public func commit(_ transaction: Transaction) async throws -> TransactionResult {
        try transaction.validate()
        let most = max(transaction.conditions.count, transaction.success.count, transaction.failure.count)
        guard most <= options.operationLimit else {
            throw StoreError.invalid("a transaction has \(most) operations or conditions; etcd takes \(options.operationLimit) (--max-txn-ops)")
        }
        return try await gate.enter {
            let kind: EtcdConnections.Kind = transaction.isReading ? .read : .write
            let response: Etcdserverpb_TxnResponse = try await connections.call(
                Etcdserverpb_KV.Method.Txn.descriptor, try keys.transaction(transaction), kind)
            let (result, changed) = try keys.result(response, of: transaction)
            if changed { gate.note(result.revision) }
            if changed { _ = await hub.reach(result.revision, patience: .milliseconds(250), mayTick: false) }
            return result
        }
    }

    public func compact(before revision: Revision) async throws {
        try await gate.enter {
            let now = try await rounds.revision()
            guard revision <= now else { throw StoreError.futureRevision(asked: revision, current: now) }
            // A new etcd is at revision 1, which holds nothing.
            guard revision > 1 else { throw StoreError.compacted(oldest: hub.oldest) }
            do { try await EtcdStore.compact(before: revision, connections) } catch let fault as HistoryFault {
                throw try await explain(fault, asked: revision)
            }
            hub.forgotten(before: revision)
        }
    }

    /// etcd forgets the deletions of the revision that it compacts at, so it is told the revision before.
    private static func compact(before revision: Revision, _ connections: EtcdConnections) async throws {
        var request = Etcdserverpb_CompactionRequest()
        request.revision = max(1, revision - 1)
        let _: Etcdserverpb_CompactionResponse = try await connections.call(Etcdserverpb_KV.Method.Compact.descriptor, request, .read)
    }

    // MARK: Watching

    public func watch(_ range: KeyRange, from revision: Revision) async throws -> BufferedWatch {
        try range.validate()
        return try await gate.enter {
            // What is forgotten is refused at once, not by a watch that ends.
            if revision <= (try await rounds.revision()), revision > 1 { try await checkKept(revision) }
            return try await hub.watch(range, from: revision)
        }
    }

    private func checkKept(_ revision: Revision) async throws {
        var request = EtcdStore.probe(keys)
        request.revision = revision - 1
        do {
            let _: Etcdserverpb_RangeResponse = try await connections.call(Etcdserverpb_KV.Method.Range.descriptor, request, .read)
        } catch let fault as HistoryFault { throw try await explain(fault, asked: revision) }
    }

    public func synchronize(_ range: KeyRange) async throws -> Revision {
        try range.validate()
        return try await gate.enter {
            let revision = try await rounds.revision()
            guard await hub.reach(revision, patience: options.patience / 2, mayTick: true) else {
                throw StoreError.unavailable("the watch on etcd does not reach revision \(revision)")
            }
            hub.tellProgress(range)
            return revision
        }
    }

    // MARK: The end

    public func close() async {
        guard let last = await gate.close() else { return }
        // Watches end after what they had coming.
        _ = await hub.reach(last, patience: .seconds(1), mayTick: false)
        worker.cancel()
        await worker.value
        await hub.close()
        // Nothing is under way any more; what does not end in order is cut off.
        connections.shutdown()
        let carrier = carrier
        let cut = Task {
            try await Task.sleep(for: .seconds(2))
            carrier.cancel()
        }
        await carrier.value
        cut.cancel()
    }
}

extension Transaction {
    fileprivate var isReading: Bool {
        (success + failure).allSatisfy { if case .get = $0 { true } else { false } }
    }
}

/// Lets calls in until the store is closed, and lets those under way finish then.
private final class Gate: Sendable {
    private struct State {
        var isClosed = false
        var inside = 0
        var lastChange: Revision = 0
        var waiter: CheckedContinuation<Void, Never>?
    }
    private let state = Mutex(State())

    func enter<T: Sendable>(_ body: () async throws -> T) async throws -> T {
        try state.withLock { state in
            guard !state.isClosed else { throw StoreError.closed }
            state.inside += 1
        }
        defer {
            state.withLock { state in
                state.inside -= 1
                if state.inside == 0 { state.waiter.take()?.resume() }
            }
        }
        return try await body()
    }

    /// The last change that was answered.
    func note(_ revision: Revision) { state.withLock { $0.lastChange = max($0.lastChange, revision) } }

    /// Returns the last change when nobody is inside any more; `nil` when the store was closed before.
    func close() async -> Revision? {
        let first = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard first else { return nil }
        await withCheckedContinuation { continuation in
            state.withLock { state in if state.inside == 0 { continuation.resume() } else { state.waiter = continuation } }
        }
        return state.withLock { $0.lastChange }
    }
}
