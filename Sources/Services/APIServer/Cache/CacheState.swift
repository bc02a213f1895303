import Store

extension WatchCache {
    /// What the cache knows, as a plain value. The cache calls it behind a mutex.
    struct State {
        private(set) var snapshot = CacheSnapshot(revision: 0, objects: SortedMap())
        private var isReady = false
        private var isClosed = false
        private let options: Options

        /// Recent changes, oldest first, from `head` on.
        private var ring: [CacheChange] = []
        private var head = 0
        private var ringBytes = 0
        /// Everything after this revision is in the ring.
        private var floor: Revision = 0

        /// Least recently used first.
        private var kept: [CacheSnapshot] = []

        typealias Waiter = CheckedContinuation<Void, any Error>
        private var waiters: [Int: (revision: Revision, waiter: Waiter)] = [:]
        /// Cancelled before they began to wait.
        private var cancelled: Set<Int> = []
        private var lastWaiter = 0

        init(options: Options) { self.options = options }
    }

    /// What a watch begins with.
    enum Beginning {
        case changes([CacheChange], after: Revision)
        case objects(CacheSnapshot, bookmark: Bool)
    }
}

extension WatchCache.State {
    // MARK: Changes

    mutating func apply(_ news: [(key: String, object: CachedObject?)], revision: Revision) -> ([CacheChange], [Waiter]) {
        // Taken out while it changes, so that no second reference makes it a copy.
        var objects = snapshot.objects
        snapshot = CacheSnapshot(revision: revision, objects: SortedMap())
        var changes: [CacheChange] = []
        for (key, new) in news {
            let old = objects[key]
            guard old != nil || new != nil else { continue }
            objects[key] = new
            let change = CacheChange(revision: revision, old: old, new: new)
            changes.append(change)
            remember(change)
        }
        snapshot = CacheSnapshot(revision: revision, objects: objects)
        return (changes, takeWaiters())
    }

    /// The store was read anew: the ring knows nothing of what led here.
    mutating func refill(_ filled: CacheSnapshot) -> [Waiter] {
        (snapshot, floor, isReady) = (filled, filled.revision, true)
        (ring, head, ringBytes) = ([], 0, 0)
        return takeWaiters()
    }

    private mutating func remember(_ change: CacheChange) {
        ring.append(change)
        ringBytes += change.size
        while ring.count - head > options.ringChanges || ringBytes > options.ringBytes, head < ring.count {
            // A revision is forgotten whole: who asks for it gets an error rather than half of it.
            floor = ring[head].revision
            ringBytes -= ring[head].size
            head += 1
        }
        if head >= 1_024, head * 2 > ring.count {
            ring.removeFirst(head)
            head = 0
        }
    }

    // MARK: Watches

    func begin(_ start: WatchStart) -> Result<WatchCache.Beginning, CacheError> {
        if isClosed { return .failure(.closed) }
        switch start {
        case .now: return .success(.changes([], after: snapshot.revision))
        case .initial(let bookmark): return .success(.objects(snapshot, bookmark: bookmark))
        case .after(let revision):
            guard revision >= floor else { return .failure(.tooOld(asked: revision, oldest: floor)) }
            var low = head
            var high = ring.count
            while low < high {
                let middle = (low + high) / 2
                if ring[middle].revision <= revision { low = middle + 1 } else { high = middle }
            }
            return .success(.changes(Array(ring[low...]), after: max(revision, snapshot.revision)))
        }
    }

    // MARK: Snapshots for lists in pages

    mutating func keep(_ snapshot: CacheSnapshot) {
        kept.removeAll { $0.revision == snapshot.revision }
        kept.append(snapshot)
        if kept.count > options.keptSnapshots { kept.removeFirst() }
    }

    func find(_ revision: Revision?) -> CacheSnapshot? {
        guard let revision, revision != snapshot.revision else { return snapshot }
        return kept.last { $0.revision == revision }
    }

    // MARK: Waiting

    mutating func nextWaiterID() -> Int {
        lastWaiter += 1
        return lastWaiter
    }

    /// The answer, if there is no need to wait.
    mutating func wait(_ id: Int, for revision: Revision, _ waiter: Waiter) -> Result<Void, any Error>? {
        if cancelled.remove(id) != nil { return .failure(CancellationError()) }
        if isReady, snapshot.revision >= revision { return .success(()) }
        if isClosed { return .failure(CacheError.closed) }
        waiters[id] = (revision, waiter)
        return nil
    }

    mutating func cancelWaiter(_ id: Int) -> Waiter? {
        if let waiting = waiters.removeValue(forKey: id) { return waiting.waiter }
        // Either it has been answered, or it has yet to ask. The second is rare: a mark is left, and cleared when there are many.
        if cancelled.count > 1_000 { cancelled.removeAll() }
        cancelled.insert(id)
        return nil
    }

    private mutating func takeWaiters() -> [Waiter] {
        guard isReady, !waiters.isEmpty else { return [] }
        let revision = snapshot.revision
        let due = waiters.keys.filter { waiters[$0].map { $0.revision <= revision } ?? false }.sorted()
        return due.compactMap { waiters.removeValue(forKey: $0)?.waiter }
    }

    mutating func close() -> [Waiter] {
        isClosed = true
        defer { waiters.removeAll() }
        return waiters.keys.sorted().compactMap { waiters[$0]?.waiter }
    }
}

extension CacheChange {
    fileprivate var size: Int { (old?.clientBytes.count ?? 0) + (new?.clientBytes.count ?? 0) }
}
