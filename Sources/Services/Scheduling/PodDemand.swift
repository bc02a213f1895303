import Core

/// What a pod asks of a node. Everything else of the pod is of no concern here.
public struct PodDemand: Sendable, Hashable {
    public enum Transport: String, Sendable, Hashable { case tcp = "TCP", udp = "UDP", sctp = "SCTP" }

    /// A port of the node that the pod wants.
    public struct HostPort: Sendable, Hashable {
        public let containerPort: Int
        public let transport: Transport
        /// `nil`: any port that is offered.
        public let fixed: Int?
        public init(containerPort: Int, transport: Transport = .tcp, fixed: Int?) {
            (self.containerPort, self.transport, self.fixed) = (containerPort, transport, fixed)
        }
    }

    public var key: PodKey
    public var uid: PodUID
    /// What is reserved for it, floors included.
    public var amounts: Amounts
    public var hostPorts: [HostPort]
    /// The one node that it may run on, by name.
    public var nodeName: String?
    public var nodeSelector: [String: String]
    public var tolerations: [Toleration]
    /// Higher ones are placed first, and may take the room of lower ones (`spec.priority`).
    public var priority: Int32 = 0
    /// Whether it may take the room of pods of lower priority (`spec.preemptionPolicy` is not `Never`).
    public var mayPreempt = true
    /// The pods that it is placed together with; `nil`: it stands alone.
    public var group: PodGroup?

    public init(
        key: PodKey, uid: PodUID, amounts: Amounts = .zero, hostPorts: [HostPort] = [], nodeName: String? = nil,
        nodeSelector: [String: String] = [:], tolerations: [Toleration] = []
    ) {
        (self.key, self.uid, self.amounts, self.hostPorts) = (key, uid, amounts, hostPorts)
        (self.nodeName, self.nodeSelector, self.tolerations) = (nodeName, nodeSelector, tolerations)
    }

    /// The fixed ports, each once: Mesos does not tell TCP from UDP, so one port serves both within a pod.
    var fixedPorts: [Int] { Array(Set(hostPorts.compactMap(\.fixed))).sorted() }
    var wildcardCount: Int { hostPorts.filter { $0.fixed == nil }.count }
}

/// Pods that are placed together or not at all.
public struct PodGroup: Sendable, Hashable {
    public let namespace: String
    public let name: String
    /// So many members must have room at the same time, those that run already among them; at least 1.
    public let minimum: Int
    /// How long the first member waits for the others before the group is told that it failed; `nil`: for ever.
    public let deadline: Duration?
    public init(namespace: String, name: String, minimum: Int, deadline: Duration? = nil) {
        (self.namespace, self.name, self.minimum, self.deadline) = (namespace, name, max(1, minimum), deadline)
    }
}
