/// Work that is done several pieces at a time, and in order where pieces have to do with the same thing.
///
/// Pure: whoever does the work asks for what may begin and says what is done. A piece begins when no earlier piece that shares a key with it is
/// left, and one of `limit` places is free; among those that may begin, the first ones that came do. Each step costs O(log n) and its keys.
public struct OrderedWork<Key: Hashable & Sendable, Item: Sendable>: Sendable {
    private struct Piece: Sendable {
        let item: Item
        let keys: [Key]
        /// How many of its keys an earlier piece has.
        var behind: Int
    }

    private var pieces: [UInt64: Piece] = [:]
    /// The pieces with each key that are not done, in order.
    private var lines: [Key: [UInt64]] = [:]
    private var ready = RankedKeys<UInt64, UInt64>()
    private var number: UInt64 = 0
    private var running = 0
    /// How many pieces may be under way.
    public let limit: Int

    public init(limit: Int) {
        precondition(limit > 0, "without a place nothing is done")
        self.limit = limit
    }

    /// Pieces that are not done.
    public var count: Int { pieces.count }

    public mutating func add(_ item: Item, keys: [Key]) {
        number += 1
        let keys = Array(Set(keys))
        var behind = 0
        for key in keys {
            if lines[key] != nil { behind += 1 }
            lines[key, default: []].append(number)
        }
        pieces[number] = Piece(item: item, keys: keys, behind: behind)
        if behind == 0 { ready.put(number, number) }
    }

    /// What begins now, each with the number by which it is `done`.
    public mutating func begin() -> [(number: UInt64, item: Item)] {
        var begun: [(number: UInt64, item: Item)] = []
        while running < limit, let (number, _) = ready.popFirst(), let piece = pieces[number] {
            running += 1
            begun.append((number, piece.item))
        }
        return begun
    }

    /// A piece that has begun is done, however it ended.
    public mutating func done(_ number: UInt64) {
        guard let piece = pieces.removeValue(forKey: number) else { return }
        running -= 1
        for key in piece.keys {
            lines[key]?.removeFirst()
            guard let next = lines[key]?.first else {
                lines[key] = nil
                continue
            }
            pieces[next]?.behind -= 1
            if pieces[next]?.behind == 0 { ready.put(next, next) }
        }
    }
}
