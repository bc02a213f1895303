public import NIOCore
import Synchronization

/// Why a streamed answer could not be written.
public enum HTTPStreamError: Error, Sendable, Hashable {
    /// The client has gone, or the server shuts down.
    case closed
    /// `finish` was called before.
    case finished
}

/// An answer's body that is written bit by bit. Bounded: at most `limit` bytes (and one write) wait for a slow client.
public final class HTTPBodyStream: Sendable {
    private let exchange: HTTPExchange
    private let limit: Int
    private let state = Mutex(State())

    fileprivate struct State {
        /// Written by the owner, not yet handed to the channel.
        var queue: [ByteBuffer] = []
        /// Bytes in `queue` and in the channel, not yet taken by the kernel.
        var waiting = 0
        var drainScheduled = false
        var ended: HTTPStreamError?
        var aborted = false
        var nextWaiter = 0
        var waiters: [(id: Int, resume: @Sendable (Result<Void, any Error>) -> Void)] = []
    }

    init(exchange: HTTPExchange, limit: Int) { (self.exchange, self.limit) = (exchange, limit) }

    /// Whether nothing more can be written.
    public var isClosed: Bool { state.withLock { $0.ended != nil } }

    /// Writes without waiting. `false`, and nothing is written, when the client does not keep up or the stream has ended.
    public func offer(_ bytes: ByteBuffer) -> Bool {
        let (accepted, drain) = state.withLock { state -> (Bool, Bool) in
            guard state.ended == nil, state.waiting < limit else { return (false, false) }
            return (true, state.enqueue(bytes))
        }
        if drain { scheduleDrain() }
        return accepted
    }

    /// Writes, and returns when there is room for more. Throws `HTTPStreamError`, or `CancellationError`.
    public func write(_ bytes: ByteBuffer) async throws {
        let (ended, drain) = state.withLock { state -> (HTTPStreamError?, Bool) in
            if let ended = state.ended { return (ended, false) }
            return (nil, state.enqueue(bytes))
        }
        if let ended { throw ended }
        if drain { scheduleDrain() }
        try await room()
    }

    /// Ends the body well. What was written before is still sent.
    public func finish() {
        let first = state.withLock { state in
            defer { state.ended = state.ended ?? .finished }
            return state.ended == nil
        }
        if first { scheduleDrain() }
    }

    /// Ends the body so that the client sees that it is not whole: the connection is closed without the last chunk.
    public func abort() {
        let first = state.withLock { state in
            defer { (state.ended, state.aborted) = (state.ended ?? .finished, true) }
            return state.ended == nil
        }
        if first { scheduleDrain() }
    }

    /// Calls `hook` once, when the client goes away or the server shuts down; at once if that has happened.
    public func onClose(_ hook: @escaping @Sendable () -> Void) { exchange.onClose(hook) }

    // MARK: Back-pressure

    private func room() async throws {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                whenRoom(id: id) { continuation.resume(with: $0) }
                if Task.isCancelled { cancelWaiter(id) }
            }
        } onCancel: {
            cancelWaiter(id)
        }
    }

    private func cancelWaiter(_ id: Int) {
        let waiter = state.withLock { state in
            state.waiters.firstIndex { $0.id == id }.map { state.waiters.remove(at: $0) }
        }
        waiter?.resume(.failure(CancellationError()))
    }

    /// Whether `offer` would take bytes now.
    public var hasRoom: Bool { state.withLock { $0.ended == nil && $0.waiting < limit } }

    /// Calls `resume` when fewer than `limit` bytes wait, at once if it is so; with a failure when the client has gone. It is
    /// called on the event loop or on the caller's thread, and must not block.
    public func whenRoom(_ resume: @escaping @Sendable (Result<Void, any Error>) -> Void) { whenRoom(id: 0, resume) }

    private func whenRoom(id: Int, _ resume: @escaping @Sendable (Result<Void, any Error>) -> Void) {
        let now = state.withLock { state -> Result<Void, any Error>? in
            if state.ended == .closed { return .failure(HTTPStreamError.closed) }
            if state.waiting < limit { return .success(()) }
            state.waiters.append((id, resume))
            return nil
        }
        if let now { resume(now) }
    }

    // MARK: On the event loop

    private func scheduleDrain() { exchange.onLoop { $0.drain(self, for: self.exchange) } }

    /// What is to be written now, and whether the body ends after it.
    func take() -> (buffers: [ByteBuffer], end: End?) {
        state.withLock { state in
            defer { state.queue = [] }
            state.drainScheduled = false
            let end: End? = state.ended == nil ? nil : (state.aborted ? .aborted : .finished)
            return (state.queue, end)
        }
    }
    enum End { case finished, aborted }

    /// The kernel has taken `count` bytes.
    func written(_ count: Int) {
        let ready = state.withLock { state -> [(id: Int, resume: @Sendable (Result<Void, any Error>) -> Void)] in
            state.waiting -= count
            guard state.waiting < limit else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in ready { waiter.resume(.success(())) }
    }

    func connectionClosed() {
        let waiters = state.withLock { state in
            state.ended = .closed
            state.queue = []
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume(.failure(HTTPStreamError.closed)) }
    }
}

extension HTTPBodyStream.State {
    /// Whether the caller must schedule a drain: one drain takes all that was queued before it runs.
    fileprivate mutating func enqueue(_ bytes: ByteBuffer) -> Bool {
        guard bytes.readableBytes > 0 else { return false }
        queue.append(bytes)
        waiting += bytes.readableBytes
        defer { drainScheduled = true }
        return !drainScheduled
    }
}
