import Store

/// Where a change is in the file: its revision, and its place among the changes of that revision. Ascending in the order of
/// changes.
struct ChangeID: Hashable, Comparable {
    /// Revision × 2²⁰ + place.
    let raw: Int64
    init(raw: Int64) { self.raw = raw }
    init(_ revision: Revision, _ place: Int) { raw = revision << 20 | Int64(place) }
    var revision: Revision { raw >> 20 }
    static func < (a: ChangeID, b: ChangeID) -> Bool { a.raw < b.raw }
}

/// What happened to one key, without the values: those stay in the file, by `ChangeID`.
final class KeyHistory {
    struct Version {
        let id: ChangeID
        let createRevision: Revision
        /// 0: a deletion.
        let version: Int64
        /// Bytes of the value.
        let size: Int
        var isDeletion: Bool { version == 0 }
    }

    let key: String
    private var versions: [Version] = []
    private var head = 0

    init(key: String) { self.key = key }

    var isEmpty: Bool { head == versions.count }
    /// The newest version, if the key exists.
    var live: Version? { isEmpty ? nil : versions.last.flatMap { $0.isDeletion ? nil : $0 } }

    func append(_ version: Version) { versions.append(version) }
    func removeLast() { versions.removeLast() }

    /// The version as of `revision`, if the key existed then.
    func version(at revision: Revision) -> Version? {
        guard let last = lastIndex(before: ChangeID(revision + 1, 0)), !versions[last].isDeletion else { return nil }
        return versions[last]
    }

    /// What the key was before the change `id`, if that is still known.
    func version(before id: ChangeID) -> Version? {
        guard let last = lastIndex(before: id), !versions[last].isDeletion else { return nil }
        return versions[last]
    }

    private func lastIndex(before id: ChangeID) -> Int? {
        var low = head
        var high = versions.count
        while low < high {
            let middle = (low + high) / 2
            if versions[middle].id < id { low = middle + 1 } else { high = middle }
        }
        return low > head ? low - 1 : nil
    }

    /// Forgets the oldest version, if it is `id`.
    func forget(_ id: ChangeID) {
        guard head < versions.count, versions[head].id == id else { return }
        head += 1
        if head > 32, head * 2 > versions.count {
            versions.removeFirst(head)
            head = 0
        }
    }
}

/// All keys and the revisions at which they changed, in memory, as etcd keeps them: comparing and finding needs no query.
///
/// A plain value of the writer's queue. It is changed while a batch is evaluated, before the batch is durable; `rollBack` undoes
/// it if the batch fails, and nobody reads in between, since reads run on the same queue.
struct RevisionIndex {
    /// A change that is needed only by those who look into the past.
    struct Superseded {
        let id: ChangeID
        let history: KeyHistory
        /// The revision that superseded it; for a deletion, its own.
        let at: Revision
        let isDeletion: Bool
        let size: Int
    }

    private(set) var revision: Revision = 0
    /// Reads before this revision are refused; 0 until something was compacted.
    var oldest: Revision = 0
    private(set) var keys = SortedMap<KeyHistory>()
    /// In the order in which they may go.
    private var superseded: [Superseded] = []
    private var head = 0
    private(set) var supersededBytes: Int64 = 0

    private var undo: [KeyHistory] = []
    private var before: (revision: Revision, superseded: Int, bytes: Int64) = (0, 0, 0)

    func live(_ key: String) -> KeyHistory.Version? { keys[key]?.live }

    // MARK: Changes

    mutating func begin() {
        undo.removeAll(keepingCapacity: true)
        before = (revision, superseded.count, supersededBytes)
    }

    mutating func append(key: String, _ version: KeyHistory.Version) {
        let history: KeyHistory
        if let known = keys[key] {
            history = known
        } else {
            history = KeyHistory(key: key)
            keys[key] = history
        }
        undo.append(history)
        revision = version.id.revision
        if let old = history.live {
            supersede(Superseded(id: old.id, history: history, at: revision, isDeletion: false, size: old.size))
        }
        if version.isDeletion {
            supersede(Superseded(id: version.id, history: history, at: revision, isDeletion: true, size: 0))
        }
        history.append(version)
    }

    private mutating func supersede(_ item: Superseded) {
        superseded.append(item)
        supersededBytes += Int64(item.size + item.history.key.utf8.count)
    }

    mutating func rollBack() {
        for history in undo.reversed() {
            history.removeLast()
            if history.isEmpty { keys[history.key] = nil }
        }
        undo.removeAll()
        revision = before.revision
        superseded.removeSubrange(before.superseded...)
        supersededBytes = before.bytes
    }

    /// For the revision that was reached before everything of it was compacted.
    mutating func atLeast(_ revision: Revision) { self.revision = max(self.revision, revision) }

    // MARK: Compaction

    /// The next changes that no read or watch from `oldest` on can need.
    func forgettable(limit: Int) -> [Superseded] {
        var items: [Superseded] = []
        var next = head
        while next < superseded.count, items.count < limit {
            let item = superseded[next]
            // A read at `oldest` needs what was live then; a watch from `oldest` tells of the deletions of that revision.
            guard item.isDeletion ? item.at < oldest : item.at <= oldest else { break }
            items.append(item)
            next += 1
        }
        return items
    }

    mutating func forget(_ items: [Superseded]) {
        for item in items {
            item.history.forget(item.id)
            if item.history.isEmpty { keys[item.history.key] = nil }
            supersededBytes -= Int64(item.size + item.history.key.utf8.count)
        }
        head += items.count
        if head > 256, head * 2 > superseded.count {
            superseded.removeFirst(head)
            head = 0
        }
    }

    /// The revision before which to compact so that at most `revisions` and `bytes` of history stay, or `nil` while it is within
    /// both and an eighth more: so that it happens now and then, not with each commit.
    func compactionDue(revisions: Int64, bytes: Int64) -> Revision? {
        var due: Revision?
        if revision - oldest > revisions + revisions / 8 { due = revision - revisions }
        if supersededBytes > bytes + bytes / 8 {
            var left = supersededBytes
            var next = head
            while next < superseded.count, left > bytes {
                left -= Int64(superseded[next].size + superseded[next].history.key.utf8.count)
                due = max(due ?? 0, superseded[next].at)
                next += 1
            }
        }
        return due.flatMap { $0 > oldest ? $0 : nil }
    }
}
