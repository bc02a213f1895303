import NIOCore

/// Answers what is ours, at once and on the event loop. Each server channel has its own: it keeps room for a name and a turn.
struct Responder {
    private let table: ZoneTable
    private var key = NameKey(wire: [])
    /// Whose turn it is among several addresses.
    private var turn = 0

    enum Outcome {
        case answer(ByteBuffer)
        /// Not ours: somebody else must be asked.
        case elsewhere(QueryHead)
        /// Ours, and an alias of a name that is not: the answer is this record and what others say of `target`.
        case alias(QueryHead, to: DNSName)
        case silence
    }

    init(_ table: ZoneTable) {
        self.table = table
        key.wire.reserveCapacity(256)
    }

    /// - Parameters:
    ///   - stream: by TCP, where an answer may have 65,535 bytes.
    ///   - allocator: where answers come from.
    mutating func respond(to query: ByteBuffer, stream: Bool, _ allocator: ByteBufferAllocator) -> Outcome {
        let reading = query.withUnsafeReadableBytes { QueryHead.read($0, name: &key) }
        switch reading {
        case .ignore: return .silence
        case .refuse(let id, let flags, let code):
            var answer = allocator.buffer(capacity: QueryHead.headerLength)
            answer.writeMultipleIntegers(
                id, 0x8000 | flags & 0x7900 | code.rawValue & 0xf, UInt16(0), UInt16(0), UInt16(0), UInt16(0))
            return .answer(answer)
        case .query(let head):
            let limit = stream ? 0xffff : head.datagramLimit
            if let version = head.edns?.version, version > 0 {
                return .answer(Answer(query, head, limit, allocator).empty(.badVersion))
            }
            // 251 and 252 ask for whole zones; 255 in any class but the Internet's is somebody's curiosity.
            guard head.recordClass == 1, head.type.rawValue != 251, head.type.rawValue != 252 else {
                return .answer(Answer(query, head, limit, allocator).empty(.refused))
            }
            return respond(Answer(query, head, limit, allocator))
        }
    }

    private mutating func respond(_ answer: Answer) -> Outcome {
        switch table.find(key) {
        case .node(let node):
            if let set = node.addressSet(answer.head.type) {
                turn &+= 1
                return .answer(answer.addresses(set, startingAt: Int(UInt(bitPattern: turn) % UInt(set.count))))
            }
            return respond(answer, from: node)
        case .onTheWay: return none(answer, .noError)
        case .nothing: return synthesized(answer) ?? none(answer, .nameError)
        }
    }

    private func respond(_ answer: Answer, from node: ZoneNode) -> Outcome {
        let type = answer.head.type
        let records = node.records.filter { $0.data.type == type || type == .any }
        if records.isEmpty, let target = node.alias {
            guard table.zone(of: target.key) != nil else { return .alias(answer.head, to: target) }
            return .answer(answer.records(chase(node.records.filter { $0.data.type == .cname }, target, type)))
        }
        guard !records.isEmpty else { return none(answer, .noError) }
        let targets = records.compactMap { record -> DNSName? in
            switch record.data {
            case .srv(_, _, _, let target), .ns(let target): target
            default: nil
            }
        }
        return .answer(answer.records(records, additional: table.addresses(of: unique(targets))))
    }

    /// An alias of a name of our own, and of that name perhaps again; not for ever.
    private func chase(_ aliases: [DNSRecord], _ first: DNSName, _ type: RecordType) -> [DNSRecord] {
        var (records, target) = (aliases, first)
        for _ in 0..<8 {
            guard case .node(let node) = table.find(target.key) else { return records }
            let found = node.records.filter { $0.data.type == type }
            if !found.isEmpty { return records + found }
            guard let next = node.alias else { return records }
            records += node.records.filter { $0.data.type == .cname }
            target = next
        }
        return records
    }

    /// There is none: ours to say only within our zones.
    private func none(_ answer: Answer, _ code: ResponseCode) -> Outcome {
        guard let zone = table.zone(of: key), let offset = key.offset(of: zone.key) else { return .elsewhere(answer.head) }
        return .answer(answer.negative(code, zone, offset))
    }

    /// `1-2-3-4.default.pod.cluster.local`, when the namespace is there.
    private func synthesized(_ answer: Answer) -> Outcome? {
        guard table.options.answersAnyPodAddress, let namespace = key.parent, let pods = namespace.parent else { return nil }
        guard pods.wire.starts(with: [3, 0x70, 0x6f, 0x64]), pods.parent == table.zones.first?.key else { return nil }
        guard case .nothing = table.find(namespace) else {
            let label = String(decoding: key.wire[1..<(1 + Int(key.wire[0]))], as: UTF8.self)
            guard let data = PodAddress.data(of: label) else { return nil }
            guard data.type == answer.head.type else { return none(answer, .noError) }
            return .answer(answer.records([DNSRecord(DNSName(unchecked: key.wire), ttl: table.options.ttl, data)]))
        }
        return nil
    }

