import Core
import JSON
import KubeObjects

/// What the node agent needs of a container runtime (CRI). All names are the runtime's own ids.
public protocol ContainerRuntimePort: Sendable {
    /// All pod sandboxes and containers of this node, in one consistent look.
    func list() async throws(RuntimeFailure) -> RuntimeSnapshot
    /// Creates and starts a sandbox; returns its id and its address (empty on the host's network).
    func runSandbox(_ spec: SandboxSpec) async throws(RuntimeFailure) -> (id: String, ip: String)
    func stopSandbox(_ id: String) async throws(RuntimeFailure)
    func removeSandbox(_ id: String) async throws(RuntimeFailure)
    /// What the runtime calls the image, or `nil` when it does not have it.
    func imageID(_ image: String) async throws(RuntimeFailure) -> String?
    /// The image was put on this node by hand and stands for itself: no registry is asked, whatever the pull policy.
    func isPreloaded(_ image: String) async -> Bool
    func pullImage(_ image: String) async throws(RuntimeFailure) -> String
    func createContainer(_ spec: ContainerSpec, in sandboxID: String, of sandbox: SandboxSpec) async throws(RuntimeFailure) -> String
    func startContainer(_ id: String) async throws(RuntimeFailure)
    /// SIGTERM, then SIGKILL after `graceSeconds`; returns when it has ended.
    func stopContainer(_ id: String, graceSeconds: Int64) async throws(RuntimeFailure)
    func removeContainer(_ id: String) async throws(RuntimeFailure)
    /// Runs a command inside and waits for it: its exit code and what it wrote, standard output first, at most 10 KiB.
    func exec(_ id: String, command: [String], timeoutSeconds: Int64) async throws(RuntimeFailure) -> (exitCode: Int32, output: String)
}

/// Why the runtime did not do as it was told.
public struct RuntimeFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// There is no runtime to talk to; it may have done what was asked before it died.
        case unavailable
        case notFound
        case timedOut
        case refused
    }
    public let kind: Kind
    public let message: String
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
    public var description: String { message }
    /// It may have been done all the same: only a look at the runtime can say.
    var isAmbiguous: Bool { kind == .unavailable || kind == .timedOut }
}

/// What it takes to bind a pod. Failures carry the API's own words.
public protocol PodBindingAPI: Sendable {
    func pod(_ key: PodKey) async throws(APIFailure) -> Pod
    /// Binds the pod to this node (`pods/NAME/binding`), with the uid as a precondition and `annotations` carried along. A conflict when it is bound.
    func bind(_ key: PodKey, uid: PodUID, nodeName: String, annotations: [String: String]) async throws(APIFailure)
    /// Adds annotations to the pod as it was read, and returns it with them. A conflict when anything of it has changed since.
    func annotate(_ pod: Pod, annotations: [String: String]) async throws(APIFailure) -> Pod
}

/// What the node agent needs of the API server. Failures carry the API's own words.
public protocol PodAPI: PodBindingAPI {
    /// Replaces the fields of the pod's status, provided that it still has this uid.
    func patchStatus(_ key: PodKey, uid: PodUID, status: JSONValue) async throws(APIFailure)
    /// Removes the object at once, provided that it still has this uid.
    func deleteNow(_ key: PodKey, uid: PodUID) async throws(APIFailure)
    /// A ConfigMap's `data` and `binaryData` (decoded).
    func configMap(namespace: String, name: String) async throws(APIFailure) -> [String: [UInt8]]
    /// A Secret's `data`, decoded.
    func secret(namespace: String, name: String) async throws(APIFailure) -> [String: [UInt8]]
    /// Says something about a pod; never fails, never waits.
    func record(_ event: PodEvent, about pod: Pod)
}

/// Why an API call did not succeed.
public struct APIFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable { case notFound, conflict, invalid, unreachable }
    public let kind: Kind
    public let message: String
    public init(_ kind: Kind, _ message: String) { (self.kind, self.message) = (kind, message) }
    public var description: String { message }
}

