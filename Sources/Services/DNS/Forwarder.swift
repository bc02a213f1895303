import ActorKit
import Core
import Logging

/// Finds out what others know: from its cache, or from upstream servers, each question once however many ask it.
public actor Forwarder {
    public struct Options: Sendable {
        public var upstreams: Upstreams
        /// For one attempt with one server.
        public var timeout: Duration = .seconds(2)
        /// In all; resolvers ask again after five seconds.
        public var attempts = 3
        /// A server that failed is asked last for this long.
        public var avoidFor: Duration = .seconds(10)
        public init(upstreams: Upstreams) { self.upstreams = upstreams }
    }

    public enum Failure: Error, Sendable, Hashable {
        /// Nobody is there to be asked.
        case noServer
        /// Nobody gave an answer that can be used.
        case noAnswer
    }

    private let options: Options
    private let transport: any UpstreamTransport
    private let random: any RandomSource
    private let time: any TimeSource
    private let logger: Logger
    private var cache: AnswerCache
    private var waiting: [DNSQuestion: [CheckedContinuation<Result<UpstreamAnswer, Failure>, Never>]] = [:]
    private var failedUntil: [UpstreamServer: Instant] = [:]

    public init(
        _ options: Options, transport: any UpstreamTransport, random: any RandomSource = SystemRandom(),
        time: any TimeSource = SystemTime(),
        logger: Logger
    ) {
        (self.options, self.transport, self.random, self.time, self.logger) = (options, transport, random, time, logger)
        cache = AnswerCache()
    }

    /// How many answers are remembered.
    var remembered: Int { cache.count }

    /// How many wait for the answer that somebody else's question will bring.
    func waiting(for question: DNSQuestion) -> Int { waiting[question]?.count ?? 0 }

    func answer(to question: DNSQuestion) async throws(Failure) -> (UpstreamAnswer, age: UInt32) {
        if let known = cache.answer(to: question, at: time.now) { return known }
        if waiting[question] != nil {
            let result = await withCheckedContinuation { waiting[question, default: []].append($0) }
            return (try result.get(), 0)
        }
        waiting[question] = []
        let result = await find(question)
        if case .success(let answer) = result { cache.store(answer, for: question, at: time.now) }
        for continuation in waiting.removeValue(forKey: question) ?? [] { continuation.resume(returning: result) }
        return (try result.get(), 0)
    }

    private func find(_ question: DNSQuestion) async -> Result<UpstreamAnswer, Failure> {
        let servers = inOrder(options.upstreams.servers(for: question.name))
        guard !servers.isEmpty else { return .failure(.noServer) }
        var last: UpstreamAnswer?
        for attempt in 0..<max(options.attempts, servers.count) {
            if Task.isCancelled { break }
            let server = servers[attempt % servers.count]
            if let answer = await ask(server, question) {
                // A server that has troubles of its own is no reason not to ask the next one.
                let isFinal = answer.responseCode == .noError || answer.responseCode == .nameError
                if isFinal {
                    failedUntil[server] = nil
                    return .success(answer)
                }
                last = answer
            }
            failedUntil[server] = time.now + options.avoidFor
        }
        return last.map { .success($0) } ?? .failure(.noAnswer)
    }

    private func ask(_ server: UpstreamServer, _ question: DNSQuestion) async -> UpstreamAnswer? {
        let id = UInt16(truncatingIfNeeded: random.next())
        guard let query = try? DNSMessage(asking: question, id: id, payloadSize: 1232).encoded() else { return nil }
        do {
            let bytes = try await exchange(server, query, stream: false, question, id)
            guard let answer = UpstreamAnswer(bytes, to: question, id: id) else { return nil }
            guard answer.isTruncated else { return answer }
            return UpstreamAnswer(try await exchange(server, query, stream: true, question, id), to: question, id: id)
        } catch {
            logger.info("an upstream DNS server does not answer", metadata: ["server": "\(server)", "why": "\(error)"])
            return nil
        }
    }

    private func exchange(_ server: UpstreamServer, _ query: [UInt8], stream: Bool, _ question: DNSQuestion, _ id: UInt16)
        async throws -> [UInt8]
    {
        try await transport.ask(server, query, stream: stream, timeout: options.timeout) { bytes in
            // Anything else on the same socket is somebody who guesses: the wait goes on.
            UpstreamAnswer(bytes, to: question, id: id) != nil
        }
    }

    private func inOrder(_ servers: [UpstreamServer]) -> [UpstreamServer] {
        let now = time.now
        failedUntil = failedUntil.filter { $0.value > now }
        return servers.filter { failedUntil[$0] == nil } + servers.filter { failedUntil[$0] != nil }
    }
}
