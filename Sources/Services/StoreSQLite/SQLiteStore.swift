import Dispatch
import Logging
import Store
import Synchronization

/// The store in one SQLite file, for one machine. What `commit` has answered survives `kill -9` and the loss of power.
///
/// All work is done on one serial queue, so that nothing blocks the cooperative pool and nothing needs a lock. Commits that
/// arrive while others are being written are done together, with one sync of the disk; each caller is resumed after it. See
/// docs/store.md.
public final class SQLiteStore: Store {
    private let worker: Worker
    private let inbox = Mutex(Inbox())
    private let options: SQLiteStoreOptions
    private let logger: Logger
    private let nextWatcher = Atomic<Int>(0)

    private struct Inbox {
        struct Request {
            let transaction: Transaction
            let answer: CheckedContinuation<TransactionResult, any Error>
            let bytes: Int
        }
        var requests: [Request] = []
        var isDraining = false
        var isClosed = false
    }

    /// Opens, or creates, `state.db` in `directory`.
    ///
    /// Throws `.locked` if another process holds it, `.damaged` if it is not a store of ours that can be trusted (then it is left
    /// as it is), `.unavailable` if the file system refuses.
    public static func open(
        directory: String, options: SQLiteStoreOptions = SQLiteStoreOptions(), logger: Logger
    ) async throws -> SQLiteStore {
        let worker = Worker()
        try await worker.open(directory: directory, options: options)
        return SQLiteStore(worker: worker, options: options, logger: logger)
    }

    private init(worker: Worker, options: SQLiteStoreOptions, logger: Logger) {
        (self.worker, self.options, self.logger) = (worker, options, logger)
    }

    // MARK: Reading

    public func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult {
        try range.validate()
        return try await perform { engine throws(StoreError) in try engine.read(range, at: revision, limit: limit) }
    }

    public func currentRevision() async throws -> Revision {
        try await perform { engine throws(StoreError) in engine.index.revision }
    }

    public func compact(before revision: Revision) async throws {
        try await perform { engine throws(StoreError) in try engine.compact(before: revision) }
    }

    /// The watches of one process are told before a commit is answered; what is asked for here is that they say so.
    public func synchronize(_ range: KeyRange) async throws -> Revision {
        try range.validate()
        return try await perform { engine throws(StoreError) in engine.tellProgress(range) }
    }

    public var isShared: Bool { false }
    public var operationLimit: Int { StoreLimits.operations }
    public var byteLimit: Int { .max }

    private func perform<T: Sendable>(_ body: @escaping @Sendable (Engine) throws(StoreError) -> T) async throws -> T {
        guard !inbox.withLock({ $0.isClosed }) else { throw StoreError.closed }
        return try await worker.perform(body)
    }

    // MARK: Watching

    public func watch(_ range: KeyRange, from revision: Revision) async throws -> BufferedWatch {
        try range.validate()
        let id = nextWatcher.add(1, ordering: .relaxed).newValue
        let worker = worker
        let buffer = WatchBuffer(
            range: range, from: revision, limit: options.watchLimit,
            refill: { _ in try await worker.perform { engine throws(StoreError) in try engine.refill(id) } },
            onEnd: { worker.async { $0?.watchers[id] = nil } })
        // Made first, so that a watch whose task is cancelled here is freed too.
        let watch = BufferedWatch(buffer)
        try await perform { engine throws(StoreError) in
            try engine.checkWatch(from: revision)
            engine.addWatcher(buffer, id: id)
        }
        return watch
    }

    /// How many watches are open.
    public func watcherCount() async throws -> Int { try await perform { engine throws(StoreError) in engine.watchers.count } }

    // MARK: Writing

    public func commit(_ transaction: Transaction) async throws -> TransactionResult {
        try transaction.validate()
        return try await withCheckedThrowingContinuation { continuation in
            let refusal: StoreError? = inbox.withLock { inbox in
                if inbox.isClosed { return .closed }
                guard inbox.requests.count < options.queueLimit else {
                    return .unavailable("\(options.queueLimit) writes are waiting for the store's disk: try again")
                }
                inbox.requests.append(.init(transaction: transaction, answer: continuation, bytes: transaction.size))
                guard !inbox.isDraining else { return nil }
                inbox.isDraining = true
                worker.async { self.drain($0) }
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) }
        }
    }

    /// One batch, on the worker's queue; then again if more came meanwhile, behind the reads that wait.
    private func drain(_ engine: Engine?) {
        let batch = inbox.withLock { inbox in
            var bytes = 0
            let count = inbox.requests.prefix(options.batchLimit).prefix { request in
                defer { bytes += request.bytes }
                return bytes == 0 || bytes + request.bytes <= options.batchBytes
            }.count
            let batch = Array(inbox.requests[..<count])
            inbox.requests.removeFirst(count)
            return batch
        }
        write(batch, engine)
        inbox.withLock { inbox in
            inbox.isDraining = !inbox.requests.isEmpty
            if inbox.isDraining { worker.async { self.drain($0) } }
        }
    }

    private func write(_ batch: [Inbox.Request], _ engine: Engine?) {
        guard let engine else {
            for request in batch { request.answer.resume(throwing: StoreError.closed) }
            return
        }
        do {
            let results = try engine.commit(batch.map(\.transaction))
            for (request, result) in zip(batch, results) { request.answer.resume(returning: result) }
        } catch {
            if batch.count > 1 {
                // One may be at fault (too large for what is left of the disk): each gets its own answer.
                for request in batch { write([request], engine) }
                return
            }
            logger.error("a commit failed: \(error)")
            for request in batch { request.answer.resume(throwing: error) }
        }
    }

    public func close() async {
        inbox.withLock { $0.isClosed = true }
        // What is in the inbox is drained by jobs that were queued before; should one batch be left over, its turn comes first.
        while inbox.withLock({ $0.isDraining }) { await worker.settle() }
        await worker.close()
    }
}

/// The serial queue, and the engine that nothing else touches.
///
/// @unchecked Sendable: `engine` is read and written by blocks on the serial `queue` only, one at a time; all functions below go
/// there.
private final class Worker: @unchecked Sendable {
    private let queue = DispatchQueue(label: "kmd.store", qos: .userInitiated)
    private var engine: Engine?

    func open(directory: String, options: SQLiteStoreOptions) async throws {
        try await onQueue { worker throws(StoreError) in
            worker.engine = try Engine(directory: directory, options: options)
        }
    }

    func perform<T: Sendable>(_ body: @escaping @Sendable (Engine) throws(StoreError) -> T) async throws -> T {
        try await onQueue { worker throws(StoreError) in
            guard let engine = worker.engine else { throw .closed }
            return try body(engine)
        }
    }

    /// `nil` once the store is closed.
    func async(_ body: @escaping @Sendable (Engine?) -> Void) { queue.async { body(self.engine) } }

    /// Returns when what was queued before has been done.
    func settle() async { try? await onQueue { _ throws(StoreError) in } }

    func close() async {
        try? await onQueue { worker throws(StoreError) in
            worker.engine?.close()
            worker.engine = nil
        }
    }

    private func onQueue<T: Sendable>(_ body: @escaping @Sendable (Worker) throws(StoreError) -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                continuation.resume(with: Result { () throws(StoreError) -> T in try body(self) }.mapError { $0 as any Error })
            }
        }
    }
}

extension Transaction {
    fileprivate var size: Int {
        func size(_ operations: [Operation]) -> Int {
            operations.reduce(0) { if case .put(let key, let value) = $1 { $0 + key.utf8.count + value.count } else { $0 } }
        }
        return max(size(success), size(failure))
    }
}
