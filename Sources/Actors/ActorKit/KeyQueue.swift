import Synchronization

/// "Something changed for key K": a queue of keys that coalesces, so it never overflows beyond the number of live keys.
///
/// A key that is added while it waits waits once. A key that is added while it is being worked on comes again after `done`,
/// never at the same time to a second worker.
public final class KeyQueue<Key: Hashable & Sendable>: Sendable {
    private struct Contents {
        var order: [Key] = []
        var waiting: Set<Key> = []
        var working: Set<Key> = []
        var closed = false
        var workers: [(id: UInt64, continuation: CheckedContinuation<Void, Never>)] = []
        var nextWorker: UInt64 = 0
    }
    private let contents = Mutex(Contents())

    public init() {}

    /// Marks `key` as changed.
    public func add(_ key: Key) {
        let worker = contents.withLock { contents -> CheckedContinuation<Void, Never>? in
            guard !contents.closed, contents.waiting.insert(key).inserted, !contents.working.contains(key) else { return nil }
            contents.order.append(key)
            return contents.workers.isEmpty ? nil : contents.workers.removeFirst().continuation
        }
        worker?.resume()
    }

    /// The next changed key, for this worker alone until it calls `done`. `nil` when closed or cancelled.
    public func next() async -> Key? {
        while !Task.isCancelled {
            let (key, closed) = contents.withLock { contents -> (Key?, Bool) in
                guard !contents.order.isEmpty else { return (nil, contents.closed) }
                let key = contents.order.removeFirst()
                contents.waiting.remove(key)
                contents.working.insert(key)
                return (key, false)
            }
            if let key { return key }
            if closed { return nil }
            await waitForKey()
        }
        return nil
    }

    /// The worker is through with `key`; if it changed meanwhile, it is queued again.
    public func done(_ key: Key) {
        let worker = contents.withLock { contents -> CheckedContinuation<Void, Never>? in
            guard contents.working.remove(key) != nil, contents.waiting.contains(key), !contents.closed else { return nil }
            contents.order.append(key)
            return contents.workers.isEmpty ? nil : contents.workers.removeFirst().continuation
        }
        worker?.resume()
    }

    /// How many keys wait for a worker.
    public var count: Int { contents.withLock { $0.order.count } }

    /// Wakes all workers with `nil` once the waiting keys are taken.
    public func close() {
        let workers = contents.withLock { contents in
            contents.closed = true
            defer { contents.workers = [] }
            return contents.workers
        }
        for worker in workers { worker.continuation.resume() }
    }

    private func waitForKey() async {
        let id = contents.withLock { contents in
            contents.nextWorker += 1
            return contents.nextWorker
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let now = contents.withLock { contents -> Bool in
                    if !contents.order.isEmpty || contents.closed || Task.isCancelled { return true }
                    contents.workers.append((id, continuation))
                    return false
                }
                if now { continuation.resume() }
            }
        } onCancel: {
            let worker = contents.withLock { contents in
                contents.workers.firstIndex { $0.id == id }.map { contents.workers.remove(at: $0) }
            }
            worker?.continuation.resume()
        }
    }
}
