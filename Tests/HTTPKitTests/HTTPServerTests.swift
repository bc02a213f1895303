import HTTPKit
import Logging
import NIOCore
import RawHTTP
import Synchronization
import Testing

/// A service made of a closure.
struct ClosureService: HTTPService {
    var bodyLimit = 1024
    let answer: @Sendable (HTTPRequest, HTTPExchange) -> Void
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) { answer(request, exchange) }
}

func withServer<T>(
    bodyLimit: Int = 1024, options: HTTPServerOptions = HTTPServerOptions(), _ answer: @escaping @Sendable (HTTPRequest, HTTPExchange) -> Void,
    client body: (Int, HTTPServer) async throws -> T
) async throws -> T {
    var options = options
    options.threads = 1
    let server = HTTPServer(service: ClosureService(bodyLimit: bodyLimit, answer: answer), logger: Logger(label: "test"), options: options)
    let port = try await server.start()
    do {
        let result = try await body(port, server)
        await server.shutdown(grace: .seconds(2))
        return result
    } catch {
        await server.shutdown(grace: .zero)
        throw error
    }
}

@Suite(.timeLimit(.minutes(1))) struct HTTPServerTests {
    @Test func aConnectionServesManyRequestsAndPipelinedOnesInOrder() async throws {
        try await withServer { request, exchange in
            exchange.perform { exchange.respond(.ok, contentType: "text/plain", text: request.pathSegments.joined(separator: "|")) }
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b/c%2Fd HTTP/1.1\r\nHost: x\r\n\r\nGET /e?q HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.readResponse().body == "a")
                #expect(try await connection.readResponse().body == "b|c/d")
                #expect(try await connection.readResponse().body == "e")
                try await connection.send("GET /f HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                let last = try await connection.readResponse()
                #expect(last.headers["connection"] == "close")
                #expect(try await connection.readToEnd() == "")
            }
        }
    }

    @Test func aBodyArrivesWholeHoweverItIsSent() async throws {
        try await withServer { request, exchange in
            exchange.respond(.ok, contentType: "text/plain", text: String(buffer: request.body))
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n")
                #expect(try await connection.readResponse().body == "abcde")
                try await connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                #expect(try await connection.read(through: "\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n")
                try await connection.send("wxyz")
                #expect(try await connection.readResponse().body == "wxyz")
            }
        }
    }

    @Test(arguments: ["Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n1388\r\n"])
    func aBodyOverTheLimitIsRefusedAndTheClientCanReadTheAnswer(framing: String) async throws {
        try await withServer { _, exchange in
            exchange.respond(.ok)
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("POST / HTTP/1.1\r\nHost: x\r\n" + framing + String(repeating: "x", count: 5000))
                let answer = try await connection.readResponse()
                #expect(answer.status == 413)
                #expect(answer.body == "Request entity too large: limit is 1024\n")
                #expect(try await connection.readToEnd() == "")
            }
        }
    }

    @Test func whatIsNotHTTPIsRefused() async throws {
        try await withServer { _, exchange in
            exchange.respond(.ok)
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET / SMTP/1.1\r\n\r\n")
                #expect(try await connection.readResponse().status == 400)
            }
            try await RawConnection.open(port: port) { connection in
                try await connection.send("FOO / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.readResponse().status == 405)
            }
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\nBig: " + String(repeating: "y", count: 70_000) + "\r\n\r\n")
                #expect(try await connection.readResponse().status == 431)
            }
        }
    }

    @Test func headHasTheLengthButNoBody() async throws {
        try await withServer { _, exchange in
            exchange.respond(.ok, contentType: "text/plain", text: "twelve bytes")
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.readResponse(isHead: true).headers["content-length"] == "12")
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                #expect(try await connection.readResponse().body == "twelve bytes")
            }
        }
    }

    @Test func aStreamArrivesInChunksAndTheConnectionGoesOn() async throws {
        try await withServer { _, exchange in
            exchange.perform {
                let stream = exchange.stream(.ok, headers: ["Content-Type": "text/plain"])
                do {
                    try await stream.write(ByteBuffer(string: "one"))
                    try await stream.write(ByteBuffer(string: String(repeating: "2", count: 20_000)))
                } catch {}
                stream.finish()
            }
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                for _ in 0..<2 {
                    try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                    let answer = try await connection.readResponse()
                    #expect(answer.headers["transfer-encoding"] == "chunked")
                    #expect(answer.body == "one" + String(repeating: "2", count: 20_000))
                }
            }
        }
    }

    @Test func aStreamToAClientThatDoesNotReadIsBounded() async throws {
        let refused = AsyncStream.makeStream(of: Int.self)
        try await withServer { _, exchange in
            let stream = exchange.stream(.ok, limit: 1 << 16)
            exchange.perform {
                let block = ByteBuffer(repeating: 1, count: 1 << 14)
                var accepted = 0
                // Until the kernel's buffers are full too and the bytes stay with us.
                while !Task.isCancelled, accepted < 1 << 16 {
                    if stream.offer(block) { accepted += 1 } else { break }
                    await Task.yield()
                }
                refused.continuation.yield(accepted)
            }
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.channel.setOption(.autoRead, value: false).get()
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                var iterator = refused.stream.makeAsyncIterator()
                let accepted = await iterator.next() ?? 0
                #expect(accepted < 1 << 16)
                #expect(accepted >= 4)
            }
        }
    }

    @Test func aRunningExchangeIsToldAtOnceThatItsClientLeft() async throws {
        let closed = AsyncStream.makeStream(of: String.self)
        try await withServer { request, exchange in
            let stream = exchange.stream(.ok)
            exchange.onClose { closed.continuation.yield("hook") }
            exchange.perform {
                do { while true { try await Task.sleep(for: .seconds(3600)) } } catch { closed.continuation.yield("task") }
            }
            _ = stream.offer(ByteBuffer(string: "x"))
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await connection.read(through: "x")
            }
            var iterator = closed.stream.makeAsyncIterator()
            var seen: Set<String> = []
            while seen.count < 2, let next = await iterator.next() { seen.insert(next) }
            #expect(seen == ["hook", "task"])
        }
    }

    @Test func aClientThatClosedItsHalfStillGetsItsAnswer() async throws {
        let gate = AsyncStream.makeStream(of: Void.self)
        try await withServer { _, exchange in
            exchange.perform {
                var iterator = gate.stream.makeAsyncIterator()
                _ = await iterator.next()
                exchange.respond(.ok, contentType: "text/plain", text: "late")
            }
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
                connection.finishSending()
                gate.continuation.yield()
                #expect(try await connection.readResponse().body == "late")
            }
        }
    }

    @Test func shutdownFinishesRequestsUnderWayAndEndsStreams() async throws {
        let begun = AsyncStream.makeStream(of: Void.self)
        let gate = AsyncStream.makeStream(of: Void.self)
        try await withServer { request, exchange in
            if request.path == "/stream" {
                let stream = exchange.stream(.ok)
                _ = stream.offer(ByteBuffer(string: "first"))
                return
            }
            exchange.perform {
                begun.continuation.yield()
                var iterator = gate.stream.makeAsyncIterator()
                _ = await iterator.next()
                exchange.respond(.ok, contentType: "text/plain", text: "done")
            }
        } client: { port, server in
            try await RawConnection.open(port: port) { stream in
                try await stream.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")
                _ = try await stream.read(through: "first")
                try await RawConnection.open(port: port) { slow in
                    try await slow.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n")
                    var iterator = begun.stream.makeAsyncIterator()
                    _ = await iterator.next()
                    async let stopped: Void = server.shutdown(grace: .seconds(10))
                    #expect(try await stream.readToEnd() == "\r\n0\r\n\r\n")
                    gate.continuation.yield()
                    let answer = try await slow.readResponse()
                    #expect(answer.body == "done")
                    #expect(answer.headers["connection"] == "close")
                    await stopped
                }
            }
            await #expect(throws: (any Error).self) { _ = try await rawRequest(port: port, "GET", "/") }
        }
    }

    @Test func aRequestThatNeverArrivesWholeIsTimedOut() async throws {
        var options = HTTPServerOptions()
        options.requestTimeout = .milliseconds(50)
        try await withServer(options: options) { _, exchange in
            exchange.respond(.ok)
        } client: { port, _ in
            try await RawConnection.open(port: port) { connection in
                try await connection.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
                #expect(try await connection.readResponse().status == 408)
            }
        }
    }

    @Test func anIdleConnectionIsClosed() async throws {
        var options = HTTPServerOptions()
        options.idleTimeout = .milliseconds(50)
        try await withServer(options: options) { _, exchange in
            exchange.respond(.ok)
        } client: { port, _ in
            let idle = try await RawConnection.open(port: port) { connection in try await connection.readToEnd() }
            #expect(idle == "")
        }
    }

    @Test func headersCannotBeSmuggledThroughAValue() async throws {
        try await withServer { _, exchange in
            exchange.respond(.ok, headers: ["Warning": "a\r\nEvil: yes"])
        } client: { port, _ in
            let answer = try await rawRequest(port: port, "GET", "/")
            #expect(answer.headers["warning"] == "a  Evil: yes")
            #expect(answer.headers["evil"] == nil)
        }
    }

    @Test func aHandlerThatGivesNoAnswerIsAnswered500() async throws {
        try await withServer { _, exchange in
            exchange.perform {}
        } client: { port, _ in
            let answer = try await rawRequest(port: port, "GET", "/")
            #expect(answer.status == 500)
        }
    }
}
