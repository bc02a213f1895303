/// Copies what one store holds into another, and sums up what is there so that both can be compared.
public struct StoreCopy: Sendable {
    /// How many keys there are, their bytes with those of the values, and a sum over all of it in the order of keys.
    public struct Sum: Sendable, Hashable, CustomStringConvertible {
        public private(set) var keys = 0
        public private(set) var bytes = 0
        /// FNV-1a, 64 bits, over length and bytes of each key and value: made to notice accidents, not malice.
        public private(set) var digest: UInt64 = 0xcbf2_9ce4_8422_2325

        public init() {}

        mutating func add(_ item: KeyValue) {
            keys += 1
            let key = Array(item.key.utf8)
            bytes += key.count + item.value.count
            mix(key)
            mix(item.value)
        }

        private mutating func mix(_ bytes: [UInt8]) {
            var digest = digest
            for shift in stride(from: 0, to: 64, by: 8) { digest = (digest ^ UInt64(truncatingIfNeeded: bytes.count >> shift) & 0xff) &* 0x100_0000_01b3 }
            for byte in bytes { digest = (digest ^ UInt64(byte)) &* 0x100_0000_01b3 }
            self.digest = digest
        }

        public var description: String { "\(keys) keys (\(bytes) bytes, digest \(String(digest, radix: 16)))" }
    }

    /// What is copied, but for keys that begin with `skipping`, which are a backend's own.
    public let range: KeyRange
    public let skipping: String
    private let page = 500

    public init(range: KeyRange, skipping: String) { (self.range, self.skipping) = (range, skipping) }

    public func isEmpty(_ store: some Store) async throws -> Bool {
        var isEmpty = true
        try await forEachPage(of: store, at: nil) { items in
            isEmpty = items.isEmpty
            return isEmpty
        }
        return isEmpty
    }

    /// Removes all that is to be copied over.
    public func clear(_ store: some Store) async throws {
        try await forEachPage(of: store, at: nil) { items in
            for part in parts(of: items, store) { _ = try await store.commit(Transaction(then: part.map { .delete(KeyRange(key: $0.key)) })) }
            return true
        }
    }

    /// What is there at a revision (`nil`: now).
    public func sum(of store: some Store, at revision: Revision?) async throws -> Sum {
        var sum = Sum()
        try await forEachPage(of: store, at: revision) { items in
            for item in items { sum.add(item) }
            return true
        }
        return sum
    }

    /// Writes all that `source` holds at this moment, in as few transactions as `target` takes. Returns what was read. A key that is there already
    /// is an error: somebody writes at the same time.
    public func copy(from source: some Store, to target: some Store) async throws -> Sum {
        var sum = Sum()
        try await forEachPage(of: source, at: nil) { items in
            for item in items { sum.add(item) }
            for part in parts(of: items, target) {
                let result = try await target.commit(
                    Transaction(if: part.map { .absent($0.key) }, then: part.map { .put(key: $0.key, value: $0.value) }))
                guard result.succeeded else { throw StoreError.invalid("somebody else writes to the target: \(part.first?.key ?? "") or a key after it is there") }
            }
            return true
        }
        return sum
    }

    private func parts(of items: [KeyValue], _ store: some Store) -> [ArraySlice<KeyValue>] {
        var parts: [ArraySlice<KeyValue>] = []
        var start = 0
        var bytes = 0
        for (position, item) in items.enumerated() {
            let size = item.value.count + 3 * item.key.utf8.count
            if position > start, position - start >= store.operationLimit || bytes + size > store.byteLimit {
                parts.append(items[start..<position])
                (start, bytes) = (position, 0)
            }
            bytes += size
        }
        return start < items.count ? parts + [items[start...]] : parts
    }

    /// All at one revision, in the order of keys, until `body` returns false.
    private func forEachPage(of store: some Store, at revision: Revision?, _ body: ([KeyValue]) async throws -> Bool) async throws {
        guard let end = range.end else { return }
        var start = range.start
        var at = revision
        while true {
            let found = try await store.read(KeyRange(start: start, end: end), at: at, limit: page)
            at = at ?? found.revision
            guard try await body(found.items.filter { !$0.key.hasPrefix(skipping) }), found.more, let last = found.items.last else { return }
            start = last.key + "\0"
        }
    }
}
