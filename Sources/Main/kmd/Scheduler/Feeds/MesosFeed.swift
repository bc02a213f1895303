import ActorKit
import Core
import Logging
import Mesos
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

/// Hands each event of the Mesos stream to the components that it concerns, in order.
struct MesosFeed: Component {
    let name = "mesos-feed"
    let parts: SchedulerParts
    let identity: FrameworkIdentity

    func run() async {
        guard let mesos = parts.mesos, let actors = parts.actors else { return }
        for await event in mesos.events {
            if Task.isCancelled { return }
            await absorb(event, actors, mesos)
        }
    }

    private func absorb(_ event: SchedulerEvent, _ actors: SchedulerParts.Actors, _ mesos: MesosSchedulerClient) async {
        // Under an id that is not ours nothing is done: no offer is used, no update acknowledged.
        switch event {
        case .subscribed(let id, let master, _): await subscribed(as: id, to: master, actors, mesos)
        case .disconnected(let why):
            parts.report(.disconnected(because: why))
            await lost(actors)
        case .error(let error):
            parts.log.debug("the subscription ended", metadata: ["because": "\(error)"])
            await lost(actors)
        case .offers, .inverseOffers, .rescind, .rescindInverseOffer, .update, .operation, .message, .failure, .heartbeat:
            guard parts.mesosStatus.standing.isSubscribed else { return }
            await pass(event, actors)
        }
    }

    private func subscribed(
        as id: FrameworkID, to master: MesosMasterDescription?, _ actors: SchedulerParts.Actors, _ mesos: MesosSchedulerClient
    ) async {
        guard case .success(let stored)? = await identity.stored() else {
            return mesos.leave(because: "the stored framework id cannot be read")
        }
        guard stored == id else {
            parts.report(.mismatch(stored: stored, subscribed: id))
            return mesos.leave(because: "another framework id is stored than the one that is subscribed")
        }
        let address = master?.endpoint.description ?? "?"
        parts.log.notice("subscribed to Mesos", metadata: ["framework": "\(id)", "master": "\(address)", "version": "\(master?.version ?? "?")"])
        parts.report(.subscribed(id, master: address))
        await actors.broker.tell(.connected(at: parts.time.now))
        await parts.wantOffers(fresh: true)
        await actors.reconciler.tell(.subscribed(at: parts.time.now))
        await actors.executors.tell(.subscribed(at: parts.time.now))
    }

    /// Offers are void, and what became of tasks will be asked.
    private func lost(_ actors: SchedulerParts.Actors) async {
        await actors.broker.tell(.disconnected(at: parts.time.now))
        await actors.reconciler.tell(.disconnected)
        await actors.executors.tell(.disconnected)
    }

    private func pass(_ event: SchedulerEvent, _ actors: SchedulerParts.Actors) async {
        switch event {
        case .offers(let offers):
            for offer in offers { parts.metrics.offerReceived(from: offer.hostname) }
            await actors.broker.tell(.offered(offers.map(SchedulerConversions.offer), at: parts.time.now, wallClock: parts.time.wallClock))
        case .rescind(let offer): await actors.broker.tell(.rescinded(offer))
        case .inverseOffers(let offers): await answer(offers, actors)
        case .update(let update):
            note(update)
            await actors.reconciler.tell(.update(SchedulerConversions.update(update, at: parts.time.wallClock), at: parts.time.now))
        case .failure(let agent?, nil, _):
            parts.log.notice("Mesos lost an agent", metadata: ["agent": "\(agent)"])
            await actors.broker.tell(.agentLost(agent))
            await actors.reconciler.tell(.agentLost(agent, at: parts.time.now))
        case .failure(let agent, let executor, let status):
            if let agent, executor == SchedulerOptions.executorID {
                await actors.executors.tell(.ended(agent, at: parts.time.now))
                await actors.reconciler.tell(.executorLost(agent, status: status, at: parts.time.now))
            }
            parts.log.notice("an executor ended", metadata: [
                "agent": "\(agent?.value ?? "?")", "executor": "\(executor?.value ?? "?")", "because": "\(ExecutorExit(status: status))",
            ])
        case .operation(let operation):
            // kmd asks for no operation with an id: this is an earlier or another scheduler's of ours. Nothing has to become durable.
            parts.log.notice("an operation", metadata: ["id": "\(operation.id)", "state": "\(operation.state)", "message": "\(operation.message)"])
            await parts.attempt("ACKNOWLEDGE_OPERATION_STATUS") { mesos throws(MesosCallError) in try await mesos.acknowledge(operation) }
        case .message(let agent, let executor, let data):
            parts.metrics.message(from: executor.value)
            parts.log.info("a message of an executor", metadata: ["agent": "\(agent)", "executor": "\(executor)", "bytes": "\(data.count)"])
        case .rescindInverseOffer(let offer): parts.log.debug("an inverse offer is off", metadata: ["offer": "\(offer)"])
        case .heartbeat, .subscribed, .disconnected, .error: break
        }
    }

    /// Says whether the agents can be had for their maintenance; see `InverseOfferPolicy`.
    private func answer(_ offers: [MesosInverseOffer], _ actors: SchedulerParts.Actors) async {
        let tasks = Dictionary(grouping: await actors.reconciler.known().compactMap(\.agent), by: { $0 }).mapValues(\.count)
        let answers = InverseOfferPolicy.answers(to: offers, tasks: tasks)
        for answer in answers {
            parts.metrics.inverseOffer(answer.accepts ? "accepted" : "declined")
            parts.log.info("an inverse offer", metadata: [
                "offer": "\(answer.offer)", "answer": answer.accepts ? "accepted" : "declined", "because": "\(answer.reason)",
            ])
        }
        let (accepted, declined) = (answers.filter(\.accepts).map(\.offer), answers.filter { !$0.accepts }.map(\.offer))
        if !accepted.isEmpty {
            await parts.attempt("ACCEPT_INVERSE_OFFERS") { mesos throws(MesosCallError) in
                try await mesos.acceptInverse(accepted, refuse: InverseOfferPolicy.confirmAgain)
            }
        }
        if !declined.isEmpty {
            await parts.attempt("DECLINE_INVERSE_OFFERS") { mesos throws(MesosCallError) in
                try await mesos.declineInverse(declined, refuse: InverseOfferPolicy.askAgain)
            }
        }
    }

    private func note(_ update: TaskStatusUpdate) {
        parts.log.debug("task update", metadata: [
            "task": "\(update.taskID)", "state": "\(update.state.rawValue)", "reason": "\(update.reason?.name ?? "")", "message": "\(update.message)",
        ])
        parts.metrics.statusUpdate(
            of: update.taskID, source: update.source?.rawValue ?? "", reason: update.reason?.name ?? "", state: update.state.rawValue,
            at: parts.time.now)
    }
}
