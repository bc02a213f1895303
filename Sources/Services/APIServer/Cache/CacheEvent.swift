import KubeAPI
import NIOCore
import Store
import Synchronization

/// One change of one object, kept in the cache's ring. What watchers are sent is made of it at most once, and shared by all of
/// them.
final class CacheChange: Sendable {
    let revision: Revision
    /// `nil` for a new object.
    let old: CachedObject?
    /// `nil` for a deletion.
    let new: CachedObject?

    private struct Made: Sendable {
        var bytes: [CacheEvent.Kind: ByteBuffer] = [:]
        var tombstone: CachedObject?
    }
    private let made = Mutex(Made())

    init(revision: Revision, old: CachedObject?, new: CachedObject?) {
        (self.revision, self.old, self.new) = (revision, old, new)
    }

    /// What this change is to a watcher with `filter`: with a selector, an object enters as ADDED and leaves as DELETED.
    func event(for filter: ObjectFilter) -> CacheEvent? {
        let was = old.map(filter.matches) ?? false
        let isNow = new.map { filter.isFixed && old != nil ? was : filter.matches($0) } ?? false
        switch (was, isNow) {
        case (false, true): return CacheEvent(type: .added, change: self)
        case (true, true): return CacheEvent(type: .modified, change: self)
        case (true, false): return CacheEvent(type: .deleted, change: self)
        case (false, false): return nil
        }
    }

    func object(of type: CacheEvent.Kind) -> CachedObject? {
        guard type == .deleted else { return new }
        guard let old else { return nil }
        return made.withLock { made in
            if let tombstone = made.tombstone { return tombstone }
            let tombstone = old.deleted(at: revision)
            made.tombstone = tombstone
            return tombstone
        }
    }

    func bytes(of type: CacheEvent.Kind) -> ByteBuffer {
        guard let object = object(of: type) else { return ByteBuffer() }
        return made.withLock { made in
            if let bytes = made.bytes[type] { return bytes }
            let bytes = CacheEvent.frame(type, object.clientBytes)
            made.bytes[type] = bytes
            return bytes
        }
    }
}

/// What a watcher is told.
public struct CacheEvent: Sendable {
    public enum Kind: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED", bookmark = "BOOKMARK" }
    private enum Source: Sendable { case change(CacheChange), object(CachedObject), bookmark(ByteBuffer) }

    public let type: Kind
    /// The resource version from which a watcher that has seen this goes on.
    public let revision: Revision
    private let source: Source

    init(type: Kind, change: CacheChange) { (self.type, revision, source) = (type, change.revision, .change(change)) }

    /// A synthetic ADDED of what exists at the start of a watch.
    init(initial object: CachedObject) { (type, revision, source) = (.added, object.modRevision, .object(object)) }

    /// A bookmark. `endsInitialEvents` marks the end of the initial state, for a watch that asked with `sendInitialEvents=true`.
    init(bookmarkOf kind: ResourceKind, revision: Revision, endsInitialEvents: Bool) {
        let annotation = endsInitialEvents ? ",\"annotations\":{\"k8s.io/initial-events-end\":\"true\"}" : ""
        let object = """
            {"kind":"\(kind.kind)","apiVersion":"\(kind.apiVersion)","metadata":{"resourceVersion":"\(revision)"\
            ,"creationTimestamp":null\(annotation)}}
            """
        (type, self.revision) = (.bookmark, revision)
        source = .bookmark(Self.frame(.bookmark, Array(object.utf8)))
    }

    /// The object of the event (for a deletion: as it was last, with the resource version of the deletion); `nil` for a bookmark.
    /// For a watcher that shows it in another form (a Table).
    public var object: CachedObject? {
        switch source {
        case .change(let change): change.object(of: type)
        case .object(let object): object
        case .bookmark: nil
        }
    }

    /// `{"type":"ADDED","object":{…}}` and a line feed: made once for each change, shared by all watchers.
    public var bytes: ByteBuffer {
        switch source {
        case .change(let change): change.bytes(of: type)
        case .object(let object): Self.frame(.added, object.clientBytes)
        case .bookmark(let bytes): bytes
        }
    }

    static func frame(_ type: Kind, _ object: [UInt8]) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(object.count + 40)
        buffer.writeString("{\"type\":\"\(type.rawValue)\",\"object\":")
        buffer.writeBytes(object)
        buffer.writeStaticString("}\n")
        return buffer
    }
}

/// Where a watcher begins.
public enum WatchStart: Sendable, Hashable {
    /// With what comes after the cache's present (`resourceVersion` unset and nothing initial wanted).
    case now
    /// With ADDED for all that exists (`resourceVersion` unset or `0`); then, for `sendInitialEvents=true`, a bookmark that says
    /// so.
    case initial(bookmark: Bool)
    /// With what came after this revision.
    case after(Revision)
}

/// Why the cache ended a watch.
public enum WatchEnd: Sendable, Hashable {
    /// The sink refused an event: its buffer was full. The client lists again.
    case tooSlow
    /// The cache had to read the store anew, and does not know what happened in between: 410 on the wire.
    case expired(oldest: Revision)
    /// The server shuts down.
    case closed
}

/// The receiving end of a watch: what the API server's streams implement. The cache pushes; nothing here may block or wait, and
/// none of it may call the cache back (schedule that instead). Calls come in order, one at a time, from no particular thread.
public protocol WatchSink: AnyObject, Sendable {
    /// First, and once, before `subscribe` returns: what stands before the live events. It is not bounded by the sink's buffer,
    /// since it is made of shared references: a sink writes it out at the client's pace.
    func begin(_ events: [CacheEvent])
    /// Live events, in order. False says that the sink's buffer is full: the watch ends at once, with `end(.tooSlow)`.
    func offer(_ events: [CacheEvent]) -> Bool
    /// Last, and once, unless the watch was cancelled.
    func end(_ why: WatchEnd)
}

/// Why the cache cannot serve.
public enum CacheError: Error, Sendable, Hashable {
    /// The revision is not held any more. As Kubernetes words it: `too old resource version: <asked> (<oldest>)`, 410.
    case tooOld(asked: Revision, oldest: Revision)
    /// The cache is shut.
    case closed
}
