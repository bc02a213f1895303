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
        let answer = await untilAnswered { () async throws(KubeClientError) in try await parts.intents.all() }
        guard let answer else { return }
        if case .failure(let error) = answer { parts.log.error("launch intents cannot be read", metadata: ["because": "\(error)"]) }
        let intents = (try? answer.get()) ?? []
        parts.agents.expect(intents)
        await parts.actors?.reconciler.tell(.intents(intents, at: parts.time.now))
    }

    private func absorb(_ event: InformerEvent) async {
        guard let actors = parts.actors else { return }
        switch event {
        case .synced(let objects):
            let pods = objects.map { Pod(json: $0) }
            for uid in parts.pods.replace(with: pods) {
                parts.agents.forget(uid)
                await actors.queue.tell(.gone(uid))
                await actors.binder.podGone(uid)
            }
            for pod in pods { parts.count(pod) }
            await actors.reconciler.tell(.podsSynced(pods.map(SchedulerConversions.standing), at: parts.time.now))
            await actors.queue.tell(.synced(pods.filter(waits).map(parts.demand), at: parts.time.now))
            for pod in pods where !waits(pod) {
                let isBound = !pod.isFinished && !pod.spec.nodeName.isEmpty
                await actors.queue.tell(isBound ? .bound(pod.uid, group: SchedulerConversions.group(of: pod)) : .gone(pod.uid))
            }
        case .added(let object), .modified(let object):
            let pod = Pod(json: object)
            parts.pods.put(pod)
            parts.count(pod)
            await actors.reconciler.tell(.podChanged(SchedulerConversions.standing(of: pod), at: parts.time.now))
            if waits(pod) {
                let demand = parts.demand(of: pod)
                await actors.binder.podChanged(demand)
                await actors.queue.tell(.waiting(demand, at: parts.time.now))
            } else if pod.spec.nodeName.isEmpty || pod.isFinished {
                await actors.queue.tell(.gone(pod.uid))
                await actors.binder.podGone(pod.uid)
            } else {
                parts.metrics.bound(pod.uid, at: parts.time.now)
                await actors.queue.tell(.bound(pod.uid, group: SchedulerConversions.group(of: pod)))
            }
        case .deleted(let object):
            let uid = Pod(json: object).uid
            parts.pods.remove(uid)
            parts.agents.forget(uid)
            await actors.queue.tell(.gone(uid))
            await actors.binder.podGone(uid)
            await actors.reconciler.tell(.podGone(uid, at: parts.time.now))
        }
    }

    private func waits(_ pod: Pod) -> Bool { PodFeed.waits(pod) }

    /// Whether it is to be placed: a pod with scheduling gates is not, until whoever set them has removed the last one.
    static func waits(_ pod: Pod) -> Bool {
        pod.spec.nodeName.isEmpty && !pod.isTerminating && !pod.isFinished && pod.json.at("spec", "schedulingGates")?.array?.isEmpty ?? true
    }
}
