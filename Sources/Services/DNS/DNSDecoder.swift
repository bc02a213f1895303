/// Reads messages. Any bytes give a message or an error.
struct DNSDecoder {
    private let bytes: [UInt8]
    private(set) var position = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    mutating func byte() throws(DNSError) -> UInt8 {
        guard position < bytes.count else { throw .cutShort }
        defer { position += 1 }
        return bytes[position]
    }

    mutating func u16() throws(DNSError) -> UInt16 { UInt16(try byte()) << 8 | UInt16(try byte()) }
    mutating func u32() throws(DNSError) -> UInt32 { UInt32(try u16()) << 16 | UInt32(try u16()) }

    mutating func take(_ count: Int) throws(DNSError) -> [UInt8] {
        guard count >= 0, count <= bytes.count - position else { throw .cutShort }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    var isAtEnd: Bool { position == bytes.count }

    /// A name, its compression followed. Each pointer must point before the place where the labels it ends began, so there are no loops.
    mutating func name() throws(DNSError) -> DNSName {
        var wire: [UInt8] = []
        var (at, began) = (position, position)
        var end: Int?
        while true {
            guard at < bytes.count else { throw .cutShort }
            let length = Int(bytes[at])
            switch length >> 6 {
            case 0:
                guard at + 1 + length <= bytes.count else { throw .cutShort }
                wire += bytes[at..<(at + 1 + length)]
                guard wire.count <= 255 else { throw .badName }
                at += 1 + length
                if length == 0 {
                    position = end ?? at
                    return DNSName(unchecked: wire)
                }
            case 3:
                guard at + 1 < bytes.count else { throw .cutShort }
                let target = (length & 0x3f) << 8 | Int(bytes[at + 1])
                guard target < began else { throw .badPointer }
                end = end ?? at + 2
                (at, began) = (target, target)
            default: throw .badName
            }
        }
    }

    /// A record; an OPT record as `.other`, its class and TTL untouched.
    mutating func record() throws(DNSError) -> DNSRecord {
        let name = try name()
        let type = RecordType(try u16())
        let (recordClass, ttl, length) = (try u16(), try u32(), Int(try u16()))
        guard length <= bytes.count - position else { throw .cutShort }
        let end = position + length
        let data = try data(of: type, until: end)
        guard position == end else { throw .badRecord(type: type.rawValue) }
        return DNSRecord(name, ttl: ttl, data, recordClass: recordClass)
    }

    private mutating func data(of type: RecordType, until end: Int) throws(DNSError) -> RecordData {
        switch type {
        case .a, .aaaa:
            let data = try take(end - position)
            guard data.count == (type == .a ? 4 : 16) else { throw .badRecord(type: type.rawValue) }
            return type == .a ? .a(data) : .aaaa(data)
        case .cname: return .cname(try name())
        case .ns: return .ns(try name())
        case .ptr: return .ptr(try name())
        case .mx: return .mx(preference: try u16(), try name())
        case .srv: return .srv(priority: try u16(), weight: try u16(), port: try u16(), target: try name())
        case .txt:
            var texts: [[UInt8]] = []
            while position < end {
                let length = Int(try byte())
                guard position + length <= end else { throw .badRecord(type: type.rawValue) }
                texts.append(try take(length))
            }
            guard !texts.isEmpty else { throw .badRecord(type: type.rawValue) }
            return .txt(texts)
        case .soa:
            let (server, mailbox) = (try name(), try name())
            return .soa(
                StartOfAuthority(
                    server: server, mailbox: mailbox, serial: try u32(), refresh: try u32(), retry: try u32(), expire: try u32(),
                    minimum: try u32()))
        default: return .other(type, try take(end - position))
        }
    }
}

extension DNSMessage {
    /// Reads a whole message.
    public init(decoding bytes: [UInt8]) throws(DNSError) {
        guard bytes.count <= 0xffff else { throw .tooLarge }
        var decoder = DNSDecoder(bytes)
        self.init()
        id = try decoder.u16()
        let flags = try decoder.u16()
        isResponse = flags & 0x8000 != 0
        opcode = UInt8(flags >> 11 & 0xf)
        isAuthoritative = flags & 0x400 != 0
        isTruncated = flags & 0x200 != 0
        recursionDesired = flags & 0x100 != 0
        recursionAvailable = flags & 0x80 != 0
        authenticData = flags & 0x20 != 0
        checkingDisabled = flags & 0x10 != 0
        responseCode = ResponseCode(rawValue: flags & 0xf)
        let counts = (try decoder.u16(), try decoder.u16(), try decoder.u16(), try decoder.u16())
        for _ in 0..<counts.0 {
            let name = try decoder.name()
            questions.append(DNSQuestion(name, RecordType(try decoder.u16()), recordClass: try decoder.u16()))
        }
        for _ in 0..<counts.1 { answers.append(try decoder.record()) }
        for _ in 0..<counts.2 { authorities.append(try decoder.record()) }
        for _ in 0..<counts.3 { try addAdditional(try decoder.record()) }
        guard decoder.isAtEnd else { throw .leftOver }
    }

    private mutating func addAdditional(_ record: DNSRecord) throws(DNSError) {
        guard case .other(.opt, let options) = record.data else { return additionals.append(record) }
        guard edns == nil, record.name.wire.count == 1 else { throw .badOptions }
        edns = EDNS(
            payloadSize: record.recordClass, version: UInt8(record.ttl >> 16 & 0xff), dnssecOK: record.ttl & 0x8000 != 0,
            options: options)
        responseCode = ResponseCode(rawValue: responseCode.rawValue | UInt16(record.ttl >> 24) << 4)
    }
}
