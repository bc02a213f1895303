import NIOCore
import NIOHTTP1

/// One client's connection, on its event loop: reads requests whole, hands them to the service one at a time, writes the answers.
///
/// Pipelined requests wait in `queue`; while any waits, the socket is not read, so a client cannot make us hold more than one
/// read of it.
final class HTTPConnection: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case idle
        case reading(HTTPRequestHead, ByteBuffer)
        case answering(Answering)
        /// Refused: what the client still sends is thrown away, so that it gets to read the answer.
        case lingering
        /// Another protocol's bytes; the handlers after this one have them.
        case passthrough
        case closed
    }

    private struct Answering {
        let exchange: HTTPExchange
        let isHead: Bool
        let isHTTP10: Bool
        let isUpgrade: Bool
        var keepAlive: Bool
        var stream: HTTPBodyStream?
        var framing = Framing.none
    }

    private enum Framing { case none, chunked, untilClose, length(Int) }

    let tasks: TaskCount
    private let service: any HTTPService
    private let options: HTTPServerOptions
    private let date: HTTPDate
    private let decoder: any RemovableChannelHandler
    private let remoteAddress: String?
    private var context: ChannelHandlerContext?
    private var phase = Phase.idle
    private var queue: CircularBuffer<HTTPServerRequestPart> = []
    private var readWithheld = false
    private var inputClosed = false
    private var draining = false
    private var processing = false
    private var quietSince = NIODeadline.now()
    private var timer: Scheduled<Void>?

    init(
        service: any HTTPService, options: HTTPServerOptions, tasks: TaskCount, date: HTTPDate,
        decoder: any RemovableChannelHandler, remoteAddress: String?
    ) {
        (self.service, self.options, self.tasks, self.date) = (service, options, tasks, date)
        (self.decoder, self.remoteAddress) = (decoder, remoteAddress)
    }

    // MARK: Channel events

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        startTimer(context, after: options.idleTimeout)
    }

    func handlerRemoved(context: ChannelHandlerContext) { gone() }

    func channelInactive(context: ChannelHandlerContext) {
        if case .passthrough = phase {} else { gone() }
        timer?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch phase {
        case .passthrough: context.fireChannelRead(data)
        case .lingering, .closed: break
        case .idle, .reading, .answering:
            queue.append(unwrapInboundIn(data))
            process()
        }
    }

    func read(context: ChannelHandlerContext) {
        if queue.isEmpty { context.read() } else { readWithheld = true }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        process()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        inputClosed = true
        switch phase {
        case .passthrough: context.fireUserInboundEventTriggered(event)
        case .answering(let answering):
            // A whole answer still reaches a client that only closed its half; a stream's client is taken as gone (as in Go's
            // server).
            if answering.stream != nil { closeChannel() }
        case .idle, .reading, .lingering: closeChannel()
        case .closed: break
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        switch (error, phase) {
        case (_, .passthrough): context.fireErrorCaught(error)
        case (let error as HTTPParserError, .idle), (let error as HTTPParserError, .reading):
            refuse(HTTPRefusal(error), isHead: false)
        case (is HTTPParserError, .answering(var answering)):
            answering.keepAlive = false
            phase = .answering(answering)
        default: closeChannel()
        }
    }

    // MARK: Requests

    /// Takes parts from the queue until a request is in the service's hands.
    private func process() {
        guard !processing else { return }
        processing = true
        defer { processing = false }
        while !queue.isEmpty, isReadyForParts, let channel = context?.channel, channel.isWritable, let part = queue.popFirst() {
            take(part)
        }
        if queue.isEmpty, readWithheld {
            readWithheld = false
            context?.read()
        }
    }

    private var isReadyForParts: Bool {
        switch phase {
        case .idle, .reading: true
        case .answering, .lingering, .passthrough, .closed: false
        }
    }

    private func take(_ part: HTTPServerRequestPart) {
        switch (part, phase) {
        case (.head(let head), .idle): begin(head)
        case (.body(let bytes), .reading(let head, var body)):
            phase = .idle  // gives up our reference, so that appending does not copy
            if body.readableBytes == 0 { body = bytes } else { body.writeImmutableBuffer(bytes) }
            phase = .reading(head, body)
            if body.readableBytes > service.bodyLimit {
                refuse(.bodyTooLarge(limit: service.bodyLimit), isHead: head.method == .HEAD)
            }
        case (.end, .reading(let head, let body)): dispatch(head, body)
        default: closeChannel()
        }
    }

    private func begin(_ head: HTTPRequestHead) {
        quietSince = .now()
        phase = .reading(head, ByteBuffer())
        if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > service.bodyLimit {
            return refuse(.bodyTooLarge(limit: service.bodyLimit), isHead: head.method == .HEAD)
        }
        if head.headers.first(name: "expect")?.lowercased() == "100-continue", head.version.minor >= 1 {
            context?.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")), promise: nil)
        }
    }

    private func dispatch(_ head: HTTPRequestHead, _ body: ByteBuffer) {
        guard let context else { return }
        let request = HTTPRequest(
            method: head.method, uri: head.uri, headers: head.headers, body: body, remoteAddress: remoteAddress)
        let exchange = HTTPExchange(eventLoop: context.eventLoop, connection: self)
        // The decoder reads nothing after a request for an upgrade: without one, the connection must end with the answer.
        let isUpgrade = head.headers.contains(name: "upgrade") && head.headers.contains(name: "connection")
        phase = .answering(
            Answering(
                exchange: exchange, isHead: head.method == .HEAD, isHTTP10: head.version.minor == 0, isUpgrade: isUpgrade,
                keepAlive: head.isKeepAlive && !isUpgrade && !draining))
        service.handle(request, exchange)
    }

    private func refuse(_ refusal: HTTPRefusal, isHead: Bool) {
        let response = service.answer(to: refusal)
        phase = .lingering
        queue.removeAll()
        quietSince = .now()
        write(response, isHead: isHead, keepAlive: false)
        context?.close(mode: .output, promise: nil)
        timer?.cancel()
        if let context { startTimer(context, after: options.lingerTimeout) }
        process()
    }

    // MARK: Answers

    private func answering(_ exchange: HTTPExchange) -> Answering? {
        guard case .answering(let answering) = phase, answering.exchange === exchange else { return nil }
        return answering
    }

    func send(_ response: HTTPResponse, for exchange: HTTPExchange) {
        guard let answering = answering(exchange) else { return }
        let keepAlive = answering.keepAlive && !inputClosed && !draining
        write(response, isHead: answering.isHead, keepAlive: keepAlive)
        finish(answering, keepAlive: keepAlive)
    }

    private func write(_ response: HTTPResponse, isHead: Bool, keepAlive: Bool) {
        guard let context else { return }
        let small = response.body.readableBytes <= 8192 && !isHead
        var head = context.channel.allocator.buffer(capacity: 320 + (small ? response.body.readableBytes : 0))
        head.writeHead(response.status, response.headers, common: response.common, keepAlive: keepAlive, date: date)
        if response.status.mayHaveBody {
            if isHead, response.body.readableBytes == 0, let length = response.headers.first(name: "content-length") {
                head.writeHeader("Content-Length", length)
            } else {
                head.writeStaticString("Content-Length: ")
                head.writeString(String(response.body.readableBytes))
                head.writeStaticString("\r\n")
            }
        }
        head.writeStaticString("\r\n")
        if small, response.status.mayHaveBody { head.writeImmutableBuffer(response.body) }
        context.write(wrapOutboundOut(head), promise: nil)
        if !small, !isHead, response.status.mayHaveBody { context.write(wrapOutboundOut(response.body), promise: nil) }
        context.flush()
    }

    func begin(_ stream: HTTPBodyStream, status: HTTPResponseStatus, headers: HTTPHeaders, for exchange: HTTPExchange) {
        guard let context, var answering = answering(exchange), !(inputClosed && !answering.isHead) else {
            stream.connectionClosed()
            if answering(exchange) != nil { closeChannel() }
            return
        }
        let length = headers.first(name: "content-length").flatMap(Int.init)
        answering.framing =
            answering.isHead || !status.mayHaveBody
            ? .none : length.map { .length($0) } ?? (answering.isHTTP10 ? .untilClose : .chunked)
        if case .untilClose = answering.framing { answering.keepAlive = false }
        answering.stream = stream
        phase = .answering(answering)
        var head = context.channel.allocator.buffer(capacity: 320)
        head.writeHead(status, headers, keepAlive: answering.keepAlive && !draining, date: date)
        if let length { head.writeHeader("Content-Length", String(length)) }
        if case .chunked = answering.framing { head.writeHeader("Transfer-Encoding", "chunked") }
        head.writeStaticString("\r\n")
        context.writeAndFlush(wrapOutboundOut(head), promise: nil)
        drain(stream, for: exchange)
        if draining { endStream(answering) }
    }

    /// Writes what the stream's owner has queued.
    func drain(_ stream: HTTPBodyStream, for exchange: HTTPExchange) {
        guard let context, var answering = answering(exchange), answering.stream === stream else { return }
        let (buffers, end) = stream.take()
        var total = 0
        for buffer in buffers {
            total += buffer.readableBytes
            writeBody(buffer, &answering, context)
        }
        if total > 0 {
            // An empty write after the others completes when they have reached the kernel.
            let promise = context.eventLoop.makePromise(of: Void.self)
            promise.futureResult.whenSuccess { [total] in stream.written(total) }
            context.writeAndFlush(wrapOutboundOut(ByteBuffer()), promise: promise)
        }
        phase = .answering(answering)
        switch end {
        case .none: break
        case .aborted: closeChannel()
        case .finished:
            var keepAlive = answering.keepAlive && !inputClosed && !draining
            switch answering.framing {
            case .chunked: context.writeAndFlush(wrapOutboundOut(HTTPConnection.lastChunk), promise: nil)
            case .length(let missing) where missing != 0: keepAlive = false
            default: break
            }
            finish(answering, keepAlive: keepAlive)
        }
    }

    private func writeBody(_ buffer: ByteBuffer, _ answering: inout Answering, _ context: ChannelHandlerContext) {
        switch answering.framing {
        case .none: break
        case .untilClose: context.write(wrapOutboundOut(buffer), promise: nil)
        case .length(let missing):
            let part = buffer.getSlice(at: buffer.readerIndex, length: min(missing, buffer.readableBytes)) ?? ByteBuffer()
            answering.framing = .length(missing - part.readableBytes)
            context.write(wrapOutboundOut(part), promise: nil)
        case .chunked:
            var chunk = context.channel.allocator.buffer(capacity: 16 + (buffer.readableBytes <= 8192 ? buffer.readableBytes : 0))
            chunk.writeString(String(buffer.readableBytes, radix: 16))
            chunk.writeStaticString("\r\n")
            if buffer.readableBytes <= 8192 {
                chunk.writeImmutableBuffer(buffer)
                chunk.writeStaticString("\r\n")
                context.write(wrapOutboundOut(chunk), promise: nil)
            } else {
                context.write(wrapOutboundOut(chunk), promise: nil)
                context.write(wrapOutboundOut(buffer), promise: nil)
                context.write(wrapOutboundOut(HTTPConnection.lineEnd), promise: nil)
            }
        }
    }

    private static let lastChunk = ByteBuffer(string: "0\r\n\r\n")
    private static let lineEnd = ByteBuffer(string: "\r\n")

    /// The answer is written: on to the next request, or the end of the connection.
    private func finish(_ answering: Answering, keepAlive: Bool) {
        answering.exchange.complete()
        quietSince = .now()
        guard keepAlive else {
            phase = .closed
            guard let context else { return }
            let channel = context.channel
            context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in channel.close(promise: nil) }
            return
        }
        phase = .idle
        process()
    }

    func leaveHTTP(for exchange: HTTPExchange, install: (any Channel) -> Void) {
        guard let context, let answering = answering(exchange), answering.isUpgrade, !inputClosed, !draining else {
            return closeChannel()
        }
        phase = .passthrough
        timer?.cancel()
        exchange.complete()
        install(context.channel)
        // The decoder hands on what came after the request when it goes; the new handlers are in place by now.
        context.pipeline.syncOperations.removeHandler(decoder, promise: nil)
    }

    // MARK: The end

    /// The server shuts down: requests under way are finished, everything else ends now.
    func drainForShutdown() {
        draining = true
        switch phase {
        case .answering(let answering): endStream(answering)
        case .idle, .reading, .lingering, .passthrough: closeChannel()
        case .closed: break
        }
    }

    private func endStream(_ answering: Answering) {
        guard let stream = answering.stream else { return }
        answering.exchange.close()
        stream.finish()
    }

    private func closeChannel() {
        gone()
        context?.close(promise: nil)
    }

    /// Nobody reads our answers any more.
    private func gone() {
        let before = phase
        phase = .closed
        queue.removeAll()
        guard case .answering(let answering) = before else { return }
        answering.exchange.close()
        answering.stream?.connectionClosed()
    }

    // MARK: Time

    /// Looks again after `amount`, or sooner: a request that begins meanwhile has a shorter limit than an idle connection.
    private func startTimer(_ context: ChannelHandlerContext, after amount: TimeAmount) {
        let soon = min(amount, options.requestTimeout)
        timer = context.eventLoop.assumeIsolated().scheduleTask(in: soon) { self.timerFired() }
    }

    private func timerFired() {
        guard let context else { return }
        let limit: TimeAmount
        switch phase {
        case .passthrough, .closed: return
        case .lingering: return closeChannel()
        case .answering: return startTimer(context, after: options.idleTimeout)
        case .idle: limit = options.idleTimeout
        case .reading: limit = options.requestTimeout
        }
        let left = limit - (NIODeadline.now() - quietSince)
        guard left <= .zero else { return startTimer(context, after: left) }
        if case .reading(let head, _) = phase { refuse(.timeout, isHead: head.method == .HEAD) } else { closeChannel() }
    }
}

extension HTTPRefusal {
    fileprivate init(_ error: HTTPParserError) {
        switch error {
        case .headerOverflow: self = .headersTooLarge
        case .invalidMethod: self = .unknownMethod
        default: self = .malformed(String(describing: error))
        }
    }
}
