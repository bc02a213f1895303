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
import Synchronization

/// Tells the registrar, the planner and the broker what the API server says of nodes.
struct NodeFeed: Component {
    let name = "node-feed"
    let parts: SchedulerParts

    func run() async {
        let census = Mutex(NodeCensus())
        await Informer(parts.kube, "/api/v1/nodes", time: parts.time).run { event in
            guard let registrar = parts.actors?.registrar else { return }
            let now = parts.time.now
            switch event {
            case .synced(let nodes):
                parts.agents.replaceNodes(nodes)
                census.withLock { $0.replace(with: nodes) }
                await registrar.tell(.nodesSynced(nodes.compactMap(SchedulerConversions.node), at: now))
            case .added(let node), .modified(let node):
                parts.agents.put(node: node)
                census.withLock { $0.put(node) }
                if let standing = SchedulerConversions.node(node) { await registrar.tell(.nodeChanged(standing, at: now)) }
            case .deleted(let node):
                guard let name = node.at("metadata", "name")?.string else { return }
                parts.agents.removeNode(name)
                census.withLock { $0.remove(name) }
                await registrar.tell(.nodeGone(name, at: now))
            }
            for fact in census.withLock({ $0.news() }) { await parts.actors?.broker.tell(fact) }
            if census.withLock({ $0.takeReopened() }) { await parts.reconsider(fresh: true) }
        }
    }
}
