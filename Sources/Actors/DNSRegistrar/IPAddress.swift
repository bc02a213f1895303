/// An IP address as its bytes: four, or sixteen.
public struct IPAddress: Sendable, Hashable {
    public let bytes: [UInt8]
    public var isIPv6: Bool { bytes.count == 16 }

    /// Reads `10.1.2.3` or `fd00::1`; `nil` for anything else.
    public init?(_ text: String) {
        let found = text.utf8.contains(UInt8(ascii: ":")) ? IPAddress.v6(text) : IPAddress.v4(text)
        guard let found else { return nil }
        bytes = found
    }

    private static func v4(_ text: some StringProtocol) -> [UInt8]? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var bytes: [UInt8] = []
        for part in parts {
            // No sign, no leading zero: some read that as octal.
            guard let byte = UInt8(part), String(byte) == part else { return nil }
            bytes.append(byte)
        }
        return bytes
    }

    private static func v6(_ text: String) -> [UInt8]? {
        let halves = text.split(separator: "::", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2, let front = groups(halves[0]) else { return nil }
        guard halves.count == 2 else { return front.count == 16 ? front : nil }
        guard let back = groups(halves[1]), front.count + back.count <= 14 else { return nil }
        return front + [UInt8](repeating: 0, count: 16 - front.count - back.count) + back
    }

    /// The bytes of `a:b:c`, the last group perhaps in IPv4's form.
    private static func groups(_ text: String) -> [UInt8]? {
        guard !text.isEmpty else { return [] }
        var bytes: [UInt8] = []
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if index == parts.count - 1, part.contains("."), let last = v4(part) {
                bytes += last
            } else {
                guard (1...4).contains(part.utf8.count), part.first != "+", let group = UInt16(part, radix: 16) else {
                    return nil
                }
                bytes += [UInt8(group >> 8), UInt8(group & 0xff)]
            }
        }
        return bytes.count <= 16 ? bytes : nil
    }

    private var parts: [String] {
        guard isIPv6 else { return bytes.map { String($0) } }
        return stride(from: 0, to: 16, by: 2).map { String(UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]), radix: 16) }
    }

    /// As a label: `10-1-2-3`, `fd00-0-0-0-0-0-0-1`.
    public var label: String { parts.joined(separator: "-") }

    /// Its name in the reverse tree: `3.2.1.10.in-addr.arpa`.
    public var reverseName: String {
        guard isIPv6 else { return bytes.reversed().map { String($0) }.joined(separator: ".") + ".in-addr.arpa" }
        return bytes.reversed().map { String($0 & 0xf, radix: 16) + "." + String($0 >> 4, radix: 16) }.joined(separator: ".")
            + ".ip6.arpa"
    }
}

extension IPAddress: CustomStringConvertible {
    public var description: String { parts.joined(separator: isIPv6 ? ":" : ".") }
}
