/// Writes messages, names compressed (RFC 1035, 4.1.4).
struct DNSEncoder {
    private(set) var bytes: [UInt8] = []
    /// Where names, and the ends of names, stand already. A pointer has 14 bits.
    private var places: [NameKey: Int] = [:]

    mutating func u16(_ number: UInt16) { bytes += [UInt8(number >> 8), UInt8(truncatingIfNeeded: number)] }
    mutating func u32(_ number: UInt32) {
        u16(UInt16(number >> 16))
        u16(UInt16(truncatingIfNeeded: number))
    }

    mutating func name(_ name: DNSName, compressed: Bool = true) {
        var at = 0
        let key = name.key.wire
        while name.wire[at] > 0 {
            let end = NameKey(wire: Array(key[at...]))
            if let place = places[end] {
                if compressed { return u16(0xc000 | UInt16(place)) }
            } else if bytes.count < 0x4000 {
                places[end] = bytes.count
            }
            bytes += name.wire[at...(at + Int(name.wire[at]))]
            at += 1 + Int(name.wire[at])
        }
        bytes.append(0)
    }

    mutating func record(_ record: DNSRecord) throws(DNSError) {
        name(record.name)
        u16(record.data.type.rawValue)
        u16(record.recordClass)
        u32(record.ttl)
        let start = bytes.count
        u16(0)
        try data(record.data)
        let length = bytes.count - start - 2
        guard length <= 0xffff else { throw .tooLarge }
        (bytes[start], bytes[start + 1]) = (UInt8(length >> 8), UInt8(length & 0xff))
    }

    private mutating func data(_ data: RecordData) throws(DNSError) {
        switch data {
        case .a(let address):
            guard address.count == 4 else { throw .badRecord(type: data.type.rawValue) }
            bytes += address
        case .aaaa(let address):
            guard address.count == 16 else { throw .badRecord(type: data.type.rawValue) }
            bytes += address
        case .cname(let target), .ns(let target), .ptr(let target): name(target)
        case .mx(let preference, let host):
            u16(preference)
            name(host)
        case .srv(let priority, let weight, let port, let target):
            for number in [priority, weight, port] { u16(number) }
            // RFC 2782 forbids compression here.
            name(target, compressed: false)
        case .txt(let texts):
            guard !texts.isEmpty else { throw .badRecord(type: data.type.rawValue) }
            for text in texts {
                guard text.count <= 255 else { throw .badRecord(type: data.type.rawValue) }
                bytes.append(UInt8(text.count))
                bytes += text
            }
        case .soa(let soa):
            name(soa.server)
            name(soa.mailbox)
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { u32(number) }
        case .other(_, let raw): bytes += raw
        }
    }

    mutating func options(_ edns: EDNS, _ code: ResponseCode) throws(DNSError) {
        guard edns.options.count <= 0xffff else { throw .tooLarge }
        bytes.append(0)
        u16(RecordType.opt.rawValue)
        u16(edns.payloadSize)
        u32(UInt32(code.rawValue >> 4) << 24 | UInt32(edns.version) << 16 | (edns.dnssecOK ? 0x8000 : 0))
        u16(UInt16(edns.options.count))
        bytes += edns.options
    }
}

extension DNSMessage {
    /// The whole message, whatever its size; at most 65,535 bytes.
    public func encoded() throws(DNSError) -> [UInt8] {
        var encoder = DNSEncoder()
        encoder.u16(id)
        encoder.u16(flags)
        let counts = [questions.count, answers.count, authorities.count, additionals.count + (edns == nil ? 0 : 1)]
        for count in counts {
            guard let count = UInt16(exactly: count) else { throw .tooLarge }
            encoder.u16(count)
        }
        for question in questions {
            encoder.name(question.name)
            encoder.u16(question.type.rawValue)
            encoder.u16(question.recordClass)
        }
        for record in answers { try encoder.record(record) }
        for record in authorities { try encoder.record(record) }
        for record in additionals { try encoder.record(record) }
        if let edns { try encoder.options(edns, responseCode) }
        guard encoder.bytes.count <= 0xffff else { throw .tooLarge }
        return encoder.bytes
    }

    /// In at most `limit` bytes: additional records go first, then authorities, then answers, from the end; where an answer had to go,
    /// the message says that it is truncated (RFC 2181, 9), and the asker comes again by TCP.
    public func encoded(limit: Int) throws(DNSError) -> [UInt8] {
        var message = self
        while true {
            if let bytes = try? message.encoded(), bytes.count <= limit { return bytes }
            if !message.additionals.isEmpty {
                message.additionals = []
            } else if !message.authorities.isEmpty {
                message.authorities = []
            } else if !message.answers.isEmpty {
                message.isTruncated = true
                message.answers.removeLast(max(1, message.answers.count / 8))
            } else {
                return try message.encoded()
            }
        }
    }

    private var flags: UInt16 {
        var flags = UInt16(opcode & 0xf) << 11 | responseCode.rawValue & 0xf
        if isResponse { flags |= 0x8000 }
        if isAuthoritative { flags |= 0x400 }
        if isTruncated { flags |= 0x200 }
        if recursionDesired { flags |= 0x100 }
        if recursionAvailable { flags |= 0x80 }
        if authenticData { flags |= 0x20 }
        if checkingDisabled { flags |= 0x10 }
        return flags
    }
}
