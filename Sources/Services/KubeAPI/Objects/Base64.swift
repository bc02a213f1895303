/// Standard base 64 with padding, as Kubernetes writes bytes in JSON.
enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var position = 0
        while position < bytes.count {
            let rest = bytes.count - position
            let first = UInt32(bytes[position]) << 16
            let second = rest > 1 ? UInt32(bytes[position + 1]) << 8 : 0
            let group = first | second | (rest > 2 ? UInt32(bytes[position + 2]) : 0)
            text.append(alphabet[Int(group >> 18)])
            text.append(alphabet[Int(group >> 12 & 63)])
            text.append(rest > 1 ? alphabet[Int(group >> 6 & 63)] : UInt8(ascii: "="))
            text.append(rest > 2 ? alphabet[Int(group & 63)] : UInt8(ascii: "="))
            position += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// How many bytes a text stands for, without decoding it.
    static func decodedCount(_ text: String) -> Int {
        let padding = text.utf8.reversed().prefix { $0 == UInt8(ascii: "=") }.count
        return max(0, text.utf8.count / 4 * 3 - padding)
    }
}
