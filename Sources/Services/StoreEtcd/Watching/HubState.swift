import Store

/// What a `WatchHub` knows, as a plain value: how far the store's changes were told, those of the near past, and who is told.
struct HubState {
    struct Waiter {
        let revision: Revision
        let since: ContinuousClock.Instant
        let deadline: ContinuousClock.Instant
        /// Whether a revision of other writers' keys may be waited for, which only a change of ours can show to be behind us.
        let mayTick: Bool
        let answer: CheckedContinuation<Bool, Never>
    }

    private(set) var isStarted = false
    /// Changes up to here are in the ring or before it.
    private(set) var reached: Revision = 0
    /// Changes up to here were offered to all watchers.
    private(set) var told: Revision = 0
    /// Changes after this revision are in the ring.
    private(set) var floor: Revision = 0
    /// What we know to be forgotten lies before this revision.
    private(set) var oldest: Revision = 0
    private var ring: [WatchBatch] = []
    private var head = 0
    private var ringEvents = 0
    private var ringBytes = 0
    /// By id, ascending: the order in which they are told.
    private(set) var live: [(id: Int, buffer: WatchBuffer)] = []
    private(set) var waiters: [Waiter] = []
    private let options: EtcdStoreOptions

    init(_ options: EtcdStoreOptions) { self.options = options }

    /// Begins, or begins anew, with what is to come after `revision`.
    mutating func start(at revision: Revision) -> [Waiter] {
        isStarted = true
        (reached, told, floor) = (revision, revision, revision)
        (ring, head, ringEvents, ringBytes) = ([], 0, 0, 0)
        return takeDue()
    }

    mutating func forgotten(before revision: Revision) { oldest = max(oldest, revision) }

    /// The next batch: returns who is to be told of it, or `nil` when it is known already.
    mutating func take(_ batch: WatchBatch) -> [WatchBuffer]? {
        guard batch.revision > reached else { return nil }
        reached = batch.revision
        if !batch.events.isEmpty { remember(batch) }
        return live.map(\.buffer)
    }

    /// They were told of it.
    mutating func finish(_ batch: WatchBatch) -> [Waiter] {
        told = max(told, batch.revision)
        return takeDue()
    }

    private mutating func remember(_ batch: WatchBatch) {
        ring.append(batch)
        ringEvents += batch.events.count
        ringBytes += batch.bytes
        while ringEvents > options.ringChanges || ringBytes > options.ringBytes, head < ring.count {
            floor = ring[head].revision
            ringEvents -= ring[head].events.count
            ringBytes -= ring[head].bytes
            head += 1
        }
        if head >= 1_024, head * 2 > ring.count {
            ring.removeFirst(head)
            head = 0
        }
    }

    /// Makes `buffer`, which knows all up to `revision`, one of those who are told. False when some of what comes next is not here any more.
    mutating func join(_ id: Int, _ buffer: WatchBuffer, after revision: Revision) -> Bool {
        guard revision >= floor else { return false }
        var low = head
        var high = ring.count
        while low < high {
            let middle = (low + high) / 2
            if ring[middle].revision <= revision { low = middle + 1 } else { high = middle }
        }
        for batch in ring[low...] { if let part = buffer.part(of: batch) { buffer.append(part) } }
        live.insert((id, buffer), at: live.firstIndex { $0.id > id } ?? live.endIndex)
        return true
    }

    mutating func remove(_ id: Int) { live.removeAll { $0.id == id } }

    // MARK: Waiting

    /// The answer, if there is no need to wait.
    mutating func wait(_ waiter: Waiter) -> Bool? {
        if !isStarted || told >= waiter.revision { return true }
        waiters.append(waiter)
        return nil
    }

    private mutating func takeDue() -> [Waiter] {
        let due = waiters.filter { $0.revision <= told }
        if !due.isEmpty { waiters.removeAll { $0.revision <= told } }
        return due
    }

    mutating func takeOverdue(at now: ContinuousClock.Instant) -> [Waiter] {
        let overdue = waiters.filter { $0.deadline <= now }
        if !overdue.isEmpty { waiters.removeAll { $0.deadline <= now } }
        return overdue
    }

    mutating func takeAllWaiters() -> [Waiter] {
        defer { waiters = [] }
        return waiters
    }
}

extension WatchBatch {
    fileprivate var bytes: Int {
        events.reduce(0) { $0 + $1.current.key.utf8.count + $1.current.value.count + ($1.previous?.value.count ?? 0) }
    }
}
