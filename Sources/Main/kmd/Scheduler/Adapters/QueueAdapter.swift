import Binder
import Core
import JSON
import KubeClient
import KubeObjects
import LeaderElector
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

struct QueueAdapter: PodQueueOutlet {
    let parts: SchedulerParts

    func podsReady(explain: Bool) async { parts.actors?.binder.stimulate(explain: explain) }
    func offersWanted() async { parts.actors?.broker.want() }
    func offersUnwanted() async { parts.actors?.broker.unwant() }

    func explain(_ pod: PodDemand, _ why: String, changed: Bool) async {
        parts.events.record(
            .pod(namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid.value), .warning, reason: "FailedScheduling", message: why)
        guard changed, pod.nodeName == nil || parts.pods[pod.uid]?.spec.nodeName.isEmpty == true else { return }
        let condition: JSONValue = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(why), "lastProbeTime": .null,
            "lastTransitionTime": .string(parts.time.wallClock.rfc3339),
        ]
        _ = try? await parts.kube.patch(
            "/api/v1/namespaces/\(pod.key.namespace)/pods/\(pod.key.name)/status",
            ["metadata": ["uid": .string(pod.uid.value)], "status": ["conditions": [condition]]], type: .strategic)
    }
}
