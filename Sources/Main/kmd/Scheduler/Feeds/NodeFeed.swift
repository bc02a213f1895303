import ActorKit
import Core
import JSON
import KubeClient
import KubeObjects
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

/// Tells the registrar and the planner what the API server says of nodes.
struct NodeFeed: Component {
    let name = "node-feed"
    let parts: SchedulerParts

    func run() async {
        await Informer(parts.kube, "/api/v1/nodes", time: parts.time).run { event in
            guard let registrar = parts.actors?.registrar else { return }
            let now = parts.time.now
            switch event {
            case .synced(let nodes):
                parts.agents.replaceNodes(nodes)
                await registrar.tell(.nodesSynced(nodes.compactMap(SchedulerConversions.node), at: now))
            case .added(let node), .modified(let node):
                parts.agents.put(node: node)
                if let standing = SchedulerConversions.node(node) { await registrar.tell(.nodeChanged(standing, at: now)) }
            case .deleted(let node):
                guard let name = node.at("metadata", "name")?.string else { return }
                parts.agents.removeNode(name)
                await registrar.tell(.nodeGone(name, at: now))
            }
        }
    }
}
