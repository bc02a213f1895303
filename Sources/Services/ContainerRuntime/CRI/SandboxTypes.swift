import Core

/// Who a pod sandbox is for. The runtime makes its name of all four, so a new attempt is a new sandbox.
public struct SandboxMetadata: Sendable, Hashable {
    public var name: String
    public var uid: String
    public var namespace: String
    /// How many sandboxes this pod had before; grows by one when its sandbox is made again.
    public var attempt: UInt32

    public init(name: String, uid: String, namespace: String, attempt: UInt32 = 0) {
        (self.name, self.uid, self.namespace, self.attempt) = (name, uid, namespace, attempt)
    }
}

/// What stands in the containers' `/etc/resolv.conf`. Without one a pod gets the host's.
public struct DNSConfig: Sendable, Hashable {
    public var servers: [String]
    public var searches: [String]
    /// As in resolv.conf: `ndots:5`.
    public var options: [String]

    public init(servers: [String] = [], searches: [String] = [], options: [String] = []) {
        (self.servers, self.searches, self.options) = (servers, searches, options)
    }
}

/// A port of the host that leads to a port of the pod.
public struct PortMapping: Sendable, Hashable {
    public enum TransportProtocol: String, Sendable, Hashable { case tcp = "TCP", udp = "UDP", sctp = "SCTP" }
    public var transport: TransportProtocol
    public var containerPort: Int32
    public var hostPort: Int32
    /// Empty: all addresses of the host.
    public var hostIP: String

    public init(transport: TransportProtocol = .tcp, containerPort: Int32, hostPort: Int32, hostIP: String = "") {
        (self.transport, self.containerPort, self.hostPort, self.hostIP) = (transport, containerPort, hostPort, hostIP)
    }
}

/// Whose namespace a container uses (`hostNetwork`, `hostPID`, `shareProcessNamespace` …).
public enum NamespaceMode: Sendable, Hashable {
    case pod, container, node
    /// That of the container with this id (ephemeral debug containers).
    case target(containerID: String)
}

/// The network, process and IPC namespaces of a sandbox or a container. The same values go to both.
public struct NamespaceOptions: Sendable, Hashable {
    public var network: NamespaceMode
    public var pid: NamespaceMode
    public var ipc: NamespaceMode

    /// Kubernetes' defaults: network and IPC of the pod, processes of the container.
    public init(network: NamespaceMode = .pod, pid: NamespaceMode = .container, ipc: NamespaceMode = .pod) {
        (self.network, self.pid, self.ipc) = (network, pid, ipc)
    }
}

/// A seccomp or AppArmor profile.
public enum SecurityProfile: Sendable, Hashable {
    case runtimeDefault, unconfined
    /// An absolute path on the node (seccomp), or the name of a loaded profile (AppArmor).
    case localhost(String)
}

/// What a pod's sandbox is, for `CRIClient.runPodSandbox`.
public struct SandboxConfig: Sendable, Hashable {
    public var metadata: SandboxMetadata
    public var hostname: String
    /// Absolute; `ContainerConfig.logPath` is relative to it. Kubernetes: `/var/log/pods/<namespace>_<name>_<uid>`.
    public var logDirectory: String
    public var dns: DNSConfig?
    public var portMappings: [PortMapping]
    public var labels: [String: String]
    public var annotations: [String: String]
    /// `/kubepods/…`; empty: the runtime's own choice (`/k8s.io`).
    public var cgroupParent: String
    public var namespaces: NamespaceOptions
    public var runAsUser: Int64?
    public var runAsGroup: Int64?
    public var supplementalGroups: [Int64]
    /// Must be set when any of the pod's containers is privileged.
    public var privileged: Bool
    public var readOnlyRootFilesystem: Bool
    public var seccomp: SecurityProfile?
    public var sysctls: [String: String]

    public init(
        metadata: SandboxMetadata, hostname: String = "", logDirectory: String = "", dns: DNSConfig? = nil,
        portMappings: [PortMapping] = [], labels: [String: String] = [:], annotations: [String: String] = [:],
        cgroupParent: String = "", namespaces: NamespaceOptions = NamespaceOptions(), runAsUser: Int64? = nil,
        runAsGroup: Int64? = nil, supplementalGroups: [Int64] = [], privileged: Bool = false,
        readOnlyRootFilesystem: Bool = false, seccomp: SecurityProfile? = nil, sysctls: [String: String] = [:]
    ) {
        self.metadata = metadata
        self.hostname = hostname
        self.logDirectory = logDirectory
        self.dns = dns
        self.portMappings = portMappings
        self.labels = labels
        self.annotations = annotations
        self.cgroupParent = cgroupParent
        self.namespaces = namespaces
        self.runAsUser = runAsUser
        self.runAsGroup = runAsGroup
        self.supplementalGroups = supplementalGroups
        self.privileged = privileged
        self.readOnlyRootFilesystem = readOnlyRootFilesystem
        self.seccomp = seccomp
        self.sysctls = sysctls
    }
}

/// Whether a sandbox can hold containers. A sandbox that is not ready never becomes ready again.
public enum SandboxState: Sendable, Hashable { case ready, notReady }

/// A sandbox as `CRIClient.listPodSandboxes` tells it.
public struct SandboxSummary: Sendable, Hashable {
    public var id: String
    public var metadata: SandboxMetadata
    public var state: SandboxState
    public var createdAt: Timestamp
    public var labels: [String: String]
    public var annotations: [String: String]

    public init(
        id: String, metadata: SandboxMetadata, state: SandboxState, createdAt: Timestamp, labels: [String: String] = [:],
        annotations: [String: String] = [:]
    ) {
        (self.id, self.metadata, self.state, self.createdAt) = (id, metadata, state, createdAt)
        (self.labels, self.annotations) = (labels, annotations)
    }
}

/// A sandbox with its addresses.
public struct SandboxStatus: Sendable, Hashable {
    public var summary: SandboxSummary
    /// The pod's addresses, the first is its main one; empty with the host's network.
    public var addresses: [String]
    public var namespaces: NamespaceOptions

    public init(summary: SandboxSummary, addresses: [String], namespaces: NamespaceOptions) {
        (self.summary, self.addresses, self.namespaces) = (summary, addresses, namespaces)
    }
}

/// Which sandboxes to list; all conditions must hold.
public struct SandboxFilter: Sendable, Hashable {
    public var id: String?
    public var state: SandboxState?
    public var labels: [String: String]

    public init(id: String? = nil, state: SandboxState? = nil, labels: [String: String] = [:]) {
        (self.id, self.state, self.labels) = (id, state, labels)
    }
}
