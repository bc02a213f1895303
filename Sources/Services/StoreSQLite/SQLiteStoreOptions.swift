/// Bounds of a `SQLiteStore`.
public struct SQLiteStoreOptions: Sendable {
    /// How many revisions of history are kept for reads and watches in the past. What is live is always kept.
    public var keptRevisions: Int64 = 10_000
    /// How many bytes of superseded values are kept at most; older history goes first.
    public var keptBytes: Int64 = 64 << 20
    /// How many events may wait for a slow watcher before it is ended with `.watcherTooSlow`.
    public var watchLimit = 10_000
    /// How many commits may wait for the writer. More are refused with `.unavailable`, before anything of them was done.
    public var queueLimit = 8_192
    /// How many commits, and how many bytes of values, are made durable by one sync of the disk.
    public var batchLimit = 256
    public var batchBytes = 8 << 20
    /// The largest the file may grow, in bytes; commits beyond it fail with `.unavailable`. 0: as large as the disk.
    public var maximumFileBytes: Int64 = 0

    public init() {}
}
