/// Where a master or an agent listens.
public struct MesosEndpoint: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int

    public init(host: String, port: Int) { (self.host, self.port) = (host, port) }

    /// Reads `host:port`, `host`, `[v6]:port`, with or without `http://` before and a path behind; `nil` for anything else.
    public init?(_ text: some StringProtocol, defaultPort: Int) {
        var rest = text[...]
        for prefix in ["http://", "//"] where rest.hasPrefix(prefix) { rest = rest.dropFirst(prefix.count) }
        rest = rest.prefix { $0 != "/" }
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            let inner = rest[rest.index(after: rest.startIndex)..<close]
            let tail = rest[rest.index(after: close)...]
            guard let port = tail.isEmpty ? defaultPort : (tail.hasPrefix(":") ? Int(tail.dropFirst()) : nil) else { return nil }
            self.init(host: String(inner), port: port)
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
            guard let port = parts.count == 2 ? Int(parts[1]) : defaultPort else { return nil }
            self.init(host: String(host), port: port)
        }
        guard (1...65535).contains(port) else { return nil }
    }

    /// Reads a list `host:port[,host:port…]`; `nil` if an entry is none, or if there is no entry.
    public static func list(_ text: String, defaultPort: Int = 5050) -> [MesosEndpoint]? {
        let entries = text.split(separator: ",").map { MesosEndpoint($0.filter { !$0.isWhitespace }, defaultPort: defaultPort) }
        guard !entries.isEmpty, !entries.contains(nil) else { return nil }
        return entries.compactMap { $0 }
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    func url(_ path: String) -> String { "http://\(self)\(path)" }
}
