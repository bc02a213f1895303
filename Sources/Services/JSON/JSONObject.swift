/// The members of a JSON object in their order. Two objects with the same members in another order are equal.
///
/// Small objects, nearly all there are, are searched from the front; beyond `indexedFrom` members a hash index is kept, so that
/// a hostile object of a hundred thousand keys costs no quadratic time.
public struct JSONObject: Sendable {
    private typealias Entry = (key: String, value: JSONValue)

    static let indexedFrom = 24

    private var slots: [Entry]
    /// Key to slot, once there are `indexedFrom` members. Then a slot that its own key does not lead to is a hole, left by a removal.
    private var index: [String: Int]?

    /// The members in order.
    private var entries: [Entry] {
        guard let index, index.count < slots.count else { return slots }
        return slots.indices.filter { index[slots[$0].key] == $0 }.map { slots[$0] }
    }

    public init() {
        slots = []
    }

    /// For the parser: the caller has made sure that no key is there twice.
    init(distinct entries: [(key: String, value: JSONValue)]) {
        slots = entries
        if slots.count >= Self.indexedFrom { reindex() }
    }

    public var count: Int { index?.count ?? slots.count }
    public var isEmpty: Bool { count == 0 }
    public var keys: [String] { entries.map(\.key) }
    public var values: [JSONValue] { entries.map(\.value) }

    /// Setting nil removes the member; a new key goes to the end, a known one keeps its place.
    public subscript(key: String) -> JSONValue? {
        get { position(of: key).map { slots[$0].value } }
        set {
            guard let newValue else {
                removeValue(forKey: key)
                return
            }
            if let position = position(of: key) {
                slots[position].value = newValue
            } else {
                append(key, newValue)
            }
        }
    }

    /// Adds a member that is known not to be there yet; spares the search.
    package mutating func appendDistinct(_ key: String, _ value: JSONValue) { append(key, value) }

    package mutating func reserveCapacity(_ count: Int) { slots.reserveCapacity(count) }

    public func contains(_ key: String) -> Bool { position(of: key) != nil }

    /// Changes one member in place; where it is missing, it starts as `default`.
    public mutating func update(_ key: String, default start: JSONValue, _ change: (inout JSONValue) -> Void) {
        if let position = position(of: key) {
            change(&slots[position].value)
        } else {
            var value = start
            change(&value)
            append(key, value)
        }
    }

    @discardableResult
    public mutating func removeValue(forKey key: String) -> JSONValue? {
        guard let position = position(of: key) else { return nil }
        guard index != nil else { return slots.remove(at: position).value }
        let removed = slots[position].value
        slots[position].value = .null
        index?[key] = nil
        // Holes are closed when they are the most, so that many removals cost no more than one each.
        if slots.count > 2 * count { self = JSONObject(distinct: entries) }
        return removed
    }

    /// Removes every member for which the answer is true, in one pass.
    public mutating func removeAll(where matches: (_ key: String, _ value: JSONValue) -> Bool) {
        self = JSONObject(distinct: entries.filter { !matches($0.key, $0.value) })
    }

    /// Puts a member to the front (a known key moves there).
    public mutating func prepend(_ key: String, _ value: JSONValue) {
        removeValue(forKey: key)
        self = JSONObject(distinct: [(key, value)] + entries)
    }

    /// The same members, sorted by the bytes of their keys, as Go writes maps.
    public func sortedByKey() -> JSONObject {
        JSONObject(distinct: entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) })
    }

    /// Changes each value in place, in order.
    public mutating func mapValuesInPlace(_ change: (_ key: String, _ value: inout JSONValue) -> Void) {
        if count < slots.count { self = JSONObject(distinct: entries) }
        for position in slots.indices { change(slots[position].key, &slots[position].value) }
    }

    /// Each member in order, without an iterator's copies.
    package func forEachMember(_ body: (_ key: String, _ value: JSONValue) -> Void) {
        let entries = entries
        for position in entries.indices { body(entries[position].key, entries[position].value) }
    }

    private mutating func append(_ key: String, _ value: JSONValue) {
        slots.append((key, value))
        if index != nil {
            index?[key] = slots.count - 1
        } else if slots.count >= Self.indexedFrom {
            reindex()
        }
    }

    private mutating func reindex() {
        var index = [String: Int](minimumCapacity: slots.count)
        for position in slots.indices { index[slots[position].key] = position }
        self.index = index
    }

    private func position(of key: String) -> Int? {
        if let index { return index[key] }
        // Lengths first: they tell most keys apart without a call.
        let length = key.utf8.count
        for position in slots.indices where slots[position].key.utf8.count == length && slots[position].key == key { return position }
        return nil
    }
}

extension JSONObject: Sequence {
    public struct Iterator: IteratorProtocol {
        fileprivate var base: IndexingIterator<[(key: String, value: JSONValue)]>
        public mutating func next() -> (key: String, value: JSONValue)? { base.next() }
    }

    public func makeIterator() -> Iterator { Iterator(base: entries.makeIterator()) }
    public var underestimatedCount: Int { count }
}

extension JSONObject: Hashable {
    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        guard one.count == other.count else { return false }
        let (ours, theirs) = (one.entries, other.entries)
        for position in ours.indices {
            let mine = ours[position]
            // Mostly the order is the same, too.
            if theirs[position].key == mine.key {
                if theirs[position].value != mine.value { return false }
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
