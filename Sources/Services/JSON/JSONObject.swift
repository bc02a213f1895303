/// The members of a JSON object in their order. Two objects with the same members in another order are equal.
///
/// Small objects, nearly all there are, are searched from the front; beyond `indexedFrom` members a hash index is kept, so that
/// a hostile object of a hundred thousand keys costs no quadratic time.
public struct JSONObject: Sendable {
    private typealias Entry = (key: String, value: JSONValue)

    static let indexedFrom = 24

    private var entries: [Entry]
    /// Key to position, present exactly when there are `indexedFrom` members or more.
    private var index: [String: Int]?

    public init() {
        entries = []
    }

    /// For the parser: the caller has made sure that no key is there twice.
    init(distinct entries: [(key: String, value: JSONValue)]) {
        self.entries = entries
        if entries.count >= Self.indexedFrom { reindex() }
    }

    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }
    public var keys: [String] { entries.map(\.key) }
    public var values: [JSONValue] { entries.map(\.value) }

    /// Setting nil removes the member; a new key goes to the end, a known one keeps its place.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { entries[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                entries[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Adds a member that is known not to be there yet; spares the search.
    package mutating func appendDistinct(_ key: String, _ value: JSONValue) { append(key, value) }

    package mutating func reserveCapacity(_ count: Int) { entries.reserveCapacity(count) }

    public func contains(_ key: String) -> Bool { position(of: key) != nil }

    /// Changes one member in place; where it is missing, it starts as `default`.
    public mutating func update(_ key: String, default start: JSONValue, _ change: (inout JSONValue) -> Void) {
        if let position = position(of: key) {
            change(&entries[position].value)
        } else {
            var value = start
            change(&value)
            append(key, value)
        }
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = position(of: key) else { return nil }
        let removed = entries.remove(at: position).value
        if entries.count >= Self.indexedFrom { reindex() } else { index = nil }
        return removed
    }

    /// Removes every member for which the answer is true, in one pass.
    public mutating func removeAll(where matches: (_ key: String, _ value: JSONValue) -> Bool) {
        entries.removeAll { matches($0.key, $0.value) }
        if entries.count >= Self.indexedFrom { reindex() } else { index = nil }
    }

    /// Puts a member to the front (a known key moves there).
    public mutating func prepend(_ key: String, _ value: JSONValue) {
        removeValue(forKey: key)
        entries.insert((key, value), at: 0)
        if entries.count >= Self.indexedFrom { reindex() }
    }

    /// The same members, sorted by the bytes of their keys, as Go writes maps.
    public func sortedByKey() -> JSONObject {
        JSONObject(distinct: entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    /// Changes each value in place, in order.
    public mutating func mapValuesInPlace(_ change: (_ key: String, _ value: inout JSONValue) -> Void) {
        for position in entries.indices { change(entries[position].key, &entries[position].value) }
    }

    /// Each member in order, without an iterator's copies.
    package func forEachMember(_ body: (_ key: String, _ value: JSONValue) -> Void) {
        for position in entries.indices { body(entries[position].key, entries[position].value) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        entries.append((key, value))
        if index != nil {
            index?[key] = entries.count - 1
        } else if entries.count >= Self.indexedFrom {
            reindex()
        }
    }

    private mutating func reindex() {
        var index = [String: Int](minimumCapacity: entries.count)
        for position in entries.indices { index[entries[position].key] = position }
        self.index = index
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        for position in entries.indices where entries[position].key == key { return position }
        return nil
    }
}

extension JSONObject: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate var base: IndexingIterator<[(key: String, value: JSONValue)]>
        public mutating func next() -> (key: String, value: JSONValue)? { base.next() }
    }

    public func makeIterator() -> Iterator { Iterator(base: entries.makeIterator()) }
    public var underestimatedCount: Int { entries.count }
}

extension JSONObject: Hashable {
    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        guard one.count == other.count else { return false }
        for position in one.entries.indices {
            let mine = one.entries[position]
            // Mostly the order is the same, too.
            if other.entries[position].key == mine.key {
                if other.entries[position].value != mine.value { return false }
            } else if other[mine.key] != mine.value {
                return false
            }
        }
        return true
    }

    public func hash(into hasher: inout Hasher) {
        // The sum does not depend on the order.
        var sum = 0
        for entry in entries {
            var member = Hasher()
            member.combine(entry.key)
            member.combine(entry.value)
            sum = sum &+ member.finalize()
        }
        hasher.combine(count)
        hasher.combine(sum)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self.init()
        for (key, value) in elements { self[key] = value }
    }
}
