import Synchronization

/// What a name has from now on.
public struct ZoneEdit: Sendable, Hashable {
    public var name: DNSName
    public var records: [RecordData]
    /// The name is there, be it without records; `false` removes it (a name with names below it stays there all the same).
    public var exists: Bool
    public init(_ name: DNSName, _ records: [RecordData], exists: Bool = true) {
        (self.name, self.records, self.exists) = (name, records, exists)
    }
}

/// The names that this server answers for, ready to be answered: many readers, each look-up short.
public final class ZoneTable: Sendable {
    public struct Options: Sendable {
        /// `cluster.local`: everything below it is ours, there or not.
        public var domain: DNSName
        /// Reverse zones in which a name that is not there does not exist (`10.10.10.in-addr.arpa`).
        public var reverseZones: [DNSName] = []
        /// Where the server itself is found: `ns.dns.<domain>`.
        public var serverAddresses: [RecordData] = []
        /// Seconds for which an answer may be remembered.
        public var ttl: UInt32 = 5
        public var serial: UInt32 = 1
        /// `1-2-3-4.<namespace>.pod.<domain>` is 1.2.3.4 for any address; otherwise only names that were put in.
        public var answersAnyPodAddress = true
        public init(domain: DNSName) { self.domain = domain }
    }

    public let options: Options
    let zones: [ServedZone]
    private let contents: Mutex<Contents>

    public init(_ options: Options) {
        self.options = options
        let server = DNSName(labels: ["ns", "dns"], below: options.domain) ?? options.domain
        zones = ([options.domain] + options.reverseZones).map { ServedZone($0, server: server, options) }
        contents = Mutex(Contents(ttl: options.ttl))
        replace(with: [])
    }

    /// Changes these names and leaves the others.
    public func apply(_ edits: [ZoneEdit]) {
        let prepared = edits.map { ($0, ZoneNode($0, ttl: options.ttl)) }
        contents.withLock { contents in
            for (edit, node) in prepared { contents.set(edit.name.key, edit.exists ? node : nil) }
        }
    }

    /// Makes these the only names, beside the server's own.
    public func replace(with edits: [ZoneEdit]) {
        var fresh = Contents(ttl: options.ttl)
        for edit in fixed + edits where edit.exists { fresh.set(edit.name.key, ZoneNode(edit, ttl: options.ttl)) }
        contents.withLock { $0 = fresh }
    }

    /// How many names have something of their own.
    public var count: Int { contents.withLock { $0.own } }

    /// What every zone of the kind says of itself.
    private var fixed: [ZoneEdit] {
        let server = DNSName(labels: ["ns", "dns"], below: options.domain) ?? options.domain
        var edits = zones.map { ZoneEdit($0.name, [.soa($0.soa), .ns(server)]) }
        edits.append(ZoneEdit(server, options.serverAddresses))
        if let version = DNSName(labels: ["dns-version"], below: options.domain) {
            edits.append(ZoneEdit(version, [.txt([Array("1.1.0".utf8)])]))
        }
        return edits
    }

    func find(_ key: NameKey) -> Finding { contents.withLock { $0.find(key) } }

    /// The addresses of targets, for the additional section.
    func addresses(of names: [DNSName]) -> [DNSRecord] {
        contents.withLock { contents in
            names.flatMap { name -> [DNSRecord] in
                guard case .node(let node) = contents.find(name.key) else { return [] }
                return node.records.filter { $0.data.type == .a || $0.data.type == .aaaa }
            }
        }
    }

    /// The innermost zone of ours that the name is in.
    func zone(of key: NameKey) -> ServedZone? { zones.last { key.isWithin($0.key) } }

    enum Finding: Sendable {
        case node(ZoneNode)
        /// Nothing of its own, but names below it: it exists (RFC 8020).
        case onTheWay
        case nothing
    }

    private struct Contents: Sendable {
        struct Entry {
            var node: ZoneNode?
            /// How many names below it have something of their own.
            var below = 0
        }
        let ttl: UInt32
        var entries: [NameKey: Entry] = [:]
        var own = 0

