import Store
import StoreContract
import Testing

@Suite struct SortedMapTests {
    @Test func holdsWhatADictionaryHoldsInTheOrderOfBytes() {
        var random = SplitMix(state: 42)
        var map = SortedMap<Int>()
        var model: [String: Int] = [:]
        for step in 0..<20_000 {
            let key = "/\(random.below(3_000))"
            if random.below(3) == 0 {
                map[key] = nil
                model[key] = nil
            } else {
                map[key] = step
                model[key] = step
            }
        }
        #expect(map.count == model.count)
        var found: [(String, Int)] = []
        map.forEach(from: "", to: nil) { key, value in
            found.append((key, value))
            return true
        }
        let wanted = model.sorted { Array($0.key.utf8).lexicographicallyPrecedes(Array($1.key.utf8)) }
        #expect(found.map(\.0) == wanted.map(\.key))
        #expect(found.map(\.1) == wanted.map(\.value))
        #expect(model.allSatisfy { map[$0.key] == $0.value })
    }

    @Test func aCopyStaysAsItWasWhileTheOriginalChanges() {
        var map = SortedMap<Int>()
        for number in 0..<1_000 { map["\(number)"] = number }
        let copy = map
        for number in 0..<1_000 where number % 2 == 0 { map["\(number)"] = nil }
        map["1"] = -1
        #expect(copy.count == 1_000 && copy["1"] == 1 && copy["2"] == 2)
        #expect(map.count == 500 && map["1"] == -1 && map["2"] == nil)
    }

    @Test func canonicallyEquivalentKeysAreTwoKeys() {
        var map = SortedMap<Int>()
        map["e\u{301}"] = 1
        map["é"] = 2
        #expect(map.count == 2 && map["e\u{301}"] == 1 && map["é"] == 2)
    }

    @Test func aRangeEndsBeforeItsEndAndWhenTheReaderHasEnough() {
        var map = SortedMap<Int>()
        for number in 100..<900 { map["/\(number)"] = number }
        var keys: [Int] = []
        map.forEach(from: "/355", to: "/645") { _, value in
            keys.append(value)
            return true
        }
        #expect(keys == Array(355..<645))
        keys = []
        map.forEach(from: "/3", to: nil) { _, value in
            keys.append(value)
            return keys.count < 3
        }
        #expect(keys == [300, 301, 302])
    }

    @Test func rangesOverlapWhereTheyShareAKey() {
        let pods = KeyRange(prefix: "/pods/")
        #expect(pods.overlaps(KeyRange(key: "/pods/a")) && KeyRange(key: "/pods/a").overlaps(pods))
        #expect(pods.overlaps(KeyRange(prefix: "/")) && !pods.overlaps(KeyRange(prefix: "/nodes/")))
        #expect(!pods.overlaps(KeyRange(start: "/pods0", end: "/z")) && !KeyRange(key: "a").overlaps(KeyRange(key: "b")))
    }
}
