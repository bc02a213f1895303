import ActorKit
import Testing

@Suite struct OrderedWorkTests {
    private func begun(_ work: inout OrderedWork<String, Int>) -> [Int] { work.begin().map(\.item) }

    @Test func whatHasNothingInCommonBeginsTogetherUpToTheLimit() {
        var work = OrderedWork<String, Int>(limit: 2)
        for item in 1...3 { work.add(item, keys: ["k\(item)"]) }
        let first = work.begin()
        #expect(first.map(\.item) == [1, 2])
        #expect(begun(&work) == [])
        work.done(first[1].number)
        #expect(begun(&work) == [3])
    }

    @Test func whatSharesAKeyWaitsForAllThatCameBeforeIt() {
        var work = OrderedWork<String, Int>(limit: 9)
        work.add(1, keys: ["task"])
        work.add(2, keys: ["task", "pod"])
        work.add(3, keys: ["pod"])
        work.add(4, keys: ["other"])
        let first = work.begin()
        #expect(first.map(\.item) == [1, 4])
        work.done(first[0].number)
        let second = work.begin()
        #expect(second.map(\.item) == [2])
        work.done(second[0].number)
        #expect(begun(&work) == [3])
    }

    @Test func aKeyThatIsNamedTwiceIsOneKey() {
        var work = OrderedWork<String, Int>(limit: 9)
        work.add(1, keys: ["a", "a"])
        let first = work.begin()
        #expect(first.map(\.item) == [1])
        work.done(first[0].number)
        work.add(2, keys: ["a"])
        #expect(begun(&work) == [2])
        #expect(work.count == 1)
    }

    /// Whatever ends first: each piece is done once, never beside one that shares a key with it, and never before an earlier such one.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func orderHoldsWithinEachKey(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
        var work = OrderedWork<Int, Int>(limit: 4)
        var keys: [[Int]] = []
        var (running, done): ([(number: UInt64, item: Int)], [Int]) = ([], [])
        while done.count < 200 {
            if keys.count < 200, below(2) == 0 {
                keys.append((0..<(1 + below(2))).map { _ in below(5) })
                work.add(keys.count - 1, keys: keys[keys.count - 1])
            }
            for piece in work.begin() {
                let earlier = (0..<piece.item).filter { !Set(keys[$0]).isDisjoint(with: keys[piece.item]) }
                #expect(earlier.allSatisfy { done.contains($0) }, "seed \(seed): \(piece.item)")
                running.append(piece)
            }
            #expect(running.count <= 4, "seed \(seed)")
            if !running.isEmpty, below(2) == 0 {
                let piece = running.remove(at: below(running.count))
                work.done(piece.number)
                done.append(piece.item)
            }
        }
        #expect(done.sorted() == Array(0..<200), "seed \(seed)")
        #expect(work.count == 0, "seed \(seed)")
    }
}
