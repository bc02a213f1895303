import ActorKit
import Core
import KubeClient
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import Reconciler
import Scheduling

/// Asks the master for its agents and its maintenance schedule, again and again: offers show only what is free.
///
/// The whole list comes each time; what is decoded and told is what differs. The registrar and the reconciler are told a whole list when
/// something in it has changed, and now and then for what they may have missed.
struct AgentFeed: Component {
    let name = "agent-feed"
    let parts: SchedulerParts
    /// How often everything is told although nothing has changed.
    var repeatAll: Duration = .seconds(60)

    func run() async {
        let master = MesosOperatorClient(masters: parts.options.masters, access: parts.options.access, timeout: parts.options.masterTimeout)
        var listing = AgentListing()
        var taints = NodeTaintKeeper(kube: parts.kube, time: parts.time)
        var pause = Duration.milliseconds(200)
        var toldAll: Instant?
        while !Task.isCancelled {
            do throws(MesosCallError) {
                let changes = try listing.absorb(try await master.agentList().readableBytesView)
                let now = parts.time.now
                let isDue = toldAll.map { $0 + repeatAll <= now } ?? true
                if isDue || !changes.isEmpty {
                    await tell(listing.agents, at: now)
                    toldAll = now
                }
                await parts.actors?.registrar.tell(.inUse(parts.pods.nodesInUse))
                await taint(listing.agents, try await master.maintenance(), &taints)
                if let actors = parts.actors {
                    await actors.executors.tell(.agents(listing.agents.mapValues(\.hostname), tasks: actors.reconciler.load(), at: now))
                }
                // At the start, agents come one by one.
                pause = listing.agents.isEmpty ? .milliseconds(500) : min(pause * 2, parts.options.agentRefresh)
            } catch {
                parts.log.debug("agents cannot be listed", metadata: ["because": "\(error)"])
                pause = min(pause * 2, parts.options.agentRefresh)
            }
            try? await parts.time.sleep(for: pause)
        }
    }

    private func tell(_ agents: [AgentID: MesosAgent], at now: Instant) async {
        let all = agents.values.sorted { $0.id < $1.id }
        parts.agents.replaceAgents(all)
        await parts.actors?.registrar.tell(.inUse(parts.pods.nodesInUse))
        await parts.actors?.registrar.tell(.agents(all.map(SchedulerConversions.agent), at: now))
        await parts.actors?.reconciler.tell(.agents(agents.mapValues(\.hostname), at: now))
    }

    private func taint(_ agents: [AgentID: MesosAgent], _ plan: MaintenancePlan, _ keeper: inout NodeTaintKeeper) async {
        var wanted: [String: [Taint]] = [:]
        for agent in agents.values where agent.isConnected {
            wanted[agent.hostname] = MaintenanceTaints.wanted(for: agent, window: plan.window(of: agent))
        }
        do throws(KubeClientError) { try await keeper.keep(wanted) } catch {
            // The next round tries again.
            parts.log.info("maintenance taints are not written", metadata: ["because": "\(error)"])
        }
    }
}