    private func unique(_ names: [DNSName]) -> [DNSName] {
        var seen: Set<DNSName> = []
        return names.filter { seen.insert($0).inserted }
    }
}

/// An answer to one query in the making. The question is copied as it came: the answer keeps its case.
struct Answer {
    let query: ByteBuffer
    let head: QueryHead
    let limit: Int
    let allocator: ByteBufferAllocator

    init(_ query: ByteBuffer, _ head: QueryHead, _ limit: Int, _ allocator: ByteBufferAllocator) {
        (self.query, self.head, self.limit, self.allocator) = (query, head, limit, allocator)
    }

    private var optionsLength: Int { head.edns == nil ? 0 : 11 }

    /// Room that the records of an answer have.
    private var room: Int { limit - head.questionEnd - optionsLength }

    private func begin(
        _ code: ResponseCode, truncated: Bool = false, answers: Int, authorities: Int = 0, additionals: Int = 0, capacity: Int
    )
        -> ByteBuffer
    {
        var buffer = allocator.buffer(capacity: head.questionEnd + capacity + optionsLength)
        // Response, authoritative; what was asked for is repeated; recursion is available.
        let flags = 0x8480 | head.flags & 0x0110 | (truncated ? 0x0200 : 0) | code.rawValue & 0xf
        buffer.writeMultipleIntegers(
            head.id, flags, UInt16(1), UInt16(answers), UInt16(authorities), UInt16(additionals + (head.edns == nil ? 0 : 1)))
        let start = query.readerIndex + QueryHead.headerLength
        if let question = query.getSlice(at: start, length: head.nameLength + 4) { buffer.writeImmutableBuffer(question) }
        return buffer
    }

    private func end(_ buffer: inout ByteBuffer, _ code: ResponseCode) {
        guard let edns = head.edns else { return }
        buffer.writeMultipleIntegers(UInt8(0), RecordType.opt.rawValue, UInt16(1232), UInt8(code.rawValue >> 4), UInt8(0))
        buffer.writeMultipleIntegers(UInt16(edns.dnssecOK ? 0x8000 : 0), UInt16(0))
    }

    func empty(_ code: ResponseCode) -> ByteBuffer {
        var buffer = begin(code, answers: 0, capacity: 0)
        end(&buffer, code)
        return buffer
    }

    func addresses(_ set: AddressSet, startingAt first: Int) -> ByteBuffer {
        let count = min(set.count, max(0, room / set.stride))
        var buffer = begin(.noError, truncated: count < set.count, answers: count, capacity: count * set.stride)
        let tail = min(count, set.count - first)
        buffer.writeBytes(set.bytes[(first * set.stride)..<((first + tail) * set.stride)])
        if tail < count { buffer.writeBytes(set.bytes[..<((count - tail) * set.stride)]) }
        end(&buffer, .noError)
        return buffer
    }

    /// No such name, or none of the type; `offset` is where the zone's name begins within the question's.
    func negative(_ code: ResponseCode, _ zone: ServedZone, _ offset: Int) -> ByteBuffer {
        var buffer = begin(code, answers: 0, authorities: 1, capacity: 2 + zone.negative.count)
        buffer.writeInteger(0xc000 | UInt16(QueryHead.headerLength + offset))
        buffer.writeBytes(zone.negative)
        end(&buffer, code)
        return buffer
    }

    /// Any records, by the general encoder.
    func records(_ answers: [DNSRecord], additional: [DNSRecord] = [], authoritative: Bool = true, code: ResponseCode = .noError)
        -> ByteBuffer
    {
        guard let question else { return empty(.serverFailure) }
        var message = DNSMessage()
        (message.id, message.isResponse, message.isAuthoritative) = (head.id, true, authoritative)
        (message.recursionDesired, message.recursionAvailable) = (head.flags & 0x100 != 0, true)
        message.checkingDisabled = head.flags & 0x10 != 0
        (message.questions, message.answers, message.additionals, message.responseCode) = ([question], answers, additional, code)
        message.edns = head.edns.map { EDNS(payloadSize: 1232, dnssecOK: $0.dnssecOK) }
        guard let bytes = try? message.encoded(limit: limit) else { return empty(.serverFailure) }
        return allocator.buffer(bytes: bytes)
    }

    /// What was asked, in the case in which it was asked.
    var question: DNSQuestion? {
        let start = query.readerIndex + QueryHead.headerLength
        guard let name = query.getBytes(at: start, length: head.nameLength) else { return nil }
        return DNSQuestion(DNSName(unchecked: name), head.type, recordClass: head.recordClass)
    }
}
