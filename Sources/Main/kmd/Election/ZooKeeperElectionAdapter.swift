import Core
import JSON
import LeaderElector
import Synchronization
import ZooKeeper

/// The election's sessions, on a real ensemble.
struct ZooKeeperElectionSessions: ElectionSessions {
    let ensemble: ElectionEnsemble
    let paths: ElectionPaths
    /// What operators and the other candidates see of this one, as it is now.
    let candidate: @Sendable () -> CandidateRecord
    /// What the cluster's store knows of the election; `nil` when it does not answer in time, or knows nothing.
    let lease: @Sendable () async -> LeaseRecord?
    /// Told of each session that begins, and of its orderly end (`nil`).
    var sessionBegan: @Sendable (SessionIdentity?) -> Void = { _ in }
    /// Told of the session that is in use, for those who only look.
    var inUse: @Sendable (ZooKeeperSession?) -> Void = { _ in }
    /// Told of the candidate's own node, whenever it is known.
    var named: @Sendable (String) -> Void = { _ in }

    func open(_ news: @escaping @Sendable (ElectionSessionNews) -> Void) async -> (any ElectionSession)? {
        do throws(ZooKeeperError) {
            let session = try await ZooKeeperSession.open(ensemble.configuration)
            inUse(session)
            return ZooKeeperElectionSession(session, self, news)
        } catch {
            news(.ended("\(error)"))
            return nil
        }
    }
}

/// What a candidate's node says about it.
struct CandidateRecord: Sendable, Equatable {
    /// The holder's name in the Lease.
    let identity: String
    /// Where its pages are.
    let url: String
    /// What a leader needs and this candidate does not reach, in words; empty: it lacks nothing.
    let lacks: String

    var bytes: [UInt8] {
        var value: JSONValue = ["identity": .string(identity), "url": .string(url)]
        if !lacks.isEmpty { value["lacks"] = .string(lacks) }
        return value.encoded()
    }

    init(identity: String, url: String, lacks: String = "") { (self.identity, self.url, self.lacks) = (identity, url, lacks) }
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let identity = value["identity"]?.string else { return nil }
        self.init(identity: identity, url: value["url"]?.string ?? "", lacks: value["lacks"]?.string ?? "")
    }
}

/// What the counter's node says: the term, who has it, and how it came to that.
struct TermRecord: Sendable, Equatable {
    let term: UInt64
    var holder = ""
    /// Since when, by the holder's clock; RFC 3339.
    var since = ""
    /// Who had the term before; empty: nobody.
    var before = ""
    /// From the moment in which the holder was told that its predecessor's node had gone, until it asked for the term, in milliseconds. `nil`: it
    /// had no predecessor.
    var gap: Int64?
    /// How long before that its predecessor had shown its last sign of life (the renewal of its Lease, every 5 s), in milliseconds, by two clocks.
    var quiet: Int64?

    var bytes: [UInt8] {
        var value: JSONValue = ["term": .integer(Int64(clamping: term)), "holder": .string(holder), "since": .string(since)]
        if !before.isEmpty { value["before"] = .string(before) }
        if let gap { value["gapMilliseconds"] = .integer(gap) }
        if let quiet { value["quietMilliseconds"] = .integer(quiet) }
        return value.encoded()
    }

    init(term: UInt64, holder: String = "", since: String = "") { (self.term, self.holder, self.since) = (term, holder, since) }
    init?(_ bytes: [UInt8]) {
        guard let value = try? JSONValue(parsing: bytes), let number = value["term"]?.integer, number >= 0 else { return nil }
        self.init(term: UInt64(number), holder: value["holder"]?.string ?? "", since: value["since"]?.string ?? "")
        before = value["before"]?.string ?? ""
        (gap, quiet) = (value["gapMilliseconds"]?.integer, value["quietMilliseconds"]?.integer)
    }
}

/// One session: the election's requests as calls, and its news from the session's states.
final class ZooKeeperElectionSession: ElectionSession {
    private let session: ZooKeeperSession
    private let setup: ZooKeeperElectionSessions
    /// The candidate's own node, once it is known: whose resignation is asked for.
    private let own = Mutex<String?>(nil)
    private let handover = Mutex(Handover())
    private let followers = Mutex<[Task<Void, Never>]>([])

    /// What is known of the leader before, for the record of the next term.
    private struct Handover {
        /// When the node before the own one went.
        var gone: Instant?
        /// Who had the term that is to be raised, and when its Lease was renewed last.
        var holder = ""
        var renewed: Timestamp?
    }

    init(_ session: ZooKeeperSession, _ setup: ZooKeeperElectionSessions, _ news: @escaping @Sendable (ElectionSessionNews) -> Void) {
        (self.session, self.setup) = (session, setup)
        let tasks = [
            Task { [self] in await followStates(news) },
            Task { [self] in await followResignations(news) },
        ]
        followers.withLock { $0 = tasks }
    }

    private func followStates(_ news: @Sendable (ElectionSessionNews) -> Void) async {
        for await state in session.states() {
            switch state {
            case .connected(let identity, let timeout):
                setup.sessionBegan(identity)
                news(.connected(timeout: timeout))
            case .connecting: news(.disconnected)
            case .expired: news(.ended("it has expired"))
            case .authenticationFailed: news(.ended("ZooKeeper refused the credentials of --zk"))
            case .closed: return
            }
        }
    }

