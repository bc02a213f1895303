/// What ZooKeeper knows of a node beside its data.
public struct NodeStat: Sendable, Hashable {
    /// The transaction that created it; that changed its data last; that changed its children last.
    public let created: Int64, modified: Int64, childrenModified: Int64
    /// Time of day, in milliseconds since 1970.
    public let createdAt: Int64, modifiedAt: Int64
    /// How often its data, its children, its ACL have changed.
    public let version: Int32, childrenVersion: Int32, aclVersion: Int32
    /// The session that an ephemeral node ends with; 0: it is not ephemeral. Container and TTL nodes have numbers below 0.
    public let owner: Int64
    /// Bytes of its data.
    public let dataLength: Int
    public let childCount: Int

    public init(
        created: Int64 = 0, modified: Int64 = 0, childrenModified: Int64 = 0, createdAt: Int64 = 0, modifiedAt: Int64 = 0, version: Int32 = 0,
        childrenVersion: Int32 = 0, aclVersion: Int32 = 0, owner: Int64 = 0, dataLength: Int = 0, childCount: Int = 0
    ) {
        (self.created, self.modified, self.childrenModified) = (created, modified, childrenModified)
        (self.createdAt, self.modifiedAt) = (createdAt, modifiedAt)
        (self.version, self.childrenVersion, self.aclVersion) = (version, childrenVersion, aclVersion)
        (self.owner, self.dataLength, self.childCount) = (owner, dataLength, childCount)
    }
}

/// A node's data, as it was read.
public struct NodeData: Sendable, Hashable {
    public let bytes: [UInt8]
    public let stat: NodeStat
    public init(bytes: [UInt8], stat: NodeStat) { (self.bytes, self.stat) = (bytes, stat) }
    public var text: String { String(decoding: bytes, as: UTF8.self) }
}

/// How long a node lives, and who chooses the end of its name.
public enum CreateMode: Sendable, Hashable {
    case persistent, persistentSequential
    /// It goes with the session that made it.
    case ephemeral, ephemeralSequential
    /// It goes some time after its last child has gone. ZooKeeper 3.6 and later.
    case container
    /// It goes when it has no children and was not changed for so long: 1 ms to about 34 years, in whole milliseconds. The servers must run with
    /// `zookeeper.extendedTypesEnabled=true`; others answer `unsupported`.
    case timeToLive(Duration), timeToLiveSequential(Duration)
}

/// Who may do what with a node.
public struct AccessRule: Sendable, Hashable {
    public struct Permissions: OptionSet, Sendable, Hashable {
        public let rawValue: Int32
        public init(rawValue: Int32) { self.rawValue = rawValue }
        public static let read = Permissions(rawValue: 1), write = Permissions(rawValue: 2), create = Permissions(rawValue: 4)
        public static let delete = Permissions(rawValue: 8), admin = Permissions(rawValue: 16)
        public static let all: Permissions = [.read, .write, .create, .delete, .admin]
    }
    public let permissions: Permissions
    /// `world`, `auth`, `digest`, `ip`.
    public let scheme: String
    /// `anyone`; empty for `auth`; `user:base64(sha1(user:password))` for `digest`.
    public let identity: String
    public init(_ permissions: Permissions, scheme: String, identity: String) {
        (self.permissions, self.scheme, self.identity) = (permissions, scheme, identity)
    }
    /// Everyone may do everything.
    public static let open = [AccessRule(.all, scheme: "world", identity: "anyone")]
    /// Everyone may read; the session's own credentials may do everything.
    public static let ownedByCreator = [AccessRule(.all, scheme: "auth", identity: ""), AccessRule(.read, scheme: "world", identity: "anyone")]
}

/// One step of a `multi`: all are done, in order, or none.
public enum MultiOperation: Sendable, Hashable {
    case create(String, [UInt8], mode: CreateMode = .persistent, access: [AccessRule] = AccessRule.open)
    /// `version` -1: whatever it is.
    case set(String, [UInt8], version: Int32 = -1)
    case delete(String, version: Int32 = -1)
    /// Changes nothing; the multi fails unless the node exists and has this version (-1: any).
    case check(String, version: Int32 = -1)

    var path: String {
        switch self {
        case .create(let path, _, _, _), .set(let path, _, _), .delete(let path, _), .check(let path, _): path
        }
    }
}

/// What a step of a `multi` answered.
public enum MultiResult: Sendable, Hashable {
    /// With the path as it is, sequence included.
    case created(String)
    case set(NodeStat)
    case deleted
    case checked
}
