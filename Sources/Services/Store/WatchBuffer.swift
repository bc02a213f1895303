import Synchronization

/// The bounded queue between a backend and one watcher: the backend offers batches and never waits, the watcher takes them.
///
/// Overflow ends the watch with `.watcherTooSlow`: what was queued is dropped, and the watcher must list again.
/// A watcher that starts in the past is `behind` at first: then it asks the backend for the next slice of history whenever its
/// queue is empty, so that history is read at the watcher's own pace.
public final class WatchBuffer: Sendable {
    /// Brings the next slice of history: calls `append` and, when it has reached the present, `catchUp`.
    public typealias Refill = @Sendable (WatchBuffer) async throws -> Void

    fileprivate struct State {
        var queue: [WatchBatch] = []
        var head = 0
        var queuedEvents = 0
        var behind: Bool
        /// Of the last batch that was queued or handed over.
        var reached: Revision = 0
        var roomWaiter: CheckedContinuation<Void, Never>?
        var waiter: CheckedContinuation<WatchBatch?, any Error>?
        var ended = false
        var ending: StoreError?
        var onEnd: (@Sendable () -> Void)?
    }

    public let range: KeyRange
    /// Batches of lower revisions are not for this watcher: a watch may begin at a revision that is still to come.
    public let from: Revision
    /// How many events may wait. One batch larger than that is let into an empty queue, since a revision is never torn.
    public let limit: Int
    private let state: Mutex<State>
    private let refill: Refill?

    /// `refill` is given when the watch starts in the past. `onEnd` is called once, when the watcher has gone or the watch has
    /// ended.
    public init(range: KeyRange, from: Revision, limit: Int, refill: Refill? = nil, onEnd: @escaping @Sendable () -> Void = {}) {
        (self.range, self.from, self.limit, self.refill) = (range, from, limit, refill)
        state = Mutex(State(behind: refill != nil, onEnd: onEnd))
    }

    /// A live batch. Returns false if the watch has ended, now or earlier.
    @discardableResult
    public func offer(_ batch: WatchBatch) -> Bool {
        let overflow = state.withLock { state -> Bool? in
            if state.ended { return nil }
            if let waiter = state.waiter {
                state.waiter = nil
                state.reached = batch.revision
                waiter.resume(returning: batch)
                return false
            }
            if state.queuedEvents > 0, state.queuedEvents + batch.events.count > limit { return true }
            state.append(batch)
            return false
        }
        guard let overflow else { return false }
        if overflow { end(.watcherTooSlow, dropQueue: true) }
        return !overflow
    }

    /// Nothing of this watcher's range changed up to `revision`, but for what was offered before. Ignored while the watch is behind, or
    /// when a batch has said as much. At most one such batch waits behind another, so they need no bound.
    public func offerProgress(_ revision: Revision) {
        state.withLock { state in
            guard !state.ended, !state.behind, revision >= from, revision > state.reached else { return }
            let batch = WatchBatch(events: [], revision: revision)
            state.reached = revision
            if let waiter = state.waiter {
                state.waiter = nil
                waiter.resume(returning: batch)
            } else if state.head < state.queue.count, let last = state.queue.last, last.events.isEmpty {
                state.queue[state.queue.count - 1] = batch
            } else {
                state.queue.append(batch)
            }
        }
    }

    /// Returns when the watcher has taken all that was queued, or the watch has ended: for who brings history as fast as it is read.
    public func untilTaken() async {
        await withCheckedContinuation { continuation in
            state.withLock { state in
                if state.ended || state.head == state.queue.count || state.roomWaiter != nil { continuation.resume() } else { state.roomWaiter = continuation }
            }
        }
    }

    /// A batch of history, in answer to a refill: not bounded, as it was asked for.
    public func append(_ batch: WatchBatch) {
        state.withLock { state in
            guard !state.ended else { return }
            if let waiter = state.waiter {
                state.waiter = nil
                state.reached = batch.revision
                waiter.resume(returning: batch)
            } else {
                state.append(batch)
            }
        }
    }

    /// Offers those events of `batch` that are for this watcher, if there are any. Returns false if the watch has ended.
    @discardableResult
    public func offerPart(of batch: WatchBatch) -> Bool {
        guard let part = part(of: batch) else { return true }
        return offer(part)
    }

