import ActorKit
import Core
import JSON
import KubeClient
import Logging
import ServiceProxy
import ServiceRouting

/// `--configure-routes`: what is for the pods of another node goes to that node, for as long as the node is there.
struct NodeRouteKeeper: Sendable {
    /// This node: the way to its own pods is its bridge.
    let nodeName: String
    let table: RouteTable
    let time: any TimeSource
    let logger: Logger

    /// Routes that somebody else removed come back after at most this.
    static let interval = Duration.seconds(30)

    /// Runs until cancelled. The routes stay, so that traffic goes on.
    func run(_ kube: KubeClient) async {
        // A full inbox lets the informer wait.
        let inbox = Inbox<InformerEvent>(capacity: 64)
        let informer = Informer(
            kube, "/api/v1/nodes",
            failed: { [logger] error in logger.info("nodes cannot be followed just now", metadata: ["error": "\(error)"]) })
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await informer.run { await inbox.send($0) } }
            var routes: [String: NodeRoute] = [:]
            var kept: [NodeRoute]?
            var due: Instant?
            while let events = await inbox.batch(until: due, on: time) {
                for event in events { note(event, in: &routes) }
                guard kept != nil || !events.isEmpty else { continue }
                let wanted = routes.filter { $0.key != nodeName }.values.sorted()
                if wanted != kept || due.map({ $0 <= time.now }) ?? true {
                    kept = await table.keep(wanted) ? wanted : []
                    due = time.now + NodeRouteKeeper.interval
                }
            }
        }
    }

    private func note(_ event: InformerEvent, in routes: inout [String: NodeRoute]) {
        func name(_ node: JSONValue) -> String { node.at("metadata", "name")?.string ?? "" }
        switch event {
        case .synced(let nodes): routes = Dictionary(nodes.compactMap { node in NodeRoute(node: node).map { (name(node), $0) } }) { _, last in last }
        case .added(let node), .modified(let node): routes[name(node)] = NodeRoute(node: node)
        case .deleted(let node): routes[name(node)] = nil
        }
    }
}
