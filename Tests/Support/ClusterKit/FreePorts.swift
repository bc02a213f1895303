import Foundation

/// Ports of loopback that nobody has just now; another may take one meanwhile, which the server's start then says.
enum FreePorts {
    static func find(_ count: Int, address: UInt32 = 0x7f00_0001) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(socket)
            var name = sockaddr_in()
            name.sin_family = sa_family_t(AF_INET)
            name.sin_addr.s_addr = address.bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let found = withUnsafeMutablePointer(to: &name) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0 }
            }
            guard found else { throw TestCluster.Failure("no free port: errno \(errno)") }
            return Int(UInt16(bigEndian: name.sin_port))
        }
    }
}
