import Core

/// A pod that wants a node: who it is, and what it asks for.
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
    /// What decides where it may go. Pods made from one template have equal shapes, and the planner thinks once for all of them.
    public let shape: PodShape
    /// Higher ones are placed first, and may take the room of lower ones (`spec.priority`).
    public var priority: Int32 = 0
    /// Whether it may take the room of pods of lower priority (`spec.preemptionPolicy` is not `Never`).
    public var mayPreempt = true
    /// The pods that it is placed together with; `nil`: it stands alone.
    public var group: PodGroup?

    public init(key: PodKey, uid: PodUID, shape: PodShape) { (self.key, self.uid, self.shape) = (key, uid, shape) }

    /// A pod that asks for little more than room.
    public init(
        key: PodKey, uid: PodUID, amounts: Amounts = .zero, hostPorts: [HostPort] = [], nodeName: String? = nil,
        nodeSelector: [String: String] = [:], tolerations: [Toleration] = []
    ) {
        var wishes = PodShape.Wishes(namespace: key.namespace)
        (wishes.amounts, wishes.hostPorts, wishes.nodeName) = (amounts, hostPorts, nodeName)
        (wishes.nodeSelector, wishes.tolerations) = (nodeSelector, tolerations)
        self.init(key: key, uid: uid, shape: PodShape(wishes))
    }

    /// What is reserved for it, floors included.
    public var amounts: Amounts { shape.wishes.amounts }
    public var hostPorts: [HostPort] { shape.wishes.hostPorts }
    /// The one node that it may run on, by name.
    public var nodeName: String? { shape.wishes.nodeName }
    public var nodeSelector: [String: String] { shape.wishes.nodeSelector }
    public var tolerations: [Toleration] { shape.wishes.tolerations }
}

/// All of a pod that decides where it may go. Two pods of equal shape fit the same agents.
public final class PodShape: Sendable, Hashable {
    public struct Wishes: Sendable, Hashable {
        public var namespace: String
        public var labels: [String: String] = [:]
        /// The uid of the controller that made it; Marathon's constraints hold among its pods.
        public var owner: String?
        public var amounts = Amounts.zero
        public var hostPorts: [PodDemand.HostPort] = []
        /// The one node that it may run on, by name: it was bound there, or asked for it. Then neither a cordon, nor NoSchedule taints,
        /// nor other pods stand against it, as with a kubelet.
        public var nodeName: String?
        public var nodeSelector: [String: String] = [:]
        public var nodeAffinity = NodeAffinity()
        public var podAffinity = PodAffinity()
        public var spread: [SpreadConstraint] = []
        public var tolerations: [Toleration] = []
        public var constraints: [Constraint] = []
        /// The roles whose resources it may use, the preferred first; `nil`: as its namespace, or else the framework, says.
        public var roles: [String]?
        /// What it asks for cannot be understood, and why. It is placed nowhere.
        public var fault: String?
        public init(namespace: String) { self.namespace = namespace }
    }

    public let wishes: Wishes
    /// The fixed ports, each once: Mesos does not tell TCP from UDP, so one port serves both within a pod.
    let fixedPorts: [Int]
    let wildcardCount: Int
    /// Whether it asks for CPU, memory and disk alone, of the usual roles, on any node.
    let isPlain: Bool
    /// By what it is found when pods are counted: its labels and its owner.
    let pairs: [LabelPair]
    private let hash: Int

    public init(_ wishes: Wishes) {
        self.wishes = wishes
        fixedPorts = Array(Set(wishes.hostPorts.compactMap(\.fixed))).sorted()
        wildcardCount = wishes.hostPorts.filter { $0.fixed == nil }.count
        isPlain = wishes.hostPorts.isEmpty && wishes.amounts.named.isEmpty && wishes.roles == nil && wishes.nodeName == nil
        pairs = wishes.labels.map { LabelPair(key: $0.key, value: $0.value) } + (wishes.owner.map { [LabelPair(owner: $0)] } ?? [])
        hash = wishes.hashValue
    }

    public static func == (left: PodShape, right: PodShape) -> Bool {
        left === right || left.hash == right.hash && left.wishes == right.wishes
    }
    public func hash(into hasher: inout Hasher) { hasher.combine(hash) }
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
