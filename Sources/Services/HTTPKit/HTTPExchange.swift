public import NIOCore
public import NIOHTTP1
import Synchronization

/// One request's way to its answer. Answer once, with `respond`, `stream` or `takeOver`; later answers are ignored.
///
/// All methods may be called from any thread; on the connection's event loop they act at once.
public final class HTTPExchange: Sendable {
    /// The connection's event loop, where `HTTPService.handle` is called.
    public let eventLoop: any EventLoop
    private let connection: NIOLoopBound<HTTPConnection>
    private let state = Mutex(State())

    private struct State {
        var answered = false
        var isClosed = false
        var hooks: [@Sendable () -> Void] = []
        var task: Task<Void, Never>?
    }

    init(eventLoop: any EventLoop, connection: HTTPConnection) {
        self.eventLoop = eventLoop
        self.connection = NIOLoopBound(connection, eventLoop: eventLoop)
    }

    // MARK: Answers

    /// Sends a whole answer. `Content-Length` is added; `Connection` and `Date` are the server's business.
    public func respond(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], body: ByteBuffer = ByteBuffer()) {
        respond(HTTPResponse(status, headers: headers, body: body))
    }

    public func respond(_ status: HTTPResponseStatus, contentType: String, text: String) {
        respond(HTTPResponse(status, contentType: contentType, text: text))
    }

    public func respond(_ status: HTTPResponseStatus, contentType: String, bytes: [UInt8]) {
        respond(HTTPResponse(status, contentType: contentType, bytes: bytes))
    }

    public func respond(_ response: HTTPResponse) {
        guard claim() else { return }
        onLoop { $0.send(response, for: self) }
    }

    /// Starts an answer of unknown length. It is sent chunked, unless `headers` hold a `Content-Length`.
    ///
    /// - Parameter limit: how many bytes may wait for the client at most; beyond it `write` waits and `offer` refuses.
    public func stream(_ status: HTTPResponseStatus, headers: HTTPHeaders = [:], limit: Int = 1 << 20) -> HTTPBodyStream {
        let stream = HTTPBodyStream(exchange: self, limit: limit)
        guard claim() else {
            stream.connectionClosed()
            return stream
        }
        onLoop { $0.begin(stream, status: status, headers: headers, for: self) }
        return stream
    }

    /// Takes the connection out of HTTP after a request that `wantsUpgrade`, for another protocol's raw bytes in both directions.
    ///
    /// - Parameter install: called on the event loop; adds handlers of `ByteBuffer`s to the end of the channel's pipeline and
    ///   writes the 101 answer itself. What the client sent early arrives at those handlers. Not called when the client has gone.
    public func takeOver(_ install: @escaping @Sendable (any Channel) -> Void) {
        guard claim() else { return }
        onLoop { $0.leaveHTTP(for: self, install: install) }
    }

    // MARK: The client's absence

    /// Whether the client has gone, or the server ends this exchange: nothing written reaches anybody.
    public var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Calls `hook` once, when the client goes away before the answer is complete, or when the server shuts down while this
    /// exchange streams; at once if that has happened. It is called on the event loop or the caller's thread and must not block.
    public func onClose(_ hook: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if !state.isClosed { state.hooks.append(hook) }
            return state.isClosed
        }
        if now { hook() }
    }

    /// Runs `body` in a task of this exchange's own: it is cancelled when the client goes away, and the server's shutdown waits
    /// for it. A body that ends without an answer is answered 500, unless it `handsOn` the exchange, to a tunnel for example.
    public func perform(handsOn: Bool = false, _ body: @escaping @Sendable () async -> Void) {
        let tasks = connection.eventLoop.inEventLoop ? connection.value.tasks : nil
        if let tasks { start(body, handsOn, counted: tasks) } else { onLoop { self.start(body, handsOn, counted: $0.tasks) } }
    }

    private func start(_ body: @escaping @Sendable () async -> Void, _ handsOn: Bool, counted tasks: TaskCount) {
        tasks.began()
        let task = Task {
            await body()
            if !handsOn {
                self.respond(.internalServerError, contentType: "text/plain; charset=utf-8", text: "the handler gave no answer\n")
            }
            tasks.ended()
        }
        let gone = state.withLock { state in
            state.task = task
            return state.isClosed
        }
        if gone { task.cancel() }
    }

    // MARK: For the connection

    /// The client has gone or the answer must end.
    func close() {
        let (hooks, task) = state.withLock { state in
            state.isClosed = true
            defer { (state.hooks, state.task) = ([], nil) }
            return (state.hooks, state.task)
        }
        task?.cancel()
        for hook in hooks { hook() }
    }

    /// The answer is complete: hooks are dropped, not called.
    func complete() {
        state.withLock { state in
            state.hooks = []
            state.task = nil
        }
    }

    func onLoop(_ action: @escaping @Sendable (HTTPConnection) -> Void) {
        let connection = connection
        if eventLoop.inEventLoop {
            action(connection.value)
        } else {
            eventLoop.execute { action(connection.value) }
        }
    }

    private func claim() -> Bool {
        state.withLock { state in
            guard !state.answered else { return false }
            state.answered = true
            return true
        }
    }
}

/// How many tasks of exchanges run, so that a shutdown can wait for them.
final class TaskCount: Sendable {
    private let state = Mutex(State())
    private struct State {
        var running = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    func began() { state.withLock { $0.running += 1 } }

    func ended() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.running -= 1
            guard state.running == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    /// Returns when none runs.
    func none() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if state.running > 0 { state.waiters.append(continuation) }
                return state.running == 0
            }
            if now { continuation.resume() }
        }
    }
}
