/// Limits that every backend holds its callers to.
public enum StoreLimits {
    /// The longest value, in bytes. An etcd takes 1.5 MiB in one request; what is left is for the keys beside the value.
    public static let valueBytes = 1_536_000
    /// The longest key, in bytes.
    public static let keyBytes = 4_096
    /// The most operations (and the most conditions) of one transaction, whatever the backend; see `Store.operationLimit`.
    public static let operations = 16_384
    /// The most keys that one transaction may change, deletions of ranges included.
    public static let changes = 1_048_575
}

extension Transaction {
    /// Throws `.invalid` for what no backend can mean: a key twice, an empty key, a value over the limit.
    public func validate() throws(StoreError) {
        guard conditions.count <= StoreLimits.operations else {
            throw .invalid("a transaction has \(conditions.count) conditions; at most \(StoreLimits.operations) are allowed")
        }
        for condition in conditions { try condition.key.validateAsKey() }
        try Self.validate(success)
        try Self.validate(failure)
    }

    private static func validate(_ operations: [Operation]) throws(StoreError) {
        guard operations.count <= StoreLimits.operations else {
            throw .invalid("a transaction has \(operations.count) operations; at most \(StoreLimits.operations) are allowed")
        }
        var puts: [String] = []
        var deletes: [KeyRange] = []
        for operation in operations {
            switch operation {
            case .put(let key, let value):
                try key.validateAsKey()
                guard value.count <= StoreLimits.valueBytes else {
                    throw .invalid("the value of \(key) has \(value.count) bytes; at most \(StoreLimits.valueBytes) are allowed")
                }
                puts.append(key)
            case .delete(let range):
                try range.start.validateAsKey()
                deletes.append(range)
            case .get(let range):
                try range.start.validateAsKey()
            }
        }
        guard puts.count + deletes.count > 1 else { return }
        puts.sort { utf8Order($0, $1) < 0 }
        for (one, next) in zip(puts, puts.dropFirst()) where utf8Order(one, next) == 0 {
            throw .invalid("the key \(one) is put twice in one transaction")
        }
        for key in puts {
            guard deletes.allSatisfy({ !$0.contains(key) }) else {
                throw .invalid("the key \(key) is both put and deleted in one transaction")
            }
        }
        for (index, range) in deletes.enumerated() {
            guard deletes[..<index].allSatisfy({ !$0.overlaps(range) }) else {
                throw .invalid("the key \(range.start) is deleted twice in one transaction")
            }
        }
    }
}

extension KeyRange {
    /// Whether some key could be in both.
    public func overlaps(_ other: KeyRange) -> Bool {
        guard let end else { return other.contains(start) }
        guard let otherEnd = other.end else { return contains(other.start) }
        return utf8Order(start, otherEnd) < 0 && utf8Order(other.start, end) < 0
    }

    /// Throws `.invalid` unless a read or watch of this range can be meant.
    public func validate() throws(StoreError) { try start.validateAsKey() }
}

extension String {
    fileprivate func validateAsKey() throws(StoreError) {
        guard !isEmpty else { throw .invalid("a key is empty") }
        guard utf8.count <= StoreLimits.keyBytes else {
            throw .invalid("a key has \(utf8.count) bytes; at most \(StoreLimits.keyBytes) are allowed: \(prefix(64))…")
        }
    }
}

extension Compare {
    /// The key that it is about.
    public var key: String {
        switch self {
        case .modRevision(let key, _, _), .createRevision(let key, _, _), .version(let key, _, _), .value(let key, _, _): key
        }
    }

    /// Whether knowing the key's value is needed to decide it.
    public var needsValue: Bool { if case .value = self { true } else { false } }

    /// Whether it holds for `item`, where `nil` is a key that does not exist. As in etcd, a missing key has no value, and so no
    /// comparison of its value holds.
    public func holds(for item: KeyValue?) -> Bool {
        switch self {
        case .modRevision(_, let relation, let revision): relation.holds(item?.modRevision ?? 0, revision)
        case .createRevision(_, let relation, let revision): relation.holds(item?.createRevision ?? 0, revision)
        case .version(_, let relation, let version): relation.holds(item?.version ?? 0, version)
        case .value(_, let relation, let value):
            if let item { relation.holds(byteOrder(item.value, value), 0) } else { false }
        }
    }

    private func byteOrder(_ a: [UInt8], _ b: [UInt8]) -> Int64 {
        if a == b { return 0 }
        return a.lexicographicallyPrecedes(b) ? -1 : 1
    }
}

extension Compare.Relation {
    /// Whether `a` stands in this relation to `b`.
    public func holds(_ a: Int64, _ b: Int64) -> Bool {
        switch self {
        case .equal: a == b
        case .notEqual: a != b
        case .less: a < b
        case .greater: a > b
        }
    }
}
