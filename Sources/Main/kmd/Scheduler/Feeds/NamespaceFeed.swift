import ActorKit
import Core
import JSON
import KubeClient

/// Tells the planner what the API server says of namespaces: their labels, and the roles of their pods.
struct NamespaceFeed: Component {
    let name = "namespace-feed"
    let parts: SchedulerParts

    func run() async {
        await Informer(parts.kube, "/api/v1/namespaces", time: parts.time).run { event in
            switch event {
            case .synced(let namespaces):
                parts.agents.replaceNamespaces(namespaces)
                await parts.reconsider(fresh: true)
            case .added(let namespace), .modified(let namespace):
                if parts.agents.put(namespace: namespace) { await parts.reconsider(fresh: true) }
            case .deleted(let namespace):
                if let name = namespace.at("metadata", "name")?.string { parts.agents.removeNamespace(name) }
            }
        }
    }
}
