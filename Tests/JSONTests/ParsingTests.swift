import JSON
import Testing

@Suite struct ParsingTests {
    static let accepted: [(String, JSONValue)] = [
        ("null", .null), (" true ", true), ("false", false), ("0", 0), ("-0", 0), ("-1", -1), ("\t[\n]\r", []), ("{}", [:]),
        ("\"\"", ""),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", 9223372036854775808.0), ("1.0", 1.0), ("1e2", 100.0), ("1E+2", 100.0), ("-1.5e-3", -0.0015),
        ("123456789012345678", 123_456_789_012_345_678), ("0.1", 0.1), ("2.5e-300", 2.5e-300), ("1e-400", 0.0),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t"), (#""\u0041\u00e9\u20ac\ud83d\ude00""#, "Aé€😀"), (#""\u0000""#, "\0"),
        (#""\ud800""#, "\u{FFFD}"), (#""\udc00x""#, "\u{FFFD}x"), (#""\ud800\ud83d\ude00""#, "\u{FFFD}😀"),
        (#""\ud800\u0041""#, "\u{FFFD}A"),
        ("\"\u{7f}é€😀\u{2028}\"", "\u{7f}é€😀\u{2028}"), (#"{"":{"":[[],{}]}}"#, ["": ["": [[], [:]]]]),
        ("[1,[2,[3]]]", [1, [2, [3]]]),
        (#"{"a":1,"b":{"a":2}}"#, ["a": 1, "b": ["a": 2]]),
    ]

    @Test(arguments: accepted) func reads(_ text: String, _ expected: JSONValue) throws {
        #expect(try JSONValue(parsing: text) == expected)
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.value(document.root) == expected)
    }

    static let refused: [(String, String, Int)] = [
        ("", "unexpected end of JSON input", 0),
        ("  ", "unexpected end of JSON input", 2),
        ("{", "unexpected end of JSON input", 1),
        ("[1,", "unexpected end of JSON input", 3),
        ("\"abc", "unexpected end of JSON input", 4),
        ("\"\\", "unexpected end of JSON input", 2),
        ("\"\\u12", "unexpected end of JSON input", 5),
        ("-", "unexpected end of JSON input", 1),
        ("1.", "unexpected end of JSON input", 2),
        ("1e", "unexpected end of JSON input", 2),
        ("1e+", "unexpected end of JSON input", 3),
        ("tru", "unexpected end of JSON input", 3),
        ("{\"a\":1,", "unexpected end of JSON input", 7),
        ("}", "invalid character '}' looking for beginning of value", 0),
        ("[1,]", "invalid character ']' looking for beginning of value", 3),
        ("[,1]", "invalid character ',' looking for beginning of value", 1),
        ("{,}", "invalid character ',' looking for beginning of object key string", 1),
        ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string", 7),
        ("{a:1}", "invalid character 'a' looking for beginning of object key string", 1),
        ("{\"a\" 1}", "invalid character '1' after object key", 5),
        ("{\"a\":1 \"b\"}", "invalid character '\"' after object key:value pair", 7),
        ("[1 2]", "invalid character '2' after array element", 3),
        ("[1}", "invalid character '}' after array element", 2),
        ("01", "invalid character '1' after top-level value", 1),
        ("1 2", "invalid character '2' after top-level value", 2),
        ("-a", "invalid character 'a' in numeric literal", 1),
        ("1.x", "invalid character 'x' after decimal point in numeric literal", 2),
        ("1ex", "invalid character 'x' in exponent of numeric literal", 2),
        ("+1", "invalid character '+' looking for beginning of value", 0),
        (".5", "invalid character '.' looking for beginning of value", 0),
        ("NaN", "invalid character 'N' looking for beginning of value", 0),
        ("nul!", "invalid character '!' in literal null (expecting 'l')", 3),
        ("trux", "invalid character 'x' in literal true (expecting 'e')", 3),
        ("'a'", "invalid character '\\'' looking for beginning of value", 0),
        ("\"a\nb\"", "invalid character '\\n' in string literal", 2),
        ("\"\\x\"", "invalid character 'x' in string escape code", 2),
        ("\"\\u12g4\"", "invalid character 'g' in \\u hexadecimal character escape", 5),
        ("\u{FEFF}1", "invalid character 'ï' looking for beginning of value", 0),
        ("[1]//", "invalid character '/' after top-level value", 3),
        ("1e400", "number is out of the range of a 64-bit float", 0),
        ("\u{c}1", "invalid character '\\x0c' looking for beginning of value", 0),
    ]

    @Test(arguments: refused) func refuses(_ text: String, _ message: String, _ offset: Int) {
        let bytes = Array(text.utf8)
        let tree = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: bytes) }
        #expect(tree?.message == message)
        #expect(tree?.offset == offset)
        let tape = #expect(throws: JSONError.self) { _ = try JSONDocument(parsing: bytes) }
        #expect(tape == tree)
    }

    static let badUTF8: [[UInt8]] = [
        [0x80], [0xC0, 0x80], [0xC1, 0xBF], [0xC2], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xE2, 0x82],
        [0xF0, 0x80, 0x80, 0x80],
        [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xFF], [0xF0, 0x9F, 0x98],
    ]

