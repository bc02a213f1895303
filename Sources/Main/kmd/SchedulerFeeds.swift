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

/// Tells queue, reconciler and binder what the API server says of pods.
struct PodFeed: Component {
    let name = "pod-feed"
    let parts: SchedulerParts

    func run() async {
        await loadIntents()
        let log = parts.log
        let informer = Informer(
            parts.kube, "/api/v1/pods", time: parts.time,
            failed: { error in log.debug("pod watch interrupted", metadata: ["because": "\(error)"]) })
        await informer.run { event in await self.absorb(event) }
    }

    /// What earlier leaders were about to launch.
    private func loadIntents() async {
        let answer = await untilAnswered { () async throws(KubeClientError) in try await parts.kube.list(BinderAdapter.intents).items }
        guard let answer else { return }
        if case .failure(let error) = answer { parts.log.error("launch intents cannot be read", metadata: ["because": "\(error)"]) }
        let intents = ((try? answer.get()) ?? []).compactMap(SchedulerConversions.intent)
        await parts.actors?.reconciler.tell(.intents(intents, at: parts.time.now))
    }

    private func absorb(_ event: InformerEvent) async {
        guard let actors = parts.actors else { return }
        switch event {
        case .synced(let objects):
            let pods = objects.map { Pod(json: $0) }
            for uid in parts.pods.replace(with: pods) {
                await actors.queue.tell(.gone(uid))
                await actors.binder.podGone(uid)
            }
            await actors.reconciler.tell(.podsSynced(pods.map(SchedulerConversions.standing), at: parts.time.now))
            await actors.queue.tell(.synced(pods.filter(waits).map(parts.demand), at: parts.time.now))
            for pod in pods where !waits(pod) { await actors.queue.tell(pod.isFinished ? .gone(pod.uid) : .bound(pod.uid)) }
        case .added(let object), .modified(let object):
            let pod = Pod(json: object)
            parts.pods.put(pod)
            await actors.reconciler.tell(.podChanged(SchedulerConversions.standing(of: pod), at: parts.time.now))
            if waits(pod) {
                await actors.queue.tell(.waiting(parts.demand(of: pod), at: parts.time.now))
            } else if pod.spec.nodeName.isEmpty || pod.isFinished {
                await actors.queue.tell(.gone(pod.uid))
                await actors.binder.podGone(pod.uid)
            } else {
                await actors.queue.tell(.bound(pod.uid))
            }
        case .deleted(let object):
            let uid = Pod(json: object).uid
            parts.pods.remove(uid)
            await actors.queue.tell(.gone(uid))
            await actors.binder.podGone(uid)
            await actors.reconciler.tell(.podGone(uid, at: parts.time.now))
        }
    }

    private func waits(_ pod: Pod) -> Bool { pod.spec.nodeName.isEmpty && !pod.isTerminating && !pod.isFinished }
}

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
            if await actors.queue.queued().contains(where: { $0.phase != .launched }) { actors.broker.want() }
            await actors.reconciler.tell(.subscribed(at: parts.time.now))
        case .offers(let offers):
            for offer in offers { parts.metrics.count("offers_received", 1, ["hostname": offer.hostname]) }
            await actors.broker.tell(.offered(offers.map(SchedulerConversions.offer), at: parts.time.now))
        case .rescind(let offer): await actors.broker.tell(.rescinded(offer))
        case .update(let update):
            parts.log.debug("task update", metadata: [
                "task": "\(update.taskID)", "state": "\(update.state.rawValue)", "reason": "\(update.reason?.name ?? "")", "message": "\(update.message)",
            ])
            parts.metrics.count("scheduler_status_updates", 1, [
                "source": update.source?.rawValue ?? "", "reason": update.reason?.name ?? "", "state": update.state.rawValue,
            ])
            await actors.reconciler.tell(.update(SchedulerConversions.update(update), at: parts.time.now))
        case .failure(let agent, let executor, let status):
            if let agent, executor == nil { await actors.broker.tell(.agentLost(agent)) }
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
