import JSON
import Testing

@Suite struct DocumentTests {
    let document: JSONDocument

    init() throws {
        document = try JSONDocument(parsing: Array(samplePod.utf8))
    }

    func bytes(_ node: JSONDocument.Node) -> String { String(decoding: document.bytes[document.range(node)], as: UTF8.self) }

    @Test func fieldsAreFoundByTheirPath() throws {
        let name = try #require(document.find("metadata", "name"))
        #expect(document.string(name) == "nginx")
        #expect(document.isString(name, "nginx"))
        #expect(!document.isString(name, "nginy"))
        #expect(!document.isString(name, "nginx1"))
        #expect(document.find("metadata", "nothing") == nil)
        #expect(document.find("kind", "nothing") == nil)
    }

    @Test func rawBytesOfEachValueAreKnown() throws {
        #expect(bytes(try #require(document.find("metadata", "name"))) == "\"nginx\"")
        #expect(bytes(try #require(document.find("spec", "containers"))).hasPrefix("[{\"name\":\"web\""))
        #expect(bytes(try #require(document.find("spec", "containers"))).hasSuffix("\"100m\"}}}]"))
        #expect(bytes(try #require(document.find("spec", "x"))) == "1.5e3")
        #expect(bytes(try #require(document.find("spec", "y"))) == "null")
        #expect(bytes(document.root).utf8.count == samplePod.utf8.count)
    }

    @Test func valuesOfEachKindAreRead() throws {
        func node(_ name: String) throws -> JSONDocument.Node {
            let spec = try #require(document.member("spec"))
            return try #require(document.member(name, of: spec))
        }
        #expect(document.integer(try node("terminationGracePeriodSeconds")) == -30)
        #expect(document.double(try node("x")) == 1500)
        #expect(document.integer(try node("x")) == nil)
        #expect(document.bool(try node("hostNetwork")) == false)
        #expect(document.isNull(try node("y")))
        #expect(document.string(try node("😀")) == "😀")
        #expect(document.string(try node("x")) == nil)
        #expect(document.kind(try node("containers")) == .array)
    }

    @Test func escapedTextIsComparedAsWhatItMeans() throws {
        let label = try #require(document.find("metadata", "labels", "app"))
        #expect(document.isString(label, "né\tx"))
        #expect(document.string(label) == "né\tx")
        let escaped = try JSONDocument(parsing: Array(#"{"n\u0061me":1}"#.utf8))
        #expect(escaped.member("name") != nil)
    }

    @Test func membersAndElementsComeInOrder() throws {
        var keys: [String] = []
        document.forEachMember(of: try #require(document.member("spec"))) { key, _ in keys.append(key) }
        #expect(keys == ["containers", "restartPolicy", "terminationGracePeriodSeconds", "x", "hostNetwork", "y", "😀"])
        let list = try JSONDocument(parsing: Array("[[1,[2]],{\"a\":[3]},4]".utf8))
        #expect(list.elements(list.root).map { list.value($0) } == [[1, [2]], ["a": [3]], 4])
        #expect(list.elements(list.elements(list.root)[2]).isEmpty)
    }
}
