import Core
import NIOCore

/// Where another DNS server listens.
public struct UpstreamServer: Sendable, Hashable, CustomStringConvertible {
    public let address: SocketAddress

    public init(_ address: SocketAddress) { self.address = address }

    /// Reads `10.0.0.2`, `10.0.0.2:5353`, `fd00::2` or `[fd00::2]:5353`.
    public init?(_ text: String) {
        var (host, port) = (text[...], 53)
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { return nil }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            if !rest.isEmpty {
                guard rest.hasPrefix(":"), let number = Int(rest.dropFirst()), (1...65535).contains(number) else { return nil }
                port = number
            }
        } else if text.count(where: { $0 == ":" }) == 1 {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard let number = Int(parts[1]), (1...65535).contains(number) else { return nil }
            (host, port) = (parts[0], number)
        }
        guard let address = try? SocketAddress(ipAddress: String(host), port: port) else { return nil }
        self.address = address
    }

    public var description: String { "\(address.ipAddress ?? "?"):\(address.port ?? 53)" }
}

/// Which servers are asked for which names.
public struct Upstreams: Sendable, Hashable {
    /// For all names that no stub domain holds; asked in this order, those that failed lately last.
    public var servers: [UpstreamServer]
    /// Domains that have servers of their own; the longest that fits is taken.
    public var stubDomains: [DNSName: [UpstreamServer]]

    public init(servers: [UpstreamServer], stubDomains: [DNSName: [UpstreamServer]] = [:]) {
        (self.servers, self.stubDomains) = (servers, stubDomains)
    }

    func servers(for name: DNSName) -> [UpstreamServer] {
        let key = name.key
        let domain = stubDomains.keys.filter { key.isWithin($0.key) }.max { $0.wire.count < $1.wire.count }
        return domain.flatMap { stubDomains[$0] } ?? servers
    }

    /// Without servers that are this one: asking them would never end.
    public func excluding(_ isOwn: (UpstreamServer) -> Bool) -> Upstreams {
        Upstreams(servers: servers.filter { !isOwn($0) }, stubDomains: stubDomains.mapValues { $0.filter { !isOwn($0) } })
    }

    /// The servers of a resolv.conf, three at most as its readers take.
    public static func servers(resolvConf text: String) -> [UpstreamServer] {
        let found = text.split(separator: "\n").compactMap { line -> UpstreamServer? in
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0] == "nameserver" else { return nil }
            return UpstreamServer(String(words[1]))
        }
        return Array(found.prefix(3))
    }
}

/// Asks one server once.
public protocol UpstreamTransport: Sendable {
    /// The answer's bytes, whatever they are; by TCP when `stream`.
    /// - Throws: when there is none within `timeout`, or no way there.
    func ask(
        _ server: UpstreamServer, _ query: [UInt8], stream: Bool, timeout: Duration, accept: @Sendable @escaping ([UInt8]) -> Bool
    ) async throws -> [UInt8]
}
