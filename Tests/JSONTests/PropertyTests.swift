import JSON
import Testing

/// A small generator of the same numbers in each run (xorshift64*).
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state ^= state >> 12
        state ^= state << 25
        state ^= state >> 27
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

let samplePod = #"""
    {"kind":"Pod","apiVersion":"v1","metadata":{"name":"nginx","namespace":"default","labels":{"app":"n\u00e9\tx","tier":"front"}},
     "spec":{"containers":[{"name":"web","image":"nginx:1.21","ports":[{"containerPort":80}],"resources":{"limits":{"cpu":"100m"}}}],
     "restartPolicy":"Always","terminationGracePeriodSeconds":-30,"x":1.5e3,"hostNetwork":false,"y":null,"😀":"\ud83d\ude00"}}
    """#

@Suite struct PropertyTests {
    func text(_ random: inout Seeded) -> String {
        let alphabet: [String] = [
            "a", "Z", "0", "\"", "\\", "/", "\n", "\u{0}", "\u{1f}", "é", "€", "😀", " ", "\u{7f}", "long run of plain text",
        ]
        return (0..<Int.random(in: 0..<12, using: &random)).map { _ in alphabet.randomElement(using: &random) ?? "" }.joined()
    }

    func tree(_ random: inout Seeded, depth: Int) -> JSONValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &random))
        case 2: return .integer(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))
        case 3: return .double(Double.random(in: -1e6..<1e6, using: &random) + 0.0001)
        case 4, 5: return .string(text(&random))
        case 6: return .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in tree(&random, depth: depth - 1) })
        default:
            var object = JSONObject()
            for _ in 0..<Int.random(in: 0..<40, using: &random) / 4 { object[text(&random)] = tree(&random, depth: depth - 1) }
            return .object(object)
        }
    }

    @Test(arguments: 1...200 as ClosedRange<UInt64>) func whatIsWrittenIsReadBack(_ seed: UInt64) throws {
        var random = Seeded(state: seed &* 0x9E37_79B9_7F4A_7C15)
        for _ in 0..<5 {
            let value = tree(&random, depth: 5)
            let bytes = value.encoded()
            #expect(try JSONValue(parsing: bytes) == value)
            let document = try JSONDocument(parsing: bytes)
            #expect(document.value(document.root) == value)
            #expect(document.range(document.root) == 0..<bytes.count)
        }
    }

    @Test func everyTruncationIsRefused() throws {
        let bytes = Array(samplePod.utf8)
        _ = try JSONValue(parsing: bytes)
        for length in 0..<bytes.count {
            let piece = Array(bytes.prefix(length))
            #expect(throws: JSONError.self) { _ = try JSONValue(parsing: piece) }
            #expect(throws: JSONError.self) { _ = try JSONDocument(parsing: piece) }
        }
    }

    @Test func everyChangedByteIsReadOrRefusedByBothParsersAlike() {
        let bytes = Array(samplePod.utf8)
        for position in bytes.indices {
            for flip in [0x01, 0x02, 0x08, 0x20, 0x40, 0x80, 0xFF] as [UInt8] {
                var changed = bytes
                changed[position] ^= flip
                let tree = Result { try JSONValue(parsing: changed) }
                let tape = Result { try JSONDocument(parsing: changed) }
                switch (tree, tape) {
                case (.success(let value), .success(let document)): #expect(document.value(document.root) == value)
                case (.failure(let one), .failure(let other)): #expect(one as? JSONError == other as? JSONError)
                default: Issue.record("parsers disagree at byte \(position) xor \(flip)")
                }
            }
        }
    }
}
