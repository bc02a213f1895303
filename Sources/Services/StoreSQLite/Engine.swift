import GRDBSQLite
import Store

/// The store itself: the file, the index of it in memory, and the watchers. Plain and synchronous; all of it lives on the
/// writer's queue.
final class Engine {
    struct Watcher {
        let buffer: WatchBuffer
        /// Behind: the first change that it has not been given yet. `nil`: it is told of each commit.
        var cursor: ChangeID?
    }

    let options: SQLiteStoreOptions
    private let file: DataFile
    private let connection: OpaquePointer
    private let begin, commit, rollback, insert, erase, value, scan, setMeta: RawStatement
    var index = RevisionIndex()
    var watchers: [Int: Watcher] = [:]
    private var nextWatcher = 0
    private var isClosed = false

    init(directory: String, options: SQLiteStoreOptions) throws(StoreError) {
        self.options = options
        file = try DataFile(directory: directory, options: options)
        do {
            guard let connection = file.queue.writeWithoutTransaction({ $0.sqliteConnection }) else { throw StoreError.closed }
            self.connection = connection
            // GRDB opens, checks and closes the file; in between, the statements below have the connection to themselves. GRDB's
            // own hooks belong to transactions that it runs itself.
            _ = sqlite3_commit_hook(connection, nil, nil)
            _ = sqlite3_rollback_hook(connection, nil, nil)
            _ = sqlite3_update_hook(connection, nil, nil)
            begin = try RawStatement(connection, "BEGIN IMMEDIATE")
            commit = try RawStatement(connection, "COMMIT")
            rollback = try RawStatement(connection, "ROLLBACK")
            insert = try RawStatement(connection, "INSERT INTO change (id, key, created, version, value) VALUES (?, ?, ?, ?, ?)")
            erase = try RawStatement(connection, "DELETE FROM change WHERE id = ?")
            value = try RawStatement(connection, "SELECT value FROM change WHERE id = ?")
            scan = try RawStatement(connection, "SELECT id, key, created, version, value FROM change WHERE id >= ? ORDER BY id")
            setMeta = try RawStatement(connection, "INSERT OR REPLACE INTO meta (name, number) VALUES ('oldest', ?)")
            try load()
        } catch {
            // An unfinalized statement of a half-made engine would keep SQLite from closing; the connection goes with the process
            // then.
            file.close()
            throw .database(error, file.path)
        }
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        for id in watchers.keys.sorted() { watchers[id]?.buffer.end(.closed) }
        watchers.removeAll()
        for statement in [begin, commit, rollback, insert, erase, value, scan, setMeta] { statement.finalize() }
        file.close()
    }

    private func load() throws(StoreError) {
        let meta = try RawStatement(connection, "SELECT number FROM meta WHERE name = 'oldest'")
        defer { meta.finalize() }
        var oldest: Revision = 0
        try meta.forEachRow { () throws(StoreError) in
            oldest = meta.int(0)
            return true
        }
        let all = try RawStatement(connection, "SELECT id, key, created, version, length(value) FROM change ORDER BY id")
        defer { all.finalize() }
        index.begin()
        try all.forEachRow { () throws(StoreError) in
            let version = KeyHistory.Version(
                id: ChangeID(raw: all.int(0)), createRevision: all.int(2), version: all.int(3), size: Int(all.int(4)))
            index.append(key: all.text(1), version)
            return true
        }
        index.begin()
        index.oldest = oldest
        index.atLeast(oldest)
    }

    // MARK: Reading

    private func item(_ key: String, _ version: KeyHistory.Version) throws(StoreError) -> KeyValue {
        value.bind(1, version.id.raw)
        var found: [UInt8]?
        try value.forEachRow { () throws(StoreError) in
            found = value.bytes(0)
            return false
        }
        guard let found else {
            throw .damaged("\(file.path) lacks the value of \(key) at revision \(version.id.revision). Put a backup in its place")
        }
        return KeyValue(
            key: key, value: found, createRevision: version.createRevision, modRevision: version.id.revision,
            version: version.version)
    }

    func live(_ key: String) throws(StoreError) -> KeyValue? {
        guard let version = index.live(key) else { return nil }
        return try item(key, version)
    }

    private func live(in range: KeyRange) throws(StoreError) -> [KeyValue] { try read(range, at: nil, limit: 0).items }

