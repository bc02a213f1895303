import Core
import Logging
import NIOCore
import NIOPosix
import Testing

@testable import DNS

/// A server on loopback, asked over sockets; what is not its own it asks of a second one, which stands for the world.
@Suite struct ServerTests {
    let transport = SocketTransport()

    func table(_ domain: String, _ edits: [ZoneEdit]) throws -> ZoneTable {
        let table = ZoneTable(ZoneTable.Options(domain: try #require(DNSName(domain))))
        table.replace(with: edits)
        return table
    }

    /// Runs both servers while `body` asks the first.
    func withServers(connections: Int = 512, _ body: @Sendable @escaping (UpstreamServer) async throws -> Void) async throws {
        let address = try #require(DNSName("www.example.com"))
        let many = ZoneEdit(try #require(DNSName("many.example.com")), (0..<200).map { .a([10, 0, 0, $0]) })
        let world = DNSServer(
            table: try table("example.com", [ZoneEdit(address, [.a([192, 0, 2, 1])]), many]), forwarder: nil,
            options: DNSServer.Options(addresses: [("127.0.0.1", 0)]), logger: Logger(label: "world"))
        let worldAddress = UpstreamServer(try #require(try await world.start().first))
        let edits = [
            ZoneEdit(try #require(DNSName("kubernetes.default.svc.cluster.local")), [.a([10, 10, 10, 1])]),
            ZoneEdit(try #require(DNSName("out.default.svc.cluster.local")), [.cname(address)]),
        ]
        let forwarder = Forwarder(
            Forwarder.Options(upstreams: Upstreams(servers: [worldAddress])), transport: transport, logger: Logger(label: "test"))
        var options = DNSServer.Options(addresses: [("127.0.0.1", 0)])
        options.connections = connections
        let server = DNSServer(
            table: try table("cluster.local", edits), forwarder: forwarder, options: options, logger: Logger(label: "test"))
        let serverAddress = UpstreamServer(try #require(try await server.start().first))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await world.run() }
            group.addTask { await server.run() }
            try await body(serverAddress)
            group.cancelAll()
        }
        await server.shutdown()
        await world.shutdown()
    }

    func ask(_ server: UpstreamServer, _ name: String, _ type: RecordType = .a, stream: Bool = false, payload: UInt16? = nil)
        async throws -> DNSMessage
    {
        let query = try DNSMessage(asking: DNSQuestion(try #require(DNSName(name)), type), id: 4711, payloadSize: payload)
            .encoded()
        let bytes = try await transport.ask(server, query, stream: stream, timeout: .seconds(10)) { _ in true }
        return try DNSMessage(decoding: bytes)
    }

    @Test(arguments: [false, true])
    func whatIsOursIsAnsweredAndWhatIsNotIsFound(stream: Bool) async throws {
        try await withServers { server in
            let own = try await ask(server, "Kubernetes.default.svc.cluster.local", stream: stream)
            #expect(own.id == 4711 && own.isAuthoritative)
            #expect(own.answers.map(\.data) == [.a([10, 10, 10, 1])])
            #expect(own.questions[0].name.description == "Kubernetes.default.svc.cluster.local.")
            #expect(try await ask(server, "nothing.default.svc.cluster.local", stream: stream).responseCode == .nameError)
            for _ in 0..<2 {
                let other = try await ask(server, "WWW.example.com", stream: stream)
                #expect(other.id == 4711 && !other.isAuthoritative && other.recursionAvailable)
                #expect(other.answers.map(\.data) == [.a([192, 0, 2, 1])])
                #expect(other.questions[0].name.description == "WWW.example.com.")
            }
            #expect(try await ask(server, "nothing.example.com", stream: stream).responseCode == .nameError)
            // The world refuses what it does not know.
            #expect(try await ask(server, "elsewhere.test", stream: stream).responseCode == .refused)
        }
    }

    @Test func anAliasBringsTheAddressThatOthersKnow() async throws {
        try await withServers { server in
            let answer = try await ask(server, "out.default.svc.cluster.local", payload: 1232)
            #expect(answer.answers.map(\.data) == [.cname(try #require(DNSName("www.example.com"))), .a([192, 0, 2, 1])])
            let none = try await ask(server, "out.default.svc.cluster.local", .aaaa)
            #expect(none.answers.count == 1 && none.responseCode == .noError)
        }
    }

    @Test func whatIsTooLargeForUDPComesWholeByTCP() async throws {
        try await withServers { server in
            let cut = try await ask(server, "many.example.com")
            #expect(cut.isTruncated)
            let whole = try await ask(server, "many.example.com", stream: true)
            #expect(whole.answers.count == 200)
        }
    }

    @Test func questionsOfOneConnectionNeedNotWaitForEachOther() async throws {
        try await withServers { server in
            let names = (0..<300).map {
                $0 % 3 == 0 ? "www.example.com" : $0 % 3 == 1 ? "kubernetes.default.svc.cluster.local" : "n\($0).example.com"
            }
            var bytes: [UInt8] = []
            for (index, name) in names.enumerated() {
                let query = try DNSMessage(asking: DNSQuestion(try #require(DNSName(name)), .a), id: UInt16(index)).encoded()
                bytes += [UInt8(query.count >> 8), UInt8(query.count & 0xff)] + query
            }
            let connection = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: server.address) {
                channel in
                channel.eventLoop.makeCompletedFuture {
                    try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                }
            }
            let sent = bytes
            let ids = try await connection.executeThenClose { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: sent))
                var (received, ids): ([UInt8], Set<UInt16>) = ([], [])
                for try await part in inbound {
                    received += part.readableBytesView
                    while received.count >= 2, case let length = Int(received[0]) << 8 | Int(received[1]),
                        received.count >= length + 2
                    {
                        ids.insert(try DNSMessage(decoding: Array(received[2..<(length + 2)])).id)
                        received.removeFirst(length + 2)
                    }
                    if ids.count == names.count { break }
                }
                return ids
            }
            #expect(ids.count == names.count)
        }
    }

    @Test func oneConnectionTooManyIsClosedAndTheOthersAreNot() async throws {
        try await withServers(connections: 1) { server in
            let first = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(to: server.address).get()
            // The first is counted once it has been answered something.
            #expect(try await ask(server, "kubernetes.default.svc.cluster.local").answers.count == 1)
            await #expect(throws: (any Error).self) {
                for _ in 0..<50 { _ = try await ask(server, "kubernetes.default.svc.cluster.local", stream: true) }
            }
            try await first.close()
        }
    }

    @Test func anAddressThatIsTakenIsToldAndNothingIsLeftOpen() async throws {
        try await withServers { server in
            let port = try #require(server.address.port)
            let second = DNSServer(
                table: try table("x", []), forwarder: nil,
                options: DNSServer.Options(addresses: [("127.0.0.1", 0), ("127.0.0.1", port)]),
                logger: Logger(label: "second"))
            await #expect(throws: (any Error).self) { try await second.start() }
        }
    }

    @Test func answersComeFromTheAddressThatWasAsked() async throws {
        let addresses = try System.enumerateDevices().compactMap(\.address).filter { $0.protocol == .inet }.compactMap(
            \.ipAddress)
        let server = DNSServer(
            table: try table("cluster.local", []), forwarder: nil, options: DNSServer.Options(addresses: [("0.0.0.0", 0)]),
            logger: Logger(label: "test"))
        let port = try #require(try await server.start().first?.port)
        for address in addresses {
            // A connected socket takes datagrams of its peer only.
            let answer = try await ask(try #require(UpstreamServer("\(address):\(port)")), "dns-version.cluster.local", .txt)
            #expect(answer.answers.map(\.data) == [.txt([Array("1.1.0".utf8)])])
        }
        await server.shutdown()
    }
}