/// What the kubelet has to say about a pod.
public struct PodEvent: Sendable, Hashable {
    public let isWarning: Bool
    public let reason: String
    public let message: String
    /// The container it is about, as a field path: `spec.containers{nginx}`. Empty: the pod.
    public let fieldPath: String
    public init(isWarning: Bool = false, reason: String, message: String, fieldPath: String = "") {
        (self.isWarning, self.reason, self.message, self.fieldPath) = (isWarning, reason, message, fieldPath)
    }
}

/// The states of a Mesos task that the executor reports.
public enum TaskState: String, Sendable, Hashable {
    case starting = "TASK_STARTING", running = "TASK_RUNNING", finished = "TASK_FINISHED", failed = "TASK_FAILED", killed = "TASK_KILLED"
    public var isTerminal: Bool { self == .finished || self == .failed || self == .killed }
}

/// Where task updates go; what is given to it is delivered, in order for each task, also across restarts of the agent.
public protocol TaskReporter: Sendable {
    func report(_ task: TaskID, _ state: TaskState, message: String)
}

/// Asks running containers how they are, over the network.
public protocol ProbeRunner: Sendable {
    func httpGet(host: String, port: Int, path: String, scheme: String, headers: [Handler.Header], timeoutSeconds: Int64) async -> ProbeAnswer
    func tcpConnect(host: String, port: Int, timeoutSeconds: Int64) async -> ProbeAnswer
}

/// What a probe learned. `failure` says why in the words that end up in the event.
public enum ProbeAnswer: Sendable, Hashable {
    case success
    case failure(String)
}

/// The pod's files on the node's disk.
public protocol VolumePort: Sendable {
    /// The directory of a pod's own things.
    func podDirectory(_ uid: PodUID) -> String
    /// The directory that container logs go to.
    func logDirectory(_ key: PodKey, _ uid: PodUID) -> String
    /// Makes an empty directory volume (kept when it exists); returns its path on the host.
    func emptyDir(_ uid: PodUID, volume: String, medium: String, sizeLimit: Int64?) async throws(VolumeFailure) -> String
    /// Checks or makes a host path as its `type` says.
    func hostPath(_ path: String, type: String) async throws(VolumeFailure)
    /// Writes a volume's files so that a reader sees the old ones or the new ones, never a mixture; returns its path.
    func projected(_ uid: PodUID, volume: String, kind: String, files: [ProjectedFile]) async throws(VolumeFailure) -> String
    /// A plain file of the pod's own: its hosts file, a container's termination log. Kept when it exists unless `replacing`.
    func podFile(_ uid: PodUID, path: String, contents: [UInt8], mode: Int, replacing: Bool) async throws(VolumeFailure) -> String
    /// A path inside a volume, made when it is absent; links that lead out of the volume are refused.
    func subPath(_ root: String, _ path: String) async throws(VolumeFailure) -> String
    func makeDirectory(_ path: String) async throws(VolumeFailure)
    /// The last bytes of a file; empty when there is none.
    func tail(_ path: String, limit: Int) async -> [UInt8]
    /// Removes single files of a pod; what is not there is no failure.
    func removeFiles(_ paths: [String]) async
    func removePod(_ key: PodKey, _ uid: PodUID) async throws(VolumeFailure)
}

/// The services of the cluster, as this node knows and routes them.
public protocol NodeServicesPort: Sendable {
    /// The environment variables that tell a container where services are.
    /// - Parameter links: those of the namespace's services too, not of the API server's alone (`enableServiceLinks`).
    /// - Returns: sorted by name; `nil` when the services have not been read yet.
    func variables(namespace: String, links: Bool) async -> [(name: String, value: String)]?
    /// Returns when this node sends no new traffic of services to a pod's address, or when the task is cancelled.
    func released(_ address: String) async
}

/// For a node without services.
public struct NoServices: NodeServicesPort {
    public init() {}
    public func variables(namespace: String, links: Bool) async -> [(name: String, value: String)]? { [] }
    public func released(_ address: String) async {}
}

public struct ProjectedFile: Sendable, Hashable {
    public let path: String
    public let contents: [UInt8]
    public let mode: Int
    public init(path: String, contents: [UInt8], mode: Int) { (self.path, self.contents, self.mode) = (path, contents, mode) }
}

public struct VolumeFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public let message: String
    public init(_ message: String) { self.message = message }
    public var description: String { message }
}
