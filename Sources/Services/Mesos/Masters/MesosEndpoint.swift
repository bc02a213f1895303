/// Where a master or an agent listens.
public struct MesosEndpoint: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    /// It speaks TLS.
    public let isSecure: Bool

    public init(host: String, port: Int, isSecure: Bool = false) { (self.host, self.port, self.isSecure) = (host, port, isSecure) }

    /// Reads `host:port`, `host`, `[v6]:port`, with or without a scheme before and a path behind; `nil` for anything else.
    ///
    /// - Parameter secure: what holds when the text names no scheme, as in the `Location` of a standby master (`//host:port/…`).
    public init?(_ text: some StringProtocol, defaultPort: Int, secure: Bool = false) {
        var rest = text[...]
        var secure = secure
        for (prefix, meaning) in [("http://", false), ("https://", true), ("//", secure)] where rest.hasPrefix(prefix) {
            (rest, secure) = (rest.dropFirst(prefix.count), meaning)
            break
        }
        rest = rest.prefix { $0 != "/" }
        if rest.hasPrefix("["), let close = rest.firstIndex(of: "]") {
            let inner = rest[rest.index(after: rest.startIndex)..<close]
            let tail = rest[rest.index(after: close)...]
            guard let port = tail.isEmpty ? defaultPort : (tail.hasPrefix(":") ? Int(tail.dropFirst()) : nil) else { return nil }
            self.init(host: String(inner), port: port, isSecure: secure)
        } else {
            let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
            guard let host = parts.first, !host.isEmpty, parts.count <= 2 else { return nil }
            guard let port = parts.count == 2 ? Int(parts[1]) : defaultPort else { return nil }
            self.init(host: String(host), port: port, isSecure: secure)
        }
        guard (1...65535).contains(port), !host.contains("@") else { return nil }
    }

    /// Reads a list `host:port[,host:port…]`; `nil` if an entry is none, or if there is no entry.
    ///
    /// A scheme before the first holds for those that name none: `https://m1:5050,m2:5050`.
    public static func list(_ text: String, defaultPort: Int = 5050) -> [MesosEndpoint]? {
        var entries: [MesosEndpoint] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let written = part.filter { !$0.isWhitespace }
            guard let entry = MesosEndpoint(written, defaultPort: defaultPort, secure: entries.first?.isSecure ?? false) else { return nil }
            entries.append(entry)
        }
        return entries.isEmpty ? nil : entries
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    func url(_ path: String) -> String { "\(isSecure ? "https" : "http")://\(self)\(path)" }
}
