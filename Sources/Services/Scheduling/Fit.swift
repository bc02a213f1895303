import Core

/// The rules by which pods are placed.
public struct Fit: Sendable {
    /// Which of the agents that fit is the best.
    public enum Policy: String, Sendable, Hashable, CaseIterable {
        /// The emptiest: load and failures are spread.
        case spread
        /// The fullest: whole agents stay free, for large pods and other frameworks.
        case pack
    }

    /// The executor's own share, static pods included; taken once from an agent that does not run our executor yet.
    public var executorShare: Amounts
    /// The roles whose resources pods may use unless they or their namespaces say otherwise, the preferred first.
    public var roles: [String]
    public var policy = Policy.spread
    /// How many pods a node may run, unless it says less itself.
    public var maxPods = 110
    /// How long room is held for a pod whose victims have to leave, beyond their grace period.
    public var holdTime: Duration = .seconds(60)

    public init(executorShare: Amounts, roles: [String] = ["*"]) { (self.executorShare, self.roles) = (executorShare, roles) }
}

/// What an agent's node says to a pod, whatever else runs there.
enum NodeRules {
    static func vetoes(of pod: PodShape.Wishes, on agent: AgentRecord) -> [Veto] {
        if let name = pod.nodeName, name != agent.hostname { return [.otherNode(wanted: name)] }
        var vetoes: [Veto] = []
        if forbidsByCordon(agent, pod) { vetoes.append(.unschedulable) }
        for (key, value) in pod.nodeSelector.sorted(by: { $0.key < $1.key }) where agent.node.labels[key] != value {
            vetoes.append(.nodeSelector(key: key, value: value))
        }
        if !meetsAffinity(pod, agent) { vetoes.append(.nodeAffinity) }
        if let taint = agent.node.taints.first(where: { forbids($0, pod) }) { vetoes.append(.taint(taint)) }
        for constraint in pod.constraints where !constraint.allows(value(of: constraint.field, agent)) {
            vetoes.append(.constraint(constraint.description))
        }
        return vetoes
    }

    static func allows(_ pod: PodShape.Wishes, on agent: AgentRecord) -> Bool {
        if let name = pod.nodeName, name != agent.hostname { return false }
        if forbidsByCordon(agent, pod) || agent.node.taints.contains(where: { forbids($0, pod) }) { return false }
        for constraint in pod.constraints where !constraint.allows(value(of: constraint.field, agent)) { return false }
        return isSelected(pod, agent)
    }

    /// Whether selector and required affinity mean the node.
    static func isSelected(_ pod: PodShape.Wishes, _ agent: AgentRecord) -> Bool {
        for (key, value) in pod.nodeSelector where agent.node.labels[key] != value { return false }
        return meetsAffinity(pod, agent)
    }

    static func toleratesTaints(_ pod: PodShape.Wishes, _ agent: AgentRecord) -> Bool {
        agent.node.taints.allSatisfy { $0.effect == .preferNoSchedule || tolerates(pod, $0) }
    }

    private static func meetsAffinity(_ pod: PodShape.Wishes, _ agent: AgentRecord) -> Bool {
        guard let required = pod.nodeAffinity.required else { return true }
        return required.contains { $0.matches(name: agent.hostname, labels: agent.node.labels) }
    }

    private static func value(of field: String, _ agent: AgentRecord) -> String? {
        TopologyKey.field(field).value(hostname: agent.hostname, labels: agent.node.labels)
    }

    static func tolerates(_ pod: PodShape.Wishes, _ taint: Taint) -> Bool { pod.tolerations.contains { $0.tolerates(taint) } }

    private static func forbids(_ taint: Taint, _ pod: PodShape.Wishes) -> Bool {
        switch taint.effect {
        case .preferNoSchedule: false
        case .noSchedule: pod.nodeName == nil && !tolerates(pod, taint)
        case .noExecute: !tolerates(pod, taint)
        }
    }

    private static func forbidsByCordon(_ agent: AgentRecord, _ pod: PodShape.Wishes) -> Bool {
        agent.node.isUnschedulable && forbids(Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule), pod)
    }

    /// How much the node is liked for what it is: the higher the better.
    static func liking(_ pod: PodShape.Wishes, on agent: AgentRecord) -> Int {
        let avoided = agent.node.taints.reduce(0) { $1.effect == .preferNoSchedule && !tolerates(pod, $1) ? $0 + 1 : $0 }
        return 2 * pod.nodeAffinity.liking(name: agent.hostname, labels: agent.node.labels) - 300 * min(3, avoided)
    }
}
