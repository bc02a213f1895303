import Core
import MesosProto
import SwiftProtobuf

/// An agent as the leading master knows it.
public struct MesosAgent: Sendable, Hashable {
    public var id: AgentID
    public var hostname: String
    public var endpoint: MesosEndpoint?
    public var attributes: [MesosAttribute]
    /// All that the agent has, in use or not.
    public var resources: MesosResources
    /// Connected and offering. An agent that is gone for good is not listed at all.
    public var isActive: Bool
    public var version: String

    public init(
        id: AgentID, hostname: String, endpoint: MesosEndpoint? = nil, attributes: [MesosAttribute] = [],
        resources: MesosResources = MesosResources(), isActive: Bool = true, version: String = ""
    ) {
        (self.id, self.hostname, self.endpoint, self.attributes) = (id, hostname, endpoint, attributes)
        (self.resources, self.isActive, self.version) = (resources, isActive, version)
    }

    init(_ agent: Mesos_V1_Master_Response.GetAgents.Agent) {
        self.init(
            id: AgentID(agent.agentInfo.id.value), hostname: agent.agentInfo.hostname,
            attributes: agent.agentInfo.attributes.map(MesosAttribute.init), resources: MesosResources(agent.totalResources),
            isActive: agent.active && !agent.deactivated, version: agent.version)
        if let address = agent.pid.split(separator: "@").last { endpoint = MesosEndpoint(address, defaultPort: 5051) }
    }
}

/// Asks the leading master about the cluster (`/api/v1`).
public struct MesosOperatorClient: Sendable {
    private let masters: [MesosEndpoint]
    private let timeout: Duration
    private let http = MesosHTTP()

    public init(masters: [MesosEndpoint], timeout: Duration = .seconds(15)) { (self.masters, self.timeout) = (masters, timeout) }

    /// The agents that are registered now, by id.
    public func agents() async throws(MesosCallError) -> [MesosAgent] {
        try await ask(.getAgents).getAgents.agents.map(MesosAgent.init).sorted { $0.id < $1.id }
    }

    /// The leading master.
    public func leader() async throws(MesosCallError) -> MesosMasterDescription {
        MesosMasterDescription(try await ask(.getMaster).getMaster.masterInfo)
    }

    /// Asks one master after the other until one leads or knows who does.
    func ask(_ type: Mesos_V1_Master_Call.TypeEnum) async throws(MesosCallError) -> Mesos_V1_Master_Response {
        let body = bytes(of: Mesos_V1_Master_Call.with { $0.type = type })
        var failure = MesosCallError.unreachable("no master is configured")
        for master in masters {
            do throws(MesosCallError) {
                var answer = try await http.call(master.url("/api/v1"), body: body, timeout: timeout)
                if answer.status == 307, let leader = answer.location.flatMap({ MesosEndpoint($0, defaultPort: 5050) }) {
                    answer = try await http.call(leader.url("/api/v1"), body: body, timeout: timeout)
                }
                guard answer.status == 200 else { throw .refused(status: answer.status, message: answer.text) }
                do {
                    return try Mesos_V1_Master_Response(serializedBytes: Array(answer.body.readableBytesView))
                } catch {
                    throw MesosCallError.unreachable("\(master) answered what is no \(type) response: \(error)")
                }
            } catch {
                failure = error
            }
        }
        throw failure
    }
}
