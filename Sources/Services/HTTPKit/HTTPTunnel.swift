public import NIOCore
import NIOHTTP1
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Hands a request on to another HTTP/1.1 server and its answer back: whole, streamed, or as a connection that left HTTP (101).
public enum HTTPTunnel {
    /// Answers for a target that refused.
    public typealias Refused = @Sendable (HTTPExchange, HTTPResponseStatus, ByteBuffer) -> Void

    /// Proxies `request` to `http://host:port` with `path` (percent-encoded, with its query) in place of its own.
    ///
    /// An answer other than 101 is streamed with back-pressure; after 101 the bytes of both sides are carried as they are,
    /// half-closes included. The client's leaving closes the connection to the target, and the other way round.
    /// - Parameters:
    ///   - connectTimeout: how long the target may take to accept the connection.
    ///   - refused: answers the exchange in place of an answer of the target other than 1xx and 2xx, given with up to 64 KiB of
    ///     its body; `nil`: such an answer is handed on as it is.
    ///   - failed: answers the exchange when the target cannot be reached or breaks off before it answered. The default says 503.
    public static func forward(
        _ request: HTTPRequest, _ exchange: HTTPExchange, toHost host: String, port: Int, path: String,
        connectTimeout: TimeAmount = .seconds(10), refused: Refused? = nil,
        failed: @escaping @Sendable (HTTPExchange, HTTPTunnelError) -> Void = answerUnavailable
    ) {
        let head = upstreamHead(request, host: host, port: port, path: path)
        let bootstrap = ClientBootstrap(group: exchange.eventLoop)
            .connectTimeout(connectTimeout)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelOption(.autoRead, value: false)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try install(on: channel, head: head, body: request.body, exchange: exchange, refused: refused, failed: failed)
                }
            }
        bootstrap.connect(host: host, port: port).whenComplete { result in
            switch result {
            case .success(let channel):
                exchange.onClose { channel.close(promise: nil) }
                channel.read()
            case .failure(let error):
                failed(exchange, .unreachable("dial tcp \(host):\(port): \(reason(error))"))
            }
        }
    }

    /// 503 with the reason as text.
    @Sendable public static func answerUnavailable(_ exchange: HTTPExchange, _ error: HTTPTunnelError) {
        exchange.respond(.serviceUnavailable, contentType: "text/plain; charset=utf-8", text: "\(error)\n")
    }

    private static func install(
        on channel: any Channel, head: HTTPRequestHead, body: ByteBuffer, exchange: HTTPExchange, refused: Refused?,
        failed: @escaping @Sendable (HTTPExchange, HTTPTunnelError) -> Void
    ) throws {
        let encoder = HTTPRequestEncoder()
        let decoder = ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes))
        let handler = UpstreamHandler(
            head: head, body: body, exchange: exchange, codec: [encoder, decoder], refused: refused, failed: failed)
        try channel.pipeline.syncOperations.addHandlers([encoder, decoder, handler])
    }

    private static func upstreamHead(_ request: HTTPRequest, host: String, port: Int, path: String) -> HTTPRequestHead {
        var headers = request.headers
        headers.replaceOrAdd(name: "Host", value: host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
        headers.remove(name: "Transfer-Encoding")
        headers.remove(name: "Expect")
        headers.remove(name: "Authorization")
        if request.body.readableBytes > 0 || request.method == .POST {
            headers.replaceOrAdd(name: "Content-Length", value: String(request.body.readableBytes))
        }
        if !request.wantsUpgrade { headers.replaceOrAdd(name: "Connection", value: "close") }
        return HTTPRequestHead(version: .http1_1, method: request.method, uri: path, headers: headers)
    }

    private static func reason(_ error: any Error) -> String {
        if let error = error as? NIOConnectionError {
            if let first = error.connectionErrors.first { return reason(first.error) }
            if error.dnsAError != nil || error.dnsAAAAError != nil { return "lookup \(error.host): no such host" }
        }
        if let error = error as? IOError {
            return error.errnoCode == ECONNREFUSED ? "connect: connection refused" : "connect: \(error.description)"
        }
        if case .connectTimeout = error as? ChannelError { return "i/o timeout" }
        return String(describing: error)
    }
}

/// Why a target gave no answer.
public enum HTTPTunnelError: Error, Sendable, Hashable, CustomStringConvertible {
    /// No connection: `dial tcp 10.0.0.1:10250: connect: connection refused`.
    case unreachable(String)
    /// The connection broke before an answer came.
    case brokeOff(String)

    public var description: String {
        switch self {
        case .unreachable(let why), .brokeOff(let why): why
        }
    }
}

