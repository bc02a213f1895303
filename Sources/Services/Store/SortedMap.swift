/// Order of two strings by their UTF-8 bytes, as the store orders keys. Swift's own `<` compares canonically equivalent
/// characters as equal.
@inlinable
public func utf8Order(_ a: String, _ b: String) -> Int {
    let fast = a.utf8.withContiguousStorageIfAvailable { left in
        b.utf8.withContiguousStorageIfAvailable { right in compareBytes(left, right) }
    }
    if let fast, let fast { return fast }
    return Array(a.utf8).withUnsafeBufferPointer { left in Array(b.utf8).withUnsafeBufferPointer { compareBytes(left, $0) } }
}

@usableFromInline
func compareBytes(_ a: UnsafeBufferPointer<UInt8>, _ b: UnsafeBufferPointer<UInt8>) -> Int {
    if let left = a.baseAddress, let right = b.baseAddress {
        let order = memcmp(left, right, min(a.count, b.count))
        if order != 0 { return Int(order) }
    }
    return a.count - b.count
}

/// A map in the order of its keys' UTF-8 bytes.
///
/// It is kept in chunks, so that a copy is one reference, and a change after a copy copies one chunk and the list of chunks:
/// readers take a copy as their snapshot while a writer goes on. Finding is O(log n), inserting O(chunk + n / chunk).
public struct SortedMap<Value> {
    @usableFromInline struct Chunk {
        @usableFromInline var keys: [String]
        @usableFromInline var values: [Value]
        @usableFromInline init(keys: [String], values: [Value]) { (self.keys, self.values) = (keys, values) }
    }
    /// Where an entry is, or would be.
    public struct Position: Sendable, Hashable {
        @usableFromInline var chunk: Int
        @usableFromInline var offset: Int
        @usableFromInline init(chunk: Int, offset: Int) { (self.chunk, self.offset) = (chunk, offset) }
    }

    @usableFromInline static var chunkLimit: Int { 256 }
    /// Never holds an empty chunk.
    @usableFromInline var chunks: [Chunk] = []
    @usableFromInline var total = 0

    @inlinable public var count: Int { total }
    @inlinable public init() {}
    @inlinable public var isEmpty: Bool { count == 0 }

    /// The first entry whose key is not before `key`.
    ///
    /// Looks at keys through spans: an array's own subscript would take a reference to each, whose count all readers share.
    @inlinable public func lowerBound(_ key: String) -> Position {
        let chunks = self.chunks.span
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            let keys = chunks[middle].keys.span
            if utf8Order(keys[keys.count - 1], key) < 0 { low = middle + 1 } else { high = middle }
        }
        guard low < chunks.count else { return Position(chunk: low, offset: 0) }
        let keys = chunks[low].keys.span
        var first = 0
        var end = keys.count
        while first < end {
            let middle = (first + end) / 2
            if utf8Order(keys[middle], key) < 0 { first = middle + 1 } else { end = middle }
        }
        return Position(chunk: low, offset: first)
    }

    @inlinable func holds(_ key: String, at position: Position) -> Bool {
        let chunks = self.chunks.span
        return position.chunk < chunks.count && utf8Order(chunks[position.chunk].keys.span[position.offset], key) == 0
    }

    @inlinable public subscript(key: String) -> Value? {
        get {
            let position = lowerBound(key)
            return holds(key, at: position) ? chunks[position.chunk].values[position.offset] : nil
        }
        set {
            if let newValue { put(key, newValue) } else { remove(key) }
        }
    }

    @inlinable mutating func put(_ key: String, _ value: Value) {
        var at = lowerBound(key)
        if holds(key, at: at) {
            chunks[at.chunk].values[at.offset] = value
            return
        }
        total += 1
        if at.chunk == chunks.count {
            // After the last key: into the last chunk while it has room, so that ascending inserts fill chunks whole.
            if let last = chunks.indices.last, chunks[last].keys.count < Self.chunkLimit {
                at = Position(chunk: last, offset: chunks[last].keys.count)
            } else {
                chunks.append(Chunk(keys: [key], values: [value]))
                return
            }
        }
        chunks[at.chunk].keys.insert(key, at: at.offset)
        chunks[at.chunk].values.insert(value, at: at.offset)
        if chunks[at.chunk].keys.count > Self.chunkLimit { split(at.chunk) }
    }

    @inlinable mutating func split(_ index: Int) {
        let half = chunks[index].keys.count / 2
        let upper = Chunk(keys: Array(chunks[index].keys[half...]), values: Array(chunks[index].values[half...]))
        chunks[index].keys.removeSubrange(half...)
        chunks[index].values.removeSubrange(half...)
        chunks.insert(upper, at: index + 1)
    }

    @inlinable mutating func remove(_ key: String) {
        let at = lowerBound(key)
        guard holds(key, at: at) else { return }
        total -= 1
        chunks[at.chunk].keys.remove(at: at.offset)
        chunks[at.chunk].values.remove(at: at.offset)
        if chunks[at.chunk].keys.isEmpty { chunks.remove(at: at.chunk) }
    }

    /// Calls `body` with the entries from `start` on, in order, until it returns false or, if `end` is given, a key is not before
    /// `end`.
    @inlinable public func forEach(from start: String, to end: String?, _ body: (String, Value) throws -> Bool) rethrows {
        var at = lowerBound(start)
        while at.chunk < chunks.count {
            let chunk = chunks[at.chunk]
            // One comparison with the chunk's last key mostly spares one with each.
            let whole = if let end, let last = chunk.keys.last { utf8Order(last, end) < 0 } else { true }
            while at.offset < chunk.keys.count {
                let key = chunk.keys[at.offset]
                if !whole, let end, utf8Order(key, end) >= 0 { return }
                guard try body(key, chunk.values[at.offset]) else { return }
                at.offset += 1
            }
            at = Position(chunk: at.chunk + 1, offset: 0)
        }
    }

    /// The entries in a range of keys, in order.
    @inlinable public func forEach(in range: KeyRange, _ body: (String, Value) throws -> Bool) rethrows {
        guard let end = range.end else {
            if let value = self[range.start] { _ = try body(range.start, value) }
            return
        }
        try forEach(from: range.start, to: end, body)
    }

    /// All values in the order of their keys.
    public var values: [Value] { chunks.flatMap(\.values) }
}

extension SortedMap: Sendable where Value: Sendable {}
extension SortedMap.Chunk: Sendable where Value: Sendable {}

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif
