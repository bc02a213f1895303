#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A domain name in its wire form (RFC 1035, 3.1): labels, each after its length, and a zero. It keeps the case it came with;
/// names that differ only in case are equal (RFC 4343).
public struct DNSName: Sendable {
    /// At most 255 bytes, each label at most 63, the last byte zero.
    public let wire: [UInt8]

    public static let root = DNSName(unchecked: [0])

    init(unchecked wire: [UInt8]) { self.wire = wire }

    /// Reads `www.example.com` with or without its final dot; `\.` and `\DDD` as RFC 1035, 5.1 has them. `nil` when it is no name.
    public init?(_ text: some StringProtocol) {
        var wire: [UInt8] = []
        var label: [UInt8] = []
        var rest = Array(text.utf8)[...]
        if rest.elementsEqual([UInt8(ascii: ".")]) { rest = [] }
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "."):
                guard DNSName.close(&label, into: &wire) else { return nil }
            case UInt8(ascii: "\\"):
                guard let escaped = DNSName.escaped(&rest) else { return nil }
                label.append(escaped)
            default: label.append(byte)
            }
        }
        if !label.isEmpty { guard DNSName.close(&label, into: &wire) else { return nil } }
        guard wire.count < 255 else { return nil }
        self.wire = wire + [0]
    }

    /// The name `labels` below `parent`; `nil` when it would be too long.
    public init?(labels: [String], below parent: DNSName) {
        var wire: [UInt8] = []
        for label in labels {
            guard (1...63).contains(label.utf8.count) else { return nil }
            wire.append(UInt8(label.utf8.count))
            wire += label.utf8
        }
        wire += parent.wire
        guard wire.count <= 255 else { return nil }
        self.wire = wire
    }

    private static func close(_ label: inout [UInt8], into wire: inout [UInt8]) -> Bool {
        guard (1...63).contains(label.count) else { return false }
        wire.append(UInt8(label.count))
        wire += label
        label = []
        return true
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt8? {
        guard let first = rest.popFirst() else { return nil }
        guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else { return first }
        guard let second = rest.popFirst(), let third = rest.popFirst() else { return nil }
        return UInt8(String(decoding: [first, second, third], as: UTF8.self))
    }

    /// Its labels, without the root's.
    public var labels: [ArraySlice<UInt8>] {
        var labels: [ArraySlice<UInt8>] = []
        var at = 0
        while at < wire.count, wire[at] > 0 {
            let end = at + 1 + Int(wire[at])
            labels.append(wire[(at + 1)..<end])
            at = end
        }
        return labels
    }

    /// What zones are searched by.
    public var key: NameKey { NameKey(self) }

    /// The name one label up; `nil` for the root.
    public var parent: DNSName? {
        guard let length = wire.first, length > 0 else { return nil }
        return DNSName(unchecked: Array(wire[(1 + Int(length))...]))
    }
}

extension DNSName: Hashable {
    public static func == (one: DNSName, other: DNSName) -> Bool {
        one.wire.count == other.wire.count && zip(one.wire, other.wire).allSatisfy { NameKey.lower($0) == NameKey.lower($1) }
    }
    public func hash(into hasher: inout Hasher) { key.hash(into: &hasher) }
}

extension DNSName: CustomStringConvertible {
    /// As a zone file writes it, with the final dot.
    public var description: String {
        let labels = labels
        guard !labels.isEmpty else { return "." }
        var text: [UInt8] = []
        for label in labels {
            for byte in label {
                switch byte {
                case UInt8(ascii: "."), UInt8(ascii: "\\"), UInt8(ascii: ";"), UInt8(ascii: "\""):
                    text += [UInt8(ascii: "\\"), byte]
                case 0x21...0x7e: text.append(byte)
                default: text += "\\\(byte / 100)\(byte / 10 % 10)\(byte % 10)".utf8
                }
            }
            text.append(UInt8(ascii: "."))
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// A name in lower case, made for being looked up.
public struct NameKey: Sendable, Hashable {
    /// The wire form, in lower case.
    public internal(set) var wire: [UInt8]

    public init(_ name: DNSName) { wire = name.wire.map(NameKey.lower) }
    init(wire: [UInt8]) { self.wire = wire }

    public static func == (one: NameKey, other: NameKey) -> Bool {
        guard one.wire.count == other.wire.count else { return false }
        return one.wire.withUnsafeBytes { left in
            other.wire.withUnsafeBytes { right in
                guard let left = left.baseAddress, let right = right.baseAddress else { return true }
                return memcmp(left, right, one.wire.count) == 0
            }
        }
    }

    public func hash(into hasher: inout Hasher) { wire.withUnsafeBytes { hasher.combine(bytes: $0) } }

    /// The key one label up; `nil` for the root.
    var parent: NameKey? {
        guard let length = wire.first, length > 0 else { return nil }
        return NameKey(wire: Array(wire[(1 + Int(length))...]))
    }

    /// Whether this is `zone` or a name below it.
    public func isWithin(_ zone: NameKey) -> Bool { offset(of: zone) != nil }

    /// Where in `wire` the labels of `zone` begin; `nil` when this is no name of the zone.
    func offset(of zone: NameKey) -> Int? {
        let start = wire.count - zone.wire.count
        guard start >= 0, wire[start...].elementsEqual(zone.wire) else { return nil }
        // The same bytes are the same labels only when a label begins there.
        var at = 0
        while at < start { at += 1 + Int(wire[at]) }
        return at == start ? start : nil
    }

    /// A letter's small form; any other byte as it is. Length bytes (at most 63) are no letters.
    @inline(__always) static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
