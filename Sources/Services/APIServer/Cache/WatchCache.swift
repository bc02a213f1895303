import Core
import KubeAPI
import Logging
import Store
import Synchronization

/// All objects of one resource in memory, kept up with the store by a watch: what gets, lists and watches are answered from.
///
/// Reads are synchronous and take a snapshot (one reference) behind a mutex, so they may run on an event loop. Changes come from
/// the one task in `run`, which pushes them to the watchers' sinks. Two locks, taken in this order: `delivery` (the watchers;
/// held while a batch is told, so that each watcher sees every change once and in order) and `state` (the snapshot; held for
/// microseconds only). A watcher can go on from any revision that the ring of recent changes still holds; from an older one it
/// must list again.
public final class WatchCache: Sendable {
    /// Bounds, each with its answer to overflow.
    public struct Options: Sendable {
        /// Changes that are kept for watchers to go on from; the oldest is dropped, and who asks for it gets `tooOld`.
        public var ringChanges = 4_096
        /// Bytes of objects that the ring may hold; as above.
        public var ringBytes = 16 << 20
        /// Snapshots that are kept for lists read in pages; the one not used for longest is dropped, and its next page gets
        /// `tooOld`.
        public var keptSnapshots = 16
        /// Objects read from the store at once when the cache is filled.
        public var fillPage = 500
        public init() {}
    }

    public let kind: ResourceKind
    private let options: Options
    private let time: any TimeSource
    private let logger: Logger
    private let state: Mutex<State>
    private let delivery = Mutex(Delivery())
    /// When it was last known to be at the store's present.
    private let confirmed = Mutex<Instant?>(nil)

    private struct Delivery {
        struct Watcher {
            let id: Int
            let filter: ObjectFilter
            let from: Revision
            let sink: any WatchSink
        }
        /// By id, ascending.
        var watchers: [Watcher] = []
        var nextID = 0
        var closed = false

        mutating func remove(_ id: Int) { watchers.removeAll { $0.id == id } }
    }

    public init(_ kind: ResourceKind, options: Options = Options(), time: any TimeSource = SystemTime(), logger: Logger) {
        (self.kind, self.options, self.time, self.logger) = (kind, options, time, logger)
        state = Mutex(State(options: options))
    }

    // MARK: Reading

    /// Everything as it is now. Empty, with revision 0, until `ready`.
    public func snapshot() -> CacheSnapshot { state.withLock { $0.snapshot } }

    /// The object with a store key, as it is now.
    public func get(_ key: String) -> CachedObject? { state.withLock { $0.snapshot.objects }[key] }

    /// The object of a namespace (ignored for cluster-scoped kinds) and name.
    public func get(namespace: String, name: String) -> CachedObject? { get(kind.storeKey(namespace: namespace, name: name)) }

    /// The revision that reads see now.
    public var revision: Revision { state.withLock { $0.snapshot.revision } }

    /// Whether it was at the store's present at some moment within the last `duration`, by the store's own word. A cache of which that is not known may
    /// lag: a watch that was cut off says nothing, like one on which nothing happens, and what comes by a watch may be late.
    func isRecent(within duration: Duration) -> Bool { confirmed.withLock { $0.map { time.now - $0 < duration } ?? false } }

    /// It has been brought to what was the store's present at `moment`.
    func confirm(at moment: Instant) { confirmed.withLock { $0 = max($0 ?? moment, moment) } }

    /// What `filter` selects, in key order. `limit` 0 means all; with a limit, `CacheList.next` is the token of the rest, which
    /// is served from the same snapshot, however much changes meanwhile. Throws `tooOld` if that snapshot was dropped.
    public func list(_ filter: ObjectFilter, limit: Int = 0, continuing token: ContinueToken? = nil) throws(CacheError)
        -> CacheList
    {
        let snapshot = try snapshot(at: token.flatMap { $0.revision > 0 ? $0.revision : nil })
        let list = snapshot.list(kind, filter, limit: limit, after: token?.after)
        if list.next != nil { state.withLock { $0.keep(snapshot) } }
        return list
    }

    /// The state at exactly `revision` (`nil`: now), if it is the present or was kept for a list in pages. Else `tooOld`.
    public func snapshot(at revision: Revision?) throws(CacheError) -> CacheSnapshot {
        let found = state.withLock { $0.find(revision) }
        guard let found else { throw .tooOld(asked: revision ?? 0, oldest: self.revision) }
        return found
    }

