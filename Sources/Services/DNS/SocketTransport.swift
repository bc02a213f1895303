import Core
import NIOCore
import NIOPosix
import Synchronization

/// Asks servers over sockets: a new one, and so a new random port, for each question.
public struct SocketTransport: UpstreamTransport {
    public struct TimedOut: Error, CustomStringConvertible {
        public var description: String { "no answer in time" }
    }
    struct Closed: Error {}

    private let group: any EventLoopGroup

    public init(group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton) { self.group = group }

    public func ask(
        _ server: UpstreamServer, _ query: [UInt8], stream: Bool, timeout: Duration, accept: @Sendable @escaping ([UInt8]) -> Bool
    ) async throws -> [UInt8] {
        let answer = OneAnswer(group.next().makePromise(of: [UInt8].self))
        let deadline = TimeAmount.nanoseconds(timeout.nanoseconds)
        let channel: any Channel
        do {
            channel = try await stream ? connectStream(server, answer, accept, deadline) : connectDatagram(server, answer, accept)
        } catch {
            answer.fail(error)
            _ = try? await answer.future.get()
            throw error
        }
        let timer = channel.eventLoop.scheduleTask(in: deadline) { answer.fail(TimedOut()) }
        channel.writeAndFlush(
            channel.allocator.buffer(bytes: stream ? [UInt8(query.count >> 8), UInt8(query.count & 0xff)] + query : query),
            promise: nil)
        channel.closeFuture.whenComplete { _ in answer.fail(Closed()) }
        let result = await withTaskCancellationHandler {
            await answer.future.asResult()
        } onCancel: {
            answer.fail(CancellationError())
        }
        timer.cancel()
        try? await channel.close()
        return try result.get()
    }

    private func connectDatagram(_ server: UpstreamServer, _ answer: OneAnswer, _ accept: @Sendable @escaping ([UInt8]) -> Bool)
        async throws -> any Channel
    {
        try await DatagramBootstrap(group: group)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramAnswers(answer, accept))
                }
            }
            .connect(to: server.address).get()
    }

    private func connectStream(
        _ server: UpstreamServer, _ answer: OneAnswer, _ accept: @Sendable @escaping ([UInt8]) -> Bool, _ deadline: TimeAmount
    ) async throws -> any Channel {
        try await ClientBootstrap(group: group).connectTimeout(deadline)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(StreamAnswers(answer, accept))
                }
            }
            .connect(to: server.address).get()
    }
}

/// The first of: an answer, a failure, the end of patience.
private final class OneAnswer: Sendable {
    private let promise: EventLoopPromise<[UInt8]>
    private let isDone = Mutex(false)

    init(_ promise: EventLoopPromise<[UInt8]>) { self.promise = promise }

    var future: EventLoopFuture<[UInt8]> { promise.futureResult }

    func succeed(_ bytes: [UInt8]) { if claim() { promise.succeed(bytes) } }
    func fail(_ error: any Error) { if claim() { promise.fail(error) } }

    private func claim() -> Bool {
        isDone.withLock { isDone in
            defer { isDone = true }
            return !isDone
        }
    }
}

private final class DatagramAnswers: ChannelInboundHandler {
    typealias InboundIn = AddressedEnvelope<ByteBuffer>
    private let answer: OneAnswer
    private let accept: ([UInt8]) -> Bool

    init(_ answer: OneAnswer, _ accept: @escaping ([UInt8]) -> Bool) { (self.answer, self.accept) = (answer, accept) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Array(unwrapInboundIn(data).data.readableBytesView)
        if accept(bytes) { answer.succeed(bytes) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }
}

private final class StreamAnswers: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    private let answer: OneAnswer
    private let accept: ([UInt8]) -> Bool
    private var received: [UInt8] = []

    init(_ answer: OneAnswer, _ accept: @escaping ([UInt8]) -> Bool) { (self.answer, self.accept) = (answer, accept) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        received += unwrapInboundIn(data).readableBytesView
        guard received.count >= 2 else { return }
        let length = Int(received[0]) << 8 | Int(received[1])
        guard received.count >= length + 2 else { return }
        let bytes = Array(received[2..<(length + 2)])
        if accept(bytes) { answer.succeed(bytes) } else { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { answer.fail(error) }
}

extension Duration {
    /// As NIO counts; bounded, not overflowing.
    var nanoseconds: Int64 {
        let (seconds, attoseconds) = components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? .max : product + attoseconds / 1_000_000_000
    }
}

extension EventLoopFuture where Value: Sendable {
    func asResult() async -> Result<Value, any Error> {
        do { return .success(try await get()) } catch { return .failure(error) }
    }
}