    private func followResignations(_ news: @Sendable (ElectionSessionNews) -> Void) async {
        do {
            for try await data in session.watchData(setup.paths.resign) {
                guard let data, let wish = try? JSONValue(parsing: data.bytes), let name = wish["candidate"]?.string else { continue }
                if name == own.withLock({ $0 }) { news(.resignationAsked(wish["by"]?.string ?? "somebody")) }
            }
        } catch {
            // The session's end, which `followStates` tells.
        }
    }

    func close() async {
        setup.inUse(nil)
        await session.close()
        setup.sessionBegan(nil)
        let tasks = followers.withLock { tasks in
            defer { tasks = [] }
            return tasks
        }
        for task in tasks {
            task.cancel()
            await task.value
        }
    }

    func watch(_ name: String, _ told: @escaping @Sendable (Bool) -> Void) async {
        do {
            for try await stat in session.watchExists(setup.paths.candidate(name)) {
                if stat == nil { handover.withLock { $0.gone = SystemTime().now } }
                told(stat != nil)
                if stat == nil { return }
            }
        } catch {
            // As above.
        }
    }

    func perform(_ request: ElectionRequest) async -> ElectionAnswer {
        do throws(ZooKeeperError) { return try await answer(request) } catch {
            if error.isRetriable || error.endsSession { return .failed(.connectionLost) }
            switch (request, error.code, error.index) {
            case (.raiseTerm, .noNode, 0), (.confirm, .noNode, 0), (.withdraw, .noNode, _): return .failed(.ownNodeGone)
            case (.raiseTerm, .noNode, 1), (.confirm, .noNode, 1), (.raiseTerm, .badVersion, _), (.confirm, .badVersion, _): return .failed(.termChanged)
            default: return .failed(.other(error.description))
            }
        }
    }

    private func answer(_ request: ElectionRequest) async throws(ZooKeeperError) -> ElectionAnswer {
        let (paths, access) = (setup.paths, setup.ensemble.access)
        switch request {
        case .prepare:
            try await session.createPath(paths.candidates, access: access)
            do throws(ZooKeeperError) { try await session.create(paths.term, TermRecord(term: 0).bytes, access: access) } catch {
                guard error.code == .nodeExists else { throw error }
            }
            return .prepared
        case .enroll(let guid):
            let path = try await session.create(
                paths.candidate("candidate-\(guid)-"), setup.candidate().bytes, mode: .ephemeralSequential, access: access
            ).path
            return .enrolled(known(ZooKeeperPath.name(of: path)))
        case .find:
            try await session.sync(paths.candidates)
            return .candidates(try await session.children(paths.candidates).names)
        case .look: return .candidates(try await session.children(paths.candidates).names)
        // Is performed by `watch`.
        case .watch(let name): return .watching(exists: try await session.exists(paths.candidate(name)) != nil)
        case .readTerm: return try await readTerm()
        case .raiseTerm(let own, let term, let version):
            let record = record(of: term)
            let results = try await session.multi([
                .check(paths.candidate(known(own))), .set(paths.term, record.bytes, version: version),
            ])
            guard case .set(let stat)? = results.last else { return .failed(.other("the raise of the term was answered without a version")) }
            return .raised(version: stat.version)
        case .confirm(let own, let version):
            try await session.multi([.check(paths.candidate(own)), .check(paths.term, version: version)])
            return .confirmed
        case .withdraw(let name):
            try await session.delete(paths.candidate(name))
            return .withdrawn
        }
    }

    private func readTerm() async throws(ZooKeeperError) -> ElectionAnswer {
        let data = try await session.get(setup.paths.term)
        guard let record = TermRecord(data.bytes) else {
            return .failed(.other("\(setup.paths.term) holds no term; set it to {\"term\":N}, with an N that is higher than all before"))
        }
        let lease = await setup.lease()
        handover.withLock { handover in
            handover.holder = record.holder
            handover.renewed = lease.flatMap { $0.holder == record.holder ? $0.renewed : nil }
        }
        return .term(max(record.term, lease?.transitions ?? 0), version: data.stat.version)
    }

    /// What the next term's node shall say.
    private func record(of term: UInt64) -> TermRecord {
        let (now, wallClock, known) = (SystemTime().now, SystemTime().wallClock, handover.withLock { $0 })
        var record = TermRecord(term: term, holder: setup.candidate().identity, since: wallClock.rfc3339)
        guard !known.holder.isEmpty, known.holder != record.holder else { return record }
        record.before = known.holder
        record.gap = known.gone.map { Int64($0.duration(to: now) / .milliseconds(1)) }
        record.quiet = known.renewed.map { renewed in
            max(0, (wallClock.nanosecondsSinceEpoch - renewed.nanosecondsSinceEpoch) / 1_000_000 - (record.gap ?? 0))
        }
        return record
    }

    private func known(_ name: String) -> String {
        own.withLock { $0 = name }
        setup.named(name)
        return name
    }
}