        func find(_ key: NameKey) -> Finding {
            guard let entry = entries[key] else { return .nothing }
            return entry.node.map { .node($0) } ?? .onTheWay
        }

        mutating func set(_ key: NameKey, _ node: ZoneNode?) {
            let had = entries[key]?.node != nil
            guard had || node != nil else { return }
            if node == nil, entries[key]?.below == 0 { entries[key] = nil } else { entries[key, default: Entry()].node = node }
            let change = (node == nil ? 0 : 1) - (had ? 1 : 0)
            guard change != 0 else { return }
            own += change
            var next = key.parent
            while let ancestor = next {
                var entry = entries[ancestor] ?? Entry()
                entry.below += change
                entries[ancestor] = entry.below == 0 && entry.node == nil ? nil : entry
                next = ancestor.parent
            }
        }
    }
}

/// A zone that is answered for, and its SOA as it follows a "there is none".
struct ServedZone: Sendable {
    let name: DNSName
    let key: NameKey
    let soa: StartOfAuthority
    /// The SOA record without its owner.
    let negative: [UInt8]

    init(_ name: DNSName, server: DNSName, _ options: ZoneTable.Options) {
        (self.name, key) = (name, name.key)
        soa = StartOfAuthority(
            server: server, mailbox: DNSName(labels: ["hostmaster"], below: options.domain) ?? options.domain,
            serial: options.serial,
            refresh: 7200, retry: 1800, expire: 86400, minimum: options.ttl)
        // No pointers: it stands at another place in each answer.
        var data = DNSEncoder()
        for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { data.u32(number) }
        let names = soa.server.wire + soa.mailbox.wire
        var head = DNSEncoder()
        for number in [RecordType.soa.rawValue, 1] { head.u16(number) }
        head.u32(options.ttl)
        head.u16(UInt16(names.count + data.bytes.count))
        negative = head.bytes + names + data.bytes
    }
}

/// A name's records, with the answers to the usual questions already made.
final class ZoneNode: Sendable {
    let records: [DNSRecord]
    /// By type: A and AAAA, whose records all have one size and are handed out in turn.
    private let addresses: [(type: RecordType, set: AddressSet)]

    init(_ edit: ZoneEdit, ttl: UInt32) {
        records = edit.records.map { DNSRecord(edit.name, ttl: ttl, $0) }
        addresses = [RecordType.a, .aaaa].compactMap { type in
            let addresses = edit.records.compactMap { data -> [UInt8]? in
                switch data {
                case .a(let bytes) where type == .a && bytes.count == 4: bytes
                case .aaaa(let bytes) where type == .aaaa && bytes.count == 16: bytes
                default: nil
                }
            }
            return addresses.isEmpty ? nil : (type, AddressSet(type, ttl: ttl, addresses))
        }
    }

    func addressSet(_ type: RecordType) -> AddressSet? {
        for entry in addresses where entry.type == type { return entry.set }
        return nil
    }

    var alias: DNSName? {
        for record in records { if case .cname(let target) = record.data { return target } }
        return nil
    }
}

/// Address records as they stand in an answer, each owned by the question's name (a pointer to byte 12).
struct AddressSet: Sendable {
    let bytes: [UInt8]
    /// Bytes of one record.
    let stride: Int
    let count: Int

    init(_ type: RecordType, ttl: UInt32, _ addresses: [[UInt8]]) {
        var encoder = DNSEncoder()
        var bytes: [UInt8] = []
        for address in addresses {
            encoder = DNSEncoder()
            encoder.u16(0xc00c)
            encoder.u16(type.rawValue)
            encoder.u16(1)
            encoder.u32(ttl)
            encoder.u16(UInt16(address.count))
            bytes += encoder.bytes + address
        }
        (self.bytes, stride, count) = (bytes, 12 + (addresses.first?.count ?? 0), addresses.count)
    }
}
