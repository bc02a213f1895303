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

    func deleteIntent(_ task: TaskID) async -> Bool {
        parts.agents.forgetTask(task)
        return await parts.intents.delete(task)
    }

    func judge(_ pod: PodKey, _ uid: PodUID, _ verdict: PodVerdict) async -> Bool {
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)"
        switch verdict {
        case .remove:
            parts.log.notice("removing a pod whose node is gone", metadata: ["pod": "\(pod)"])
            if let object = parts.pods[uid], !object.isTerminating {
                event(.warning, "NodeLost", "Node \(object.spec.nodeName) is gone, and its containers with it", about: object)
            }
            return isSettled(
                await untilAnswered { () async throws(KubeClientError) in
                    try await parts.kube.delete(path, options: ["gracePeriodSeconds": 0, "preconditions": ["uid": .string(uid.value)]])
                })
        case .finished(let task, let succeeded, let reason, let message):
            var status: JSONValue = ["phase": succeeded ? "Succeeded" : "Failed"]
            if !reason.isEmpty { status["reason"] = .string(reason) }
            if !message.isEmpty { status["message"] = .string(message) }
            return await finish(path, uid, of: task, status) { current in
                if !succeeded, !reason.isEmpty { event(.warning, reason, message, about: current) }
            }
        }
    }

    /// Ends the pod as it was read. What was written meanwhile may have given it to another task, so it is read again then.
    private func finish(_ path: String, _ uid: PodUID, of task: TaskID?, _ status: JSONValue, then: (Pod) -> Void) async -> Bool {
        while true {
            let found = await untilAnswered { () async throws(KubeClientError) in try await parts.kube.get(path) }
            guard case .success(let object)? = found else { return isSettled(found) }
            let current = Pod(json: object)
            guard current.uid == uid, !current.isFinished, SchedulerConversions.standing(of: current).task == task else { return true }
            let seen: JSONValue = ["uid": .string(uid.value), "resourceVersion": .string(current.metadata.resourceVersion)]
            let written = await untilAnswered { () async throws(KubeClientError) in
                try await parts.kube.patch(path + "/status", ["metadata": seen, "status": status])
            }
            if case .failure(let error)? = written, error.isConflict { continue }
            if case .success? = written { then(current) }
            return isSettled(written)
        }
    }

    func acknowledge(_ update: TaskUpdate) async {
        let status = TaskStatusUpdate(taskID: update.task, state: .running, agentID: update.agent, uuid: update.uuid)
        await parts.attempt("ACKNOWLEDGE") { mesos throws(MesosCallError) in try await mesos.acknowledge(status) }
    }
    func kill(_ task: TaskID, on agent: AgentID?) async {
        parts.log.info("killing a task that nobody wants any more", metadata: ["task": "\(task)"])
        await parts.attempt("KILL") { mesos throws(MesosCallError) in try await mesos.kill(task, on: agent) }
    }
    func reconcile(_ tasks: [TaskQuestion]) async {
        let (start, kind) = (parts.time.now, (tasks.isEmpty ? Reconciliation.implicit : .explicit).rawValue)
        do throws(MesosCallError) {
            guard let mesos = parts.mesos else { throw .notSubscribed }
            try await mesos.reconcile(tasks.map { ($0.task, $0.agent) })
            parts.metrics.reconciliation(.executed, kind: kind)
            parts.metrics.reconciled(in: start.duration(to: parts.time.now))
        } catch {
            parts.metrics.reconciliation(.cancelled, kind: kind)
            parts.log.debug("RECONCILE failed", metadata: ["because": "\(error)"])
        }
    }

    func identify(_ tasks: [TaskID]) async -> [TaskID: TaskIdentity]? {
        guard let framework = await parts.mesos?.frameworkID else { return nil }
        do throws(MesosCallError) {
            let master = MesosOperatorClient(masters: parts.options.masters, access: parts.options.access)
            let found = try await master.labels(of: Set(tasks), framework: framework).compactMapValues(TaskLabels.identity)
            for task in tasks where found[task] == nil {
                parts.log.notice("a task of this framework is none of ours, and is left alone", metadata: ["task": "\(task)"])
            }
            return found
        } catch {
            parts.log.info("unknown tasks cannot be asked about", metadata: ["because": "\(error)"])
            return nil
        }
    }

    func look(at pod: PodKey, _ uid: PodUID) async -> PodStanding?? {
        let path = "/api/v1/namespaces/\(pod.namespace)/pods/\(pod.name)"
        let answer = await untilAnswered { () async throws(KubeClientError) -> Pod? in
            do throws(KubeClientError) { return Pod(json: try await parts.kube.get(path)) } catch {
                if error.isNotFound { return nil }
                throw error
            }
        }
        switch answer {
        case .success(let found?)?: return .some(found.uid == uid ? SchedulerConversions.standing(of: found) : nil)
        case .success(nil)?: return .some(nil)
        case .failure(let error)?:
            parts.log.warning("a pod cannot be looked at; its task is left alone", metadata: ["pod": "\(pod)", "because": "\(error)"])
            return nil
        case nil: return nil
        }
    }

    private func event(_ severity: EventRecorder.Severity, _ reason: String, _ message: String, about pod: Pod) {
        parts.events.record(.pod(namespace: pod.namespace, name: pod.name, uid: pod.uid.value), severity, reason: reason, message: message)
    }

    func requeue(_ pod: PodUID, reason: String) async {
        parts.log.notice("a launch came to nothing", metadata: ["pod": "\(parts.pods[pod]?.key.description ?? pod.value)", "because": "\(reason)"])
        parts.agents.notLaunched(pod)
        await parts.actors?.queue.launchFailed(pod, reason: reason)
        guard let object = parts.pods[pod], object.spec.nodeName.isEmpty, !object.isTerminating else { return }
        await parts.actors?.queue.tell(.waiting(parts.demand(of: object), at: parts.time.now))
    }
    func relaunch(_ pod: PodUID, reason: String) async {
        guard let object = parts.pods[pod] else { return }
        parts.log.notice("launching a bound pod again on its node", metadata: [
            "pod": "\(object.key)", "node": "\(object.spec.nodeName)", "because": "\(reason)",
        ])
        // A pod that was bound by hand has not lost anything.
        if object.metadata.annotations["k8s.mesosphere.io/taskId"] != nil {
            event(.warning, "ExecutorLost", "Launching again on node \(object.spec.nodeName), where its containers run on: \(reason)", about: object)
        }
        await parts.actors?.queue.tell(.relaunch(parts.demand(of: object), at: parts.time.now))
    }
    func underWay(_ pods: [PodUID]) async { await parts.actors?.queue.tell(.underWay(pods)) }
    func ready() async {
        guard let actors = parts.actors else { return }
        actors.binder.open()
        // Offers that came before may have been declined meanwhile.
        await parts.wantOffers(fresh: true)
    }
    func notReady() async { parts.actors?.binder.close() }
    /// The master offers what became free by itself, unless it was told to make no offers.
    func roomAppeared() async { await parts.reconsider(fresh: false) }
}
