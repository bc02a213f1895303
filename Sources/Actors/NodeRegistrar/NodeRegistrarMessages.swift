import Core
import Scheduling

/// An agent as the master lists it.
public struct AgentDescription: Sendable, Hashable {
    public let id: AgentID
    /// Also the name of its node.
    public let hostname: String
    /// Where it listens: an address that other machines reach.
    public let address: String
    public let attributes: [Attribute]
    /// Further labels of its node, such as its region and zone.
    public let labels: [String: String]
    /// All that it has, in use or not.
    public let total: Amounts
    /// Connected, and offering.
    public let isActive: Bool
    public init(
        id: AgentID, hostname: String, address: String = "", attributes: [Attribute] = [], labels: [String: String] = [:], total: Amounts = .zero,
        isActive: Bool = true
    ) {
        (self.id, self.hostname, self.address, self.attributes, self.labels) = (id, hostname, address, attributes, labels)
        (self.total, self.isActive) = (total, isActive)
    }
}

/// What a node object has to say, as far as it comes from its agent. The executor adds the rest.
public struct NodeWish: Sendable, Hashable {
    public let name: String
    public let agent: AgentID
    public let address: String
    public let labels: [String: String]
    public let capacity: Amounts
    public let allocatable: Amounts
}

/// What a node object says now. Nodes that no agent made (without the agent annotation) are none of our business.
public struct NodeStanding: Sendable, Hashable {
    public enum Ready: String, Sendable, Hashable { case yes = "True", no = "False", unknown = "Unknown" }
    public let name: String
    public let agent: AgentID?
    public let labels: [String: String]
    public let capacity: Amounts
    public let allocatable: Amounts
    /// `nil`: there is no such condition.
    public let ready: Ready?
    /// The word of an executor, or of those who miss it; not the registrar's own.
    public let speaksForItself: Bool
    public init(
        name: String, agent: AgentID?, labels: [String: String] = [:], capacity: Amounts = .zero, allocatable: Amounts = .zero,
        ready: Ready? = nil, speaksForItself: Bool = false
    ) {
        (self.name, self.agent, self.labels) = (name, agent, labels)
        (self.capacity, self.allocatable, self.ready, self.speaksForItself) = (capacity, allocatable, ready, speaksForItself)
    }
}

/// What has happened.
public enum NodeFact: Sendable, Hashable {
    /// All agents that the master has now.
    case agents([AgentDescription], at: Instant)
    /// All node objects.
    case nodesSynced([NodeStanding], at: Instant)
    case nodeChanged(NodeStanding, at: Instant)
    case nodeGone(String, at: Instant)
    /// The nodes that have pods which have not ended.
    case inUse(Set<String>)
    /// An effect on this node was performed, or failed.
    case done(String, at: Instant, succeeded: Bool)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum NodeEffect: Sendable, Hashable {
    case create(NodeWish)
    case update(NodeWish)
    case setReady(String, NodeStanding.Ready, reason: String, message: String)
    case delete(String)
    public var node: String {
        switch self {
        case .create(let wish), .update(let wish): wish.name
        case .setReady(let name, _, _, _), .delete(let name): name
        }
    }
}

/// What the registrar needs of others: the API server.
public protocol NodeOutlet: Sendable {
    /// Whether it was done (an object that is as it should be already counts).
    func perform(_ effect: NodeEffect) async -> Bool
}
