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

/// Hands each event of the Mesos stream to the components that it concerns.
struct MesosFeed: Component {
    let name = "mesos-feed"
    let parts: SchedulerParts
    let identity: FrameworkIdentity
    let ended: @Sendable (SchedulerStreamError) -> Void

    func run() async {
        guard let mesos = parts.mesos, let actors = parts.actors else { return }
        for await event in mesos.events {
            if Task.isCancelled { return }
            await absorb(event, actors)
        }
    }

    private func absorb(_ event: SchedulerEvent, _ actors: SchedulerParts.Actors) async {
        switch event {
        case .subscribed(let id, let master, _):
            // Durable before anything is done in its name.
            guard await identity.keep(id) else { return }
            parts.log.notice("subscribed to Mesos", metadata: ["framework": "\(id)", "master": "\(master?.endpoint.description ?? "?")"])
            await actors.broker.tell(.connected(at: parts.time.now))
            if await actors.queue.isWaiting() { actors.broker.want(fresh: true) }
            await actors.reconciler.tell(.subscribed(at: parts.time.now))
        case .offers(let offers):
            for offer in offers { parts.metrics.offerReceived(from: offer.hostname) }
            await actors.broker.tell(.offered(offers.map(SchedulerConversions.offer), at: parts.time.now))
        case .rescind(let offer): await actors.broker.tell(.rescinded(offer))
        case .update(let update):
            parts.log.debug("task update", metadata: [
                "task": "\(update.taskID)", "state": "\(update.state.rawValue)", "reason": "\(update.reason?.name ?? "")", "message": "\(update.message)",
            ])
            parts.metrics.statusUpdate(
                of: update.taskID, source: update.source?.rawValue ?? "", reason: update.reason?.name ?? "", state: update.state.rawValue,
                at: parts.time.now)
            await actors.reconciler.tell(.update(SchedulerConversions.update(update), at: parts.time.now))
        case .failure(let agent, let executor, let status):
            if let agent, executor == nil {
                await actors.broker.tell(.agentLost(agent))
                await actors.reconciler.tell(.agentLost(agent, at: parts.time.now))
            }
            if let agent, executor == SchedulerOptions.executorID {
                await actors.reconciler.tell(.executorLost(agent, status: status, at: parts.time.now))
            }
            parts.log.notice("Mesos reports a failure", metadata: [
                "agent": "\(agent?.value ?? "")", "executor": "\(executor?.value ?? "")", "status": "\(status ?? 0)",
            ])
        case .disconnected(let why):
            parts.log.debug("no subscription", metadata: ["because": "\(why)"])
            await actors.broker.tell(.disconnected(at: parts.time.now))
            await actors.reconciler.tell(.disconnected)
        case .error(let error):
            await actors.reconciler.tell(.disconnected)
            ended(error)
        case .message, .heartbeat, .inverseOffers, .rescindInverseOffer: break
        }
    }
}

/// Keeps the framework subscribed.
struct MesosSubscription: Component {
    let name = "mesos-subscription"
    let client: MesosSchedulerClient
    func run() async { await client.run() }
}
