import Core
import JSON
import KubeClient
import KubeObjects
import PodQueue
import Scheduling

/// Tells the planner and Mesos that pods wait, and users why.
struct QueueAdapter: PodQueueOutlet {
    let parts: SchedulerParts

    func podsReady(explain: Bool) async { parts.actors?.binder.stimulate(explain: explain) }
    func offersWanted(fresh: Bool) async { await parts.wantOffers(fresh: fresh) }
    func offersUnwanted() async { await parts.wantFewerOffers() }

    func suited(_ kinds: [PodKind]) async -> [KindNumber] { await FitJudge(parts: parts).suited(kinds) }

    func explain(_ pod: PodDemand, _ why: String) async {
        parts.metrics.explained()
        parts.events.record(
            .pod(namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid.value), .warning, reason: "FailedScheduling", message: why)
        guard pod.nodeName == nil || parts.pods[pod.uid]?.spec.nodeName.isEmpty == true else { return }
        let known = parts.pods[pod.uid]?.json.at("status", "conditions")?.array?.first { $0["type"] == "PodScheduled" && $0["status"] == "False" }
        let condition: JSONValue = [
            "type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": .string(why), "lastProbeTime": .null,
            // Another message is no transition. A pod that was gated has a condition without a time.
            "lastTransitionTime": .string(known?["lastTransitionTime"]?.string ?? parts.time.wallClock.rfc3339),
        ]
        _ = try? await parts.kube.patch(
            "/api/v1/namespaces/\(pod.key.namespace)/pods/\(pod.key.name)/status",
            ["metadata": ["uid": .string(pod.uid.value)], "status": ["conditions": [condition]]], type: .strategic)
    }

    func handedOut(_ count: Int) { parts.metrics.planBegan(at: parts.time.now) }

    func note(_ note: AttemptNote) {
        // A plan that finds room for nobody ends with this; others with the claim of their offers.
        if case .vetoed = note.outcome { parts.metrics.planEnded(at: parts.time.now) }
        parts.metrics.attempted(note.outcome.name, waited: note.waited)
    }
}
