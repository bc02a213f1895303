import HTTPKit
import NIOCore
import RawHTTP
import Testing

@Suite(.timeLimit(.minutes(1))) struct HTTPTunnelTests {
    /// A front server that forwards everything to `/back` of the other one.
    private func withTunnel<T>(
        _ back: @escaping @Sendable (HTTPRequest, HTTPExchange) -> Void, client body: (Int) async throws -> T
    ) async throws -> T {
        try await withServer(bodyLimit: 1 << 20, back) { backPort, _ in
            try await withServer(bodyLimit: 1 << 20) { request, exchange in
                HTTPTunnel.forward(request, exchange, toHost: "127.0.0.1", port: backPort, path: "/back?x=1")
            } client: { port, _ in try await body(port) }
        }
    }

    @Test func anAnswerIsHandedOnAndTheConnectionGoesOn() async throws {
        try await withTunnel { request, exchange in
            exchange.respond(.accepted, contentType: "text/plain", text: "\(request.method) \(request.uri) \(String(buffer: request.body))")
        } client: { port in
            try await RawConnection.open(port: port) { connection in
                for _ in 0..<2 {
                    try await connection.send("POST /front HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")
                    let answer = try await connection.readResponse()
                    #expect(answer.status == 202)
                    #expect(answer.body == "POST /back?x=1 hi")
                }
            }
        }
    }

    @Test func aStreamedAnswerIsHandedOnAsItComesAndEndsWithItsClient() async throws {
        let closed = AsyncStream.makeStream(of: Void.self)
        try await withTunnel { _, exchange in
            let stream = exchange.stream(.ok)
            exchange.onClose { closed.continuation.yield() }
            _ = stream.offer(ByteBuffer(string: "line one\n"))
        } client: { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.read(through: "line one\n").hasSuffix("line one\n"))
            }
            var iterator = closed.stream.makeAsyncIterator()
            #expect(await iterator.next() != nil)
        }
    }

    @Test func aLargeAnswerComesWhole() async throws {
        let size = 3 << 20
        try await withTunnel { _, exchange in
            exchange.respond(.ok, body: ByteBuffer(repeating: UInt8(ascii: "z"), count: size))
        } client: { port in
            let answer = try await rawRequest(port: port, "GET", "/")
            #expect(answer.body.utf8.count == size)
        }
    }

    @Test func anUpgradeJoinsBothConnections() async throws {
        try await withTunnel { request, exchange in
            guard request.wantsUpgrade else { return exchange.respond(.badRequest) }
            exchange.takeOver { channel in
                channel.writeAndFlush(
                    ByteBuffer(string: "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nwelcome "), promise: nil)
                try? channel.pipeline.syncOperations.addHandler(Echo())
            }
        } client: { port in
            try await RawConnection.open(port: port) { connection in
                // Bytes of the new protocol that come with the request are not lost.
                try await connection.send("POST /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nearly ")
                #expect(try await connection.read(through: "\r\n\r\n").hasPrefix("HTTP/1.1 101 "))
                #expect(try await connection.read(through: "early ") == "welcome early ")
                try await connection.send("late")
                #expect(try await connection.read(through: "late") == "late")
                connection.finishSending()
                #expect(try await connection.readToEnd() == "bye")
            }
        }
    }

    @Test func aRefusedUpgradeIsHandedOn() async throws {
        try await withTunnel { _, exchange in
            exchange.respond(.forbidden, contentType: "text/plain", text: "no")
        } client: { port in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /exec HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
                let answer = try await connection.readResponse()
                #expect(answer.status == 403)
                #expect(answer.body == "no")
                #expect(try await connection.readToEnd() == "")
            }
        }
    }

    @Test func aTargetThatIsNotThereIsNamed() async throws {
        let port = try await withServer { _, exchange in exchange.respond(.ok) } client: { port, _ in port }
        try await withServer { request, exchange in
            HTTPTunnel.forward(request, exchange, toHost: "127.0.0.1", port: port, path: "/")
        } client: { front, _ in
            let answer = try await rawRequest(port: front, "GET", "/")
            #expect(answer.status == 503)
            #expect(answer.body == "dial tcp 127.0.0.1:\(port): connect: connection refused\n")
        }
    }
}

/// Sends back what comes, and `bye` when the other side ends.
private final class Echo: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    func channelRead(context: ChannelHandlerContext, data: NIOAny) { context.writeAndFlush(wrapOutboundOut(unwrapInboundIn(data)), promise: nil) }
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .some(.inputClosed) = event as? ChannelEvent else { return }
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: "bye"))).whenComplete { _ in channel.close(promise: nil) }
    }
}
