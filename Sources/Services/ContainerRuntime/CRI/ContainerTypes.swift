import Core

/// A directory, file or device of the host that a container sees.
public struct Mount: Sendable, Hashable {
    public enum Propagation: Sendable, Hashable { case `private`, hostToContainer, bidirectional }
    public var containerPath: String
    public var hostPath: String
    public var readOnly: Bool
    public var propagation: Propagation

    public init(containerPath: String, hostPath: String, readOnly: Bool = false, propagation: Propagation = .private) {
        (self.containerPath, self.hostPath, self.readOnly, self.propagation) = (containerPath, hostPath, readOnly, propagation)
    }
}

/// A device node of the host that a container may use; `permissions` is of `r`, `w` and `m`.
public struct DeviceMapping: Sendable, Hashable {
    public var containerPath: String
    public var hostPath: String
    public var permissions: String

    public init(containerPath: String, hostPath: String, permissions: String = "rwm") {
        (self.containerPath, self.hostPath, self.permissions) = (containerPath, hostPath, permissions)
    }
}

/// An environment variable.
public struct EnvironmentVariable: Sendable, Hashable {
    public var name: String
    public var value: String
    public init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
}

/// What a container may use. Zero means no limit of ours.
public struct LinuxResources: Sendable, Hashable {
    /// Microseconds of CPU time per `cpuPeriod` microseconds.
    public var cpuQuota: Int64
    public var cpuPeriod: Int64
    /// Relative weight: 1024 for one CPU requested, at least 2.
    public var cpuShares: Int64
    public var memoryLimitBytes: Int64
    /// -1000 (never kill) … 1000 (kill first). Below the runtime's own value only where the machine allows.
    public var oomScoreAdjust: Int64
    public var cpusetCPUs: String

    public init(
        cpuQuota: Int64 = 0, cpuPeriod: Int64 = 0, cpuShares: Int64 = 0, memoryLimitBytes: Int64 = 0, oomScoreAdjust: Int64 = 0,
        cpusetCPUs: String = ""
    ) {
        (self.cpuQuota, self.cpuPeriod, self.cpuShares) = (cpuQuota, cpuPeriod, cpuShares)
        (self.memoryLimitBytes, self.oomScoreAdjust, self.cpusetCPUs) = (memoryLimitBytes, oomScoreAdjust, cpusetCPUs)
    }
}

/// With what rights a container runs.
public struct ContainerSecurityContext: Sendable, Hashable {
    public var privileged: Bool
    /// Without the prefix `CAP_`; `ALL` is understood.
    public var addCapabilities: [String]
    public var dropCapabilities: [String]
    public var namespaces: NamespaceOptions
    public var runAsUser: Int64?
    /// Takes effect only together with `runAsUser`.
    public var runAsGroup: Int64?
    public var supplementalGroups: [Int64]
    public var readOnlyRootFilesystem: Bool
    /// The reverse of Kubernetes' `allowPrivilegeEscalation`.
    public var noNewPrivileges: Bool
    public var seccomp: SecurityProfile?
    public var apparmor: SecurityProfile?
    /// Paths hidden or read-only in `/proc` and `/sys`; `defaultMaskedPaths` unless privileged or `procMount: Unmasked`.
    public var maskedPaths: [String]
    public var readOnlyPaths: [String]

    public init(
        privileged: Bool = false, addCapabilities: [String] = [], dropCapabilities: [String] = [],
        namespaces: NamespaceOptions = NamespaceOptions(), runAsUser: Int64? = nil, runAsGroup: Int64? = nil,
        supplementalGroups: [Int64] = [], readOnlyRootFilesystem: Bool = false, noNewPrivileges: Bool = false,
        seccomp: SecurityProfile? = nil, apparmor: SecurityProfile? = nil,
        maskedPaths: [String] = ContainerSecurityContext.defaultMaskedPaths,
        readOnlyPaths: [String] = ContainerSecurityContext.defaultReadOnlyPaths
    ) {
        self.privileged = privileged
        self.addCapabilities = addCapabilities
        self.dropCapabilities = dropCapabilities
        self.namespaces = namespaces
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.supplementalGroups = supplementalGroups
        self.readOnlyRootFilesystem = readOnlyRootFilesystem
        self.noNewPrivileges = noNewPrivileges
        self.seccomp = seccomp
        self.apparmor = apparmor
        self.maskedPaths = maskedPaths
        self.readOnlyPaths = readOnlyPaths
    }

    /// What container engines hide from a container that is not privileged.
    public static let defaultMaskedPaths = [
        "/proc/asound", "/proc/acpi", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list",
        "/proc/timer_stats", "/proc/sched_debug", "/proc/scsi", "/sys/firmware",
    ]
    public static let defaultReadOnlyPaths = [
        "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger",
    ]
}

