#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Addresses as texts.
public enum AddressText {
    /// `10.1.2.3` or `fd00::1` as a record's data; `nil` for anything else.
    public static func data(of text: String) -> RecordData? {
        guard text.utf8.count < 64, !text.utf8.contains(0) else { return nil }
        if text.utf8.contains(UInt8(ascii: ":")) {
            var address = in6_addr()
            guard inet_pton(AF_INET6, text, &address) == 1 else { return nil }
            return .aaaa(withUnsafeBytes(of: &address) { Array($0) })
        }
        var address = in_addr()
        guard inet_pton(AF_INET, text, &address) == 1 else { return nil }
        return .a(withUnsafeBytes(of: &address) { Array($0) })
    }
}

/// A pod's address as a label: `10-1-2-3`, `fd00--1`.
enum PodAddress {
    static func data(of label: String) -> RecordData? {
        guard !label.utf8.contains(where: { $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: ":") }) else { return nil }
        let dashes = label.utf8.filter { $0 == UInt8(ascii: "-") }.count
        if dashes == 3, let data = AddressText.data(of: String(label.map { $0 == "-" ? "." : $0 })) { return data }
        guard dashes >= 2 else { return nil }
        return AddressText.data(of: String(label.map { $0 == "-" ? ":" : $0 }))
    }
}
