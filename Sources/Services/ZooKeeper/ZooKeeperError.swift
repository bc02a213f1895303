/// Why a call to ZooKeeper was not done, or is not known to be.
public struct ZooKeeperError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Code: Sendable, Hashable {
        /// The connection was lost, or no server answered in time, while the call was under way. A write may have been done.
        case connectionLost
        /// The session is over, with all its ephemeral nodes. A new session is needed.
        case sessionExpired
        /// The session was closed here. A write that was under way may have been done.
        case closed
        /// The server refused the credentials; the session is of no use.
        case authenticationFailed
        /// The session was taken by another connection; the call was not done.
        case sessionMoved
        /// The server is overloaded; the call was not done.
        case throttled
        case noNode
        case nodeExists
        case badVersion
        case notEmpty
        /// Ephemeral nodes have no children.
        case noChildrenForEphemerals
        case notAuthorized
        case invalidACL
        /// The arguments break a rule that is checked before anything is sent; the text says which.
        case badArguments(String)
        /// This build of the library, or this server, cannot do it.
        case unsupported(String)
        /// None of the above: the library's number and words.
        case other(Int32, String)
    }

    public let code: Code
    /// `create`, `get`, …
    public let operation: String
    public let path: String
    /// In a multi: which of its operations failed, from 0.
    public let index: Int?
    /// The call was a write, and it may or may not have been done.
    public let isOutcomeUnknown: Bool

    public init(_ code: Code, operation: String, path: String = "", index: Int? = nil, isWrite: Bool = false) {
        (self.code, self.operation, self.path, self.index) = (code, operation, path, index)
        isOutcomeUnknown = isWrite && (code == .connectionLost || code == .closed)
    }

    /// The same call may succeed later in the same session. After an unknown outcome, look first.
    public var isRetriable: Bool { [.connectionLost, .sessionMoved, .throttled].contains(code) }
    /// Nothing will succeed in this session any more.
    public var endsSession: Bool { [.sessionExpired, .closed, .authenticationFailed].contains(code) }

    public var description: String {
        "\(operation)\(path.isEmpty ? "" : " \(path)")\(index.map { " (operation \($0))" } ?? ""): \(words)"
            + (isOutcomeUnknown ? "; it may have been done" : "")
    }

    private var words: String {
        switch code {
        case .connectionLost: "the connection to ZooKeeper was lost"
        case .sessionExpired: "the ZooKeeper session has expired"
        case .closed: "the ZooKeeper session was closed"
        case .authenticationFailed: "ZooKeeper refused the credentials"
        case .sessionMoved: "the session is served by another connection"
        case .throttled: "the server is overloaded"
        case .noNode: "there is no such node"
        case .nodeExists: "the node exists"
        case .badVersion: "the node has another version"
        case .notEmpty: "the node has children"
        case .noChildrenForEphemerals: "an ephemeral node has no children"
        case .notAuthorized: "the node's ACL does not allow it"
        case .invalidACL: "the ACL is not valid"
        case .badArguments(let what): what
        case .unsupported(let what): what
        case .other(let number, let words): "\(words) (\(number))"
        }
    }
}
