import JSON
import Testing

@testable import KubeAPI

@Suite struct ObjectBytesTests {
    @Test func storedBytesBeginAsAgreedAndReadBackTheSame() throws {
        let object = try pod()
        let stored = ObjectBytes.encode(object)
        let text = String(decoding: stored, as: UTF8.self)
        #expect(text.hasPrefix("{\"metadata\":{\"resourceVersion\":\"\",\"name\":\"p\","))
        #expect(text.utf8.prefix(ObjectBytes.prefixLength).elementsEqual("{\"metadata\":{\"resourceVersion\":\"".utf8))
        #expect(ObjectBytes.isStoredLayout(stored))
        var expected = object
        expected.set("", at: "metadata", "resourceVersion")
        #expect(try JSONValue(parsing: stored) == expected)
    }

    @Test(arguments: [0, 1, 9, 10, 4_711, Int64.max])
    func clientsReadTheRevisionAsResourceVersion(_ revision: Int64) throws {
        let object = try pod()
        let bytes = ObjectBytes.clientBytes(stored: ObjectBytes.encode(object), revision: revision)
        var expected = object
        expected.set(.string(String(revision)), at: "metadata", "resourceVersion")
        #expect(try JSONValue(parsing: bytes) == expected)
        #expect(try ObjectBytes.tree(stored: ObjectBytes.encode(object), revision: revision) == expected)
    }

    @Test(arguments: ["", "{}", "{\"metadata\":{\"name\":\"x\"}}", "{\"metadata\":{\"resourceVersion\":\"\",\"name\":\"x\"}"])
    func otherBytesAreNoStoredObject(_ text: String) {
        // The last one has lost its end: found out when it is parsed, as its layout begins well.
        #expect(ObjectBytes.isStoredLayout(Array(text.utf8)) == text.hasPrefix("{\"metadata\":{\"resourceVersion\":\"\","))
    }

    @Test func base64IsThatOfTheStandard() {
        #expect(
            ["", "f", "fo", "foo", "foob", "fooba", "foobar"].map { Base64.encode(Array($0.utf8)) }
                == ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"])
        #expect(["", "Zg==", "Zm8=", "Zm9v"].map(Base64.decodedCount) == [0, 1, 2, 3])
    }

    @Test func theUsualQuantitiesNeedNoArithmetic() {
        for text in ["0", "1", "100m", "500m", "64Mi", "1Gi", "999", "20Ki"] { #expect(Quantities.isPlainlyCanonical(text)) }
        for text in ["0.5", "1000", "1000m", "1024Mi", "01", "", "m", "1G i", "1Mi1", "1K", "1e3", "-1"] {
            #expect(!Quantities.isPlainlyCanonical(text), "\(text)")
        }
        for text in ["100m", "64Mi", "1Gi", "999", "20Ki", "1M"] where Quantities.isPlainlyCanonical(text) {
            #expect(Quantities.parse(text)?.description == text)
        }
    }
}