/// What a container is, for `CRIClient.createContainer`.
public struct ContainerConfig: Sendable, Hashable {
    public var name: String
    /// The restart count: a new attempt is a new container.
    public var attempt: UInt32
    /// A reference or an image id that `imageStatus` knows.
    public var image: String
    /// Takes the place of the image's entrypoint when not empty.
    public var command: [String]
    /// Takes the place of the image's command when not empty.
    public var args: [String]
    public var workingDirectory: String
    public var environment: [EnvironmentVariable]
    public var mounts: [Mount]
    public var devices: [DeviceMapping]
    public var labels: [String: String]
    public var annotations: [String: String]
    /// Relative to the sandbox's log directory. Kubernetes: `<container>/<attempt>.log`. Its directory must exist.
    public var logPath: String
    public var stdin: Bool
    public var stdinOnce: Bool
    public var tty: Bool
    public var resources: LinuxResources
    public var security: ContainerSecurityContext

    public init(
        name: String, attempt: UInt32 = 0, image: String, command: [String] = [], args: [String] = [],
        workingDirectory: String = "",
        environment: [EnvironmentVariable] = [], mounts: [Mount] = [], devices: [DeviceMapping] = [],
        labels: [String: String] = [:], annotations: [String: String] = [:], logPath: String = "", stdin: Bool = false,
        stdinOnce: Bool = false, tty: Bool = false, resources: LinuxResources = LinuxResources(),
        security: ContainerSecurityContext = ContainerSecurityContext()
    ) {
        (self.name, self.attempt, self.image) = (name, attempt, image)
        (self.command, self.args, self.workingDirectory, self.environment) = (command, args, workingDirectory, environment)
        (self.mounts, self.devices, self.labels, self.annotations) = (mounts, devices, labels, annotations)
        (self.logPath, self.stdin, self.stdinOnce, self.tty) = (logPath, stdin, stdinOnce, tty)
        (self.resources, self.security) = (resources, security)
    }
}

/// Where a container stands. `unknown`: the runtime lost it, for instance by a restart in the middle of its creation.
public enum ContainerState: Sendable, Hashable { case created, running, exited, unknown }

/// A container as `CRIClient.listContainers` tells it.
public struct ContainerSummary: Sendable, Hashable {
    public var id: String
    public var sandboxID: String
    public var name: String
    public var attempt: UInt32
    /// As it was asked for, and what it became (an id or a digest).
    public var image: String
    public var imageRef: String
    public var state: ContainerState
    public var createdAt: Timestamp
    public var labels: [String: String]
    public var annotations: [String: String]

    public init(
        id: String, sandboxID: String, name: String, attempt: UInt32 = 0, image: String = "", imageRef: String = "",
        state: ContainerState, createdAt: Timestamp, labels: [String: String] = [:], annotations: [String: String] = [:]
    ) {
        (self.id, self.sandboxID, self.name, self.attempt) = (id, sandboxID, name, attempt)
        (self.image, self.imageRef, self.state, self.createdAt) = (image, imageRef, state, createdAt)
        (self.labels, self.annotations) = (labels, annotations)
    }
}

/// Everything the runtime knows of one container.
public struct ContainerStatus: Sendable, Hashable {
    public var id: String
    public var name: String
    public var attempt: UInt32
    public var state: ContainerState
    public var createdAt: Timestamp
    /// `nil` until it has started, and until it has ended.
    public var startedAt: Timestamp?
    public var finishedAt: Timestamp?
    /// Of an exited container; 128 + signal when a signal ended it.
    public var exitCode: Int32
    public var image: String
    /// For the pod's `imageID`.
    public var imageRef: String
    /// One word: `Completed`, `Error`, `OOMKilled`, `StartError`, `ContainerCannotRun`; empty while it runs.
    public var reason: String
    public var message: String
    public var labels: [String: String]
    public var annotations: [String: String]
    public var mounts: [Mount]
    /// Absolute.
    public var logPath: String

    public init(
        id: String, name: String, attempt: UInt32 = 0, state: ContainerState, createdAt: Timestamp, startedAt: Timestamp? = nil,
        finishedAt: Timestamp? = nil, exitCode: Int32 = 0, image: String = "", imageRef: String = "", reason: String = "",
        message: String = "", labels: [String: String] = [:], annotations: [String: String] = [:], mounts: [Mount] = [],
        logPath: String = ""
    ) {
        (self.id, self.name, self.attempt, self.state) = (id, name, attempt, state)
        (self.createdAt, self.startedAt, self.finishedAt, self.exitCode) = (createdAt, startedAt, finishedAt, exitCode)
        (self.image, self.imageRef, self.reason, self.message) = (image, imageRef, reason, message)
        (self.labels, self.annotations, self.mounts, self.logPath) = (labels, annotations, mounts, logPath)
    }
}

