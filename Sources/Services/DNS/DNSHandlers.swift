import ActorKit
import NIOCore

/// UDP: a question, an answer.
final class DatagramHandler: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    typealias OutboundOut = AddressedEnvelope<ByteBuffer>

    private var responder: Responder
    private let questions: Inbox<ForwardedQuestion>

    init(_ responder: Responder, _ questions: Inbox<ForwardedQuestion>) {
        (self.responder, self.questions) = (responder, questions)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let envelope = unwrapInboundIn(data)
        // When answers cannot leave, questions are dropped: who asked will ask again.
        guard context.channel.isWritable else { return }
        let remote = envelope.remoteAddress
        switch responder.respond(to: envelope.data, stream: false, context.channel.allocator) {
        case .silence: break
        case .answer(let bytes):
            context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: remote, data: bytes)), promise: nil)
        case .elsewhere(let head): forward(head, nil, envelope.data, remote, context)
        case .alias(let head, let target): forward(head, target, envelope.data, remote, context)
        }
    }

    private func forward(
        _ head: QueryHead, _ alias: DNSName?, _ query: ByteBuffer, _ remote: SocketAddress, _ context: ChannelHandlerContext
    ) {
        let channel = context.channel
        // Its own bytes: the query is a slice of a whole batch.
        let question = ForwardedQuestion(
            query: ByteBuffer(bytes: query.readableBytesView), head: head, alias: alias, limit: head.datagramLimit
        ) { bytes in
            channel.writeAndFlush(AddressedEnvelope(remoteAddress: remote, data: bytes), promise: nil)
        }
        guard questions.offer(question) != .accepted else { return }
        let refusal = Answer(query, head, head.datagramLimit, channel.allocator).empty(.serverFailure)
        context.write(wrapOutboundOut(AddressedEnvelope(remoteAddress: remote, data: refusal)), promise: nil)
    }

    func channelReadComplete(context: ChannelHandlerContext) { context.flush() }

    /// An ICMP message about somebody who has left is no error of the socket.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {}
}

/// TCP: questions and answers, each after its length; questions need not wait for answers (RFC 7766).
final class StreamHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    /// So many questions of one connection may be with others; no more are read until answers are there.
    static let mostUnderWay = 64

    private var responder: Responder
    private let questions: Inbox<ForwardedQuestion>
    private var received = ByteBuffer()
    private var underWay = 0
    private var wantsToRead = false

    init(_ responder: Responder, _ questions: Inbox<ForwardedQuestion>) {
        (self.responder, self.questions) = (responder, questions)
    }

    private func mayRead(_ context: ChannelHandlerContext) -> Bool {
        underWay < StreamHandler.mostUnderWay && context.channel.isWritable
    }

    func read(context: ChannelHandlerContext) {
        if mayRead(context) { context.read() } else { wantsToRead = true }
    }

    private func resume(_ context: ChannelHandlerContext) {
        guard wantsToRead, mayRead(context) else { return }
        wantsToRead = false
        context.read()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var data = unwrapInboundIn(data)
        received.writeBuffer(&data)
        while let length = received.getInteger(at: received.readerIndex, as: UInt16.self),
            received.readableBytes >= 2 + Int(length)
        {
            received.moveReaderIndex(forwardBy: 2)
            guard let query = received.readSlice(length: Int(length)) else { break }
            answer(query, context)
        }
        received.discardReadBytes()
    }

    private func answer(_ query: ByteBuffer, _ context: ChannelHandlerContext) {
        switch responder.respond(to: query, stream: true, context.channel.allocator) {
        // Who sends no questions gets no answers.
        case .silence: context.close(promise: nil)
        case .answer(let bytes): send(bytes, context)
        case .elsewhere(let head): forward(head, nil, query, context)
        case .alias(let head, let target): forward(head, target, query, context)
        }
    }

    private func send(_ answer: ByteBuffer, _ context: ChannelHandlerContext) {
        var framed = context.channel.allocator.buffer(capacity: answer.readableBytes + 2)
        framed.writeInteger(UInt16(clamping: answer.readableBytes))
        framed.writeImmutableBuffer(answer)
        context.write(wrapOutboundOut(framed), promise: nil)
    }

    private func forward(_ head: QueryHead, _ alias: DNSName?, _ query: ByteBuffer, _ context: ChannelHandlerContext) {
        let back = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let question = ForwardedQuestion(query: query, head: head, alias: alias, limit: 0xffff) { bytes in
            loop.execute {
                let (handler, context) = back.value
                handler.underWay -= 1
                guard context.channel.isActive else { return }
                handler.send(bytes, context)
                context.flush()
                handler.resume(context)
            }
        }
        if questions.offer(question) == .accepted {
            underWay += 1
            return
        }
        send(Answer(query, head, 0xffff, context.channel.allocator).empty(.serverFailure), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) { resume(context) }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent {
            context.close(promise: nil)
        } else {
            context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
