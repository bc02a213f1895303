import NIOCore

/// What a server must know of a query, read straight from its bytes.
struct QueryHead: Sendable, Hashable {
    var id: UInt16
    var flags: UInt16
    /// Length of the name in wire form, its zero included. It begins at byte 12.
    var nameLength: Int
    var type: RecordType
    var recordClass: UInt16
    var edns: EDNSHead?

    struct EDNSHead: Sendable, Hashable {
        var payloadSize: UInt16
        var version: UInt8
        var dnssecOK: Bool
    }

    static let headerLength = 12
    /// Where the question ends.
    var questionEnd: Int { QueryHead.headerLength + nameLength + 4 }

    /// How large an answer by UDP may be: what the asker takes, but never so much that it is worth abusing.
    var datagramLimit: Int { edns.map { min(max(Int($0.payloadSize), 512), 4096) } ?? 512 }

    enum Reading: Sendable, Hashable {
        case query(QueryHead)
        /// To be answered with this code, without more than the header.
        case refuse(id: UInt16, flags: UInt16, ResponseCode)
        /// No query at all: silence.
        case ignore
    }

    /// Reads a query, and puts its name, in lower case, into `name` (whose room is used again).
    static func read(_ bytes: UnsafeRawBufferPointer, name: inout NameKey) -> Reading {
        guard bytes.count >= headerLength else { return .ignore }
        let (id, flags) = (u16(bytes, 0), u16(bytes, 2))
        // A response is never answered: two servers could go on for ever.
        guard flags & 0x8000 == 0 else { return .ignore }
        guard flags & 0x7800 == 0 else { return .refuse(id: id, flags: flags, .notImplemented) }
        let malformed = Reading.refuse(id: id, flags: flags, .formatError)
        // One question, and of a query's other sections only what EDNS and a cookie or a signature need.
        guard u16(bytes, 4) == 1, u16(bytes, 6) == 0, u16(bytes, 8) == 0, u16(bytes, 10) <= 4 else { return malformed }
        guard let nameLength = readName(bytes, into: &name) else { return malformed }
        var at = headerLength + nameLength
        guard bytes.count >= at + 4 else { return malformed }
        var head = QueryHead(
            id: id, flags: flags, nameLength: nameLength, type: RecordType(u16(bytes, at)), recordClass: u16(bytes, at + 2))
        at += 4
        for _ in 0..<u16(bytes, 10) {
            guard let record = readRecord(bytes, at: &at) else { return malformed }
            guard record.type == .opt else { continue }
            guard head.edns == nil, record.isRoot else { return malformed }
            head.edns = record.edns
        }
        return .query(head)
    }

    /// The question's name: no pointer, for there is nothing before it to point to.
    private static func readName(_ bytes: UnsafeRawBufferPointer, into name: inout NameKey) -> Int? {
        name.wire.removeAll(keepingCapacity: true)
        var at = headerLength
        while true {
            guard at < bytes.count else { return nil }
            let length = Int(bytes[at])
            let end = at + 1 + length
            guard length <= 63, end <= bytes.count, end - headerLength <= 255 else { return nil }
            name.wire.append(UInt8(length))
            if length == 0 { return end - headerLength }
            for position in (at + 1)..<end { name.wire.append(NameKey.lower(bytes[position])) }
            at = end
        }
    }

    private struct Additional {
        var isRoot: Bool
        var type: RecordType
        var edns: EDNSHead
    }

    private static func readRecord(_ bytes: UnsafeRawBufferPointer, at: inout Int) -> Additional? {
        let start = at
        while true {
            guard at < bytes.count else { return nil }
            let length = Int(bytes[at])
            if length >= 0xc0 {
                at += 2
                break
            }
            guard length <= 63 else { return nil }
            at += 1 + length
            if length == 0 { break }
        }
        let isRoot = at == start + 1
        guard at + 10 <= bytes.count else { return nil }
        let edns = EDNSHead(payloadSize: u16(bytes, at + 2), version: bytes[at + 5], dnssecOK: bytes[at + 6] & 0x80 != 0)
        let record = Additional(isRoot: isRoot, type: RecordType(u16(bytes, at)), edns: edns)
        at += 10 + Int(u16(bytes, at + 8))
        return at <= bytes.count ? record : nil
    }

    private static func u16(_ bytes: UnsafeRawBufferPointer, _ at: Int) -> UInt16 {
        UInt16(bytes[at]) << 8 | UInt16(bytes[at + 1])
    }
}
