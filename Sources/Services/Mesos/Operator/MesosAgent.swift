import Core
import MesosProto

/// An agent as the leading master knows it.
public struct MesosAgent: Sendable, Hashable {
    /// How far an operator's draining of the agent has come.
    public enum Drain: Sendable, Hashable { case draining, drained }

    public var id: AgentID
    public var hostname: String
    public var endpoint: MesosEndpoint?
    public var attributes: [MesosAttribute]
    /// All that the agent has, in use or not.
    public var resources: MesosResources
    public var domain: MesosDomain?
    /// The agent talks to its master. One that is gone for good is not listed at all.
    public var isConnected: Bool
    /// An operator keeps its offers away (DEACTIVATE_AGENT or DRAIN_AGENT).
    public var isDeactivated: Bool
    /// `nil`: nobody drains it.
    public var drain: Drain?
    public var version: String

    /// Connected, and offering.
    public var isActive: Bool { isConnected && !isDeactivated }

    public init(
        id: AgentID, hostname: String, endpoint: MesosEndpoint? = nil, attributes: [MesosAttribute] = [],
        resources: MesosResources = MesosResources(), domain: MesosDomain? = nil, isConnected: Bool = true, isDeactivated: Bool = false,
        drain: Drain? = nil, version: String = ""
    ) {
        (self.id, self.hostname, self.endpoint, self.attributes) = (id, hostname, endpoint, attributes)
        (self.resources, self.domain, self.version) = (resources, domain, version)
        (self.isConnected, self.isDeactivated, self.drain) = (isConnected, isDeactivated, drain)
    }

    init(_ agent: Mesos_V1_Master_Response.GetAgents.Agent) {
        self.init(
            id: AgentID(agent.agentInfo.id.value), hostname: agent.agentInfo.hostname,
            attributes: agent.agentInfo.attributes.map(MesosAttribute.init), resources: MesosResources(agent.totalResources),
            domain: MesosDomain(agent.agentInfo.domain), isConnected: agent.active, isDeactivated: agent.deactivated, version: agent.version)
        if agent.hasDrainInfo {
            switch agent.drainInfo.state {
            case .draining: drain = .draining
            case .drained: drain = .drained
            case .unknown: break
            }
        }
        if let address = agent.pid.split(separator: "@").last { endpoint = MesosEndpoint(address, defaultPort: 5051) }
    }
}
