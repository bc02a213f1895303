import JSON
import Testing

@Suite struct WritingTests {
    @Test func escapesOnlyWhatMustBeEscaped() {
        #expect(
            JSONValue.string("\"\\/<>&\u{8}\u{c}\n\r\t\u{0}\u{1f}\u{7f}é😀\u{2028}").text
                == "\"\\\"\\\\/<>&\\b\\f\\n\\r\\t\\u0000\\u001f\u{7f}é😀\u{2028}\"")
    }

    @Test(arguments: [0, 1, -1, 9, 10, 99, 100, 1_000_000_007, -1_234_567_890_123_456_789, .max, .min] as [Int64])
    func writesIntegersInFull(_ number: Int64) throws {
        #expect(JSONValue.integer(number).text == String(number))
        #expect(try JSONValue(parsing: String(number)) == .integer(number))
    }

    @Test func writesPowersOfTen() {
        var power: Int64 = 1
        for _ in 0..<18 {
            for number in [power - 1, power, power + 1] { #expect(JSONValue.integer(number).text == "\(number)") }
            power *= 10
        }
    }

    @Test func writesDoublesInTheirShortestForm() {
        #expect(JSONValue.double(0.1).text == "0.1")
        #expect(JSONValue.double(100).text == "100")
        #expect(JSONValue.double(1e300).text == "1e+300")
        #expect(JSONValue.double(-2.5).text == "-2.5")
        #expect(JSONValue.double(.nan).text == "null")
        #expect(JSONValue.double(.infinity).text == "null")
    }

    @Test func longTextsGrowTheOutput() throws {
        let long = String(repeating: "0123456789\"\u{1}é", count: 10_000)
        #expect(
            try JSONValue(parsing: JSONValue.array([.string(long), .string(long)]).encoded()) == [.string(long), .string(long)])
    }

    @Test func encodesBehindWhatIsThere() {
        var bytes = Array("data: ".utf8)
        JSONValue.object(["a": [1, true, .null]]).encode(into: &bytes)
        JSONValue.encode(string: " \"x\"", into: &bytes)
        #expect(String(decoding: bytes, as: UTF8.self) == #"data: {"a":[1,true,null]}" \"x\"""#)
    }
}
