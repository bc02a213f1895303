import AsyncHTTPClient
import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1
import Synchronization

/// The agent's end of its link to a master in another process: finds the leader, holds the link, and makes a new one when it breaks.
///
/// What the agent says goes out in order, one request at a time. A link that breaks loses what was on its way: the registration over the
/// next one carries all that the agent knows, and updates go again until they are acknowledged.
actor MasterConnection {
    struct Configuration: Sendable {
        /// The masters to try, the likely leader first; asked before each attempt.
        var masters: @Sendable () async -> [MesosEndpoint]
        var credential: LinkCredential?
        /// Without a word from the master for so long, it is gone: five pings of 15 s.
        var silenceLimit: Duration = .seconds(75)
        var firstBackoff: Duration = .milliseconds(250)
        var longestBackoff: Duration = .seconds(10)
        var callTimeout: Duration = .seconds(15)
    }

    /// Messages that may wait for the master; more of them break the link.
    static let outboxCapacity = 10_000

    private let configuration: Configuration
    private let agent: ItemQueue<LocalAgent.Item>
    private let time: any TimeSource
    private let log: Logger
    private let random: @Sendable () -> Double
    /// Of the link that stands; `nil` without one.
    private nonisolated let outbox = Mutex<ItemQueue<AgentToMaster>?>(nil)

    init(
        _ configuration: Configuration, agent: ItemQueue<LocalAgent.Item>, time: any TimeSource, logger: Logger,
        random: @escaping @Sendable () -> Double = { .random(in: 0..<1) }
    ) {
        (self.configuration, self.agent, self.time, log, self.random) = (configuration, agent, time, logger, random)
    }

    /// Sends a message if there is a link; without one it is dropped, as every message is repeated by the next registration.
    nonisolated func tell(_ message: AgentToMaster) {
        guard let queue = outbox.withLock({ $0 }) else { return }
        if !queue.put(message) { queue.close() }
    }

    /// Keeps the agent linked until the task is cancelled.
    func run() async {
        var attempt = 0
        var named: MesosEndpoint?
        var turn = 0
        while !Task.isCancelled {
            let masters = await configuration.masters()
            let master = named ?? (masters.isEmpty ? nil : masters[turn % masters.count])
            named = nil
            var reason = "no master is known"
            if let master {
                switch await link(to: master) {
                case .redirected(let leader) where attempt < 5:
                    named = leader
                    attempt += 1
                    continue
                case .redirected(let leader): reason = "the masters name each other (\(leader))"
                case .ended(let why, let wasLinked):
                    reason = why
                    if wasLinked { attempt = 0 }
                }
                turn += 1
            }
            if Task.isCancelled { return }
            log.warning("the agent has no master", metadata: ["master": "\(master?.description ?? "-")", "because": "\(reason)"])
            let limit = min(configuration.longestBackoff.inSeconds, configuration.firstBackoff.inSeconds * Double(1 << min(attempt, 10)))
            attempt += 1
            try? await time.sleep(for: .seconds(limit * random()))
        }
    }

    private enum Outcome {
        case redirected(MesosEndpoint)
        case ended(String, wasLinked: Bool)
    }

    private func link(to master: MesosEndpoint) async -> Outcome {
        do {
            let answer = try await LinkHTTP.shared.execute(request(master, LinkPaths.open), timeout: LinkHTTP.amount(configuration.callTimeout))
            if answer.status == .temporaryRedirect, let leader = answer.headers.first(name: "Location").flatMap({ MesosEndpoint($0, defaultPort: 5050) }) {
                return .redirected(leader)
            }
            guard answer.status == .ok, let name = answer.headers.first(name: LinkPaths.header) else {
                let text = String(buffer: try await answer.body.collect(upTo: 1 << 16))
                return .ended("status \(answer.status.code): \(text)", wasLinked: false)
            }
            log.notice("the agent is linked to its master", metadata: ["master": "\(master)"])
            let queue = ItemQueue<AgentToMaster>(capacity: MasterConnection.outboxCapacity)
            outbox.withLock { $0 = queue }
            defer {
                outbox.withLock { $0 = nil }
                queue.close()
                agent.feed(.input(.masterDisconnected, reply: nil))
            }
            agent.feed(.input(.masterConnected, reply: nil))
            return .ended(await hold(answer.body, queue, master, name), wasLinked: true)
        } catch {
            return .ended("\(error)", wasLinked: false)
        }
    }

    /// Reads and writes until one of both ends, or the master falls silent; says which.
    private func hold(_ body: HTTPClientResponse.Body, _ queue: ItemQueue<AgentToMaster>, _ master: MesosEndpoint, _ name: String) async -> String {
        let heard = LastHeard(time.now)
        return await withTaskGroup(of: String.self) { group in
            group.addTask { await self.read(body, heard) }
            group.addTask { await self.write(queue, master, name) }
            group.addTask {
                while !Task.isCancelled {
                    let deadline = heard.moment + self.configuration.silenceLimit
                    if deadline <= self.time.now { return "no word from the master for \(self.configuration.silenceLimit.inSeconds) s" }
                    try? await self.time.sleep(until: min(deadline, self.time.now + .seconds(1)))
                }
                return "the agent ends"
            }
            let first = await group.next() ?? ""
            group.cancelAll()
            queue.close()
            return first
        }
    }

    private nonisolated func read(_ body: HTTPClientResponse.Body, _ heard: LastHeard) async -> String {
        var decoder = RecordIODecoder(limit: 64 << 20)
        do {
            for try await chunk in body {
                heard.moment = time.now
                decoder.feed(chunk)
                while let record = try decoder.next() {
                    guard let message = MasterToAgent(try KMD_ToAgent(serializedBytes: Array(record.readableBytesView), partial: true)) else { continue }
                    // A full queue is waited for, so that the socket is not read meanwhile.
                    while !agent.put(.input(.master(message), reply: nil)) { try await time.sleep(for: .milliseconds(10)) }
                }
            }
            return "the master closed the link"
        } catch {
            return "\(error)"
        }
    }

    private nonisolated func write(_ queue: ItemQueue<AgentToMaster>, _ master: MesosEndpoint, _ name: String) async -> String {
        while let messages = await queue.batch(until: nil, on: time) {
            guard !messages.isEmpty else { continue }
            let batch = Kmd_MesosLocal_ToMasterBatch.with { $0.messages = messages.map(\.wire) }
            do {
                let bytes: [UInt8] = try batch.serializedBytes(partial: true)
                if let refusal = try await post(bytes, master, name) { return refusal }
            } catch {
                return "\(error)"
            }
        }
        return "more waits for the master than it takes"
    }

    /// `nil` when the master took it. A master that is overloaded is asked again for a while.
    private nonisolated func post(_ bytes: [UInt8], _ master: MesosEndpoint, _ name: String) async throws -> String? {
        for _ in 0..<100 {
            var request = request(master, LinkPaths.tell)
            request.headers.add(name: LinkPaths.header, value: name)
            request.body = .bytes(ByteBuffer(bytes: bytes))
            let answer = try await LinkHTTP.shared.execute(request, timeout: LinkHTTP.amount(configuration.callTimeout))
            let text = String(buffer: try await answer.body.collect(upTo: 1 << 16))
            if answer.status == .accepted { return nil }
            guard answer.status == .serviceUnavailable else { return "status \(answer.status.code): \(text)" }
            try await time.sleep(for: .milliseconds(50))
        }
        return "the master stays overloaded"
    }

    private nonisolated func request(_ master: MesosEndpoint, _ path: String) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: "http://\(master)\(path)")
        request.method = .POST
        request.headers.add(name: "Content-Type", value: MesosFormat.protobuf.contentType)
        if let credential = configuration.credential { request.headers.add(name: "Authorization", value: credential.header) }
        return request
    }
}

/// When the master was heard last; written by the reader, read by the watch.
private final class LastHeard: Sendable {
    private let stored: Mutex<Instant>
    init(_ moment: Instant) { stored = Mutex(moment) }
    var moment: Instant {
        get { stored.withLock { $0 } }
        set { stored.withLock { $0 = newValue } }
    }
}

/// The HTTP client of agents, one for the process: links, and the files of executors.
enum LinkHTTP {
    static let shared: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .disallow)
        configuration.timeout = .init(connect: .seconds(5), read: nil)
        configuration.connectionPool = .init(idleTimeout: .seconds(30), concurrentHTTP1ConnectionsPerHostSoftLimit: 64)
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    static func amount(_ duration: Duration) -> TimeAmount { .nanoseconds(Int64(duration.inSeconds * 1e9)) }
}
