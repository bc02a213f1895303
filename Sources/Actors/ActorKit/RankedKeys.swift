import Core

/// Keys in the order of their ranks, each once: `first` and `subscript` in O(1), all changes in O(log n).
///
/// What a state needs so that a fact costs the same however much it holds: deadlines by key, lines with priorities. Keys of equal
/// rank come in the order in which they were put, so that a run can be replayed. An indexed binary heap: its nodes are numbers in
/// arrays, and a key is hashed once per change, not once per step.
public struct RankedKeys<Key: Hashable & Sendable, Rank: Comparable & Sendable>: Sendable {
    private struct Node: Sendable {
        var rank: Rank
        /// Breaks ties: who came first.
        var number: UInt64
        let slot: Int
        static func < (left: Node, right: Node) -> Bool {
            left.rank < right.rank || (left.rank == right.rank && left.number < right.number)
        }
    }

    private var heap: [Node] = []
    /// By slot: the key, and where its node is in the heap.
    private var keys: [Key?] = []
    private var places: [Int] = []
    private var freeSlots: [Int] = []
    private var slots: [Key: Int] = [:]
    private var nextNumber: UInt64 = 0

    public init() {}

    public var count: Int { heap.count }
    public var isEmpty: Bool { heap.isEmpty }
    public func contains(_ key: Key) -> Bool { slots[key] != nil }

    /// The rank of `key`; `nil` when it is not there.
    public subscript(key: Key) -> Rank? { slots[key].map { heap[places[$0]].rank } }

    /// The key of the lowest rank.
    public var first: (key: Key, rank: Rank)? {
        guard let node = heap.first, let key = keys[node.slot] else { return nil }
        return (key, node.rank)
    }

    /// Puts `key` at `rank`. One that is there moves, behind those that have that rank already; one that has that rank stays.
    public mutating func put(_ key: Key, _ rank: Rank) {
        if let slot = slots[key] {
            let place = places[slot]
            guard heap[place].rank != rank else { return }
            nextNumber += 1
            (heap[place].rank, heap[place].number) = (rank, nextNumber)
            siftDown(from: siftUp(from: place))
            return
        }
        nextNumber += 1
        let slot = freeSlots.popLast() ?? keys.count
        if slot == keys.count {
            keys.append(key)
            places.append(heap.count)
        } else {
            (keys[slot], places[slot]) = (key, heap.count)
        }
        slots[key] = slot
        heap.append(Node(rank: rank, number: nextNumber, slot: slot))
        _ = siftUp(from: heap.count - 1)
    }

    /// Takes `key` out; its rank, or `nil` when it was not there.
    @discardableResult public mutating func remove(_ key: Key) -> Rank? {
        guard let slot = slots.removeValue(forKey: key) else { return nil }
        let place = places[slot]
        let rank = heap[place].rank
        keys[slot] = nil
        freeSlots.append(slot)
        let last = heap.removeLast()
        if place < heap.count {
            heap[place] = last
            places[last.slot] = place
            siftDown(from: siftUp(from: place))
        }
        return rank
    }

    /// Takes the first key out.
    public mutating func popFirst() -> (key: Key, rank: Rank)? {
        guard let first else { return nil }
        remove(first.key)
        return first
    }

    /// The first `count` keys in order, in O(count²) however many there are: for small counts.
    public func first(_ count: Int) -> [Key] {
        var result: [Key] = []
        // Where the next one can be: below what was taken.
        var candidates = heap.isEmpty ? [] : [0]
        while result.count < count, let best = candidates.indices.min(by: { heap[candidates[$0]] < heap[candidates[$1]] }) {
            let place = candidates.remove(at: best)
            if let key = keys[heap[place].slot] { result.append(key) }
            candidates += [2 * place + 1, 2 * place + 2].filter { $0 < heap.count }
        }
        return result
    }

    /// All keys in order: a sort, for pages that people read.
    public var inOrder: [Key] { heap.sorted(by: <).compactMap { keys[$0.slot] } }

    /// Moves a node towards the top; where it ended.
    private mutating func siftUp(from start: Int) -> Int {
        var place = start
        let node = heap[place]
        while place > 0 {
            let parent = (place - 1) / 2
            guard node < heap[parent] else { break }
            heap[place] = heap[parent]
            places[heap[place].slot] = place
            place = parent
        }
        heap[place] = node
        places[node.slot] = place
        return place
    }

    private mutating func siftDown(from start: Int) {
        var place = start
        let node = heap[place]
        while true {
            var child = 2 * place + 1
            guard child < heap.count else { break }
            if child + 1 < heap.count, heap[child + 1] < heap[child] { child += 1 }
            guard heap[child] < node else { break }
            heap[place] = heap[child]
            places[heap[place].slot] = place
            place = child
        }
        heap[place] = node
        places[node.slot] = place
    }
}

/// When what is due: the earliest deadline in O(1), changes in O(log n).
public typealias Deadlines<Key: Hashable & Sendable> = RankedKeys<Key, Instant>

extension RankedKeys where Rank == Instant {
    /// Takes out what is due at `now`, the earliest first.
    public mutating func takeDue(by now: Instant) -> [Key] {
        var due: [Key] = []
        while let (key, deadline) = first, deadline <= now {
            remove(key)
            due.append(key)
        }
        return due
    }
}
