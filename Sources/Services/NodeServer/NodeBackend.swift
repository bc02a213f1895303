public import Core
public import NIOCore

/// What the node server asks of the node: logs of containers, streams into them, and what runs.
///
/// The composition root fulfils it with the container runtime and the executor's own knowledge of its pods.
public protocol NodeBackend: Sendable {
    /// Writes the log through `sink` until it ends, or, when following, until the container has ended. Throws `NodeRequestError`
    /// before the first byte when there is no such log.
    func writeLog(_ request: ContainerLogRequest, to sink: any LogSink) async throws
    /// Where the runtime's streaming server waits for the connection: an absolute `http://` URL.
    func streamURL(_ request: ContainerStreamRequest) async throws -> String
    /// The pods of this node, as the JSON bytes of a PodList.
    func podList() async throws -> [UInt8]
}

/// Where a log's bytes go; suspends while the reader is slow, throws when it has gone.
public protocol LogSink: Sendable {
    func write(_ bytes: ByteBuffer) async throws
}

/// A container of a pod, by the names that users know.
public struct ContainerName: Sendable, Hashable {
    public let pod: PodKey
    public let container: String
    public init(pod: PodKey, container: String) { (self.pod, self.container) = (pod, container) }
}

/// The query of `GET /containerLogs/…`, as Kubernetes' PodLogOptions have it.
public struct ContainerLogRequest: Sendable, Hashable {
    public var name: ContainerName
    public var follow = false
    /// The instance before the current one.
    public var previous = false
    /// A time stamp before each line.
    public var timestamps = false
    /// Only lines of this time or later.
    public var since: Timestamp?
    /// Only lines of the last so many seconds.
    public var sinceSeconds: Int64?
    /// Only the last so many lines.
    public var tailLines: Int?
    /// At most so many bytes.
    public var limitBytes: Int?
    public init(_ name: ContainerName) { self.name = name }
}

/// A stream into a container, or to a port of its pod.
public struct ContainerStreamRequest: Sendable, Hashable {
    public enum Purpose: Sendable, Hashable {
        case exec(command: [String])
        case attach
        case portForward(ports: [Int])
    }
    public var purpose: Purpose
    /// The container's name is empty for `portForward`.
    public var name: ContainerName
    public var stdin, stdout, stderr, tty: Bool

    public init(_ purpose: Purpose, name: ContainerName, stdin: Bool, stdout: Bool, stderr: Bool, tty: Bool) {
        (self.purpose, self.name) = (purpose, name)
        (self.stdin, self.stdout, self.stderr, self.tty) = (stdin, stdout, stderr, tty)
    }
}

/// Why the node cannot do what was asked, with the status that says so.
public enum NodeRequestError: Error, Sendable, Hashable, CustomStringConvertible {
    /// 404
    case notFound(String)
    /// 400
    case badRequest(String)
    /// 500
    case failed(String)

    public var description: String {
        switch self {
        case .notFound(let text), .badRequest(let text), .failed(let text): text
        }
    }
}