    func read(_ range: KeyRange, at revision: Revision?, limit: Int) throws(StoreError) -> RangeResult {
        if isClosed { throw .closed }
        if let revision {
            guard revision <= index.revision else { throw .futureRevision(asked: revision, current: index.revision) }
            guard revision >= index.oldest else { throw .compacted(oldest: index.oldest) }
        }
        var found: [(String, KeyHistory.Version)] = []
        var count = 0
        index.keys.forEach(in: range) { key, history in
            guard let version = revision.map({ history.version(at: $0) }) ?? history.live else { return true }
            count += 1
            if limit <= 0 || found.count < limit { found.append((key, version)) }
            return true
        }
        var items: [KeyValue] = []
        items.reserveCapacity(found.count)
        for (key, version) in found { items.append(try item(key, version)) }
        return RangeResult(items: items, more: count > items.count, count: count, revision: index.revision)
    }

    // MARK: Writing

    /// What became of one transaction of a batch.
    struct Outcome {
        let result: TransactionResult
        let events: [StoreEvent]
    }

    /// Does all of `transactions`, in order, with one sync of the disk; none of them if this throws. Then tells the watchers.
    func commit(_ transactions: [Transaction]) throws(StoreError) -> [TransactionResult] {
        if isClosed { throw .closed }
        index.begin()
        var outcomes: [Outcome] = []
        var forgotten: [RevisionIndex.Superseded] = []
        let before = (revision: index.revision, oldest: index.oldest)
        do {
            // What only compares and reads needs no transaction of SQLite's.
            for transaction in transactions {
                outcomes.append(try evaluate(transaction, isWriting: index.revision > before.revision))
            }
            if index.revision > before.revision {
                forgotten = try eraseHistory()
                try commit.run()
            }
        } catch {
            index.rollBack()
            index.oldest = before.oldest
            if sqlite3_get_autocommit(connection) == 0 { try rollback.run() }
            throw error
        }
        index.forget(forgotten)
        for outcome in outcomes where !outcome.events.isEmpty {
            tell(WatchBatch(events: outcome.events, revision: outcome.result.revision))
        }
        return outcomes.map(\.result)
    }

    private func evaluate(_ transaction: Transaction, isWriting: Bool) throws(StoreError) -> Outcome {
        var isWriting = isWriting
        let succeeded = try holds(transaction.conditions)
        let next = index.revision + 1
        var events: [StoreEvent] = []
        var steps: [TransactionResult.Step] = []
        func append(_ item: KeyValue, previous: KeyValue?, _ kind: StoreEvent.Kind) throws(StoreError) {
            if !isWriting { try begin.run() }
            isWriting = true
            guard events.count < StoreLimits.changes else {
                throw .invalid("a transaction changes more than \(StoreLimits.changes) keys")
            }
            let id = ChangeID(next, events.count)
            insert.bind(1, id.raw)
            insert.bind(3, item.createRevision)
            insert.bind(4, item.version)
            try insert.run(text: (2, item.key), blob: (5, item.value))
            index.append(
                key: item.key,
                .init(id: id, createRevision: item.createRevision, version: item.version, size: item.value.count))
            events.append(StoreEvent(kind: kind, current: item, previous: previous))
        }
        for operation in succeeded ? transaction.success : transaction.failure {
            switch operation {
            case .put(let key, let value):
                let old = try live(key)
                let new = KeyValue(
                    key: key, value: value, createRevision: old?.createRevision ?? next, modRevision: next,
                    version: (old?.version ?? 0) + 1)
                try append(new, previous: old, .put)
                steps.append(.put(previous: old))
            case .delete(let range):
                let gone = try live(in: range)
                for item in gone {
                    let deletion = KeyValue(key: item.key, value: [], createRevision: 0, modRevision: next, version: 0)
                    try append(deletion, previous: item, .delete)
                }
                steps.append(.deleted(gone))
            case .get(let range):
                steps.append(.got(try live(in: range)))
            }
        }
        return Outcome(result: TransactionResult(succeeded: succeeded, revision: index.revision, results: steps), events: events)
    }

    private func holds(_ conditions: [Compare]) throws(StoreError) -> Bool {
        for condition in conditions {
            let item: KeyValue?
            if condition.needsValue {
                item = try live(condition.key)
            } else {
                item = index.live(condition.key).map {
                    KeyValue(
                        key: condition.key, value: [], createRevision: $0.createRevision, modRevision: $0.id.revision,
                        version: $0.version)
                }
            }
            if !condition.holds(for: item) { return false }
        }
        return true
    }

    // MARK: Compaction

    /// Part of a commit: a little of the history that is to go, so that no commit waits for much of it.
    private func eraseHistory() throws(StoreError) -> [RevisionIndex.Superseded] {
        if let due = index.compactionDue(revisions: options.keptRevisions, bytes: options.keptBytes) { try setOldest(due) }
        return try erase(index.forgettable(limit: 512))
    }

    private func setOldest(_ revision: Revision) throws(StoreError) {
        setMeta.bind(1, revision)
        try setMeta.run()
        index.oldest = revision
    }