    /// What of `batch` is for this watcher.
    public func part(of batch: WatchBatch) -> WatchBatch? {
        guard batch.revision >= from else { return nil }
        if let only = batch.events.first, batch.events.count == 1 { return range.contains(only.current.key) ? batch : nil }
        let events = batch.events.filter { range.contains($0.current.key) }
        return events.isEmpty ? nil : WatchBatch(events: events, revision: batch.revision)
    }

    /// History has reached the present: from now on batches are offered. To be called where no commit can come between.
    public func caughtUp() { state.withLock { $0.behind = false } }

    /// Ends the watch with `error` (`nil`: the watcher itself went away), after what is queued unless `dropQueue`.
    public func end(_ error: StoreError?, dropQueue: Bool = false) {
        let onEnd: (@Sendable () -> Void)? = state.withLock { state in
            guard !state.ended else { return nil }
            (state.ended, state.ending) = (true, error)
            state.roomWaiter.take()?.resume()
            if dropQueue || error == nil { (state.queue, state.head, state.queuedEvents) = ([], 0, 0) }
            if let waiter = state.waiter {
                state.waiter = nil
                if let error { waiter.resume(throwing: error) } else { waiter.resume(returning: nil) }
            }
            defer { state.onEnd = nil }
            return state.onEnd
        }
        onEnd?()
    }

    fileprivate enum Next { case batch(WatchBatch), refill(Refill), ended(StoreError?), wait }

    /// The next batch, `nil` when the watcher's task is cancelled.
    fileprivate func next() async throws -> WatchBatch? {
        while true {
            if Task.isCancelled { end(nil) }
            switch state.withLock({ $0.take(refill) }) {
            case .batch(let batch): return batch
            case .ended(let error):
                if let error { throw error }
                return nil
            case .refill(let refill):
                do { try await refill(self) } catch { end(error as? StoreError ?? .unavailable("\(error)")) }
            case .wait:
                if let batch = try await wait() { return batch }
            }
        }
    }

    private func wait() async throws -> WatchBatch? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                state.withLock { state in
                    // Something may have come since `take`: an empty answer sends the caller round again.
                    if state.ended || state.head < state.queue.count {
                        continuation.resume(returning: nil)
                    } else if state.waiter != nil {
                        continuation.resume(throwing: StoreError.invalid("a watch is read by two tasks at once"))
                    } else {
                        state.waiter = continuation
                    }
                }
            }
        } onCancel: {
            end(nil)
        }
    }
}

extension WatchBuffer.State {
    fileprivate mutating func append(_ batch: WatchBatch) {
        queue.append(batch)
        queuedEvents += batch.events.count
        reached = batch.revision
    }

    fileprivate mutating func take(_ refill: WatchBuffer.Refill?) -> WatchBuffer.Next {
        if head < queue.count {
            let batch = queue[head]
            head += 1
            queuedEvents -= batch.events.count
            if head == queue.count {
                roomWaiter.take()?.resume()
                queue.removeAll(keepingCapacity: queue.count < 1_024)
                head = 0
            } else if head >= 256, head * 2 > queue.count {
                queue.removeFirst(head)
                head = 0
            }
            return .batch(batch)
        }
        if ended { return .ended(ending) }
        if behind, let refill { return .refill(refill) }
        return .wait
    }
}

/// The watcher's end of a `WatchBuffer`. One reader at a time. When the last copy goes, so does the watch.
public struct BufferedWatch: StoreWatch {
    public typealias Element = WatchBatch
    public typealias Failure = any Error

    fileprivate final class Owner: Sendable {
        let buffer: WatchBuffer
        init(_ buffer: WatchBuffer) { self.buffer = buffer }
        deinit { buffer.end(nil) }
    }
    private let owner: Owner

    public init(_ buffer: WatchBuffer) { owner = Owner(buffer) }

    public struct AsyncIterator: AsyncIteratorProtocol {
        fileprivate let owner: Owner
        public mutating func next() async throws -> WatchBatch? { try await owner.buffer.next() }
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(any Error) -> WatchBatch? {
            try await owner.buffer.next()
        }
    }

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(owner: owner) }
}
