/// An IPv4 address. Reading one is strict, so that its text can go into a rule.
public struct IPv4Address: Sendable, Hashable, Comparable, CustomStringConvertible {
    public let bits: UInt32
    public init(bits: UInt32) { self.bits = bits }

    /// Four decimal numbers with dots, without leading zeros.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bits: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy({ (48...57).contains($0) }), part.count == 1 || part.first != "0",
                let number = UInt8(part)
            else { return nil }
            bits = bits << 8 | UInt32(number)
        }
        self.bits = bits
    }

    public var isLoopback: Bool { bits >> 24 == 127 }
    public var description: String { "\(bits >> 24).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)" }
    public static func < (one: IPv4Address, other: IPv4Address) -> Bool { one.bits < other.bits }
}

/// A range of addresses in CIDR notation.
public struct IPv4Range: Sendable, Hashable, CustomStringConvertible {
    /// The first address; bits beyond the prefix are zero.
    public let base: IPv4Address
    /// 0...32
    public let prefix: Int

    /// `10.10.10.0/24`; an address within the range stands for it.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPv4Address(parts[0]), let prefix = Int(parts[1]), (0...32).contains(prefix),
            parts[1].utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        self.prefix = prefix
        base = IPv4Address(bits: address.bits & IPv4Range.mask(prefix))
    }

    /// The range of this prefix that the address is in. `prefix` is 0...32.
    public init(base: IPv4Address, prefix: Int) {
        precondition((0...32).contains(prefix), "no prefix: \(prefix)")
        self.prefix = prefix
        self.base = IPv4Address(bits: base.bits & IPv4Range.mask(prefix))
    }

    private static func mask(_ prefix: Int) -> UInt32 { prefix == 0 ? 0 : ~0 << UInt32(32 - prefix) }

    public func contains(_ address: IPv4Address) -> Bool { address.bits & IPv4Range.mask(prefix) == base.bits }
    public var description: String { "\(base)/\(prefix)" }
}
