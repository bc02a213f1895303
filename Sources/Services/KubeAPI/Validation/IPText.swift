import Glibc

/// Addresses as text: whether they are any, and of which family.
public enum IPText {
    /// The address in host order, for dotted decimal without leading zeros; `nil` for anything else.
    public static func ipv4(_ text: String) -> UInt32? {
        var address: UInt32 = 0
        var count = 0
        for part in text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            guard (1...3).contains(part.count), part.allSatisfy({ (48...57).contains($0) }), part.count == 1 || part.first != 48,
                let number = UInt32(String(decoding: part, as: UTF8.self)), number <= 255
            else { return nil }
            address = address << 8 | number
            count += 1
            if count > 4 { return nil }
        }
        return count == 4 ? address : nil
    }

    /// `10.10.10.10` of its number.
    public static func text(ipv4 address: UInt32) -> String {
        "\(address >> 24).\(address >> 16 & 255).\(address >> 8 & 255).\(address & 255)"
    }

    public static func isIPv6(_ text: String) -> Bool {
        var address = in6_addr()
        return text.utf8.contains(UInt8(ascii: ":")) && inet_pton(AF_INET6, text, &address) == 1
    }

    public static func isAddress(_ text: String) -> Bool { ipv4(text) != nil || isIPv6(text) }

    static let fault = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"

    /// What an endpoint may not be. Loopback is allowed here, unlike in Kubernetes: a cluster of one machine serves on it by default.
    static func specialFaults(_ text: String) -> [String] {
        if let address = ipv4(text) {
            if address == 0 { return ["may not be unspecified (0.0.0.0 or ::)"] }
            if address >> 16 == 0xA9FE { return ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"] }
            if address >> 8 == 0xE00000 { return ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"] }
            return []
        }
        var address = in6_addr()
        guard inet_pton(AF_INET6, text, &address) == 1 else { return [] }
        let bytes = withUnsafeBytes(of: address) { Array($0) }
        if bytes.allSatisfy({ $0 == 0 }) { return ["may not be unspecified (0.0.0.0 or ::)"] }
        if bytes[0] == 0xFE, bytes[1] & 0xC0 == 0x80 { return ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"] }
        if bytes[0] == 0xFF, bytes[1] & 0x0F == 2 {
            return ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]
        }
        return []
    }
}
