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

struct BinderAdapter: BinderOutlet {
    let parts: SchedulerParts

    func gather(limit: Int, explain: Bool) async -> (pods: [PodDemand], cluster: ClusterSnapshot) {
        guard let actors = parts.actors else { return ([], ClusterSnapshot(agents: [])) }
        let offers = await parts.seeOffers()
        guard explain || offers > 0 else { return ([], ClusterSnapshot(agents: [])) }
        let pods = await actors.queue.take(limit: BinderAdapter.podsPerPlan(limit, offers: offers))
        guard !pods.isEmpty else { return ([], ClusterSnapshot(agents: [])) }
        // What waits again is on its way nowhere.
        for pod in pods { parts.agents.notLaunched(pod.uid) }
        return (pods, parts.agents.snapshot())
    }

    /// What a plan leaves of an offer comes back with the master's next allocation, a second later. So where offers are few, a plan takes more pods:
    /// enough that all offers together take four plans' worth a second.
    static func podsPerPlan(_ limit: Int, offers: Int) -> Int { max(limit, 4 * limit * limit / max(limit, offers)) }

    func claim(_ offers: [OfferID], by plan: UInt64) async -> String? {
        parts.metrics.planEnded(at: parts.time.now)
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
        do throws(KubeClientError) {
            try await parts.intents.write(intents)
            return nil
        } catch {
            parts.log.warning("launch intents could not be stored", metadata: ["count": "\(intents.count)", "because": "\(error)"])
            return error.description
        }
    }

    func expect(_ intents: [LaunchIntent]) async {
        parts.agents.expect(intents)
        for intent in intents { if let pod = parts.pods[intent.uid] { parts.count(pod) } }
        await parts.actors?.reconciler.expect(intents)
    }

    func accept(_ launch: AgentLaunch) async -> AcceptAnswer {
        guard let mesos = parts.mesos, let framework = await mesos.frameworkID else { return .refused("stopping") }
        guard let executor = await executor(for: launch, framework: framework) else {
            return .refused("an executor runs on \(launch.hostname), and the master does not say as what")
        }
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
        for task in launch.tasks {
            parts.metrics.accepted(task.id, for: task.placement.pod.uid, at: parts.time.now)
            announce(task, on: launch.hostname)
        }
        return .sent
    }

    private func task(_ task: AgentLaunch.Task, of pod: Pod, on launch: AgentLaunch, _ executor: ExecutorDescription) -> TaskLaunch {
        TaskLaunch(
            taskID: task.id, name: "\(pod.name).\(pod.namespace).pod", agentID: launch.agent,
            resources: SchedulerConversions.mesos(task.placement.resources), executor: executor,
            data: SchedulerConversions.taskData(of: pod, ports: task.placement.ports, for: task.placement.pod),
            labels: TaskLabels.labels(of: pod, term: parts.term).merging(["kmd.dev/offer": launch.offers.first?.value ?? ""]) { own, _ in own })
    }

    private func announce(_ task: AgentLaunch.Task, on hostname: String) {
        let pod = task.placement.pod
        guard pod.nodeName == nil || parts.pods[pod.uid]?.metadata.annotations["k8s.mesosphere.io/taskId"] == nil else { return }
        parts.events.record(
            .pod(namespace: pod.key.namespace, name: pod.key.name, uid: pod.uid.value), reason: "Scheduled",
            message: "Successfully assigned \(pod.key) to \(hostname)")
    }

    func withdraw(_ tasks: [TaskID]) async {
        parts.agents.withdraw(tasks)
        await parts.actors?.reconciler.tell(.withdrawn(tasks))
        await parts.intents.delete(tasks)
    }
    func doubt(_ tasks: [TaskID]) async { await parts.actors?.reconciler.tell(.inDoubt(tasks, at: parts.time.now)) }

    /// Victims end like any deleted pod, with all of their grace period; the pod is told where it will go.
    func evict(_ preemption: Plan.Preemption) async {
        let pod = preemption.pod
        parts.log.notice("preempting", metadata: [
            "pod": "\(pod.key)", "node": "\(preemption.hostname)", "victims": "\(preemption.victims.map(\.key.description).joined(separator: " "))",
        ])
        for victim in preemption.victims {
            let path = "/api/v1/namespaces/\(victim.key.namespace)/pods/\(victim.key.name)"
            let answer = await untilAnswered { () async throws(KubeClientError) in
                try await parts.kube.delete(path, options: ["preconditions": ["uid": .string(victim.uid.value)]])
            }
            guard case .success? = answer else { continue }
            parts.events.record(
                .pod(namespace: victim.key.namespace, name: victim.key.name, uid: victim.uid.value), reason: "Preempted",
                message: "Preempted by \(pod.key) (priority \(pod.priority)) on node \(preemption.hostname)")
        }
        _ = try? await parts.kube.patch(
            "/api/v1/namespaces/\(pod.key.namespace)/pods/\(pod.key.name)/status",
            ["metadata": ["uid": .string(pod.uid.value)], "status": ["nominatedNodeName": .string(preemption.hostname)]], type: .strategic)
    }

    func outcome(_ pod: PodUID, _ outcome: AttemptOutcome) async { await parts.actors?.queue.tried(pod, outcome) }
}
