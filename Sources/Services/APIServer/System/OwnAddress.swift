import KubeAPI

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// How others reach a server that listens on an address.
enum OwnAddress {
    /// An IPv4 address; `nil` when there is none to tell: a name, or IPv6 alone.
    static func reachable(listening host: String) -> String? {
        switch host {
        case "localhost": "127.0.0.1"
        case "0.0.0.0", "::", "": first() ?? "127.0.0.1"
        default: IPText.ipv4(host) == nil ? nil : host
        }
    }

    /// The first of the machine's addresses that is not loopback, on an interface that is up.
    private static func first() -> String? {
        var list: UnsafeMutablePointer<ifaddrs>?
        guard getifaddrs(&list) == 0 else { return nil }
        defer { freeifaddrs(list) }
        var next = list
        while let entry = next {
            next = entry.pointee.ifa_next
            let flags = entry.pointee.ifa_flags
            guard let address = entry.pointee.ifa_addr, address.pointee.sa_family == sa_family_t(AF_INET),
                flags & UInt32(IFF_UP) != 0, flags & UInt32(IFF_LOOPBACK) == 0
            else { continue }
            let bits = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { UInt32(bigEndian: $0.pointee.sin_addr.s_addr) }
            return IPText.text(ipv4: bits)
        }
        return nil
    }
}
