import Core
import JSON
import KubeClient
import Mesos
import Scheduling
import Synchronization

/// Writes `MaintenanceTaints` to nodes. Only nodes whose taints have to change are read and written; what they have is learned by one list,
/// which is repeated now and then, since nodes come and go.
struct NodeTaintKeeper {
    let kube: KubeClient
    let time: any TimeSource
    var relist: Duration = .seconds(300)
    /// Our taints, as the nodes have them.
    private var standing: [String: [Taint]] = [:]
    private var listed: Instant?

    init(kube: KubeClient, time: any TimeSource) { (self.kube, self.time) = (kube, time) }

    /// - Parameter wanted: our taints for each node that has an agent; other nodes are left alone.
    mutating func keep(_ wanted: [String: [Taint]]) async throws(KubeClientError) {
        let now = time.now
        let isDue = listed.map { $0 + relist <= now } ?? true
        // While nothing is planned and nothing is known to be tainted, there is nothing to look for more often.
        if isDue {
            standing = [:]
            for node in try await kube.list("/api/v1/nodes").items {
                guard let name = node.at("metadata", "name")?.string else { continue }
                standing[name] = SchedulerConversions.taints(node).filter { MaintenanceTaints.keys.contains($0.key) }.sorted { $0.key < $1.key }
            }
            listed = now
        }
        for (name, taints) in wanted.sorted(by: { $0.key < $1.key }) {
            // A node that is not there yet is found by the next list.
            guard let current = standing[name], current != taints.sorted(by: { $0.key < $1.key }) else { continue }
            try await write(taints, to: name)
            standing[name] = taints.sorted { $0.key < $1.key }
        }
    }

    private func write(_ taints: [Taint], to name: String) async throws(KubeClientError) {
        do throws(KubeClientError) {
            var node = try await kube.get("/api/v1/nodes/\(name)")
            node.set(NodeTaintKeeper.merged(node.at("spec", "taints")?.array ?? [], with: taints), at: "spec", "taints")
            // With the resource version that was read: who changed the node meanwhile goes first.
            try await kube.update("/api/v1/nodes/\(name)", node)
        } catch {
            if error.isNotFound { return }
            throw error
        }
    }

    /// A node's taints with ours exchanged for `wanted`; those of others stay as they are.
    static func merged(_ taints: [JSONValue], with wanted: [Taint]) -> JSONValue {
        let others = taints.filter { !MaintenanceTaints.keys.contains($0["key"]?.string ?? "") }
        return .array(
            others
                + wanted.sorted { $0.key < $1.key }.map { taint in
                    var object: JSONValue = ["key": .string(taint.key), "effect": .string(taint.effect.rawValue)]
                    if !taint.value.isEmpty { object["value"] = .string(taint.value) }
                    return object
                })
    }
}
