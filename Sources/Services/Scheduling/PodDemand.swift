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

/// What keeps pods off a node unless they tolerate it (`core/v1.Taint`).
public struct Taint: Sendable, Hashable, CustomStringConvertible {
    public enum Effect: String, Sendable, Hashable { case noSchedule = "NoSchedule", preferNoSchedule = "PreferNoSchedule", noExecute = "NoExecute" }
    public let key: String
    public let value: String
    public let effect: Effect
    public init(key: String, value: String = "", effect: Effect) { (self.key, self.value, self.effect) = (key, value, effect) }
    public var description: String { value.isEmpty ? "\(key):\(effect.rawValue)" : "\(key)=\(value):\(effect.rawValue)" }
}

/// What a pod puts up with (`core/v1.Toleration`).
public struct Toleration: Sendable, Hashable {
    /// Empty: every key (then the operator is `Exists`).
    public let key: String
    /// `nil`: any value (operator `Exists`).
    public let value: String?
    /// `nil`: every effect.
    public let effect: Taint.Effect?
    public init(key: String = "", value: String? = nil, effect: Taint.Effect? = nil) {
        (self.key, self.value, self.effect) = (key, value, effect)
    }

    public func tolerates(_ taint: Taint) -> Bool {
        if let effect, effect != taint.effect { return false }
        if key.isEmpty { return value == nil }
        return key == taint.key && (value == nil || value == taint.value)
    }
}

/// A named fact about an agent (Mesos `Attribute`).
public struct Attribute: Sendable, Hashable {
    public let name: String
    /// Text as it is, scalars in their shortest form; ranges are `nil`: they make no label.
    public let text: String?
    public init(name: String, text: String?) { (self.name, self.text) = (name, text) }
}

/// Resources of one agent that Mesos has made ours to use, until it takes them back.
public struct Offer: Sendable, Hashable {
    public let id: OfferID
    public let agent: AgentID
    public let hostname: String
    public let resources: Resources
    public let attributes: [Attribute]
    /// Executors of our framework that run on the agent.
    public let executors: [ExecutorID]
    public init(
        id: OfferID, agent: AgentID, hostname: String, resources: Resources, attributes: [Attribute] = [], executors: [ExecutorID] = []
    ) {
        (self.id, self.agent, self.hostname, self.resources) = (id, agent, hostname, resources)
        (self.attributes, self.executors) = (attributes, executors)
    }
}

/// An agent, all of its live offers together, and what its node says.
public struct AgentOffers: Sendable, Hashable {
    public let agent: AgentID
    public let hostname: String
    /// Oldest first; none when the agent is known but has made no offer.
    public var offers: [Offer]
    public var labels: [String: String]
    public var taints: [Taint]
    /// The node is cordoned.
    public var unschedulable: Bool
    public var runsOurExecutor: Bool

    public init(
        agent: AgentID, hostname: String, offers: [Offer], labels: [String: String] = [:], taints: [Taint] = [],
        unschedulable: Bool = false, runsOurExecutor: Bool = false
    ) {
        (self.agent, self.hostname, self.offers, self.labels) = (agent, hostname, offers, labels)
        (self.taints, self.unschedulable, self.runsOurExecutor) = (taints, unschedulable, runsOurExecutor)
    }
}
