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

    public let key: PodKey
    public let uid: PodUID
    /// What is reserved for it, floors included.
    public var amounts: Amounts
    public var hostPorts: [HostPort]
    /// The one node that it may run on, by name.
    public var nodeName: String?
    public var nodeSelector: [String: String]
    public var tolerations: [Toleration]

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
