import JSON
import KubeSchema
import Testing

/// Objects as a real API server (1.20) answered them, one a line, without their nulls.
@Suite struct RecordedObjectsTests {
    let schema = Schema.shared

    func objects() throws -> [(JSONValue, TypeSchema)] {
        try fixture("objects/recorded.jsonl").split(separator: UInt8(ascii: "\n")).map { line in
            let object = try JSONValue(parsing: Array(line))
            let kind = GroupVersionKind(apiVersion: object["apiVersion"]?.string ?? "", kind: object["kind"]?.string ?? "")
            return (object, try #require(schema.type(forKind: kind)))
        }
    }

    @Test func whatAServerAnsweredIsAlreadyInItsNormalForm() throws {
        let objects = try objects()
        #expect(objects.count > 15)
        for (object, type) in objects {
            let decoded = schema.decode(object, as: type)
            #expect(decoded.problems == [], "\(type.name)")
            #expect(decoded.value == object, "\(type.name)")
        }
    }

    /// Each value of each object, replaced by values of every other kind: an answer each time, never a trap, and its own output is sound.
    @Test func noValueOfAnyKindInAnyPlaceTraps() throws {
        let replacements: [JSONValue] = [
            .null, true, 0, -1, 1.5, 9_999_999_999, "", "x", "1Gi", [], [.null], [[:]], [:], ["a": .null], ["name": 1],
        ]
        for (object, type) in try objects() where object.encoded().count < 3000 {
            var paths: [[String]] = []
            collect(object, [], &paths)
            for path in paths {
                for replacement in replacements {
                    var changed = object
                    changed.set(replacement, at: path[...])
                    let decoded = schema.decode(changed, as: type)
                    #expect(SchemaProblem.typeError(schema.check(decoded.value, as: type)) == nil)
                }
            }
        }
    }

    /// Ways through objects; what lies in a list is replaced with the list.
    private func collect(_ value: JSONValue, _ path: [String], _ paths: inout [[String]]) {
        for (key, member) in value.object ?? JSONObject() {
            paths.append(path + [key])
            collect(member, path + [key], &paths)
        }
    }
}
