import Core

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
