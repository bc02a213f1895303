internal import CZooKeeper

// The library's values as ours, and ours as the library's for the length of a call.

extension NodeStat {
    init(_ stat: Stat) {
        self.init(
            created: stat.czxid, modified: stat.mzxid, childrenModified: stat.pzxid, createdAt: stat.ctime, modifiedAt: stat.mtime,
            version: stat.version, childrenVersion: stat.cversion, aclVersion: stat.aversion, owner: stat.ephemeralOwner,
            dataLength: Int(stat.dataLength), childCount: Int(stat.numChildren))
    }
}

extension ZooKeeperError.Code {
    /// - Parameter number: a `ZOO_ERRORS`, not `ZOK`.
    init(library number: Int32) {
        self = switch Int(number) {
        case Int(ZCONNECTIONLOSS.rawValue), Int(ZOPERATIONTIMEOUT.rawValue): .connectionLost
        case Int(ZSESSIONEXPIRED.rawValue), Int(ZINVALIDSTATE.rawValue): .sessionExpired
        case Int(ZCLOSING.rawValue): .closed
        case Int(ZAUTHFAILED.rawValue), Int(ZSESSIONCLOSEDREQUIRESASLAUTH.rawValue): .authenticationFailed
        case Int(ZSESSIONMOVED.rawValue): .sessionMoved
        case Int(ZTHROTTLEDOP.rawValue): .throttled
        case Int(ZNONODE.rawValue): .noNode
        case Int(ZNODEEXISTS.rawValue): .nodeExists
        case Int(ZBADVERSION.rawValue): .badVersion
        case Int(ZNOTEMPTY.rawValue): .notEmpty
        case Int(ZNOCHILDRENFOREPHEMERALS.rawValue): .noChildrenForEphemerals
        case Int(ZNOAUTH.rawValue): .notAuthorized
        case Int(ZINVALIDACL.rawValue): .invalidACL
        case Int(ZUNIMPLEMENTED.rawValue): .unsupported("the server does not do this")
        case Int(ZBADARGUMENTS.rawValue): .badArguments("the library refused the arguments")
        default: .other(number, zerror(number).map { String(cString: $0) } ?? "unknown")
        }
    }
}

extension CreateMode {
    /// The library's flag, and the time to live in milliseconds, -1 for none.
    var library: (flag: Int32, timeToLive: Int64) {
        switch self {
        case .persistent: (ZOO_PERSISTENT, -1)
        case .persistentSequential: (ZOO_PERSISTENT_SEQUENTIAL, -1)
        case .ephemeral: (ZOO_EPHEMERAL, -1)
        case .ephemeralSequential: (ZOO_EPHEMERAL_SEQUENTIAL, -1)
        case .container: (ZOO_CONTAINER, -1)
        case .timeToLive(let time): (ZOO_PERSISTENT_WITH_TTL, CreateMode.milliseconds(time))
        case .timeToLiveSequential(let time): (ZOO_PERSISTENT_SEQUENTIAL_WITH_TTL, CreateMode.milliseconds(time))
        }
    }

    private static func milliseconds(_ time: Duration) -> Int64 {
        let (seconds, attoseconds) = time.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }
}

/// Strings that live until `free`: for structs of the library that point to them.
struct CStrings: ~Copyable {
    private var held: [UnsafeMutablePointer<CChar>] = []

    /// A copy of `text` with a zero at its end.
    mutating func copy(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = text.utf8CString
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        for (offset, byte) in bytes.enumerated() { memory[offset] = byte }
        held.append(memory)
        return memory
    }

    /// A copy of `bytes`; of none: an address that is not read.
    mutating func copy(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
        let memory = UnsafeMutablePointer<CChar>.allocate(capacity: max(1, bytes.count))
        for (offset, byte) in bytes.enumerated() { memory[offset] = CChar(bitPattern: byte) }
        held.append(memory)
        return memory
    }

    deinit { for memory in held { memory.deallocate() } }
}

/// Calls `body` with `access` as the library's vector, which lives only that long: the library serializes it within the call.
func withACL<Result>(_ access: [AccessRule], _ body: (UnsafePointer<ACL_vector>) -> Result) -> Result {
    var strings = CStrings()
    var rules = access.map { rule in
        ACL(perms: rule.permissions.rawValue, id: Id(scheme: strings.copy(rule.scheme), id: strings.copy(rule.identity)))
    }
    let result = rules.withUnsafeMutableBufferPointer { buffer in
        var vector = ACL_vector(count: Int32(buffer.count), data: buffer.baseAddress)
        return body(&vector)
    }
    _ = consume strings
    return result
}

/// The bytes of `data` as the library takes them.
func withBytes<Result>(_ data: [UInt8], _ body: (UnsafePointer<CChar>?, Int32) -> Result) -> Result {
    data.withUnsafeBytes { raw in
        // Of no bytes the library must still see an address: a null one would make the node's data null, which others read as an error.
        guard let base = raw.baseAddress, !raw.isEmpty else { return withUnsafePointer(to: CChar(0)) { body($0, 0) } }
        return body(base.assumingMemoryBound(to: CChar.self), Int32(raw.count))
    }
}

extension [String] {
    init(_ vector: UnsafePointer<String_vector>?) {
        guard let vector, let data = vector.pointee.data else {
            self = []
            return
        }
        self = (0..<Int(vector.pointee.count)).compactMap { data[$0].map { String(cString: $0) } }
    }
}
