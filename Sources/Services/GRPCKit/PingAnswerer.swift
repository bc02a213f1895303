public import GRPCNIOTransportHTTP2Posix
import NIOCore
import NIOSSL

/// Answers HTTP/2 PING frames before the HTTP/2 implementation counts them.
///
/// A gRPC server in Go (containerd, etcd) measures the connection with a PING for nearly every call. SwiftNIO's HTTP/2 takes more than
/// 200 of them in 30 s for an attack and closes the connection with ENHANCE_YOUR_CALM: thirty pods started at once are enough. The peer is
/// a server that we chose to trust, so its PINGs are answered here (RFC 9113, 6.7) and go no further. All other frames pass as they came.
///
/// It stands where frames are plain: first in the pipeline, or right behind TLS. Frames are written whole on this event loop, so an answer
/// never lands inside one.
final class PingAnswerer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private static let headerLength = 9
    private static let pingType: UInt8 = 6
    private static let acknowledgement: UInt8 = 1
    private static let pingLength = 8

    /// The beginning of a frame whose rest has not arrived.
    private var pending = ByteBuffer()

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var incoming = unwrapInboundIn(data)
        pending.writeBuffer(&incoming)
        var passing = context.channel.allocator.buffer(capacity: pending.readableBytes)
        var answered = false
        while let length = frameLength(), pending.readableBytes >= length, var frame = pending.readSlice(length: length) {
            if let answer = answer(to: frame) {
                context.write(wrapOutboundOut(answer), promise: nil)
                answered = true
            } else {
                passing.writeBuffer(&frame)
            }
        }
        pending.discardReadBytes()
        if answered { context.flush() }
        if passing.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(passing)) }
    }

    /// Header and payload of the frame that comes next, when enough of it is there to tell.
    private func frameLength() -> Int? {
        guard pending.readableBytes >= PingAnswerer.headerLength, let word: UInt32 = pending.getInteger(at: pending.readerIndex) else { return nil }
        return PingAnswerer.headerLength + Int(word >> 8)
    }

    /// The acknowledgement with the same eight bytes, for a PING that is none itself.
    private func answer(to frame: ByteBuffer) -> ByteBuffer? {
        let start = frame.readerIndex
        guard frame.readableBytes == PingAnswerer.headerLength + PingAnswerer.pingLength,
            frame.getInteger(at: start + 3, as: UInt8.self) == PingAnswerer.pingType,
            let flags: UInt8 = frame.getInteger(at: start + 4), flags & PingAnswerer.acknowledgement == 0
        else { return nil }
        var answer = frame
        answer.setInteger(flags | PingAnswerer.acknowledgement, at: start + 4)
        return answer
    }
}

extension HTTP2ClientTransport.Config.ChannelDebuggingCallbacks {
    /// For a client of a gRPC server in Go: its PINGs are answered and not counted.
    public static var answeringPings: Self {
        Self(
            onCreateTCPConnection: { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    let encryption = try? pipeline.handler(type: NIOSSLClientHandler.self)
                    try pipeline.addHandler(PingAnswerer(), position: encryption.map { .after($0) } ?? .first)
                }
            }, onCreateHTTP2Stream: nil)
    }
}
