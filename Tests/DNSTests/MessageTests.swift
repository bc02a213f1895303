import Testing

@testable import DNS

/// A repeatable sequence of random numbers.
struct Seeded: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

enum Some {
    static func name(_ random: inout Seeded) -> DNSName {
        let labels = ["www", "Example", "com", "cluster", "local", "svc", "a", "x-1"]
        return DNSName(
            (0..<Int.random(in: 0...5, using: &random)).map { _ in labels.randomElement(using: &random) ?? "a" }.joined(
                separator: ".")) ?? .root
    }

    static func bytes(_ count: Int, _ random: inout Seeded) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    static func record(_ random: inout Seeded) -> DNSRecord {
        let data: RecordData
        switch Int.random(in: 0..<10, using: &random) {
        case 0: data = .a(bytes(4, &random))
        case 1: data = .aaaa(bytes(16, &random))
        case 2: data = .cname(name(&random))
        case 3: data = .ns(name(&random))
        case 4: data = .ptr(name(&random))
        case 5: data = .mx(preference: 10, name(&random))
        case 6: data = .srv(priority: 1, weight: 2, port: 443, target: name(&random))
        case 7: data = .txt([bytes(Int.random(in: 0...255, using: &random), &random), Array("v".utf8)])
        case 8:
            data = .soa(
                StartOfAuthority(
                    server: name(&random), mailbox: name(&random), serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5))
        default: data = .other(RecordType(99), bytes(7, &random))
        }
        return DNSRecord(name(&random), ttl: UInt32.random(in: 0...100_000, using: &random), data)
    }

    static func message(_ random: inout Seeded) -> DNSMessage {
        var message = DNSMessage()
        message.id = UInt16.random(in: 0...0xffff, using: &random)
        (message.isResponse, message.isAuthoritative, message.isTruncated) = (
            true, .random(using: &random), .random(using: &random)
        )
        (message.recursionDesired, message.recursionAvailable) = (.random(using: &random), .random(using: &random))
        (message.authenticData, message.checkingDisabled) = (.random(using: &random), .random(using: &random))
        message.opcode = UInt8.random(in: 0..<16, using: &random)
        message.questions = [DNSQuestion(name(&random), .a)]
        message.answers = (0..<Int.random(in: 0...6, using: &random)).map { _ in record(&random) }
        message.authorities = (0..<Int.random(in: 0...3, using: &random)).map { _ in record(&random) }
        message.additionals = (0..<Int.random(in: 0...3, using: &random)).map { _ in record(&random) }
        if Bool.random(using: &random) {
            message.edns = EDNS(payloadSize: 1232, dnssecOK: .random(using: &random), options: bytes(5, &random))
            message.responseCode = ResponseCode(rawValue: UInt16.random(in: 0..<24, using: &random))
        } else {
            message.responseCode = ResponseCode(rawValue: UInt16.random(in: 0..<16, using: &random))
        }
        return message
    }
}

@Suite struct MessageTests {
    @Test(arguments: 1...300)
    func whatIsEncodedIsDecoded(seed: UInt64) throws {
        var random = Seeded(state: seed)
        let message = Some.message(&random)
        #expect(try DNSMessage(decoding: message.encoded()) == message)
    }

    @Test(arguments: 1...300)
    func anyBytesGiveAMessageOrAnError(seed: UInt64) throws {
        var random = Seeded(state: seed)
        var name = NameKey(wire: [])
        for round in 0..<40 {
            var bytes =
                round % 4 == 0 ? Some.bytes(Int.random(in: 0...80, using: &random), &random) : try Some.message(&random).encoded()
            for _ in 0..<Int.random(in: 0...4, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            _ = try? DNSMessage(decoding: bytes)
            _ = bytes.withUnsafeBytes { QueryHead.read($0, name: &name) }
            _ = UpstreamAnswer(bytes, to: DNSQuestion(.root, .a), id: 0)
        }
    }

    @Test func namesAreCompressedToWhereTheyStoodBefore() throws {
        let name = try #require(DNSName("www.example.com"))
        var message = DNSMessage(asking: DNSQuestion(name, .a), id: 1)
        message.answers = [
            DNSRecord(name, ttl: 1, .a([1, 2, 3, 4])), DNSRecord(try #require(DNSName("example.com")), ttl: 1, .a([1, 2, 3, 4])),
        ]
        let bytes = try message.encoded()
        #expect(bytes.count == 12 + 17 + 4 + 16 + 16)
        #expect(bytes[33...34].elementsEqual([0xc0, 0x0c]))
        #expect(bytes[49...50].elementsEqual([0xc0, 0x10]))
    }

    @Test(
        arguments: [
            // A pointer to itself, forward, and two that point to each other's labels.
            [0xc0, 0x0c], [0xc0, 0xff], [0x01, 0x61, 0xc0, 0x0c], [0x01, 0x61, 0xc0, 0x0e],
        ] as [[UInt8]])
    func pointersThatGoRoundAreRefused(name: [UInt8]) {
        let bytes: [UInt8] = [0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + name + [0, 1, 0, 1]
        #expect(throws: DNSError.badPointer) { try DNSMessage(decoding: bytes) }
    }

    @Test func aNameIsAtMost255Bytes() {
        let label = String(repeating: "a", count: 63)
        #expect(DNSName([label, label, label, String(repeating: "b", count: 61)].joined(separator: ".")) != nil)
        #expect(DNSName([label, label, label, String(repeating: "b", count: 62)].joined(separator: ".")) == nil)
        #expect(DNSName(String(repeating: "a", count: 64)) == nil)
        #expect(DNSName("a..b") == nil)
    }

    @Test func namesAreEqualInAnyCaseAndShowTheirs() {
        #expect(DNSName("WWW.Example.com") == DNSName("www.example.COM."))
        #expect(DNSName("WWW.Example.com")?.description == "WWW.Example.com.")
        #expect(DNSName("a\\.b.c")?.labels.count == 2)
        #expect(DNSName("a\\.b.c")?.description == "a\\.b.c.")
        #expect(DNSName("\\000x")?.description == "\\000x.")
        #expect(DNSName("")?.description == ".")
    }

    @Test func whatDoesNotFitIsCutAndSaysSo() throws {
        let name = try #require(DNSName("many.example.com"))
        var message = DNSMessage(asking: DNSQuestion(name, .a), id: 1)
        message.answers = (0..<200).map { DNSRecord(name, ttl: 1, .a([10, 0, 0, UInt8($0)])) }
        message.additionals = [DNSRecord(name, ttl: 1, .a([1, 1, 1, 1]))]
        let bytes = try message.encoded(limit: 512)
        let read = try DNSMessage(decoding: bytes)
        #expect(bytes.count <= 512)
        #expect(read.isTruncated)
        #expect(read.additionals.isEmpty)
        #expect(read.answers.count > 10)
        message.answers = Array(message.answers.prefix(20))
        message.additionals = (0..<20).map { DNSRecord(name, ttl: 1, .a([10, 0, 0, UInt8($0)])) }
        #expect(try DNSMessage(decoding: message.encoded(limit: 512)).isTruncated == false)
    }
}
