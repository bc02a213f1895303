/// Where an ensemble is, as users write it: `zk://[user:password@]host:port,host:port/path`.
public struct ZooKeeperAddress: Sendable, Hashable, CustomStringConvertible {
    /// One server of the ensemble.
    public struct Server: Sendable, Hashable, CustomStringConvertible {
        /// A name or an address; an IPv6 address without its brackets.
        public let host: String
        /// 1 to 65535.
        public let port: Int
        public init(host: String, port: Int) { (self.host, self.port) = (host, port) }
        public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
    }

    /// Why a text is no address, and what to write instead.
    public struct Malformed: Error, Sendable, Hashable, CustomStringConvertible {
        public let description: String
    }

    public let servers: [Server]
    /// `/mesos`, `/a/b`; `/` when none is written.
    public let path: String
    /// `user:password` for the scheme `digest`; never part of `description`.
    public let digest: String?

    public init(servers: [Server], path: String = "/", digest: String? = nil) {
        (self.servers, self.path, self.digest) = (servers, path, digest)
    }

    /// - Parameter text: with or without `zk://`. The port is 2181 where none is written.
    public init(_ text: String) throws(Malformed) {
        func malformed(_ what: String) -> Malformed {
            Malformed(description: "'\(Self.withoutSecret(text))': \(what); write zk://host:2181,host:2181/path")
        }
        var rest = text.hasPrefix("zk://") ? text.dropFirst(5) : text[...]
        if let at = rest.lastIndex(of: "@") {
            let credentials = rest[..<at]
            guard let colon = credentials.firstIndex(of: ":"), colon != credentials.startIndex else {
                throw malformed("what stands before '@' is not user:password")
            }
            digest = String(credentials)
            rest = rest[rest.index(after: at)...]
        } else {
            digest = nil
        }
        let slash = rest.firstIndex(of: "/") ?? rest.endIndex
        var path = String(rest[slash...])
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        if path.isEmpty { path = "/" }
        if let problem = ZooKeeperPath.problem(with: path) { throw malformed("the path '\(path)' \(problem)") }
        self.path = path
        var servers: [Server] = []
        for word in rest[..<slash].split(separator: ",", omittingEmptySubsequences: false) {
            guard let server = Self.server(word) else { throw malformed("'\(word)' is no host:port") }
            servers.append(server)
        }
        guard !servers.isEmpty, servers.count <= 64 else { throw malformed("no server is named, or more than 64") }
        self.servers = servers
    }

    private static func server(_ word: Substring) -> Server? {
        var host = word
        var port = 2181
        let close = word.hasPrefix("[") ? word.firstIndex(of: "]") : nil
        if word.hasPrefix("["), close == nil { return nil }
        if let colon = word[(close ?? word.startIndex)...].lastIndex(of: ":") {
            guard let number = Int(word[word.index(after: colon)...]), (1...65535).contains(number) else { return nil }
            (host, port) = (word[..<colon], number)
        }
        if close != nil {
            guard host.hasSuffix("]") else { return nil }
            host = host.dropFirst().dropLast()
        }
        let allowed = host.utf8.allSatisfy { $0 > 32 && $0 < 127 && !"/?#@\\\"'<>[],".utf8.contains($0) }
        guard !host.isEmpty, allowed, close != nil || !host.contains(":") else { return nil }
        return Server(host: String(host), port: port)
    }

    private static func withoutSecret(_ text: String) -> String {
        guard let at = text.lastIndex(of: "@") else { return text }
        return (text.hasPrefix("zk://") ? "zk://" : "") + "…@" + text[text.index(after: at)...]
    }

    /// The servers alone: `h1:2181,h2:2181`.
    public var connectString: String { servers.map(\.description).joined(separator: ",") }

    /// Without the secret.
    public var description: String { "zk://\(digest == nil ? "" : "…@")\(connectString)\(path == "/" ? "" : path)" }
}

/// The rules that ZooKeeper has for the paths of its nodes.
public enum ZooKeeperPath {
    /// What is wrong with `path`, in words that go on after it; `nil`: it is one.
    public static func problem(with path: String) -> String? {
        guard path.hasPrefix("/") else { return "does not begin with '/'" }
        if path == "/" { return nil }
        guard !path.hasSuffix("/") else { return "ends with '/'" }
        guard path.utf8.count <= 4096 else { return "is longer than 4096 bytes" }
        for part in path.dropFirst().split(separator: "/", omittingEmptySubsequences: false) {
            if part.isEmpty { return "has an empty part" }
            if part == "." || part == ".." { return "has the part '\(part)'" }
        }
        let refused = path.unicodeScalars.contains { scalar in
            let value = scalar.value
            return value < 0x20 || (0x7f...0x9f).contains(value) || (0xe000...0xf8ff).contains(value) || (0xfff0...0xffff).contains(value)
        }
        return refused ? "has a character that ZooKeeper does not take" : nil
    }

    /// `/a` and `b` are `/a/b`; `/` and `b` are `/b`.
    public static func join(_ parent: String, _ name: String) -> String { parent == "/" ? "/\(name)" : "\(parent)/\(name)" }

    /// The last part.
    public static func name(of path: String) -> String { String(path[(path.lastIndex(of: "/").map { path.index(after: $0) } ?? path.startIndex)...]) }

    /// The number that ZooKeeper put at the end of a sequential node's name, ten digits; `nil`: there is none. (After 2,147,483,647 nodes below
    /// one parent ZooKeeper's own counter runs over, and its order is lost: such names have no number here.)
    public static func sequence(of name: String) -> Int? {
        guard name.utf8.count >= 10 else { return nil }
        let digits = name.suffix(10)
        return digits.utf8.allSatisfy { (48...57).contains($0) } ? Int(digits) : nil
    }
}
