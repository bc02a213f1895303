import Core
import HTTPKit
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import NodeServer

@Suite struct NodeServerTests {
    /// A node whose log says what was asked of it.
    struct EchoBackend: NodeBackend {
        func writeLog(_ request: ContainerLogRequest, to sink: any LogSink) async throws {
            guard request.name.container != "missing" else { throw NodeRequestError.notFound("container not found (\"missing\")") }
            try await sink.write(ByteBuffer(string: "one "))
            try await sink.write(ByteBuffer(string: "tail=\(request.tailLines ?? -1) follow=\(request.follow)"))
        }
        func streamURL(_ request: ContainerStreamRequest) async throws -> String { throw NodeRequestError.notFound("no such pod") }
        func podList() async throws -> [UInt8] { Array(#"{"items":[]}"#.utf8) }
    }

    @Test func logsQueryIsRead() throws {
        let request = try NodeServer.logRequest(
            ["containerLogs", "ns", "p", "c"], HTTPQuery("follow=true&tailLines=5&sinceTime=2026-11-21T04:39:00Z&limitBytes=9&previous=0"))
        #expect(request.name == ContainerName(pod: PodKey(namespace: "ns", name: "p"), container: "c"))
        #expect(request.follow && !request.previous && request.tailLines == 5 && request.limitBytes == 9)
        #expect(request.since == Timestamp(rfc3339: "2026-11-21T04:39:00Z"))
    }

    @Test(arguments: ["tailLines=-1", "tailLines=x", "follow=perhaps", "sinceTime=today", "limitBytes=1e9"])
    func aLogsQueryThatCannotBeMeantIsRefused(query: String) {
        #expect(throws: NodeRequestError.self) { try NodeServer.logRequest(["containerLogs", "ns", "p", "c"], HTTPQuery(query[...])) }
    }

    @Test func execsQueryIsReadInBothSpellings() throws {
        let short = try NodeServer.streamRequest(["exec", "ns", "p", "c"], HTTPQuery("command=sh&command=-c&input=1&output=1&tty=1"))
        let long = try NodeServer.streamRequest(["exec", "ns", "p", "c"], HTTPQuery("command=sh&command=-c&stdin=true&stdout=true&tty=true"))
        #expect(short == long)
        #expect(short.purpose == .exec(command: ["sh", "-c"]))
        #expect(throws: NodeRequestError.self) { try NodeServer.streamRequest(["exec", "ns", "p", "c"], HTTPQuery("output=1")) }
        #expect(throws: NodeRequestError.self) { try NodeServer.streamRequest(["attach", "ns", "p", "c"], HTTPQuery("")) }
    }

    @Test(arguments: [
        ("http://127.0.0.1:4000/exec/abc?x=1", StreamTarget(url: "http://127.0.0.1:4000/exec/abc?x=1")?.path == "/exec/abc?x=1"),
        ("http://[::]:4000/exec/abc", StreamTarget(url: "http://[::]:4000/exec/abc")?.host == "127.0.0.1"),
        ("http://:4000/a", StreamTarget(url: "http://:4000/a")?.host == "127.0.0.1"),
        ("unix:///x", StreamTarget(url: "unix:///x") == nil), ("http://host/a", StreamTarget(url: "http://host/a") == nil),
    ])
    func streamingAddressesAreTakenApart(url: String, isRight: Bool) { #expect(isRight, "\(url)") }

    @Test func logsAreStreamedAndErrorsKeepTheirStatus() async throws {
        let server = HTTPServer(service: NodeServer(backend: EchoBackend()), logger: Logger(label: "test"))
        let port = try await server.start()
        let good = try await answer("GET /containerLogs/ns/p/c?tailLines=2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
        #expect(good.hasPrefix("HTTP/1.1 200") && good.contains("one ") && good.contains("tail=2 follow=false"))
        let missing = try await answer("GET /containerLogs/ns/p/missing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", port: port)
        #expect(missing.hasPrefix("HTTP/1.1 404") && missing.contains(#"container not found ("missing")"#))
        let exec = try await answer("POST /exec/ns/p/c?command=sh&output=1 HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", port: port)
        #expect(exec.hasPrefix("HTTP/1.1 404") && exec.contains("no such pod"))
        await server.shutdown()
    }

    func answer(_ request: String, port: Int) async throws -> String {
        let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup).connect(host: "127.0.0.1", port: port) { channel in
            channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel) }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: request))
            var text = ""
            for try await part in inbound { text += String(buffer: part) }
            return text
        }
    }
}
