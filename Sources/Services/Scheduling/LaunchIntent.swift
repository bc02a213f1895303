import Core

/// What a leader is about to launch: durable before Mesos is asked, so that whoever leads next knows which tasks there may be.
public struct LaunchIntent: Sendable, Hashable {
    public let task: TaskID
    public let term: Term
    public let pod: PodKey
    public let uid: PodUID
    public let agent: AgentID
    /// The agent's hostname, which is the node's name.
    public let hostname: String
    /// Whose share of the cluster it was launched on.
    public let role: String
    public let offers: [OfferID]
    public let amounts: Amounts
    public let ports: [Int]

    public init(
        task: TaskID, term: Term, pod: PodKey, uid: PodUID, agent: AgentID, hostname: String, role: String = "*",
        offers: [OfferID] = [], amounts: Amounts = .zero, ports: [Int] = []
    ) {
        (self.task, self.term, self.pod, self.uid, self.agent) = (task, term, pod, uid, agent)
        (self.hostname, self.role, self.offers, self.amounts, self.ports) = (hostname, role, offers, amounts, ports)
    }
}
