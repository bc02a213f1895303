import Glibc

/// The number of the packet filter's last transaction, of whomever it was (`NFT_MSG_GETGEN`): while it stays, no table has changed.
enum Generation {
    /// `nil` when the kernel does not say.
    static var now: UInt32? {
        // NETLINK_NETFILTER
        let file = socket(AF_NETLINK, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 12)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        // nlmsghdr: length, type (subsystem nftables 10, message 16), flags (request), sequence, port; nfgenmsg: all zero.
        var request: [UInt8] = []
        request += bytes(UInt32(20))
        request += bytes(UInt16(10 << 8 | 16))
        request += bytes(UInt16(1))
        request += bytes(UInt32(1))
        request += bytes(UInt32(0))
        request += bytes(UInt32(0))
        guard send(file, request, request.count, 0) == request.count else { return nil }
        var answer = [UInt8](repeating: 0, count: 4096)
        let count = recv(file, &answer, answer.count, 0)
        return count > 0 ? parse(Array(answer.prefix(count))) : nil
    }

    /// The attribute NFTA_GEN_ID (1) of a NEWGEN message (15), which is in network order.
    static func parse(_ message: [UInt8]) -> UInt32? {
        guard message.count >= 20, number(message[4..<6]) == 10 << 8 | 15 else { return nil }
        var rest = message[20...]
        while rest.count >= 4 {
            let length = Int(number(rest.prefix(2)))
            let type = number(rest.dropFirst(2).prefix(2)) & 0x3fff
            guard length >= 4, length <= rest.count else { return nil }
            if type == 1, length == 8 { return rest.dropFirst(4).prefix(4).reduce(0) { $0 << 8 | UInt32($1) } }
            rest = rest.dropFirst(min(rest.count, (length + 3) & ~3))
        }
        return nil
    }

    private static func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] { withUnsafeBytes(of: number) { Array($0) } }

    /// In the machine's own order, as netlink's headers are.
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var value: UInt32 = 0
        withUnsafeMutableBytes(of: &value) { $0.copyBytes(from: bytes) }
        return UInt32(littleEndian: value) == value ? value : value >> UInt32(8 * (4 - bytes.count))
    }
}
