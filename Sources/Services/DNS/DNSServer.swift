import ActorKit
import Core
import Logging
import NIOCore
import NIOPosix
import Synchronization

/// A DNS server on UDP and TCP: what is ours is answered on the event loop, the rest by the forwarder.
///
/// `start`, then `run` until the server shall end, then `shutdown`.
public final class DNSServer: Sendable {
    public struct Options: Sendable {
        /// Where to listen: an IP address and a port; port 0 takes one that is free for both.
        public var addresses: [(host: String, port: Int)]
        /// TCP connections at a time; one more is closed at once.
        public var connections = 512
        /// Questions that wait for others at a time; one more is answered with SERVFAIL.
        public var forwards = 1024
        /// A TCP connection without a question is closed after this.
        public var idle: TimeAmount = .seconds(10)
        public init(addresses: [(host: String, port: Int)]) { self.addresses = addresses }
    }

    private let table: ZoneTable
    private let forwarder: Forwarder?
    private let options: Options
    private let group: any EventLoopGroup
    private let logger: Logger
    private let time: any TimeSource
    private let questions: Inbox<ForwardedQuestion>
    private let channels = Mutex<[any Channel]>([])
    private let connections = Mutex<[ObjectIdentifier: any Channel]>([:])

    /// - Parameter forwarder: `nil`: questions about other names are refused.
    public init(
        table: ZoneTable, forwarder: Forwarder?, options: Options,
        group: any EventLoopGroup = MultiThreadedEventLoopGroup.singleton,
        time: any TimeSource = SystemTime(), logger: Logger
    ) {
        (self.table, self.forwarder, self.options, self.group, self.time, self.logger) = (
            table, forwarder, options, group, time, logger
        )
        questions = Inbox(capacity: options.forwards)
    }

    /// Listens on all addresses, or on none.
    /// - Returns: where, in the order of the options.
    public func start() async throws -> [SocketAddress] {
        do {
            var bound: [SocketAddress] = []
            for (host, port) in options.addresses { bound.append(try await listen(host, port)) }
            return bound
        } catch {
            await shutdown()
            throw error
        }
    }

    private func listen(_ host: String, _ port: Int) async throws -> SocketAddress {
        let hosts = try DNSServer.datagramHosts(host)
        for attempt in 0... {
            var opened: [any Channel] = []
            do {
                opened.append(try await datagramBootstrap.bind(host: hosts[0], port: port).get())
                guard let taken = opened[0].localAddress?.port else { throw ChannelError.unknownLocalAddress }
                opened.append(try await streamBootstrap.bind(host: host, port: taken).get())
                for host in hosts.dropFirst() { opened.append(try await datagramBootstrap.bind(host: host, port: taken).get()) }
                let all = opened
                channels.withLock { $0 += all }
                return try SocketAddress(ipAddress: host, port: taken)
            } catch {
                for channel in opened { try? await channel.close() }
                guard port == 0, attempt < 20 else { throw error }
            }
        }
        throw ChannelError.unknownLocalAddress
    }

    /// "All addresses" are listened on one by one: an answer by UDP must come from the address that was asked, and a socket of its own
    /// sees to that.
    private static func datagramHosts(_ host: String) throws -> [String] {
        guard host == "0.0.0.0" || host == "::" else { return [host] }
        let addresses = try System.enumerateDevices().compactMap(\.address).filter {
            $0.protocol == (host == "::" ? .inet6 : .inet)
        }
        // A link's own addresses need the link's name, and nobody is told of them.
        let found = Set(addresses.compactMap(\.ipAddress).filter { !$0.hasPrefix("fe80:") }).sorted()
        return found.isEmpty ? [host] : found
    }

    /// Whether a server that listens on `address` is the one that `server` names.
    public static func listens(_ address: (host: String, port: Int), at server: UpstreamServer) -> Bool {
        guard server.address.port == address.port, let host = server.address.ipAddress else { return false }
        if host == address.host { return true }
        guard address.host == "0.0.0.0" || address.host == "::" else { return false }
        return host.hasPrefix("127.") || host == "::1" || (try? datagramHosts(address.host).contains(host)) == true
    }

    private var datagramBootstrap: DatagramBootstrap {
        let batch = 32
        return DatagramBootstrap(group: group)
            // Many questions by one system call; a question has at most 2,048 bytes.
            .channelOption(.datagramVectorReadMessageCount, value: batch)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: batch * 2048))
            .channelOption(.maxMessagesPerRead, value: 8)
            .channelOption(.socketOption(.so_rcvbuf), value: 1 << 20)
            .channelInitializer { [table, questions] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(DatagramHandler(Responder(table), questions))
                }
            }
    }

    private var streamBootstrap: ServerBootstrap {
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { [self] channel in
                let isWelcome = connections.withLock { connections in
                    guard connections.count < options.connections else { return false }
                    connections[ObjectIdentifier(channel)] = channel
                    return true
                }
                guard isWelcome else { return channel.close() }
                let key = ObjectIdentifier(channel)
                channel.closeFuture.whenComplete { [self] _ in connections.withLock { $0[key] = nil } }
                return channel.eventLoop.makeCompletedFuture { [table, questions, options] in
                    try channel.pipeline.syncOperations.addHandlers(
                        IdleStateHandler(allTimeout: options.idle), StreamHandler(Responder(table), questions))
                }
            }
    }

    /// Asks others what is not ours, until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            while let waiting = await questions.batch(on: time) {
                for question in waiting {
                    if running >= options.forwards {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await self.answer(question) }
                }
            }
            group.cancelAll()
        }
    }

    private func answer(_ question: ForwardedQuestion) async {
        let making = Answer(question.query, question.head, question.limit, ByteBufferAllocator())
        guard let asked = making.question, let forwarder else { return question.reply(making.empty(.refused)) }
        do {
            if let target = question.alias { return question.reply(try await followed(making, asked, target, forwarder)) }
            let (answer, age) = try await forwarder.answer(to: asked)
            let words = Array(asked.name.wire) + [UInt8(asked.type.rawValue >> 8), UInt8(asked.type.rawValue & 0xff), 0, 1]
            question.reply(ByteBuffer(bytes: answer.bytes(for: question.head, question: words, age: age, limit: question.limit)))
        } catch {
            question.reply(making.empty(.serverFailure))
        }
    }

    /// An alias of ours, and what others say of its target. When they say nothing, the alias is the answer: it is true.
    private func followed(_ making: Answer, _ asked: DNSQuestion, _ target: DNSName, _ forwarder: Forwarder) async throws
        -> ByteBuffer
    {
        let alias = DNSRecord(asked.name, ttl: table.options.ttl, .cname(target))
        guard let (found, age) = try? await forwarder.answer(to: DNSQuestion(target, asked.type)),
            let message = try? found.message()
        else {
            return making.records([alias], authoritative: true)
        }
        let others = message.answers.map { record in
            var record = record
            record.ttl = record.ttl > age ? record.ttl - age : 0
            return record
        }
        return making.records(
            [alias] + others, authoritative: true, code: message.responseCode == .nameError ? .nameError : .noError)
    }

    /// Stops listening and closes what is open.
    public func shutdown() async {
        questions.close()
        let open = channels.withLock { channels in
            defer { channels = [] }
            return channels
        }
        for channel in open { try? await channel.close() }
        for channel in connections.withLock({ Array($0.values) }) { try? await channel.close() }
    }
}

/// A question that others must answer, and the way back.
struct ForwardedQuestion: Sendable {
    let query: ByteBuffer
    let head: QueryHead
    let alias: DNSName?
    let limit: Int
    let reply: @Sendable (ByteBuffer) -> Void
}
