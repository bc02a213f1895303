import Testing

@testable import APIServer

/// Numbers that look random and are the same in each run.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

@Suite struct PoolTests {
    @Test func theUpperPartIsGivenFirstThenTheLower() throws {
        var pool = NumberPool(1...20, staticCount: 5)
        var generator = Seeded(state: 1)
        var given: [UInt32] = []
        while let number = pool.chooseAny({ UInt32.random(in: $0, using: &generator) }) {
            given.append(number)
            pool.settle(number, isTaken: true)
        }
        #expect(given.count == 20 && Set(given).count == 20)
        #expect(given.prefix(15).allSatisfy { $0 > 5 })
        #expect(given.suffix(5).allSatisfy { $0 <= 5 })
    }

    @Test func aChoiceIsHeldUntilItIsSettled() throws {
        var pool = NumberPool(1...2, staticCount: 0)
        let one = try #require(pool.chooseAny { $0.lowerBound })
        let two = try #require(pool.chooseAny { $0.lowerBound })
        #expect(one != two)
        #expect(pool.chooseAny { $0.lowerBound } == nil)
        pool.settle(one, isTaken: nil)
        #expect(pool.chooseAny { $0.upperBound } == one)
        pool.settle(two, isTaken: true)
        #expect(pool.pending == [one: 1] && pool.taken == [two])
        pool.settle(two, isTaken: false)
        #expect(pool.chooseAny { $0.lowerBound } == two)
    }

    @Test func aRangeAsSmallAsItsKeptPartIsGivenWhole() {
        var pool = NumberPool(1...3, staticCount: 16)
        var count = 0
        while let number = pool.chooseAny({ $0.lowerBound }) {
            pool.settle(number, isTaken: true)
            count += 1
        }
        #expect(count == 3)
    }
}