/// The connection to the target, until it leaves HTTP or the answer is complete.
private final class UpstreamHandler: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    private let head: HTTPRequestHead
    private let body: ByteBuffer
    private let exchange: HTTPExchange
    private let codec: [any RemovableChannelHandler]
    private let refused: HTTPTunnel.Refused?
    private let failed: @Sendable (HTTPExchange, HTTPTunnelError) -> Void
    private var refusal: (status: HTTPResponseStatus, body: ByteBuffer)?
    private var answered = false
    private var upgraded: HTTPResponseHead?
    private var stream: HTTPBodyStream?

    init(
        head: HTTPRequestHead, body: ByteBuffer, exchange: HTTPExchange, codec: [any RemovableChannelHandler],
        refused: HTTPTunnel.Refused?, failed: @escaping @Sendable (HTTPExchange, HTTPTunnelError) -> Void
    ) {
        (self.head, self.body, self.exchange, self.codec) = (head, body, exchange, codec)
        (self.refused, self.failed) = (refused, failed)
    }

    func channelActive(context: ChannelHandlerContext) {
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if body.readableBytes > 0 { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let response):
            answered = true
            if response.status == .switchingProtocols {
                upgraded = response
            } else if refused != nil, !(200..<300).contains(response.status.code) {
                refusal = (response.status, ByteBuffer())
            } else {
                begin(response)
            }
        case .body(let bytes) where refusal != nil:
            let room = max(0, (64 << 10) - (refusal?.body.readableBytes ?? 0))
            if var part = bytes.getSlice(at: bytes.readerIndex, length: min(room, bytes.readableBytes)) {
                refusal?.body.writeBuffer(&part)
            }
        case .body(let bytes): if stream?.offer(bytes) == false, stream?.isClosed == true { context.close(promise: nil) }
        case .end:
            if let upgraded { return leaveHTTP(upgraded, context) }
            if let refusal, let refused { refused(exchange, refusal.status, refusal.body) }
            refusal = nil
            stream?.finish()
            stream = nil
            context.close(promise: nil)
        }
    }

    /// One read of the socket a time: the next one when the client has room for it.
    func channelReadComplete(context: ChannelHandlerContext) {
        guard let stream else { return context.read() }
        let channel = context.channel
        stream.whenRoom { result in
            if case .success = result { channel.read() } else { channel.close(promise: nil) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { brokeOff("EOF") }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .some(.inputClosed) = event as? ChannelEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        brokeOff(String(describing: error))
        context.close(promise: nil)
    }

    private func begin(_ response: HTTPResponseHead) {
        var headers = response.headers
        for name in ["Connection", "Keep-Alive", "Transfer-Encoding", "Date", "Upgrade"] { headers.remove(name: name) }
        stream = exchange.stream(response.status, headers: headers, limit: 256 << 10)
    }

    private func brokeOff(_ why: String) {
        stream?.abort()
        stream = nil
        if let refusal, let refused { refused(exchange, refusal.status, refusal.body) }
        refusal = nil
        guard !answered else { return }
        answered = true
        failed(exchange, .brokeOff(why))
    }

    /// 101: sends it to the client and joins both connections.
    private func leaveHTTP(_ response: HTTPResponseHead, _ context: ChannelHandlerContext) {
        let upstream = context.channel
        let (toClient, toUpstream) = RawPeer.pair()
        let bound = NIOLoopBound((toClient, toUpstream, self), eventLoop: context.eventLoop)
        exchange.takeOver { client in
            let (toClient, toUpstream, handler) = bound.value
            var head = client.allocator.buffer(capacity: 256)
            head.writeStaticString("HTTP/1.1 101 Switching Protocols\r\n")
            for (name, value) in response.headers where name.lowercased() != "date" { head.writeHeader(name, value) }
            head.writeStaticString("\r\n")
            client.writeAndFlush(head, promise: nil)
            do {
                // What arrives at the client's side goes to the target, and the other way round.
                try client.pipeline.syncOperations.addHandler(toUpstream)
                try upstream.pipeline.syncOperations.addHandler(toClient)
                upstream.pipeline.syncOperations.removeHandler(handler, promise: nil)
                for coder in handler.codec { upstream.pipeline.syncOperations.removeHandler(coder, promise: nil) }
                upstream.setOption(.autoRead, value: true).whenFailure { _ in upstream.close(promise: nil) }
            } catch {
                client.close(promise: nil)
                upstream.close(promise: nil)
            }
        }
    }
}

/// One end of a pair: what its channel reads, the other end's channel writes. Reads only while the other can write.
private final class RawPeer: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var peer: RawPeer?
    private var context: ChannelHandlerContext?
    private var readWithheld = false
    private var inputClosed = false
    private var outputClosed = false

    static func pair() -> (RawPeer, RawPeer) {
        let (first, second) = (RawPeer(), RawPeer())
        (first.peer, second.peer) = (second, first)
        return (first, second)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        end()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { peer?.write(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        inputClosed = true
        peer?.closeOutput()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if context.channel.isWritable { peer?.resumeReading() }
        context.fireChannelWritabilityChanged()
    }

    func read(context: ChannelHandlerContext) {
        if peer?.context?.channel.isWritable ?? true { context.read() } else { readWithheld = true }
    }

    private func resumeReading() {
        guard readWithheld else { return }
        readWithheld = false
        context?.read()
    }

    /// Flushed at once: what a decoder leaves behind when it goes comes without an end of the read.
    private func write(_ bytes: ByteBuffer) { context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil) }

    /// The other side sends no more: so do we. When both have ended, both connections close.
    private func closeOutput() {
        guard let context, !outputClosed else { return }
        outputClosed = true
        let done = inputClosed
        let channel = context.channel
        context.flush()
        context.close(mode: .output).whenComplete { _ in if done { channel.close(promise: nil) } }
    }

    private func end() {
        guard let peer else { return }
        self.peer = nil
        peer.peer = nil
        guard let other = peer.context else { return }
        let channel = other.channel
        other.writeAndFlush(peer.wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
    }
}
