import JSON
import KubeAPI
import NIOCore
import Store

/// All objects of a resource at one revision. A value: it stays as it is, whatever changes in the cache.
public struct CacheSnapshot: Sendable {
    /// The store's revision up to which all changes of the resource are in it.
    public let revision: Revision
    public let objects: SortedMap<CachedObject>

    /// The object with a store key.
    public func get(_ key: String) -> CachedObject? { objects[key] }

    /// What `filter` selects, in key order, from the key behind `after` on; `limit` 0 means all.
    public func list(_ kind: ResourceKind, _ filter: ObjectFilter, limit: Int, after: String?) -> CacheList {
        let range = KeyRange(prefix: kind.storePrefix(namespace: filter.namespace))
        let start = after.map { max(utf8: kind.storePrefix + $0 + "\0", range.start) } ?? range.start
        var selected: [CachedObject] = []
        var next: ContinueToken?
        var remaining = 0
        selected.reserveCapacity(
            limit > 0 ? min(limit, objects.count) : filter.isFixed && filter.namespace == nil ? objects.count : 0)
        objects.forEach(from: start, to: range.end) { _, object in
            guard filter.isFixed || filter.matches(object) else { return true }
            if limit > 0, selected.count >= limit {
                if next == nil, let last = selected.last {
                    next = ContinueToken(revision: revision, after: String(last.key.dropFirst(kind.storePrefix.count)))
                }
                remaining += 1
                // With a selector nobody is told how many remain, as in Kubernetes: one is enough to know that there are more.
                return filter.isFixed
            }
            selected.append(object)
            return true
        }
        return CacheList(
            objects: selected, revision: revision, next: next, remaining: filter.isFixed && next != nil ? remaining : nil)
    }

    private func max(utf8 a: String, _ b: String) -> String { utf8Order(a, b) >= 0 ? a : b }
}

/// What a list found.
public struct CacheList: Sendable {
    public let objects: [CachedObject]
    /// The list's resource version.
    public let revision: Revision
    /// Where the rest begins, if a limit left some out.
    public let next: ContinueToken?
    /// How many were left out; not known when a selector was used.
    public let remaining: Int?

    /// The list as clients read it: `{"kind":"PodList","apiVersion":"v1","metadata":{…},"items":[…]}` and a line feed.
    public func bytes(_ kind: ResourceKind, allocator: ByteBufferAllocator = ByteBufferAllocator()) -> ByteBuffer {
        let size = objects.reduce(0) { $0 + $1.clientBytes.count + 1 }
        var buffer = allocator.buffer(capacity: size + 512)
        buffer.writeString("{\"kind\":\"\(kind.listKind)\",\"apiVersion\":\"\(kind.apiVersion)\",")
        buffer.writeString("\"metadata\":{\"resourceVersion\":\"\(revision)\"")
        if let next { buffer.writeString(",\"continue\":\"\(next.encoded())\"") }
        if let remaining { buffer.writeString(",\"remainingItemCount\":\(remaining)") }
        buffer.writeStaticString("},\"items\":[")
        // One call for all of them: the loop is a plain copy of memory.
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { target in
            var offset = 0
            for object in objects {
                if offset > 0 {
                    target[offset] = UInt8(ascii: ",")
                    offset += 1
                }
                object.clientBytes.withUnsafeBytes { source in
                    UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + source.count]).copyMemory(from: source)
                }
                offset += object.clientBytes.count
            }
            return offset
        }
        buffer.writeStaticString("]}\n")
        return buffer
    }
}

/// Where a list in pages goes on. Opaque to clients.
public struct ContinueToken: Sendable, Hashable {
    /// The revision of the first page. 0 or less: whatever is current, for a client that goes on after its snapshot has expired.
    public let revision: Revision
    /// The last object that was listed: its store key without the resource's prefix.
    public let after: String

    public init(revision: Revision, after: String) { (self.revision, self.after) = (revision, after) }

    /// `nil` if it is none of ours.
    public init?(parsing text: String) {
        guard text.utf8.count <= 2_048, let bytes = Base64URL.decode(text), let json = try? JSONValue(parsing: bytes),
            json["v"]?.string == "meta.k8s.io/v1", let revision = json["rv"]?.integer, let after = json["start"]?.string
        else { return nil }
        self.init(revision: revision, after: after)
    }

    /// As it stands in `metadata.continue`: base64 for URLs, without padding, of JSON like that of Kubernetes.
    public func encoded() -> String {
        var json = JSONObject()
        json["v"] = "meta.k8s.io/v1"
        json["rv"] = .integer(revision)
        json["start"] = .string(after)
        return Base64URL.encode(JSONValue.object(json).encoded())
    }
}

/// RFC 4648 §5, without padding.
enum Base64URL {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var held = 0
        for byte in bytes {
            bits = (bits << 8) | UInt32(byte)
            held += 8
            while held >= 6 {
                held -= 6
                text.append(alphabet[Int((bits >> UInt32(held)) & 63)])
            }
        }
        if held > 0 { text.append(alphabet[Int((bits << UInt32(6 - held)) & 63)]) }
        return String(decoding: text, as: UTF8.self)
    }

    static func decode(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        var bits: UInt32 = 0
        var held = 0
        for character in text.utf8 where character != UInt8(ascii: "=") {
            guard let value = alphabet.firstIndex(of: character) else { return nil }
            bits = (bits << 6) | UInt32(value)
            held += 6
            if held >= 8 {
                held -= 8
                bytes.append(UInt8((bits >> UInt32(held)) & 255))
            }
        }
        return bytes
    }
}