    private func erase(_ items: [RevisionIndex.Superseded]) throws(StoreError) -> [RevisionIndex.Superseded] {
        for item in items {
            erase.bind(1, item.id.raw)
            try erase.run()
        }
        return items
    }

    /// Forgets what came before `revision`. All that may go at once; what a compaction of its own left over goes with later
    /// commits.
    func compact(before revision: Revision) throws(StoreError) {
        if isClosed { throw .closed }
        guard revision <= index.revision else { throw .futureRevision(asked: revision, current: index.revision) }
        guard revision > index.oldest else { throw .compacted(oldest: index.oldest) }
        let oldest = index.oldest
        do {
            try begin.run()
            try setOldest(revision)
            let forgotten = try erase(index.forgettable(limit: .max))
            try commit.run()
            index.forget(forgotten)
        } catch {
            index.oldest = oldest
            if sqlite3_get_autocommit(connection) == 0 { try rollback.run() }
            throw error
        }
    }

    // MARK: Watching

    private func tell(_ batch: WatchBatch) {
        for id in watchers.keys.sorted() {
            guard let watcher = watchers[id], watcher.cursor == nil else { continue }
            watcher.buffer.offerPart(of: batch)
        }
    }

    /// Tells the live watchers of `range` that they have seen everything up to the present, which is returned.
    func tellProgress(_ range: KeyRange) -> Revision {
        for id in watchers.keys.sorted() {
            guard let watcher = watchers[id], watcher.cursor == nil, watcher.buffer.range.overlaps(range) else { continue }
            watcher.buffer.offerProgress(index.revision)
        }
        return index.revision
    }

    /// Where a new watch stands: live at once, or behind with a cursor in the history.
    func checkWatch(from revision: Revision) throws(StoreError) {
        if isClosed { throw .closed }
        guard revision >= index.oldest else { throw .compacted(oldest: index.oldest) }
    }

    func addWatcher(_ buffer: WatchBuffer, id: Int) {
        let isLive = buffer.from > index.revision
        watchers[id] = Watcher(buffer: buffer, cursor: isLive ? nil : ChangeID(max(0, buffer.from), 0))
        if isLive { buffer.caughtUp() }
    }

    /// Gives a watcher that is behind the next slice of history. When that reaches the present, the watcher is live from there
    /// on: no commit can come between, since commits run on this queue too.
    func refill(_ id: Int) throws(StoreError) {
        if isClosed { throw .closed }
        guard var watcher = watchers[id], let cursor = watcher.cursor else { return }
        guard cursor.revision >= index.oldest || cursor.revision > index.revision else { throw .compacted(oldest: index.oldest) }
        var slice = HistorySlice()
        scan.bind(1, cursor.raw)
        try scan.forEachRow { () throws(StoreError) in
            let id = ChangeID(raw: scan.int(0))
            guard slice.takes(id.revision) else { return false }
            let key = scan.text(1)
            slice.note(id, key: key, isWanted: watcher.buffer.range.contains(key)) {
                KeyValue(
                    key: key, value: scan.bytes(4), createRevision: scan.int(2), modRevision: id.revision, version: scan.int(3))
            }
            return true
        }
        for (revision, changes) in slice.revisions {
            var events: [StoreEvent] = []
            for (id, item) in changes {
                let previous = index.keys[item.key]?.version(before: id)
                let before = try previous.map { version throws(StoreError) in try self.item(item.key, version) }
                events.append(StoreEvent(kind: item.version == 0 ? .delete : .put, current: item, previous: before))
            }
            watcher.buffer.append(WatchBatch(events: events, revision: revision))
        }
        watcher.cursor = slice.reachedEnd ? nil : ChangeID(slice.next, 0)
        watchers[id] = watcher
        if slice.reachedEnd { watcher.buffer.caughtUp() }
    }
}

/// Whole revisions of history, about as many as one answer should hold.
private struct HistorySlice {
    private(set) var revisions: [(Revision, [(ChangeID, KeyValue)])] = []
    private(set) var next: Revision = 0
    /// Until a row is refused.
    private(set) var reachedEnd = true
    private var rows = 0
    private var bytes = 0
    private var current: Revision = -1

    /// Whether a row of `revision` is still part of it: always within a revision, else until there are enough.
    mutating func takes(_ revision: Revision) -> Bool {
        if revision == current || (rows < 2_000 && bytes < 4 << 20) { return true }
        (reachedEnd, next) = (false, revision)
        return false
    }

    mutating func note(_ id: ChangeID, key: String, isWanted: Bool, _ item: () -> KeyValue) {
        rows += 1
        current = id.revision
        guard isWanted else { return }
        let item = item()
        bytes += item.value.count
        if let last = revisions.indices.last, revisions[last].0 == id.revision {
            revisions[last].1.append((id, item))
        } else {
            revisions.append((id.revision, [(id, item)]))
        }
    }
}
