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
