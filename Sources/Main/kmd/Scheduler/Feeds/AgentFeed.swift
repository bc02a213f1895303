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

/// Asks the master for its agents, again and again: offers show only what is free.
struct AgentFeed: Component {
    let name = "agent-feed"
    let parts: SchedulerParts

    func run() async {
        let master = MesosOperatorClient(masters: parts.options.mesosMasters)
        var pause = Duration.milliseconds(200)
        while !Task.isCancelled {
            do throws(MesosCallError) {
                let agents = try await master.agents()
                let now = parts.time.now
                parts.agents.replaceAgents(agents)
                await parts.actors?.registrar.tell(.inUse(parts.pods.nodesInUse))
                await parts.actors?.registrar.tell(.agents(agents.map(SchedulerConversions.agent), at: now))
                let registered = Dictionary(agents.map { ($0.id, $0.hostname) }, uniquingKeysWith: { first, _ in first })
                await parts.actors?.reconciler.tell(.agents(registered, at: now))
                // At the start, agents come one by one.
                pause = agents.isEmpty ? .milliseconds(500) : min(pause * 2, parts.options.agentRefresh)
            } catch {
                parts.log.debug("agents cannot be listed", metadata: ["because": "\(error)"])
                pause = min(pause * 2, parts.options.agentRefresh)
            }
            try? await parts.time.sleep(for: pause)
        }
    }
}
