/// What an upstream server said, as its bytes: read once, checked, and from then on only patched.
///
/// Data of types that this server does not know, and names compressed within them, stay as they came.
struct UpstreamAnswer: Sendable, Hashable {
    private var bytes: [UInt8]
    /// Where the TTLs stand, but OPT's.
    private let ttls: [Int]
    private let questionEnd: Int
    /// Where the OPT record begins, and how many additional records come before it.
    private let options: (start: Int, additionalsBefore: UInt16)?
    let responseCode: ResponseCode
    let isTruncated: Bool
    /// Seconds for which it may be remembered: the smallest TTL; of a "there is none", what its SOA allows (RFC 2308); 0 without one.
    let lifetime: UInt32

    static func == (one: UpstreamAnswer, other: UpstreamAnswer) -> Bool { one.bytes == other.bytes }
    func hash(into hasher: inout Hasher) { hasher.combine(bytes) }

    /// - Returns: `nil` when this is no answer to the question with this id: noise, or somebody who guesses.
    init?(_ bytes: [UInt8], to question: DNSQuestion, id: UInt16) {
        guard bytes.count >= QueryHead.headerLength else { return nil }
        var reader = DNSDecoder(bytes)
        guard let head = try? UpstreamAnswer.head(&reader), head.id == id, head.flags & 0xf800 == 0x8000, head.counts.0 == 1
        else { return nil }
        guard let name = try? reader.name(), name == question.name, name.wire.count == reader.position - QueryHead.headerLength
        else { return nil }
        guard (try? reader.u16()) == question.type.rawValue, (try? reader.u16()) == question.recordClass else { return nil }
        questionEnd = reader.position
        self.bytes = bytes
        isTruncated = head.flags & 0x200 != 0
        var scan = Scan()
        do {
            for _ in 0..<head.counts.1 { try scan.record(&reader, .answer) }
            for _ in 0..<head.counts.2 { try scan.record(&reader, .authority) }
            for index in 0..<head.counts.3 { try scan.record(&reader, .additional(index)) }
        } catch {
            // A message that was cut somewhere is still a reason to ask again by TCP.
            guard isTruncated else { return nil }
        }
        (ttls, options) = (scan.ttls, scan.options)
        responseCode = ResponseCode(rawValue: head.flags & 0xf)
        let isNegative = head.counts.1 == 0 || responseCode == .nameError
        lifetime = isNegative ? min(scan.negative ?? 0, scan.smallest ?? .max) : scan.smallest ?? 0
    }

    private static func head(
        _ reader: inout DNSDecoder
    ) throws(DNSError) -> (id: UInt16, flags: UInt16, counts: (UInt16, UInt16, UInt16, UInt16)) {
        (try reader.u16(), try reader.u16(), (try reader.u16(), try reader.u16(), try reader.u16(), try reader.u16()))
    }

    private enum Section { case answer, authority, additional(UInt16) }

    private struct Scan {
        var ttls: [Int] = []
        var smallest: UInt32?
        var negative: UInt32?
        var options: (start: Int, additionalsBefore: UInt16)?

        mutating func record(_ reader: inout DNSDecoder, _ section: Section) throws(DNSError) {
            let start = reader.position
            _ = try reader.name()
            let type = RecordType(try reader.u16())
            _ = try reader.u16()
            let place = reader.position
            // RFC 2181, 8: a TTL with the highest bit set is 0.
            var ttl = try reader.u32()
            if ttl > 0x7fff_ffff { ttl = 0 }
            let data = try reader.take(Int(try reader.u16()))
            if type == .opt {
                if case .additional(let index) = section, options == nil { options = (start, index) }
                return
            }
            ttls.append(place)
            if case .additional = section { return }
            smallest = min(smallest ?? .max, ttl)
            if type == .soa, data.count >= 4 {
                negative = min(ttl, data.suffix(4).reduce(0) { $0 << 8 | UInt32($1) })
            }
        }
    }

    /// The answer as `head` asked it: with its id and its letters, seconds off its TTLs, without EDNS if it did not ask with it;
    /// cut to the question when it does not fit.
    func bytes(for head: QueryHead, question: [UInt8], age: UInt32, limit: Int) -> [UInt8] {
        var answer = bytes
        for place in ttls { UpstreamAnswer.age(&answer, at: place, by: age) }
        if let options, head.edns == nil || answer.count > limit {
            answer.removeLast(answer.count - options.start)
            UpstreamAnswer.put(options.additionalsBefore, &answer, 10)
        }
        UpstreamAnswer.put(head.id, &answer, 0)
        // What was asked for is repeated; we do recursion; nobody here is authoritative.
        var flags = UInt16(answer[2]) << 8 | UInt16(answer[3])
        flags = flags & ~0x0510 | head.flags & 0x0110 | 0x0080
        if question.count == questionEnd - QueryHead.headerLength {
            answer.replaceSubrange(QueryHead.headerLength..<questionEnd, with: question)
        }
        if answer.count > limit {
            answer.removeLast(answer.count - questionEnd)
            flags |= 0x0200
            for place in [6, 8, 10] { UpstreamAnswer.put(0, &answer, place) }
        }
        UpstreamAnswer.put(flags, &answer, 2)
        return answer
    }

    /// As a value, for putting an alias before it.
    func message() throws(DNSError) -> DNSMessage { try DNSMessage(decoding: bytes) }

    private static func put(_ number: UInt16, _ bytes: inout [UInt8], _ at: Int) {
        (bytes[at], bytes[at + 1]) = (UInt8(number >> 8), UInt8(number & 0xff))
    }

    private static func age(_ bytes: inout [UInt8], at: Int, by age: UInt32) {
        var ttl = bytes[at..<(at + 4)].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        ttl = ttl > 0x7fff_ffff ? 0 : ttl
        ttl = ttl > age ? ttl - age : 0
        for index in 0..<4 { bytes[at + index] = UInt8(truncatingIfNeeded: ttl >> UInt32(24 - 8 * index)) }
    }

    var size: Int { bytes.count }
}
