import Core

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
