import Core

/// What a node object says that concerns placement.
public struct NodeFacts: Sendable, Hashable {
    public var labels: [String: String]
    public var taints: [Taint]
    /// The node is cordoned.
    public var isUnschedulable: Bool
    /// What the node can give to pods; `nil`: it is not known.
    public var allocatable: Amounts?
    /// How many pods it may run, as it says itself.
    public var maxPods: Int?
    public init(
        labels: [String: String] = [:], taints: [Taint] = [], isUnschedulable: Bool = false, allocatable: Amounts? = nil, maxPods: Int? = nil
    ) {
        (self.labels, self.taints, self.isUnschedulable) = (labels, taints, isUnschedulable)
        (self.allocatable, self.maxPods) = (allocatable, maxPods)
    }
}

/// What a namespace says that concerns the placement of its pods.
public struct NamespaceFacts: Sendable, Hashable {
    public var labels: [String: String]
    /// The roles whose resources its pods may use, the preferred first; `nil`: as the framework says.
    public var roles: [String]?
    public init(labels: [String: String] = [:], roles: [String]? = nil) { (self.labels, self.roles) = (labels, roles) }
}

/// A pod that has a node, or for which a launch is under way.
public final class PlacedPod: Sendable {
    public let demand: PodDemand
    /// The ports of the node that it holds.
    public let ports: [Int]
    /// Seconds since 1970 when it started; `nil`: it has not.
    public let started: Int64?
    /// Its deletion was asked for.
    public let isTerminating: Bool
    /// The API server knows its node. Only such a pod can be evicted.
    public let isBound: Bool
    public init(_ demand: PodDemand, ports: [Int] = [], started: Int64? = nil, isTerminating: Bool = false, isBound: Bool = true) {
        (self.demand, self.ports, self.started) = (demand, ports, started)
        (self.isTerminating, self.isBound) = (isTerminating, isBound)
    }
}

/// An agent at one moment: its live offers, its node, and the pods there. It never changes; a changed agent is another record.
public final class AgentRecord: Sendable {
    public let agent: AgentID
    public let hostname: String
    /// Oldest first; none when the agent is known but has made no offer.
    public let offers: [Offer]
    public let node: NodeFacts
    public let pods: [PlacedPod]
    public let runsOurExecutor: Bool
    public init(
        agent: AgentID, hostname: String, offers: [Offer], node: NodeFacts = NodeFacts(), pods: [PlacedPod] = [], runsOurExecutor: Bool = false
    ) {
        (self.agent, self.hostname, self.offers, self.node) = (agent, hostname, offers, node)
        (self.pods, self.runsOurExecutor) = (pods, runsOurExecutor)
    }
}
