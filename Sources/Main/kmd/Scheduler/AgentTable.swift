import Core
import JSON
import KubeObjects
import Mesos
import NodeRegistrar
import Scheduling
import Synchronization

/// What is known of agents and their nodes, for planning.
final class AgentTable: Sendable {
    private struct Contents {
        var agents: [AgentID: MesosAgent] = [:]
        var nodes: [String: JSONValue] = [:]
        /// What our executor took when it was started on an agent. Mesos wants it named the same with every task.
        var executors: [AgentID: MesosResources] = [:]
    }
    private let contents = Mutex(Contents())

    func replaceAgents(_ agents: [MesosAgent]) {
        contents.withLock { $0.agents = Dictionary(agents.map { ($0.id, $0) }, uniquingKeysWith: { _, last in last }) }
    }
    func put(node: JSONValue) {
        guard let name = node.at("metadata", "name")?.string else { return }
        contents.withLock { $0.nodes[name] = node }
    }
    func removeNode(_ name: String) { contents.withLock { $0.nodes[name] = nil } }
    func replaceNodes(_ nodes: [JSONValue]) {
        contents.withLock { $0.nodes = [:] }
        for node in nodes { put(node: node) }
    }

    func rememberExecutor(on agent: AgentID, _ resources: MesosResources) { contents.withLock { $0.executors[agent] = resources } }
    func executor(on agent: AgentID) -> MesosResources? { contents.withLock { $0.executors[agent] } }

    /// Each agent with its live offers, those with the oldest offers first; with `all`, also active agents that offer nothing.
    func views(of offers: [Offer], all: Bool, executor: ExecutorID) -> [AgentOffers] {
        contents.withLock { contents in
            var order: [AgentID] = []
            var byAgent: [AgentID: [Offer]] = [:]
            for offer in offers {
                if byAgent[offer.agent] == nil { order.append(offer.agent) }
                byAgent[offer.agent, default: []].append(offer)
            }
            if all { order += contents.agents.values.filter { $0.isActive && byAgent[$0.id] == nil }.map(\.id).sorted() }
            return order.map { id in
                let offers = byAgent[id] ?? []
                let hostname = offers.first?.hostname ?? contents.agents[id]?.hostname ?? ""
                let node = contents.nodes[hostname]
                return AgentOffers(
                    agent: id, hostname: hostname, offers: offers, labels: SchedulerConversions.texts(node?.at("metadata", "labels")),
                    taints: node.map(SchedulerConversions.taints) ?? [], unschedulable: node?.at("spec", "unschedulable")?.bool ?? false,
                    runsOurExecutor: offers.contains { $0.executors.contains(executor) })
            }
        }
    }
}
