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

struct ReconcilerAdapter: ReconcilerOutlet {
    let parts: SchedulerParts

    func deleteIntent(_ task: TaskID) async { await parts.deleteIntent(task) }

    func judge(_ pod: PodKey, _ uid: PodUID, _ verdict: PodVerdict) async {
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)"
        switch verdict {
        case .remove:
            parts.log.notice("removing a pod whose node is gone", metadata: ["pod": "\(pod)"])
            _ = await untilAnswered { () async throws(KubeClientError) in
                try await parts.kube.delete(path, options: ["gracePeriodSeconds": 0, "preconditions": ["uid": .string(uid.value)]])
            }
        case .finished(let succeeded, let reason, let message):
            guard case .success(let object)? = await untilAnswered({ () async throws(KubeClientError) in try await parts.kube.get(path) })
            else { return }
            let current = Pod(json: object)
            guard current.uid == uid, !current.isFinished else { return }
            var status: JSONValue = ["phase": succeeded ? "Succeeded" : "Failed"]
            if !reason.isEmpty { status["reason"] = .string(reason) }
            if !message.isEmpty { status["message"] = .string(message) }
            _ = await untilAnswered { () async throws(KubeClientError) in
                try await parts.kube.patch(path + "/status", ["metadata": ["uid": .string(uid.value)], "status": status])
            }
        }
    }

    func acknowledge(_ update: TaskUpdate) async {
        let status = TaskStatusUpdate(taskID: update.task, state: .running, agentID: update.agent, uuid: update.uuid)
        await parts.attempt("ACKNOWLEDGE") { mesos throws(MesosCallError) in try await mesos.acknowledge(status) }
    }
    func kill(_ task: TaskID, on agent: AgentID?) async {
        parts.log.info("killing a task whose pod is gone", metadata: ["task": "\(task)"])
        await parts.attempt("KILL") { mesos throws(MesosCallError) in try await mesos.kill(task, on: agent) }
    }
    func reconcile(_ tasks: [TaskQuestion]) async {
        await parts.attempt("RECONCILE") { mesos throws(MesosCallError) in try await mesos.reconcile(tasks.map { ($0.task, $0.agent) }) }
    }

    func requeue(_ pod: PodUID, reason: String) async {
        parts.log.notice("a launch came to nothing", metadata: ["pod": "\(parts.pods[pod]?.key.description ?? pod.value)", "because": "\(reason)"])
        await parts.actors?.queue.launchFailed(pod, reason: reason)
        guard let object = parts.pods[pod], object.spec.nodeName.isEmpty, !object.isTerminating else { return }
        await parts.actors?.queue.tell(.waiting(parts.demand(of: object), at: parts.time.now))
    }
    func relaunch(_ pod: PodUID) async {
        guard let object = parts.pods[pod] else { return }
        parts.log.notice("launching a bound pod again on its node", metadata: ["pod": "\(object.key)", "node": "\(object.spec.nodeName)"])
        await parts.actors?.queue.tell(.relaunch(parts.demand(of: object), at: parts.time.now))
    }
    func underWay(_ pods: [PodUID]) async { await parts.actors?.queue.tell(.underWay(pods)) }
    func ready() async { parts.actors?.binder.open() }
    func notReady() async { parts.actors?.binder.close() }
    func roomAppeared() async {
        guard let actors = parts.actors, await actors.queue.isWaiting() else { return }
        actors.broker.want()
    }
}
