import ActorKit
import Core
import Testing

@Suite struct RankedKeysTests {
    @Test func theLowestRankComesFirstAndEqualRanksInTheOrderOfTheirComing() {
        var line = RankedKeys<String, Int>()
        for (key, rank) in [("c", 2), ("a", 1), ("d", 2), ("b", 1)] { line.put(key, rank) }
        #expect(line.inOrder == ["a", "b", "c", "d"])
        #expect(line.popFirst()?.key == "a")
        line.put("b", 3)
        #expect(line.first?.key == "c")
        #expect(line["b"] == 3)
        line.put("d", 2)
        #expect(line.inOrder == ["c", "d", "b"])
        #expect(line.remove("c") == 2)
        #expect(line.remove("c") == nil)
        #expect(line.inOrder == ["d", "b"])
    }

    @Test func whatIsDueIsTakenTheEarliestFirst() {
        let start = ContinuousClock.now
        var deadlines = Deadlines<String>()
        deadlines.put("late", start + .seconds(9))
        deadlines.put("b", start + .seconds(2))
        deadlines.put("a", start + .seconds(1))
        #expect(deadlines.takeDue(by: start + .seconds(2)) == ["a", "b"])
        #expect(deadlines.first?.rank == start + .seconds(9))
    }

    /// The same steps on an array that is sorted anew each time.
    @Test(arguments: [1, 2, 3, 4, 5] as [UInt64]) func behavesAsASortedArray(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        var line = RankedKeys<Int, Int>()
        var model: [(key: Int, rank: Int)] = []
        for _ in 0..<2000 {
            let (key, rank) = (Int(random.next() % 60), Int(random.next() % 9))
            switch random.next() % 4 {
            case 0, 1:
                if let index = model.firstIndex(where: { $0.key == key }) {
                    if model[index].rank != rank {
                        model.remove(at: index)
                        model.append((key, rank))
                    }
                } else {
                    model.append((key, rank))
                }
                line.put(key, rank)
            case 2:
                let index = model.firstIndex { $0.key == key }
                #expect(line.remove(key) == index.map { model.remove(at: $0).rank })
            default:
                let best = model.indices.min { (model[$0].rank, $0) < (model[$1].rank, $1) }
                #expect(line.popFirst()?.key == best.map { model.remove(at: $0).key })
            }
            let sorted = model.enumerated().sorted { ($0.element.rank, $0.offset) < ($1.element.rank, $1.offset) }.map(\.element.key)
            #expect(line.inOrder == sorted)
            #expect(line.first(5) == Array(sorted.prefix(5)))
            #expect(line.count == model.count)
            #expect(line.first?.key == sorted.first)
        }
    }
}

@Suite struct MemoryTests {
    let start = ContinuousClock.now

    @Test func forgetsWhatIsTooOldAndWhatIsTooMuch() {
        var memory = Memory<String, Int>(limit: 2, age: .seconds(10))
        memory.note("a", 1, at: start)
        memory.note("b", 2, at: start + .seconds(1))
        memory.note("c", 3, at: start + .seconds(2))
        #expect([memory["a"], memory["b"], memory["c"]] == [nil, 2, 3])
        #expect(memory.nextDeadline == start + .seconds(11))
        memory.forget(at: start + .seconds(11))
        #expect([memory["b"], memory["c"]] == [nil, 3])
    }

    @Test func whatIsNotedAgainIsYoungAgain() {
        var memory = Memory<String, Int>(limit: 9, age: .seconds(10))
        memory.note("a", 1, at: start)
        memory.note("a", 2, at: start + .seconds(5))
        memory.forget(at: start + .seconds(14))
        #expect(memory["a"] == 2)
        memory.forget(at: start + .seconds(15))
        #expect(memory["a"] == nil)
        #expect(memory.nextDeadline == nil)
    }

    @Test func holdsNoMoreThanItsLimitHoweverOftenAKeyIsNoted() {
        var memory = Memory<Int, Int>(limit: 8, age: .seconds(1000))
        for round in 0..<10_000 { memory.note(round % 5, round, at: start) }
        #expect(memory.count == 5)
        #expect((0..<5).map { memory[$0] } == [9995, 9996, 9997, 9998, 9999])
        for round in 0..<10_000 { memory.note(round, round, at: start) }
        #expect(memory.count == 8)
        #expect(memory[9999] == 9999)
    }
}
