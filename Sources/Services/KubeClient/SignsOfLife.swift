import AsyncHTTPClient
import Core
import NIOHTTP1

/// What a server shows of itself when it is asked while an answer is awaited.
enum SignOfLife: Sendable, Hashable {
    case serves
    /// It answers that it cannot serve now: its store is out of its reach, or it stops.
    case unwell
    /// It takes the question and says nothing in time, as a frozen process does, or cannot be reached.
    case silent
}

/// Asks servers for signs of life, one question at a time to each, whose answer holds for a while: many calls that wait are no load.
///
/// The question is `HEAD /`, with which the three-master guide's haproxy asks whether requests shall be sent to a server. Any HTTP answer but 502 to
/// 504 will do.
actor SignsOfLife {
    private let ask: @Sendable (_ server: String) async -> SignOfLife
    private let freshness: Duration
    private let time: any TimeSource
    private var last: [String: (sign: SignOfLife, at: Instant)] = [:]
    private var questions: [String: Task<SignOfLife, Never>] = [:]

    /// - Parameter freshness: how long an answer holds.
    init(freshness: Duration = .seconds(1), time: any TimeSource = SystemTime(), ask: @escaping @Sendable (_ server: String) async -> SignOfLife) {
        (self.freshness, self.time, self.ask) = (freshness, time, ask)
    }

    func sign(of server: String) async -> SignOfLife {
        if let question = questions[server] { return await question.value }
        if let last = last[server], time.now - last.at < freshness { return last.sign }
        // A task of its own, since the call that asked first may end before the others have their answer. It ends by the question's deadline.
        let question = Task { [ask] in await ask(server) }
        questions[server] = question
        let sign = await question.value
        (questions[server], last[server]) = (nil, (sign, time.now))
        return sign
    }

    /// Whether calls to `server` had better go elsewhere: it does not serve, and another one does. Where all are unwell or slow alike, as in an election of
    /// their store, nothing is won by leaving.
    func speakAgainst(_ server: String, others: [String]) async -> Bool {
        guard await sign(of: server) != .serves else { return false }
        for other in others where await self.sign(of: other) == .serves { return true }
        return false
    }
}

extension KubeClient {
    /// Returns, with an error, when `server` shows no life while its answer is awaited, and another one does. It is asked whenever nothing was heard for
    /// `patience`; the only server is not asked, for nothing would follow.
    ///
    /// - Parameters:
    ///   - limit: when to return in any case, with `nil`.
    ///   - heard: when something was heard last.
    func loss(of server: String, after patience: Duration, until limit: Instant? = nil, heard: @Sendable () -> Instant) async -> KubeClientError? {
        let others = servers.urls.filter { $0 != server }
        guard !others.isEmpty else {
            if let limit { try? await ContinuousClock().sleep(until: limit) }
            return nil
        }
        var asked = heard()
        while true {
            let next = max(heard(), asked) + patience
            do { try await ContinuousClock().sleep(until: limit.map { min($0, next) } ?? next) } catch { return nil }
            if let limit, ContinuousClock.now >= limit { return nil }
            guard ContinuousClock.now >= heard() + patience else { continue }
            if await signs.speakAgainst(server, others: others) {
                return KubeClientError(kind: .timedOut, message: "\(server) is silent, or says that it cannot serve, and another server serves")
            }
            asked = ContinuousClock.now
        }
    }

    static func sign(of server: String, _ transport: Transport, deadline: Duration) async -> SignOfLife {
        var request = HTTPClientRequest(url: server + "/")
        request.method = .HEAD
        do throws(KubeClientError) {
            let answer = try await transport.execute(request, deadline: deadline)
            // Read to its end, so that the connection serves the next question.
            _ = try await transport.collect(answer.body, limit: 1 << 16)
            return (502...504).contains(answer.status.code) ? .unwell : .serves
        } catch { return .silent }
    }
}