    @Test(arguments: badUTF8) func refusesTextThatIsNoUTF8(_ bytes: [UInt8]) {
        let document = [0x22] + bytes + [0x22]
        let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: document) }
        #expect(error?.message == "invalid UTF-8 in string literal")
        #expect(throws: JSONError.self) { _ = try JSONDocument(parsing: document) }
    }

    @Test func errorsNameLineAndColumn() {
        let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: "{\n  \"a\": 1,\n  b: 2\n}") }
        #expect(error?.line == 3)
        #expect(error?.column == 3)
        #expect(error?.description == "invalid character 'b' looking for beginning of object key string (line 3, column 3)")
    }

    @Test func nestingEndsAtAThousand() throws {
        func nested(_ depth: Int) -> String { String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }
        let deepest = try JSONValue(parsing: nested(1000))
        #expect(deepest.text == nested(1000))
        for text in [nested(1001), String(repeating: "[", count: 1_000_000), String(repeating: "{\"a\":", count: 100_000)] {
            let error = #expect(throws: JSONError.self) { _ = try JSONValue(parsing: text) }
            #expect(error?.message == "exceeded max depth")
            #expect(throws: JSONError.self) { _ = try JSONDocument(parsing: Array(text.utf8)) }
        }
    }

    @Test func theLastOfDuplicateMembersWinsAndEachIsReportedOnceWithItsPath() throws {
        let text = #"{"a":1,"spec":{"containers":[{"name":"x"},{"name":"y","name":"z","name":"w"}],"b":1,"b":2},"a":2}"#
        let parsed = try JSONValue.parse(Array(text.utf8))
        #expect(parsed.duplicateKeys == ["spec.containers[1].name", "spec.b", "a"])
        #expect(parsed.value["a"] == 2)
        #expect(parsed.value.at("spec", "b") == 2)
        #expect(parsed.value.at("spec", "containers")?[1]?["name"] == "w")
        let document = try JSONDocument(parsing: Array(text.utf8))
        #expect(document.member("a").flatMap { document.integer($0) } == 2)
    }

    @Test func duplicatesAreFoundInBigObjectsToo() throws {
        let members = (0..<3000).map { "\"k\($0)\":\($0)" } + ["\"k7\":\"again\""]
        let parsed = try JSONValue.parse(Array("{\(members.joined(separator: ","))}".utf8))
        #expect(parsed.duplicateKeys == ["k7"])
        #expect(parsed.value["k7"] == "again")
        #expect(parsed.value["k2999"] == 2999)
        #expect(parsed.value.object?.count == 3000)
    }
}