/// Which containers to list; all conditions must hold.
public struct ContainerFilter: Sendable, Hashable {
    public var id: String?
    public var sandboxID: String?
    public var state: ContainerState?
    public var labels: [String: String]

    public init(id: String? = nil, sandboxID: String? = nil, state: ContainerState? = nil, labels: [String: String] = [:]) {
        (self.id, self.sandboxID, self.state, self.labels) = (id, sandboxID, state, labels)
    }
}

/// What a command in a container said and how it ended.
public struct ExecResult: Sendable, Hashable {
    public var stdout: [UInt8]
    public var stderr: [UInt8]
    public var exitCode: Int32
    public init(stdout: [UInt8], stderr: [UInt8], exitCode: Int32) {
        (self.stdout, self.stderr, self.exitCode) = (stdout, stderr, exitCode)
    }
}

/// The use of resources by one container.
public struct ContainerStats: Sendable, Hashable {
    public var id: String
    public var name: String
    public var labels: [String: String]
    public var timestamp: Timestamp
    public var cpuNanoseconds: UInt64
    public var memoryWorkingSetBytes: UInt64
    public var memoryUsageBytes: UInt64
    public var writableLayerBytes: UInt64

    public init(
        id: String, name: String, labels: [String: String] = [:], timestamp: Timestamp, cpuNanoseconds: UInt64 = 0,
        memoryWorkingSetBytes: UInt64 = 0, memoryUsageBytes: UInt64 = 0, writableLayerBytes: UInt64 = 0
    ) {
        (self.id, self.name, self.labels, self.timestamp) = (id, name, labels, timestamp)
        (self.cpuNanoseconds, self.memoryWorkingSetBytes) = (cpuNanoseconds, memoryWorkingSetBytes)
        (self.memoryUsageBytes, self.writableLayerBytes) = (memoryUsageBytes, writableLayerBytes)
    }
}

/// An image that the runtime has.
public struct ImageSummary: Sendable, Hashable {
    /// `sha256:…` of its config.
    public var id: String
    public var tags: [String]
    public var digests: [String]
    public var sizeBytes: UInt64
    /// The user that the image runs as; `nil` for a name (then `username`) or when it says nothing.
    public var uid: Int64?
    public var username: String
    public var pinned: Bool

    public init(
        id: String, tags: [String] = [], digests: [String] = [], sizeBytes: UInt64 = 0, uid: Int64? = nil, username: String = "",
        pinned: Bool = false
    ) {
        (self.id, self.tags, self.digests, self.sizeBytes) = (id, tags, digests, sizeBytes)
        (self.uid, self.username, self.pinned) = (uid, username, pinned)
    }
}

/// How full the images' file system is.
public struct ImageFilesystemUsage: Sendable, Hashable {
    public var mountpoint: String
    public var usedBytes: UInt64
    public var inodesUsed: UInt64
    public init(mountpoint: String, usedBytes: UInt64, inodesUsed: UInt64) {
        (self.mountpoint, self.usedBytes, self.inodesUsed) = (mountpoint, usedBytes, inodesUsed)
    }
}

/// Who the runtime is.
public struct RuntimeVersion: Sendable, Hashable {
    public var runtimeName: String
    public var runtimeVersion: String
    public init(runtimeName: String, runtimeVersion: String) {
        (self.runtimeName, self.runtimeVersion) = (runtimeName, runtimeVersion)
    }
    /// As a Node's `containerRuntimeVersion`: `containerd://1.6.20`.
    public var nodeText: String {
        runtimeVersion.hasPrefix("v") ? "\(runtimeName)://\(runtimeVersion.dropFirst())" : "\(runtimeName)://\(runtimeVersion)"
    }
}

/// One condition of the runtime: `RuntimeReady` or `NetworkReady`.
public struct RuntimeCondition: Sendable, Hashable {
    public var type: String
    public var isTrue: Bool
    public var reason: String
    public var message: String
    public init(type: String, isTrue: Bool, reason: String = "", message: String = "") {
        (self.type, self.isTrue, self.reason, self.message) = (type, isTrue, reason, message)
    }
}

/// Credentials for a registry.
public struct RegistryCredentials: Sendable, Hashable {
    public var username: String
    public var password: String
    public var serverAddress: String
    public init(username: String, password: String, serverAddress: String = "") {
        (self.username, self.password, self.serverAddress) = (username, password, serverAddress)
    }
}
