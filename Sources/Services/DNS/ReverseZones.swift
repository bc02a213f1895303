/// The reverse zones of a range of addresses.
public enum ReverseZones {
    /// `10.10.10.0/24` is `10.10.10.in-addr.arpa`; a range that ends within a label has a zone for each of its values.
    /// - Returns: `nil` for what is no range, or one of more than 256 zones.
    public static func of(_ range: String) -> [DNSName]? {
        let parts = range.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), let data = AddressText.data(of: String(parts[0])) else { return nil }
        switch data {
        case .a(let bytes):
            guard (8...32).contains(length) else { return nil }
            return zones(bytes.map { Int($0) }, bits: 8, length, tree: "in-addr.arpa") { String($0) }
        case .aaaa(let bytes):
            guard (16...128).contains(length) else { return nil }
            let digits = bytes.flatMap { [Int($0 >> 4), Int($0 & 0xf)] }
            return zones(digits, bits: 4, length, tree: "ip6.arpa") { String($0, radix: 16) }
        default: return nil
        }
    }

    private static func zones(_ labels: [Int], bits: Int, _ length: Int, tree: String, _ text: (Int) -> String) -> [DNSName]? {
        let whole = length / bits
        let rest = length % bits
        let kept = labels[..<whole].reversed().map(text)
        guard rest > 0 else { return DNSName((kept + [tree]).joined(separator: ".")).map { [$0] } }
        let values = 1 << (bits - rest)
        let first = labels[whole] & ~(values - 1)
        return (first..<(first + values)).compactMap { DNSName(([text($0)] + kept + [tree]).joined(separator: ".")) }
    }
}
