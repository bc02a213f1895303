import Core
import JSON
import KubeObjects
import PodQueue
import Reconciler

/// What the leader's pages show, and what they can have done.
struct SchedulerPages: Sendable {
    let parts: SchedulerParts
    let actors: SchedulerParts.Actors

    /// How the framework stands with Mesos, and what to do about it.
    func mesosStanding() -> JSONValue { parts.mesosStatus.json }

    func queuedPods() async -> JSONValue {
        let now = parts.time.now
        return .array(
            await actors.queue.queued().map { pod in
                [
                    "pod": .string(pod.key.description), "uid": .string(pod.uid.value), "phase": .string(pod.phase.rawValue),
                    "priority": .integer(Int64(pod.priority)), "attempts": .integer(Int64(pod.attempts)), "reason": .string(pod.reason),
                    "relaunch": .bool(pod.isRelaunch),
                    "nextTryMilliseconds": pod.nextTry.map { .integer(max(0, Int64(now.duration(to: $0) / .milliseconds(1)))) } ?? .null,
                ]
            })
    }

    func storedPods() -> JSONValue {
        .array(
            parts.pods.all.sorted { $0.key < $1.key }.map { pod in
                [
                    "pod": .string(pod.key.description), "uid": .string(pod.uid.value), "phase": .string(pod.status.phase.rawValue),
                    "node": .string(pod.spec.nodeName), "task": .string(pod.metadata.annotations["k8s.mesosphere.io/taskId"] ?? ""),
                ]
            })
    }

    func knownTasks() async -> JSONValue {
        .array(
            await actors.reconciler.known().map { task in
                [
                    "task": .string(task.task.value), "pod": .string(task.pod.description), "uid": .string(task.uid.value),
                    "agent": .string(task.agent?.value ?? ""), "host": .string(task.hostname), "state": .string(task.state?.rawValue ?? ""),
                ]
            })
    }

    func offers() async -> JSONValue { PodReport.json(await actors.broker.report(gone: 200), now: parts.time.now) }

    func retry(_ pod: PodKey) async -> Bool { await actors.queue.retry(pod) }

    /// Asks Mesos about each task that is known, or about all that it has of us; soon, if it has just been asked.
    func reconcile(_ kind: Reconciliation) async {
        parts.metrics.reconciliation(.requested, kind: kind.rawValue)
        await actors.reconciler.tell(.wanted(kind, at: parts.time.now))
    }

    /// Sets what is read off when somebody looks.
    func measure() async {
        for phase in QueuedPod.Phase.allCases where phase != .waitingForGroup {
            parts.metrics.queued.with(phase.rawValue).set(Double(await actors.queue.count(in: phase)))
        }
        let offers = await actors.broker.report(gone: 0)
        parts.metrics.offersHeld.with("live").set(Double(offers.live))
        parts.metrics.offersHeld.with("claimed").set(Double(offers.claimed))
    }
}
