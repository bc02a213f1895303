import Core

/// A named fact about an agent (Mesos `Attribute`).
public struct Attribute: Sendable, Hashable {
    public let name: String
    /// Text as it is, scalars in their shortest form; ranges are `nil`: they make no label.
    public let text: String?
    public init(name: String, text: String?) { (self.name, self.text) = (name, text) }
}

/// When an agent will not be there: a maintenance window that the operator has announced (Mesos `Unavailability`).
public struct Unavailability: Sendable, Hashable {
    public let start: Timestamp
    /// `nil`: until further notice.
    public let duration: Duration?
    public init(start: Timestamp, duration: Duration? = nil) { (self.start, self.duration) = (start, duration) }

    /// Whether what starts at `now` and shall run for `lead` at least would meet it.
    public func meets(_ now: Timestamp, lead: Duration = .zero) -> Bool {
        guard start <= now.advanced(by: lead) else { return false }
        guard let duration else { return true }
        return now < start.advanced(by: duration)
    }
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
    /// The agent's next maintenance window; `nil`: none is announced.
    public let unavailability: Unavailability?
    public init(
        id: OfferID, agent: AgentID, hostname: String, resources: Resources, attributes: [Attribute] = [], executors: [ExecutorID] = [],
        unavailability: Unavailability? = nil
    ) {
        (self.id, self.agent, self.hostname, self.resources) = (id, agent, hostname, resources)
        (self.attributes, self.executors, self.unavailability) = (attributes, executors, unavailability)
    }
}
