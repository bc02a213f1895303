/// How an `EtcdStore` reaches its cluster, and its bounds.
public struct EtcdStoreOptions: Sendable {
    /// Certificates, as paths of PEM files.
    public struct TLS: Sendable, Hashable {
        /// Who signs the servers' certificates; `nil`: those that the system trusts.
        public var authorities: String?
        /// Our own certificate and key, where etcd asks for one.
        public var certificate: String?
        public var key: String?
        public init() {}
    }

    /// The members; at least one. Calls go to one of them until it fails.
    public var endpoints: [EtcdEndpoint]
    public var tls = TLS()
    /// Name and password of etcd's own user; `nil`: none, or the certificate names it.
    public var user: (name: String, password: String)?
    /// Where the store's keys are in etcd.
    public var keys = KeySpace()
    /// From a call to its answer, over all members that were tried.
    public var patience = Duration.seconds(10)
    /// How long one member has for a read, before another is asked.
    public var readAttempt = Duration.seconds(3)
    /// How long one member has for a write. A little more than etcd itself takes to give up (5 s and two elections), so that its word comes first.
    public var writeAttempt = Duration.seconds(8)
    /// How many events may wait for a slow watcher before it is ended with `.watcherTooSlow`.
    public var watchLimit = 10_000
    /// Changes, and their bytes, that are kept so that a watch from the near past needs no help of etcd.
    public var ringChanges = 8_192
    public var ringBytes = 16 << 20
    /// The most operations of a transaction: etcd's `--max-txn-ops`.
    public var operationLimit = 128
    /// How often history is compacted, by one of all stores on the cluster, to what was the present one interval before. `nil`: never.
    public var compaction: Duration? = .seconds(300)

    public init(endpoints: [EtcdEndpoint]) { self.endpoints = endpoints }
}

/// Where a member of the cluster serves its clients.
public struct EtcdEndpoint: Sendable, Hashable, CustomStringConvertible {
    public let host: String
    public let port: Int
    public let isSecure: Bool

    public init(host: String, port: Int, isSecure: Bool = false) { (self.host, self.port, self.isSecure) = (host, port, isSecure) }

    /// `http://10.0.0.1:2379`, `https://etcd-1:2379`, `[::1]:2379` or `host:port`; etcd's port when there is none. `nil` for what is no address.
    public init?(parsing text: String) {
        var rest = text[...]
        isSecure = rest.hasPrefix("https://")
        if let scheme = rest.range(of: "://") {
            guard ["http", "https"].contains(rest[..<scheme.lowerBound]) else { return nil }
            rest = rest[scheme.upperBound...]
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.isEmpty, !rest.contains(where: { $0 == "/" || $0 == " " || $0 == "@" }) else { return nil }
        if rest.hasPrefix("[") {
            guard let close = rest.firstIndex(of: "]") else { return nil }
            host = String(rest[rest.index(after: rest.startIndex)..<close])
            rest = rest[rest.index(after: close)...]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
        } else {
            let end = rest.firstIndex(of: ":") ?? rest.endIndex
            host = String(rest[..<end])
            rest = rest[end...]
        }
        guard !host.isEmpty else { return nil }
        if rest.isEmpty {
            port = 2379
        } else {
            guard let number = Int(rest.dropFirst()), (1...65_535).contains(number) else { return nil }
            port = number
        }
    }

    /// Several, with commas. `nil` if one of them is no address or there is none.
    public static func list(_ text: String) -> [EtcdEndpoint]? {
        let words = text.split(separator: ",").map { $0.drop { $0 == " " } }
        let endpoints = words.compactMap { EtcdEndpoint(parsing: String($0)) }
        return endpoints.isEmpty || endpoints.count != words.count ? nil : endpoints
    }

    public var description: String {
        "\(isSecure ? "https" : "http")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}

/// How the store's keys are named in etcd: `root`, with which all of them begin, is replaced by `prefix`.
public struct KeySpace: Sendable, Hashable {
    public let root: String
    public let prefix: String

    /// - Parameter prefix: ends in an ASCII character, as all our keys do.
    public init(root: String = "", prefix: String = "") { (self.root, self.prefix) = (root, prefix) }
}

extension String.SubSequence {
    fileprivate func range(of word: String) -> Range<String.Index>? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(word) { return start..<index(start, offsetBy: word.count) }
            start = index(after: start)
        }
        return nil
    }
}
