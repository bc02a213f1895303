import Core

/// Why a pod cannot go to an agent.
public enum Veto: Sendable, Hashable {
    case insufficient(ResourceKind, wanted: Int64, available: Int64)
    /// The agent does not run our executor, and has no room for it.
    case executorShare(ResourceKind, wanted: Int64, available: Int64)
    /// The agent does not offer this port: another pod holds it, or it was never Mesos' to offer.
    case hostPort(Int)
    case ports(wanted: Int, available: Int)
    /// The node runs as many pods as it may.
    case tooManyPods(limit: Int)
    /// There would be room, but it is held for a pod of higher priority whose victims have just left.
    case heldFor(PodKey)
    /// There would be room, but for other roles than the pod may use.
    case roles([String])
    case nodeSelector(key: String, value: String)
    /// No term of the required node affinity matches.
    case nodeAffinity
    case taint(Taint)
    case unschedulable
    case otherNode(wanted: String)
    /// No pod that the affinity asks for runs in the node's domain of this topology key.
    case podAffinity(topologyKey: String)
    /// A pod that must not be near runs in the node's domain of this topology key.
    case podAntiAffinity(topologyKey: String)
    /// A pod that runs in the node's domain of this topology key wants no such pod near.
    case unwelcome(topologyKey: String)
    /// The domain would have too many of the pods: `skew` more than the emptiest, where `most` are allowed.
    case spread(topologyKey: String, skew: Int, most: Int)
    /// The node has no label to spread by.
    case noTopology(key: String)
    /// Marathon's constraint, as it was written: `["rack_id","GROUP_BY"]`.
    case constraint(String)
    /// The agent has made no offer.
    case noOffer

    /// How near the agent came, 0...1: 0 for what no waiting can change, close to 1 for a small lack.
    public var nearness: Double {
        switch self {
        case .otherNode, .nodeSelector, .nodeAffinity, .noTopology: 0
        case .unschedulable, .taint, .constraint, .roles: 0.25
        case .podAffinity, .podAntiAffinity, .unwelcome: 0.3
        case .spread(_, let skew, let most): 0.3 + 0.2 * Double(max(1, most)) / Double(max(1, max(skew, most)))
        case .noOffer, .hostPort, .tooManyPods, .heldFor: 0.5
        case .insufficient(_, let wanted, let available), .executorShare(_, let wanted, let available):
            wanted > 0 ? 0.5 + 0.5 * Double(max(0, available)) / Double(wanted) : 1
        case .ports(let wanted, let available): wanted > 0 ? 0.5 + 0.5 * Double(max(0, available)) / Double(wanted) : 1
        }
    }

    /// Whether offers of the agents that exist can lift it without anybody changing a node or a pod.
    public var mayPass: Bool {
        switch self {
        case .otherNode, .unschedulable, .nodeSelector, .nodeAffinity, .taint, .noTopology: false
        case .noOffer, .insufficient, .executorShare, .hostPort, .ports, .tooManyPods, .heldFor, .roles, .podAffinity, .podAntiAffinity,
            .unwelcome, .spread, .constraint:
            true
        }
    }

    /// What is short, and by how much, as people write it: `cpu` `0.5`. `nil` where nothing can be measured.
    public var lack: (what: String, amount: String)? {
        switch self {
        case .insufficient(let kind, let wanted, let available), .executorShare(let kind, let wanted, let available):
            (kind.description, kind.text(wanted - max(0, available)))
        case .ports(let wanted, let available): ("host ports", String(wanted - available))
        case .spread(_, let skew, let most): ("skew", String(skew - most))
        default: nil
        }
    }
}

/// What one agent has against a pod.
public struct AgentVeto: Sendable, Hashable {
    public let agent: AgentID
    /// The agent's host, which is the node's name.
    public let hostname: String
    /// Never empty.
    public let reasons: [Veto]
    /// - Parameter hostname: `nil`: the same as the agent's id.
    public init(agent: AgentID, hostname: String? = nil, reasons: [Veto]) {
        (self.agent, self.hostname, self.reasons) = (agent, hostname ?? agent.value, reasons)
    }
    /// How near the agent came: as near as its worst reason.
    public var nearness: Double { reasons.map(\.nearness).min() ?? 1 }
}

extension ResourceKind {
    /// `4`, `0.25`; `512Mi`, `2Gi`: as people write quantities.
    public func text(_ amount: Int64) -> String {
        switch self {
        case .cpu, .named: return ResourceKind.decimal(amount)
        case .memory, .disk:
            for (suffix, size) in [("Gi", Int64(1) << 30), ("Mi", Int64(1) << 20), ("Ki", Int64(1) << 10)] where amount >= size {
                return ResourceKind.decimal(amount.multipliedReportingOverflow(by: 1000).overflow ? amount / size * 1000 : amount * 1000 / size) + suffix
            }
            return String(amount)
        }
    }

    /// Thousandths of one, in decimals without trailing zeros.
    private static func decimal(_ thousandths: Int64) -> String {
        let (whole, rest) = thousandths.quotientAndRemainder(dividingBy: 1000)
        guard rest > 0 else { return String(whole) }
        var digits = String(rest)
        digits = String(repeating: "0", count: 3 - digits.count) + digits
        while digits.hasSuffix("0") { digits.removeLast() }
        return "\(whole).\(digits)"
    }
}
