import HTTPKit
import KubeAPI
import Store

/// Reads on a store that other servers write to as well.
///
/// A read that names no resource version sees what was done before it came, by whichever server: the cache is brought up to the store's
/// present first, at the price of one question to the store for all reads that come at the same time. `resourceVersion=0` takes the cache
/// as it is if it was at the present a moment ago, and else asks too, but is answered although the store is away. Any other number waits for
/// that revision.
extension APIService {
    /// How long a read waits for its cache before the client is told to try again.
    private static let patience = Duration.seconds(5)
    /// How old a cache may be for a read that takes any: what is written must be seen by who lists a little later, through whichever server.
    private static let recent = Duration.seconds(2)
    /// How long such a read waits for a store that may be away.
    private static let recentPatience = Duration.seconds(1)

    /// What must be so before the cache may answer.
    private enum Need {
        case nothing
        /// The cache is asked of the store if it may be old; as it is when the store is away.
        case recent
        /// All that was done before is in the cache.
        case present
        /// Likewise, and so is this revision.
        case atLeast(Revision)
        /// This revision is none that is still to come: a client may have it from another store, in whose place this one is.
        case past(Revision)
    }

    /// Answers from the cache, on the event loop if the cache may answer as it is.
    func read(
        _ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange,
        _ answer: @escaping @Sendable (APIService) throws(APIStatus) -> Void
    ) throws(APIStatus) {
        let cache = try cache(of: target.kind)
        let need = need(cache, request)
        if case .nothing = need { return try answer(self) }
        // The answer may be a stream or a tunnel that lasts.
        exchange.perform(handsOn: true) { [self] in
            do {
                try await fulfil(need, cache)
                try answer(self)
            } catch {
                exchange.respond(apiStatus(of: error))
            }
        }
    }

    private func need(_ cache: WatchCache, _ request: HTTPRequest) -> Need {
        let usual = store.isShared ? Need.present : .nothing
        guard request.rawQuery != nil else { return usual }
        let query = request.query
        let isWatch = isTrue(query.first("watch"))
        if !isWatch, let token = query.first("continue").flatMap(ContinueToken.init(parsing:)), token.revision > 0 { return .nothing }
        guard let text = query.first("resourceVersion"), !text.isEmpty else { return usual }
        // What is no number is refused by the read itself.
        guard let asked = Revision(text), asked >= 0 else { return .nothing }
        if asked == 0 { return store.isShared && !cache.isRecent(within: APIService.recent) ? .recent : .nothing }
        guard asked > cache.revision else { return .nothing }
        if isWatch, !isTrue(query.first("sendInitialEvents")) { return .past(asked) }
        return store.isShared ? .atLeast(asked) : .nothing
    }

    private func fulfil(_ need: Need, _ cache: WatchCache) async throws {
        switch need {
        case .nothing: return
        case .recent:
            let range = KeyRange(prefix: cache.kind.storePrefix)
            let isAnswered = try await answers(within: APIService.recentPatience) { [store] in _ = try await store.synchronize(range) }
            if isAnswered { try await freshen(cache) }
        case .present: try await freshen(cache)
        case .atLeast(let asked):
            let revision = try await freshen(cache)
            if asked > revision { throw tooLargeResourceVersion(asked, current: revision) }
        case .past(let asked):
            let current = try await store.currentRevision()
            if asked > current { throw APIStatus.expired("resourceVersion \(asked) is none of this store, which is at \(current); list again") }
        }
    }

    /// Brings a cache up to what was done before this call, by whichever server; returns the store's revision.
    @discardableResult
    func freshen(_ cache: WatchCache) async throws -> Revision {
        guard store.isShared else { return cache.revision }
        let range = KeyRange(prefix: cache.kind.storePrefix)
        // Again, since a cache that has just lost its watch may have missed the word.
        for _ in 0..<4 {
            let asked = time.now
            let revision = try await store.synchronize(range)
            if try await cache.waitUntil(revision, atMost: APIService.patience / 4) {
                cache.confirm(at: asked)
                return revision
            }
        }
        throw APIStatus.timeout("the cache of \(cache.kind) does not keep up with the store, please try again", retryAfter: 1)
    }

    /// Whether `question` is answered within `limit`, and not with an error.
    private func answers(within limit: Duration, _ question: @escaping @Sendable () async throws -> Void) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask { do { try await question() } catch { return false }; return true }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    /// Returns when reads of this server see a change that it has made. Where the store is shared, reads ask for the present themselves:
    /// an answer need not wait for ever.
    func settle(_ revision: Revision, _ kind: ResourceKind) async throws {
        let cache = try cache(of: kind)
        guard store.isShared else { return try await cache.waitUntil(revision) }
        _ = try await cache.waitUntil(revision, atMost: APIService.patience)
    }

    /// Whether an answer may be given that writes nothing: the object is still as it was read, and the leader who asks still leads.
    func stands(_ current: CurrentObject, at key: String) async throws -> Bool {
        let fence = LeaderTerm.current
        guard store.isShared || fence != nil else { return true }
        return try await store.commit(Transaction(if: [.unchanged(key, since: current.revision)], then: []), fencedBy: fence).succeeded
    }
}

extension WatchCache {
    /// Whether reads see `revision` within `limit`.
    func waitUntil(_ revision: Revision, atMost limit: Duration) async throws -> Bool {
        if self.revision >= revision { return true }
        return try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.waitUntil(revision)
                return true
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }
}
