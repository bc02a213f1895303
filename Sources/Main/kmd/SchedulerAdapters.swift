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

/// Repeats a call to the API server until it succeeds, cannot succeed, or the task is cancelled (`nil`).
func untilAnswered<Value: Sendable>(_ call: () async throws(KubeClientError) -> Value) async -> Result<Value, KubeClientError>? {
    let time = SystemTime()
    var wait = Duration.milliseconds(100)
    while !Task.isCancelled {
        do throws(KubeClientError) {
            return .success(try await call())
        } catch {
            guard error.isRetriable else { return error.isCancelled ? nil : .failure(error) }
        }
        try? await time.sleep(for: wait)
        wait = min(wait * 2, .seconds(5))
    }
    return nil
}

struct OfferAdapter: OfferOutlet {
    let parts: SchedulerParts

    func decline(_ offers: [OfferID], because why: GoneReason, refuse: Duration) async {
        parts.metrics.count("offers_declined", Int64(offers.count), ["reason": "\(why)"])
        await parts.attempt("DECLINE") { mesos throws(MesosCallError) in try await mesos.decline(offers, refuse: refuse) }
    }
    func suppress() async { await parts.attempt("SUPPRESS") { mesos throws(MesosCallError) in try await mesos.suppress() } }
    func revive() async { await parts.attempt("REVIVE") { mesos throws(MesosCallError) in try await mesos.revive() } }

    func offersArrived() async {
        guard let actors = parts.actors else { return }
        let views = parts.agents.views(of: await actors.broker.live(), all: false, executor: SchedulerOptions.executorID)
        await actors.queue.tell(.offered(views, at: parts.time.now))
        actors.binder.stimulate()
    }
}

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

struct BinderAdapter: BinderOutlet {
    static let intents = "/apis/kmd.dev/v1/launchintents"
    let parts: SchedulerParts

    func gather(limit: Int, explain: Bool) async -> (pods: [PodDemand], agents: [AgentOffers]) {
        guard let actors = parts.actors else { return ([], []) }
        let offers = await actors.broker.live()
        guard explain || !offers.isEmpty else { return ([], []) }
        let pods = await actors.queue.take(limit: limit)
        return (pods, pods.isEmpty ? [] : parts.agents.views(of: offers, all: true, executor: SchedulerOptions.executorID))
    }

    func claim(_ offers: [OfferID], by plan: UInt64) async -> String? {
        guard let broker = parts.actors?.broker else { return "stopping" }
        switch await broker.claim(offers, by: plan) {
        case .granted: return nil
        case .refused(let offer, let why): return "\(offer) is \(why)"
        }
    }
    func release(_ offers: [OfferID], by plan: UInt64) async { await parts.actors?.broker.release(offers, by: plan) }
    func used(_ offers: [OfferID], by plan: UInt64) async { await parts.actors?.broker.used(offers, by: plan) }
    func unusable(_ offers: [OfferID], by plan: UInt64) async { await parts.actors?.broker.unusable(offers, by: plan) }

    func write(_ intents: [LaunchIntent]) async -> String? {
        let list: JSONValue = [
            "apiVersion": "kmd.dev/v1", "kind": "LaunchIntentList", "metadata": [:], "items": .array(intents.map(SchedulerConversions.json)),
        ]
        do throws(KubeClientError) {
            try await parts.kube.create(BinderAdapter.intents, list)
            return nil
        } catch {
            parts.log.warning("launch intents could not be stored", metadata: ["count": "\(intents.count)", "because": "\(error)"])
            return error.description
        }
    }

    func expect(_ intents: [LaunchIntent]) async { await parts.actors?.reconciler.expect(intents) }

    func accept(_ launch: AgentLaunch) async -> AcceptAnswer {
        guard let mesos = parts.mesos else { return .refused("stopping") }
        let executor = executor(for: launch)
        var tasks: [TaskLaunch] = []
        for task in launch.tasks {
            guard let pod = parts.pods[task.placement.pod.uid] else { return .refused("pod \(task.placement.pod.key) is gone") }
            tasks.append(self.task(task, of: pod, on: launch, executor))
        }
        do throws(MesosCallError) {
            // What is left over is wanted at once: more pods may wait.
            try await mesos.accept(launch.offers, launch: tasks, refuse: Duration.zero)
        } catch {
            parts.log.warning("launch failed", metadata: ["agent": "\(launch.agent)", "because": "\(error)"])
            if case .unreachable(let why) = error { return .inDoubt(why) }
            return .refused(error.description)
        }
        for task in launch.tasks { announce(task, on: launch.hostname) }
        return .sent
    }

    private func task(_ task: AgentLaunch.Task, of pod: Pod, on launch: AgentLaunch, _ executor: ExecutorDescription) -> TaskLaunch {
        TaskLaunch(
            taskID: task.id, name: "\(pod.name).\(pod.namespace).pod", agentID: launch.agent,
            resources: SchedulerConversions.mesos(task.placement.resources), executor: executor, data: SchedulerConversions.taskData(of: pod),
            labels: [
                "io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.name": pod.name, "io.kubernetes.pod.uid": pod.uid.value,
                "kmd.dev/term": parts.term.description, "kmd.dev/offer": launch.offers.first?.value ?? "",
            ])
    }

    private func executor(for launch: AgentLaunch) -> ExecutorDescription {
        let options = parts.options
        if let taken = launch.executor { parts.agents.rememberExecutor(on: launch.agent, SchedulerConversions.mesos(taken)) }
        let usual = Resources([.init(origin: Origin(role: options.roles.first ?? "*"), amounts: options.executorShare)])
        return ExecutorDescription(
            id: SchedulerOptions.executorID, name: "Kubelet-Executor", source: "kubernetes",
            command: .argv(file: options.executorFile, [options.executorFile] + options.executorArguments),
            environment: options.executorEnvironment,
            resources: parts.agents.executor(on: launch.agent) ?? SchedulerConversions.mesos(usual))
    }

    private func announce(_ task: AgentLaunch.Task, on hostname: String) {
        let pod = task.placement.pod
        guard pod.nodeName == nil || parts.pods[pod.uid]?.metadata.annotations["k8s.mesosphere.io/taskId"] == nil else { return }
        parts.events.record(
            .pod(namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid.value), reason: "Scheduled",
            message: "Successfully assigned \(pod.key) to \(hostname)")
    }

    func withdraw(_ tasks: [TaskID]) async {
        await parts.actors?.reconciler.tell(.withdrawn(tasks))
        for task in tasks { await parts.deleteIntent(task) }
    }
    func doubt(_ tasks: [TaskID]) async { await parts.actors?.reconciler.tell(.inDoubt(tasks, at: parts.time.now)) }

    func outcome(_ pod: PodUID, _ outcome: BindOutcome) async {
        let attempt: AttemptOutcome =
            switch outcome {
            case .launched: .launched
            case .vetoed(let vetoes): .vetoed(vetoes)
            case .failed(let why): .failed(why)
            case .putBack: .putBack
            }
        await parts.actors?.queue.tried(pod, attempt)
    }
}

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
        guard let actors = parts.actors, await actors.queue.queued().contains(where: { $0.phase == .backingOff || $0.phase == .ready }) else { return }
        actors.broker.want()
    }
}
