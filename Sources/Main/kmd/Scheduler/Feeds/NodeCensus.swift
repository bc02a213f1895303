import Core
import JSON
import NodeRegistrar
import OfferBroker
import Scheduling

/// What queue and broker have to know of all nodes together: how large the cluster is, of which we hold no more than our share, which
/// agents are being emptied, and whether a node may take pods now that it refused before. Kept by differences: a node costs something
/// only when it changes.
struct NodeCensus: Sendable {
    private struct Node: Sendable, Equatable {
        var capacity: Amounts
        /// The agent, if it is being drained or is deactivated.
        var leaving: AgentID?
        /// What vetoes are about.
        var labels: [String: String]
        var taints: [Taint]
        var isCordoned: Bool
    }
    /// What the operators' plans for an agent show on its node as.
    static let leavingTaints: Set<String> = ["mesos.kmd.dev/draining", "mesos.kmd.dev/deactivated"]

    private var nodes: [String: Node] = [:]
    private var total = Amounts.zero
    private var leaving: Set<AgentID> = []
    /// Whether `facts` are others than before.
    private var isChanged = false
    private var isReopened = false

    mutating func replace(with objects: [JSONValue]) {
        let names = Set(objects.compactMap { $0.at("metadata", "name")?.string })
        for name in nodes.keys where !names.contains(name) { remove(name) }
        for object in objects { put(object) }
    }

    mutating func put(_ object: JSONValue) {
        guard let standing = SchedulerConversions.node(object) else { return }
        let taints = SchedulerConversions.taints(object)
        let isLeaving = taints.contains { NodeCensus.leavingTaints.contains($0.key) }
        let node = Node(
            capacity: standing.capacity, leaving: isLeaving ? standing.agent : nil, labels: standing.labels, taints: taints,
            isCordoned: object.at("spec", "unschedulable")?.bool ?? false)
        guard nodes[standing.name] != node else { return }
        remove(standing.name)
        isReopened = true
        nodes[standing.name] = node
        total += node.capacity
        if let agent = node.leaving { leaving.insert(agent) }
        isChanged = true
    }

    mutating func remove(_ name: String) {
        guard let node = nodes.removeValue(forKey: name) else { return }
        total -= node.capacity
        if let agent = node.leaving { leaving.remove(agent) }
        isChanged = true
    }

    /// Whether a node came or changed since the last call.
    mutating func takeReopened() -> Bool {
        defer { isReopened = false }
        return isReopened
    }

    /// What the broker is to be told, if it is news.
    mutating func news() -> [OfferFact] {
        guard isChanged else { return [] }
        isChanged = false
        return [.clusterTotal(total), .draining(leaving)]
    }
}
