import JSON
import Testing

@Suite struct JSONValueTests {
    @Test func literalsMakeValues() {
        let value: JSONValue = ["name": "nginx", "ports": [80, 443], "weight": 0.5, "on": true, "none": .null]
        #expect(value.text == #"{"name":"nginx","ports":[80,443],"weight":0.5,"on":true,"none":null}"#)
    }

    @Test func membersAreReadAndSetByName() {
        var value: JSONValue = ["a": 1]
        value["b"] = "two"
        value["a"] = nil
        #expect(value == ["b": "two"])
        #expect(value["b"]?.string == "two")
        #expect(value["c"] == nil)
        value["c"] = .null
        #expect(value["c"] == .null && value.object?.count == 2)
    }

    @Test func settingAMemberOfAnythingElseMakesAnObject() {
        var value: JSONValue = .null
        value["x"] = 1
        #expect(value == ["x": 1])
        var list: JSONValue = [1, 2]
        list["x"] = 1
        #expect(list == ["x": 1])
    }

    @Test func wholePathsAreReadSetAndRemoved() {
        var value: JSONValue = [:]
        value.set("nginx", at: "metadata", "labels", "app")
        #expect(value.at("metadata", "labels", "app") == "nginx")
        #expect(value.at("metadata", "annotations", "x") == nil)
        #expect(value.remove(at: "metadata", "labels", "app") == "nginx")
        #expect(value.remove(at: "metadata", "nothing", "app") == nil)
        #expect(value == ["metadata": ["labels": [:]]])
    }

    @Test func indexingOutsideOfAnArrayIsNil() {
        let value: JSONValue = [1, 2]
        #expect(value[0] == 1)
        #expect(value[2] == nil)
        #expect(value[-1] == nil)
        #expect(JSONValue.null[0] == nil)
    }

    @Test func objectsAreEqualInAnyOrderAndHashAlike() {
        let one: JSONValue = ["a": 1, "b": [2, ["c": 3]], "d": .null]
        let other: JSONValue = ["d": .null, "b": [2, ["c": 3]], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1, "b": [2, ["c": 3]], "e": .null])
        #expect(one != ["a": 1, "b": [2, ["c": 4]], "d": .null])
    }

    @Test func bigObjectsKeepTheirOrderThroughInsertsAndRemovals() {
        var object = JSONObject()
        for number in 0..<500 { object["key\(number)"] = .integer(Int64(number)) }
        for number in stride(from: 0, to: 500, by: 2) { object["key\(number)"] = nil }
        object["key1"] = "changed"
        #expect(object.count == 250)
        #expect(object.keys.prefix(3) == ["key1", "key3", "key5"])
        #expect(object["key1"] == "changed")
        #expect(object["key499"] == 499)
        #expect(object["key498"] == nil)
        object.removeAll { key, _ in key.hasPrefix("key4") }
        #expect(object["key499"] == nil && object["key399"] == 399)
    }

    @Test func aBigObjectBehavesAsAListOfPairsWhateverIsDoneToIt() {
        var random = Seeded(state: 42)
        var object = JSONObject()
        var model: [(key: String, value: JSONValue)] = []
        for step in 0..<4000 {
            let key = "k\(Int.random(in: 0..<(step < 2000 ? 200 : 60), using: &random))"
            let place = model.firstIndex { $0.key == key }
            if Int.random(in: 0..<5, using: &random) < (step % 1000 < 500 ? 3 : 2) {
                object[key] = .integer(Int64(step))
                if let place { model[place].value = .integer(Int64(step)) } else { model.append((key, .integer(Int64(step)))) }
            } else {
                #expect(object.removeValue(forKey: key) == place.map { model[$0].value })
                if let place { model.remove(at: place) }
            }
            #expect(object.count == model.count)
            if step % 37 == 0 {
                #expect(object.keys == model.map(\.key))
                #expect(object.map(\.value) == model.map(\.value))
                let written = try? JSONValue(parsing: JSONValue.object(object).encoded())
                #expect(written == .object(object))
            }
        }
    }

    /// Quadratic work on these would take minutes.
    @Test func aHundredThousandMembersAreReadMergedAndRemovedInAMoment() throws {
        let keys = (0..<100_000).map { "key\($0)" }
        let text = "{\((keys + keys.reversed()).map { "\"\($0)\":1" }.joined(separator: ","))}"
        let parsed = try JSONValue.parse(Array(text.utf8))
        #expect(parsed.duplicateKeys.count == 100_000)
        var object = try #require(parsed.value.object)
        for key in keys { object[key] = nil }
        #expect(object.isEmpty)
    }

    @Test func membersMoveToTheFrontAndSortByBytes() {
        var object: JSONObject = ["b": 1, "a": 2]
        object.prepend("z", 0)
        #expect(object.keys == ["z", "b", "a"])
        object.prepend("a", 3)
        #expect(object.keys == ["a", "z", "b"])
        #expect(JSONObject(dictionaryLiteral: ("é", 1), ("z", 2), ("Z", 3)).sortedByKey().keys == ["Z", "z", "é"])
    }

    @Test func numbersConvertOnlyWithoutLoss() {
        #expect(JSONValue.double(3).integer == 3)
        #expect(JSONValue.double(3.5).integer == nil)
        #expect(JSONValue.double(1e300).integer == nil)
        #expect(JSONValue.integer(3).double == 3)
        #expect(JSONValue.string("3").integer == nil)
    }
}
