import Core
import JSON
import KubeObjects
import Mesos
import NodeRegistrar
import Scheduling
import Synchronization

/// The cluster as the scheduler knows it, for planning: agents, offers, nodes, namespaces, and which pods are or will be where.
final class AgentTable: Sendable {
    private struct Contents {
        var picture = ClusterPicture(executor: SchedulerOptions.executorID)
        /// Launches that the API server does not show yet: where to, and with which ports.
        var launching: [PodUID: (hostname: String, ports: [Int])] = [:]
        var podOfTask: [TaskID: PodUID] = [:]
    }
    private let contents = Mutex(Contents())

    // MARK: What Mesos and the API server say

    func replaceAgents(_ agents: [MesosAgent]) {
        contents.withLock { $0.picture.setAgents(agents.filter(\.isActive).map { ($0.id, $0.hostname) }) }
    }
    func put(node: JSONValue) {
        guard let name = node.at("metadata", "name")?.string else { return }
        let facts = SchedulerConversions.facts(ofNode: node)
        contents.withLock { $0.picture.put(node: facts, named: name) }
    }
    func removeNode(_ name: String) { contents.withLock { $0.picture.removeNode(name) } }
    func replaceNodes(_ nodes: [JSONValue]) {
        let listed = nodes.compactMap { node in
            node.at("metadata", "name")?.string.map { (name: $0, facts: SchedulerConversions.facts(ofNode: node)) }
        }
        contents.withLock { $0.picture.replaceNodes(listed) }
    }
    /// Whether its pods may use other roles than before.
    func put(namespace: JSONValue) -> Bool {
        guard let name = namespace.at("metadata", "name")?.string else { return false }
        let facts = SchedulerConversions.facts(ofNamespace: namespace)
        return contents.withLock { contents in
            let before = contents.picture.roles(ofNamespace: name)
            contents.picture.put(namespace: facts, named: name)
            return before != facts.roles
        }
    }
    /// `nil`: as the framework says.
    func roles(ofNamespace name: String) -> [String]? { contents.withLock { $0.picture.roles(ofNamespace: name) } }
    func replaceNamespaces(_ namespaces: [JSONValue]) {
        let listed = namespaces.compactMap { namespace in
            namespace.at("metadata", "name")?.string.map { (name: $0, facts: SchedulerConversions.facts(ofNamespace: namespace)) }
        }
        contents.withLock { $0.picture.replaceNamespaces(listed) }
    }
    func removeNamespace(_ name: String) { contents.withLock { $0.picture.removeNamespace(name) } }

    // MARK: Where pods are

    /// Counts the pod where it is or is about to be.
    ///
    /// - Parameter demand: asked for only when something about it has changed.
    func count(_ pod: Pod, demand: (Pod) -> PodDemand) {
        let known = contents.withLock { contents -> (hostname: String, ports: [Int], placed: PlacedPod?)? in
            let uid = pod.uid
            if pod.isFinished || (pod.spec.nodeName.isEmpty && contents.launching[uid] == nil) {
                contents.picture.removePod(uid)
                return nil
            }
            let placed = contents.picture.placed(uid)
            guard !pod.spec.nodeName.isEmpty else {
                return contents.launching[uid].map { ($0.hostname, $0.ports, placed?.hostname == $0.hostname ? placed?.pod : nil) }
            }
            let ports = contents.launching.removeValue(forKey: uid)?.ports ?? placed?.pod.ports ?? []
            return (pod.spec.nodeName, ports, placed?.hostname == pod.spec.nodeName ? placed?.pod : nil)
        }
        guard let known else { return }
        if let placed = known.placed, placed.isBound == !pod.spec.nodeName.isEmpty, placed.isTerminating == pod.isTerminating,
            placed.demand.shape.wishes.labels == pod.metadata.labels, (placed.started == nil) == (pod.status.startTime == nil)
        {
            return
        }
        let placed = SchedulerConversions.placed(pod, demand(pod), ports: known.ports)
        contents.withLock { $0.picture.put(pod: placed, on: known.hostname) }
    }

    func forget(_ uid: PodUID) {
        contents.withLock { contents in
            contents.launching[uid] = nil
            contents.picture.removePod(uid)
        }
    }

    /// These launches were decided, by us or by an earlier leader: their pods count where they go.
    func expect(_ intents: [LaunchIntent]) {
        contents.withLock { contents in
            for intent in intents {
                contents.podOfTask[intent.task] = intent.uid
                contents.launching[intent.uid] = (intent.hostname, intent.ports)
            }
        }
    }

    /// A decided launch did not take place: its pod counts nowhere, unless it is bound.
    func notLaunched(_ uid: PodUID) {
        contents.withLock { contents in
            contents.launching[uid] = nil
            if contents.picture.placed(uid)?.pod.isBound == false { contents.picture.removePod(uid) }
        }
    }
    func withdraw(_ tasks: [TaskID]) {
        for uid in contents.withLock({ contents in tasks.compactMap { contents.podOfTask.removeValue(forKey: $0) } }) { notLaunched(uid) }
    }
    /// The intent has served its purpose.
    func forgetTask(_ task: TaskID) { contents.withLock { $0.podOfTask[task] = nil } }

    // MARK: For planning

    /// The moment of the broker that the offers are of.
    var offersSeen: Int? { contents.withLock { $0.picture.offersSeen } }
    /// `false`: the broker has to be asked again, from `offersSeen` on.
    func apply(_ changes: OfferChanges) -> Bool { contents.withLock { $0.picture.apply(changes) } }

    func snapshot() -> ClusterSnapshot { contents.withLock { $0.picture.snapshot() } }
}