    /// Returns when reads see `revision`: what a writer awaits between its commit and its answer. Throws `closed`, or
    /// `CancellationError`.
    public func waitUntil(_ revision: Revision) async throws {
        let id = state.withLock { $0.nextWaiterID() }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let answer: Result<Void, any Error>? = state.withLock { $0.wait(id, for: revision, continuation) }
                if let answer { continuation.resume(with: answer) }
            }
        } onCancel: {
            state.withLock { $0.cancelWaiter(id) }?.resume(throwing: CancellationError())
        }
    }

    /// Returns when the cache has been filled for the first time.
    public func ready() async throws { try await waitUntil(0) }

    // MARK: Watching

    /// Tells `sink` of the changes that `filter` selects, from `start` on. `sink.begin` has been called when this returns.
    /// Throws `tooOld` when changes after the revision asked for are not held any more.
    public func subscribe(_ filter: ObjectFilter, from start: WatchStart, sink: any WatchSink) throws(CacheError) -> CacheWatch {
        let result: Result<CacheWatch, CacheError> = delivery.withLock { delivery in
            guard !delivery.closed else { return .failure(.closed) }
            let from: Revision
            let initial: [CacheEvent]
            switch state.withLock({ $0.begin(start) }) {
            case .failure(let error): return .failure(error)
            case .success(.changes(let changes, let after)):
                initial = changes.compactMap { $0.event(for: filter) }
                from = after
            case .success(.objects(let snapshot, let bookmark)):
                initial =
                    snapshot.list(kind, filter, limit: 0, after: nil).objects.map { CacheEvent(initial: $0) }
                    + (bookmark ? [CacheEvent(bookmarkOf: kind, revision: snapshot.revision, endsInitialEvents: true)] : [])
                from = snapshot.revision
            }
            let id = delivery.nextID
            delivery.nextID += 1
            delivery.watchers.append(.init(id: id, filter: filter, from: from, sink: sink))
            sink.begin(initial)
            return .success(CacheWatch(cache: self, id: id))
        }
        return try result.get()
    }

    /// How many watches are open.
    public var watcherCount: Int { delivery.withLock { $0.watchers.count } }

    fileprivate func cancel(_ id: Int) { delivery.withLock { $0.remove(id) } }

    fileprivate func offerBookmark(to id: Int) {
        delivery.withLock { delivery in
            guard let watcher = delivery.watchers.first(where: { $0.id == id }) else { return }
            let revision = max(state.withLock { $0.snapshot.revision }, watcher.from)
            let event = CacheEvent(bookmarkOf: kind, revision: revision, endsInitialEvents: false)
            if !watcher.sink.offer([event]) { end(watcher, .tooSlow, &delivery) }
        }
    }

    private func end(_ watcher: Delivery.Watcher, _ why: WatchEnd, _ delivery: inout Delivery) {
        delivery.remove(watcher.id)
        watcher.sink.end(why)
    }

    // MARK: Keeping up

    /// Fills the cache and keeps it up with the store until cancelled or until the store is closed; then ends all watches.
    /// After an error of the store's watch it goes on where it was; if the store no longer knows what came next, it reads all of
    /// it anew, and the watchers, who would have a gap, are ended with `expired`.
    public func run(_ store: some Store) async {
        var filled = false
        var delay = Duration.milliseconds(50)
        while !Task.isCancelled {
            do {
                if !filled { try await fill(from: store) }
                filled = true
                let watch = try await store.watch(KeyRange(prefix: kind.storePrefix), from: revision + 1)
                for try await batch in watch {
                    apply(batch)
                    delay = .milliseconds(50)
                }
                break
            } catch StoreError.closed {
                break
            } catch StoreError.compacted {
                filled = false
            } catch {
                logger.warning("the cache of \(kind) lost its watch on the store and goes on in \(delay): \(error)")
                do { try await time.sleep(for: delay) } catch { break }
                delay = min(delay * 2, .seconds(5))
            }
        }
        close()
    }

    private func fill(from store: some Store) async throws {
        let range = KeyRange(prefix: kind.storePrefix)
        var objects = SortedMap<CachedObject>()
        var page = try await store.read(range, at: nil, limit: options.fillPage)
        let revision = page.revision
        while true {
            for item in page.items { if let object = read(item) { objects[item.key] = object } }
            guard page.more, let last = page.items.last, let end = range.end else { break }
            page = try await store.read(KeyRange(start: last.key + "\0", end: end), at: revision, limit: options.fillPage)
        }
        let filled = CacheSnapshot(revision: revision, objects: objects)
        delivery.withLock { delivery in
            let woken = state.withLock { $0.refill(filled) }
            for waiter in woken { waiter.resume() }
            let watchers = delivery.watchers
            for watcher in watchers { end(watcher, .expired(oldest: revision), &delivery) }
        }
    }

    private func read(_ item: KeyValue) -> CachedObject? {
        do { return try CachedObject(kind, item) } catch {
            logger.error("\(error)")
            return nil
        }
    }

    private func apply(_ batch: WatchBatch) {
        // Composed and indexed outside of the locks.
        let news = batch.events.map { ($0.current.key, $0.kind == .put ? read($0.current) : nil) }
        delivery.withLock { delivery in
            let (changes, woken) = state.withLock { $0.apply(news, revision: batch.revision) }
            for waiter in woken { waiter.resume() }
            guard !changes.isEmpty else { return }
            var slow: [Delivery.Watcher] = []
            for watcher in delivery.watchers where batch.revision > watcher.from {
                let events = changes.compactMap { $0.event(for: watcher.filter) }
                if !events.isEmpty, !watcher.sink.offer(events) { slow.append(watcher) }
            }
            for watcher in slow { end(watcher, .tooSlow, &delivery) }
        }
    }

    /// Ends all watches and all waiting. What is cached can still be read.
    private func close() {
        delivery.withLock { delivery in
            delivery.closed = true
            for waiter in state.withLock({ $0.close() }) { waiter.resume(throwing: CacheError.closed) }
            let watchers = delivery.watchers
            for watcher in watchers { end(watcher, .closed, &delivery) }
        }
    }
}

/// A watch that a sink was subscribed with. It goes on until it is cancelled or the sink is told `end`; letting go of it changes
/// nothing.
public struct CacheWatch: Sendable {
    private let cache: WatchCache
    private let id: Int

    fileprivate init(cache: WatchCache, id: Int) { (self.cache, self.id) = (cache, id) }

    /// The client went away: the sink is told nothing more once this returns. Not to be called from within the sink.
    public func cancel() { cache.cancel(id) }

    /// Offers the sink a bookmark of the present, in order with the events. For the server's timer; not from within the sink.
    public func offerBookmark() { cache.offerBookmark(to: id) }
}
