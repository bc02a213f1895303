import Core

/// What is over but may still be asked for: the newest `limit` notes, none older than `age`. Each change costs O(1), taken together.
public struct Memory<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private struct Note: Sendable { let key: Key; let number: UInt64; let at: Instant }

    private var values: [Key: (value: Value, number: UInt64)] = [:]
    /// In the order of their coming; from `head` on. A note whose number is not its key's any more is stale.
    private var notes: [Note] = []
    private var head = 0
    private var nextNumber: UInt64 = 0
    /// How many notes are kept.
    public let limit: Int
    /// How long one is kept.
    public let age: Duration

    public init(limit: Int, age: Duration) { (self.limit, self.age) = (max(1, limit), age) }

    public var count: Int { values.count }
    public subscript(key: Key) -> Value? { values[key]?.value }

    /// The newest `count` values, the newest first.
    public func newest(_ count: Int) -> [Value] {
        notes[head...].reversed().lazy.compactMap { note in
            values[note.key].flatMap { $0.number == note.number ? $0.value : nil }
        }.prefix(max(0, count)).map(\.self)
    }

    /// Notes `value`, in place of what was noted of `key` before. `at` must not go back.
    public mutating func note(_ key: Key, _ value: Value, at: Instant) {
        nextNumber += 1
        values[key] = (value, nextNumber)
        notes.append(Note(key: key, number: nextNumber, at: at))
        while values.count > limit { dropFirst() }
        compact()
    }

    public mutating func remove(_ key: Key) { values[key] = nil }

    /// Forgets what is too old at `now`.
    public mutating func forget(at now: Instant) {
        while head < notes.count, notes[head].at + age <= now || values[notes[head].key]?.number != notes[head].number { dropFirst() }
        compact()
    }

    /// When there will be something to forget.
    public var nextDeadline: Instant? { head < notes.count ? notes[head].at + age : nil }

    private mutating func dropFirst() {
        let note = notes[head]
        head += 1
        if values[note.key]?.number == note.number { values[note.key] = nil }
    }

    /// Stale notes never outnumber the others by much.
    private mutating func compact() {
        if notes.count - head > 2 * values.count + 16 {
            notes = notes[head...].filter { values[$0.key]?.number == $0.number }
            head = 0
        } else if head > notes.count / 2, head > 16 {
            notes.removeFirst(head)
            head = 0
        }
    }
}
