public import Logging
public import NIOCore
import NIOHTTP1
public import NIOPosix
import Synchronization

/// Limits of a server. Times are per connection.
public struct HTTPServerOptions: Sendable {
    /// Event loop threads, when the server makes its own group.
    public var threads = 2
    /// How long a connection may be open without a request.
    public var idleTimeout = TimeAmount.seconds(180)
    /// How long a request may take to arrive whole.
    public var requestTimeout = TimeAmount.seconds(60)
    /// How long a refused client's further bytes are read and thrown away, so that it can read the answer.
    public var lingerTimeout = TimeAmount.seconds(5)
    /// The longest one header may be, and all headers together, in bytes.
    public var headerLimit = 64 << 10
    /// Connections beyond this number are closed at once.
    public var maxConnections = 8192
    public var backlog: CInt = 1024
    public init() {}
}

/// Where a server listens.
public enum HTTPAddress: Sendable, Hashable {
    /// Port 0 means any free one.
    case tcp(host: String, port: Int)
    /// A socket file; one that was left behind by a dead server is replaced.
    case unix(path: String)
}

/// The address cannot be listened on.
public struct HTTPListenError: Error, Sendable, Hashable, CustomStringConvertible {
    public let address: HTTPAddress
    public let reason: String
    public var description: String {
        switch address {
        case .tcp(let host, let port):
            "cannot listen on \(host):\(port): \(reason); stop what holds the port, or choose another one"
        case .unix(let path): "cannot listen on \(path): \(reason)"
        }
    }
}

/// An HTTP/1.1 server: keep-alive, streaming answers, upgrades; one request at a time per connection.
public final class HTTPServer: Sendable {
    private let address: HTTPAddress
    private let service: any HTTPService
    private let logger: Logger
    private let options: HTTPServerOptions
    private let group: MultiThreadedEventLoopGroup
    private let ownsGroup: Bool
    private let tasks = TaskCount()
    private let date = HTTPDate()
    private let state = Mutex(State())

    private struct State {
        var listener: (any Channel)?
        var stopped = false
        var shutdown: Task<Void, Never>?
        var nextID = 0
        var connections: [Int: Connection] = [:]
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private struct Connection {
        let channel: any Channel
        let handler: NIOLoopBound<HTTPConnection>
    }

    public convenience init(
        host: String = "127.0.0.1", port: Int = 0, service: any HTTPService, logger: Logger,
        options: HTTPServerOptions = HTTPServerOptions(), group: MultiThreadedEventLoopGroup? = nil
    ) {
        self.init(address: .tcp(host: host, port: port), service: service, logger: logger, options: options, group: group)
    }

    /// - Parameter group: event loops to share; without it the server makes `options.threads` of its own and stops them.
    public init(
        address: HTTPAddress, service: any HTTPService, logger: Logger, options: HTTPServerOptions = HTTPServerOptions(),
        group: MultiThreadedEventLoopGroup? = nil
    ) {
        (self.address, self.service, self.logger, self.options) = (address, service, logger, options)
        self.group = group ?? MultiThreadedEventLoopGroup(numberOfThreads: max(1, options.threads))
        ownsGroup = group == nil
    }

    /// Listens, and returns the port (0 for a unix socket). Throws when the address cannot be had.
    public func start() async throws -> Int {
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: options.backlog)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try self.prepare(channel) } }
        let listener: any Channel
        do {
            switch address {
            case .tcp(let host, let port):
                let noDelay = bootstrap.childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
                listener = try await noDelay.bind(host: host, port: port).get()
            case .unix(let path):
                listener = try await bootstrap.bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            }
        } catch {
            throw HTTPListenError(address: address, reason: (error as? IOError)?.description ?? String(describing: error))
        }
        state.withLock { $0.listener = listener }
        return listener.localAddress?.port ?? 0
    }

    /// Stops accepting, lets requests under way finish, ends streams, closes connections; after `grace` closes what is left.
    /// Returns when all is done; called again, it waits for the first call's work (on event loops that are gone there is none to
    /// do).
    public func shutdown(grace: Duration = .seconds(5)) async {
        let work = state.withLock { state in
            let work = state.shutdown ?? Task { await self.stop(grace: grace) }
            state.shutdown = work
            return work
        }
        await work.value
    }

    private func stop(grace: Duration) async {
        let (listener, connections) = state.withLock { state in
            state.stopped = true
            defer { state.listener = nil }
            return (state.listener, state.connections.sorted { $0.key < $1.key }.map(\.value))
        }
        try? await listener?.close().get()
        for connection in connections {
            connection.channel.eventLoop.execute { connection.handler.value.drainForShutdown() }
        }
        let deadline = group.next().scheduleTask(in: .nanoseconds(Int64(grace / .nanoseconds(1)))) { self.closeAll() }
        await noConnection()
        deadline.cancel()
        // Its promise is completed on the loop, which must not be gone by then.
        _ = try? await deadline.futureResult.get()
        await tasks.none()
        if ownsGroup { try? await group.shutdownGracefully() }
    }

    private func prepare(_ channel: any Channel) throws {
        var limits = NIOHTTPDecoderLimitConfiguration()
        limits.maxHeaderFieldSize = options.headerLimit
        limits.maxHeaderListSize = options.headerLimit
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(
                leftOverBytesStrategy: .forwardBytes, informationalResponseStrategy: .drop, limitConfiguration: limits))
        let remote = channel.remoteAddress.flatMap { address in address.ipAddress.map { "\($0):\(address.port ?? 0)" } }
        let handler = HTTPConnection(
            service: service, options: options, tasks: tasks, date: date, decoder: decoder, remoteAddress: remote)
        let bound = NIOLoopBound(handler, eventLoop: channel.eventLoop)
        let id = state.withLock { state -> Int? in
            guard !state.stopped, state.connections.count < options.maxConnections else { return nil }
            state.nextID += 1
            state.connections[state.nextID] = Connection(channel: channel, handler: bound)
            return state.nextID
        }
        guard let id else {
            logger.warning("connection refused: too many, or stopping", metadata: ["limit": "\(options.maxConnections)"])
            throw ChannelError.inputClosed
        }
        channel.closeFuture.whenComplete { _ in self.closed(id) }
        try channel.pipeline.syncOperations.addHandlers([decoder, handler])
    }

    private func closed(_ id: Int) {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.connections[id] = nil
            guard state.connections.isEmpty else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private func noConnection() async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if !state.connections.isEmpty { state.waiters.append(continuation) }
                return state.connections.isEmpty
            }
            if now { continuation.resume() }
        }
    }

    private func closeAll() {
        let channels = state.withLock { $0.connections.sorted { $0.key < $1.key }.map(\.value.channel) }
        for channel in channels { channel.close(promise: nil) }
    }
}
