import Core

/// What a pod's sandbox is made from.
public struct SandboxSpec: Sendable, Hashable {
    public struct PortMapping: Sendable, Hashable {
        public var `protocol`: String
        public var containerPort: Int
        public var hostPort: Int
        public var hostIP: String
    }

    public var key: PodKey
    public var uid: PodUID
    /// How often the sandbox was made anew.
    public var attempt: Int
    public var hostname: String
    public var logDirectory: String
    public var dnsServers: [String] = []
    public var dnsSearches: [String] = []
    public var dnsOptions: [String] = []
    public var portMappings: [PortMapping] = []
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    public var cgroupParent = ""
    public var hostNetwork = false
    public var hostPID = false
    public var hostIPC = false
    public var shareProcesses = false
    public var privileged = false
    public var sysctls: [String: String] = [:]

    public init(key: PodKey, uid: PodUID, attempt: Int, hostname: String, logDirectory: String) {
        (self.key, self.uid, self.attempt, self.hostname, self.logDirectory) = (key, uid, attempt, hostname, logDirectory)
    }
}

/// What a container is made from, all references resolved.
public struct ContainerSpec: Sendable, Hashable {
    public struct Mount: Sendable, Hashable {
        public var hostPath: String
        public var containerPath: String
        public var readOnly: Bool
        public var propagation: String
        public init(hostPath: String, containerPath: String, readOnly: Bool, propagation: String = "None") {
            (self.hostPath, self.containerPath, self.readOnly, self.propagation) = (hostPath, containerPath, readOnly, propagation)
        }
    }
    public struct Variable: Sendable, Hashable {
        public var name: String
        public var value: String
        public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    public var name: String
    /// Counts restarts: the first instance is 0.
    public var attempt: Int
    public var image: String
    public var imageID: String
    public var command: [String] = []
    public var args: [String] = []
    public var workingDir = ""
    public var env: [Variable] = []
    public var mounts: [Mount] = []
    public var labels: [String: String] = [:]
    public var annotations: [String: String] = [:]
    /// Relative to the sandbox's log directory: `nginx/0.log`.
    public var logPath: String
    public var stdin = false
    public var stdinOnce = false
    public var tty = false
    public var cpuShares: Int64 = 2
    /// In microseconds of each 100 ms; 0: no limit.
    public var cpuQuota: Int64 = 0
    public var memoryLimit: Int64 = 0
    public var oomScoreAdjust: Int64 = 0
    public var privileged = false
    public var runAsUser: Int64?
    public var runAsGroup: Int64?
    public var supplementalGroups: [Int64] = []
    public var readOnlyRootFilesystem = false
    public var noNewPrivileges = false
    public var addCapabilities: [String] = []
    public var dropCapabilities: [String] = []
    public var seccompType = ""
    public var hostNetwork = false
    public var hostPID = false
    public var hostIPC = false
    public var shareProcesses = false

    public init(name: String, attempt: Int, image: String, imageID: String, logPath: String) {
        (self.name, self.attempt, self.image, self.imageID, self.logPath) = (name, attempt, image, imageID, logPath)
    }
}

/// A sandbox as the runtime sees it.
public struct ObservedSandbox: Sendable, Hashable {
    public var id: String
    public var key: PodKey
    public var uid: PodUID
    public var attempt: Int
    public var isReady: Bool
    public var createdAt: Timestamp
    /// Empty: unknown or on the host's network.
    public var ip: String
    public init(id: String, key: PodKey, uid: PodUID, attempt: Int, isReady: Bool, createdAt: Timestamp, ip: String) {
        (self.id, self.key, self.uid, self.attempt) = (id, key, uid, attempt)
        (self.isReady, self.createdAt, self.ip) = (isReady, createdAt, ip)
    }
}

/// A container as the runtime sees it.
public struct ObservedContainer: Sendable, Hashable {
    public enum Condition: Sendable, Hashable { case created, running, exited, unknown }
    public var id: String
    public var sandboxID: String
    public var uid: PodUID
    public var name: String
    public var attempt: Int
    public var condition: Condition
    public var exitCode: Int64
    /// The runtime's own word on the end: `Completed`, `Error`, `OOMKilled`, `StartError`; empty while it runs.
    public var reason: String
    public var message: String
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    public var image: String
    public var imageID: String

    public init(
        id: String, sandboxID: String, uid: PodUID, name: String, attempt: Int, condition: Condition, exitCode: Int64 = 0, reason: String = "",
        message: String = "", startedAt: Timestamp? = nil, finishedAt: Timestamp? = nil, image: String = "", imageID: String = ""
    ) {
        (self.id, self.sandboxID, self.uid, self.name, self.attempt) = (id, sandboxID, uid, name, attempt)
        (self.condition, self.exitCode, self.reason, self.message) = (condition, exitCode, reason, message)
        (self.startedAt, self.finishedAt, self.image, self.imageID) = (startedAt, finishedAt, image, imageID)
    }
}

/// One look at the runtime.
public struct RuntimeSnapshot: Sendable, Hashable {
    public var sandboxes: [ObservedSandbox]
    public var containers: [ObservedContainer]
    public init(sandboxes: [ObservedSandbox] = [], containers: [ObservedContainer] = []) {
        (self.sandboxes, self.containers) = (sandboxes, containers)
    }

    /// The part of it that belongs to one pod.
    public func of(_ uid: PodUID) -> RuntimeSnapshot {
        RuntimeSnapshot(sandboxes: sandboxes.filter { $0.uid == uid }, containers: containers.filter { $0.uid == uid })
    }
    public var isEmpty: Bool { sandboxes.isEmpty && containers.isEmpty }
}
