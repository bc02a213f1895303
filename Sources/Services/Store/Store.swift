/// A number that the store gives to each change of anything in it: it only grows, and orders all changes.
public typealias Revision = Int64

/// One key and its value as of some revision, with etcd's bookkeeping.
public struct KeyValue: Sendable, Hashable {
    public let key: String
    public let value: [UInt8]
    /// The revision at which the key came to be (after its last deletion, if any).
    public let createRevision: Revision
    /// The revision of its last change.
    public let modRevision: Revision
    /// How often it was put since it came to be; 1 for a new key.
    public let version: Int64

    public init(key: String, value: [UInt8], createRevision: Revision, modRevision: Revision, version: Int64) {
        (self.key, self.value) = (key, value)
        (self.createRevision, self.modRevision, self.version) = (createRevision, modRevision, version)
    }
}

/// Keys from `start` up to, not including, `end`, in the order of their UTF-8 bytes.
public struct KeyRange: Sendable, Hashable {
    public let start: String
    /// `nil` means the one key `start`.
    public let end: String?

    public init(start: String, end: String) { (self.start, self.end) = (start, end) }
    /// The one key.
    public init(key: String) { (start, end) = (key, nil) }
    /// All keys that begin with `prefix`. The prefix must end in an ASCII character (ours end in `/`).
    public init(prefix: String) {
        var bytes = Array(prefix.utf8)
        if let last = bytes.popLast() { bytes.append(last + 1) }
        (start, end) = (prefix, String(decoding: bytes, as: UTF8.self))
    }

    public func contains(_ key: String) -> Bool {
        guard let end else { return key == start }
        return utf8Order(key, start) >= 0 && utf8Order(key, end) < 0
    }
}

/// What a range read found.
public struct RangeResult: Sendable {
    public let items: [KeyValue]
    /// Whether keys beyond the limit were left out.
    public let more: Bool
    /// How many keys the range holds at that revision, whatever the limit.
    public let count: Int
    /// The store's revision at the moment of reading (not the one that was asked for).
    public let revision: Revision
    public init(items: [KeyValue], more: Bool, count: Int, revision: Revision) {
        (self.items, self.more, self.count, self.revision) = (items, more, count, revision)
    }
}

/// A condition of a transaction. A missing key has revisions 0, version 0 and no value.
public enum Compare: Sendable, Hashable {
    public enum Relation: Sendable, Hashable { case equal, notEqual, less, greater }
    case modRevision(String, Relation, Revision)
    case createRevision(String, Relation, Revision)
    case version(String, Relation, Int64)
    case value(String, Relation, [UInt8])

    /// The key does not exist.
    public static func absent(_ key: String) -> Compare { .createRevision(key, .equal, 0) }
    /// The key is as it was at `revision`.
    public static func unchanged(_ key: String, since revision: Revision) -> Compare { .modRevision(key, .equal, revision) }
}

/// One step of a transaction. A transaction touches each key at most once, as in etcd.
public enum Operation: Sendable, Hashable {
    case put(key: String, value: [UInt8])
    case delete(KeyRange)
    case get(KeyRange)
}

/// If all `conditions` hold, `success` happens, else `failure`: all of it or nothing, at one revision.
public struct Transaction: Sendable {
    public var conditions: [Compare]
    public var success: [Operation]
    public var failure: [Operation]
    public init(if conditions: [Compare] = [], then success: [Operation], else failure: [Operation] = []) {
        (self.conditions, self.success, self.failure) = (conditions, success, failure)
    }
}

/// What a transaction did. `results` has an entry for each operation of the branch that was taken.
public struct TransactionResult: Sendable {
    public enum Step: Sendable {
        /// What the key held before, if anything.
        case put(previous: KeyValue?)
        case deleted([KeyValue])
        case got([KeyValue])
    }
    public let succeeded: Bool
    /// The store's revision after it: that of its changes, if it made any.
    public let revision: Revision
    public let results: [Step]
    public init(succeeded: Bool, revision: Revision, results: [Step]) {
        (self.succeeded, self.revision, self.results) = (succeeded, revision, results)
    }
}

/// A change that a watcher is told of. All changes of one transaction share a revision and come in one batch.
public struct StoreEvent: Sendable {
    public enum Kind: Sendable { case put, delete }
    public let kind: Kind
    /// As it is after the change; for a deletion, key and `modRevision` of the deletion with an empty value.
    public let current: KeyValue
    /// As it was before; `nil` for a new key, or when the history no longer holds it.
    public let previous: KeyValue?
    public init(kind: Kind, current: KeyValue, previous: KeyValue?) {
        (self.kind, self.current, self.previous) = (kind, current, previous)
    }
}

/// What a watch brings: whole revisions, in order, each once.
public struct WatchBatch: Sendable {
    public let events: [StoreEvent]
    /// All changes of the range up to this revision have been delivered, this batch included. It may be without events: nothing of the
    /// range changed up to there.
    public let revision: Revision
    public init(events: [StoreEvent], revision: Revision) { (self.events, self.revision) = (events, revision) }
}

/// Why the store refused or failed.
public enum StoreError: Error, Sendable, Hashable {
    /// The revision is older than the last compaction, which is named. A reader must list again.
    case compacted(oldest: Revision)
    /// The revision has not happened yet.
    case futureRevision(asked: Revision, current: Revision)
    /// The request cannot be meant: a key twice in one transaction, an empty key, a value over the limit.
    case invalid(String)
    /// The watcher did not keep up with its bounded buffer and was closed. It must list again.
    case watcherTooSlow
    /// The store is shut, or shutting.
    case closed
    /// The data cannot be trusted or opened: what, where, and what to do.
    case damaged(String)
    /// Another process holds the data: which file, and what to do.
    case locked(String)
    /// Disk full, I/O error, no server: it may pass. What was asked for did not happen.
    case unavailable(String)
    /// The write was sent, and no answer came: it has happened, may still happen, or never will. Only looking tells.
    case outcomeUnknown(String)
    /// The store does not let us in: why, and what to do.
    case denied(String)
    /// A leader of a higher term has written: nothing of this one takes effect any more.
    case fenced(Fence, by: UInt64)
}

/// Changes from a revision on, as an asynchronous sequence of whole batches. Ends by throwing `StoreError`, or when its task is
/// cancelled.
public protocol StoreWatch: AsyncSequence, Sendable where Element == WatchBatch, Failure == any Error {}

/// A revisioned key-value store with etcd's semantics: what etcd, SQLite and the test double all are.
/// `Tests/Support/StoreContract` says what each must do.
public protocol Store: Sendable {
    associatedtype Watch: StoreWatch
    /// The items of `range`, in key order, as of `revision` (`nil`: now). `limit` 0 means all.
    func read(_ range: KeyRange, at revision: Revision?, limit: Int) async throws -> RangeResult
    /// Does it, durably: when this returns, the changes survive the loss of power. Throws `.outcomeUnknown` where nobody can tell.
    func commit(_ transaction: Transaction) async throws -> TransactionResult
    /// Changes of `range` whose revision is `from` or later. Subscribed when this returns: no change is missed.
    func watch(_ range: KeyRange, from revision: Revision) async throws -> Watch
    /// Forgets the history before `revision`; what is live stays.
    func compact(before revision: Revision) async throws
    /// The revision of the last change that was finished, by whichever process, before this call.
    func currentRevision() async throws -> Revision
    /// Brings the watches of `range` up to the present: each that is not in the past is given a batch, without events if nothing of its
    /// range has changed, of the revision that is returned or a later one.
    func synchronize(_ range: KeyRange) async throws -> Revision
    /// Whether other processes may write too. Then what our watches have brought may be older than what others were told is done,
    /// and a reader who must not see the past asks `synchronize` first.
    var isShared: Bool { get }
    /// The most operations, and the most conditions, of one transaction; 128 at least.
    var operationLimit: Int { get }
    /// The most bytes of keys and values in one transaction; that of one value at least.
    var byteLimit: Int { get }
    /// Ends watches, finishes writes under way, and closes. Later calls throw `.closed`.
    func close() async
}
