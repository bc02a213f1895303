import ActorKit
import Core
import KubeObjects

/// The kubelet's work for all pods of one node.
///
/// Owns a worker for each pod that Mesos launched here, looks at the runtime once a period and shares out what it sees, and follows the
/// node's pods at the API server. Containers that nobody launched are left alone until the API server says that their pod is gone.
public actor NodeAgent: Component {
    public nonisolated let name = "node-agent"
    private nonisolated let inbox = Inbox<NodeAgentMessage>(capacity: 4096)
    private let node: NodeConfiguration
    private let ports: NodePorts
    private let gate: Gate
    private var workers: [PodUID: PodWorker] = [:]
    private var tasks: [TaskID: PodUID] = [:]
    private var binding: [TaskID: PodLaunch] = [:]
    private var killedEarly: Set<TaskID> = []
    private var known: [PodUID: Pod] = [:]
    private var isSynced = false
    private var isShuttingDown = false
    private var confirming: Set<PodUID> = []

    public init(_ node: NodeConfiguration, ports: NodePorts) {
        (self.node, self.ports) = (node, ports)
        gate = Gate(node.concurrentSteps)
    }

    /// Tells the agent something; waits while its inbox is full.
    public nonisolated func send(_ input: NodeAgentInput) async { _ = await inbox.send(.outside(input)) }

    /// Runs until cancelled. The pods run on then.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.relist() }
            while let batch = await inbox.batch(on: ports.time) {
                for message in batch { take(message, &group) }
            }
            group.cancelAll()
        }
    }

    /// How many pods have a worker that has not ended.
    public var podCount: Int { workers.count + binding.count }

    /// The pods that the API server has given to this node.
    public var pods: [Pod] { known.values.sorted { $0.key < $1.key } }

    private func relist() async {
        while !Task.isCancelled {
            let since = ports.time.now
            if let snapshot = try? await ports.runtime.list() { _ = await inbox.send(.listed(snapshot, since: since)) }
            try? await ports.time.sleep(for: node.relistPeriod)
        }
    }

    private func take(_ message: NodeAgentMessage, _ group: inout DiscardingTaskGroup) {
        switch message {
        case .outside(.launch(let launch)): take(launch, &group)
        case .outside(.kill(let task, let grace)): kill(task, grace)
        case .outside(.shutdown(let grace)):
            isShuttingDown = true
            for task in binding.keys.sorted() { killedEarly.insert(task) }
            for uid in workers.keys.sorted() { workers[uid]?.inbox.feed(.killed(graceSeconds: grace)) }
        case .outside(.podsSynced(let pods)): synced(pods, &group)
        case .outside(.podChanged(let pod)): changed(pod, &group)
        case .outside(.podDeleted(let pod)):
            known[pod.uid] = nil
            workers[pod.uid]?.inbox.feed(.objectGone)
        case .listed(let snapshot, let since): listed(snapshot, since, &group)
        case .bound(let launch, let outcome): bound(launch, outcome, &group)
        case .workerEnded(let uid):
            workers[uid] = nil
            tasks = tasks.filter { $0.value != uid }
        case .confirmedGone(let uid): confirming.remove(uid)
        }
    }

    // MARK: Mesos

    private func take(_ launch: PodLaunch, _ group: inout DiscardingTaskGroup) {
        guard binding[launch.task] == nil, tasks[launch.task] == nil else { return }
        if isShuttingDown { return ports.reporter.report(launch.task, .killed, message: "the executor is shutting down") }
        binding[launch.task] = launch
        ports.reporter.report(launch.task, .starting, message: "")
        let binder = PodBinding(api: ports.api, time: ports.time, nodeName: node.nodeName)
        group.addTask {
            let outcome = await binder.bind(launch)
            if !Task.isCancelled { self.inbox.feed(.bound(launch, outcome)) }
        }
    }

    private func bound(_ launch: PodLaunch, _ outcome: BindOutcome, _ group: inout DiscardingTaskGroup) {
        guard binding.removeValue(forKey: launch.task) != nil else { return }
        let killed = killedEarly.remove(launch.task) != nil
        switch outcome {
        case .gone: ports.reporter.report(launch.task, .killed, message: "pod \(launch.pod.key) (uid \(launch.pod.uid)) is gone")
        case .refused(let why): ports.reporter.report(launch.task, .failed, message: why)
        case .bound(let pod):
            known[pod.uid] = pod
            tasks[launch.task] = pod.uid
            if let worker = workers[pod.uid] {
                group.addTask { await worker.give(launch.task) }
            } else {
                start(pod, task: launch.task, &group)
            }
            if killed { workers[pod.uid]?.inbox.feed(.killed(graceSeconds: nil)) }
        }
    }

    private func kill(_ task: TaskID, _ grace: Int64?) {
        if let uid = tasks[task], let worker = workers[uid] {
            worker.inbox.feed(.killed(graceSeconds: grace))
        } else if binding[task] != nil {
            killedEarly.insert(task)
        } else {
            ports.reporter.report(task, .killed, message: "the task is not known to this executor")
        }
    }

    private func start(_ pod: Pod, task: TaskID?, _ group: inout DiscardingTaskGroup) {
        let worker = PodWorker(pod: pod, task: task, node: node, ports: ports, gate: gate)
        workers[pod.uid] = worker
        if pod.isTerminating { worker.inbox.feed(.updated(pod)) }
        let (runtime, time) = (ports.runtime, ports.time)
        group.addTask {
            // What runs already is seen at once, not at the next round.
            let since = time.now
            if let snapshot = try? await runtime.list() { worker.inbox.feed(.observed(snapshot.of(pod.uid), since: since)) }
            await worker.run()
            self.inbox.feed(.workerEnded(pod.uid))
        }
    }

    // MARK: API server

    private func synced(_ pods: [Pod], _ group: inout DiscardingTaskGroup) {
        isSynced = true
        let before = known
        known = [:]
        for pod in pods { known[pod.uid] = pod }
        for uid in workers.keys.sorted() where known[uid] == nil {
            // The list may be older than a binding of a moment ago: only an object that was here before has gone.
            if before[uid]?.spec.nodeName == node.nodeName { workers[uid]?.inbox.feed(.objectGone) }
        }
        for pod in pods { changed(pod, &group) }
    }

    private func changed(_ pod: Pod, _ group: inout DiscardingTaskGroup) {
        known[pod.uid] = pod
        if let worker = workers[pod.uid] {
            worker.inbox.feed(.updated(pod))
        } else if pod.isTerminating, !binding.values.contains(where: { $0.pod.uid == pod.uid }) {
            // Nobody launched it since this executor began, and it is to go: see it off.
            start(pod, task: nil, &group)
        }
    }

    // MARK: Runtime

    private func listed(_ snapshot: RuntimeSnapshot, _ since: Instant, _ group: inout DiscardingTaskGroup) {
        var uids = Set(snapshot.sandboxes.map(\.uid))
        uids.formUnion(snapshot.containers.map(\.uid))
        for uid in workers.keys.sorted() { workers[uid]?.inbox.feed(.observed(snapshot.of(uid), since: since)) }
        guard isSynced else { return }
        for uid in uids.sorted() where workers[uid] == nil && known[uid] == nil && !confirming.contains(uid) {
            guard !binding.values.contains(where: { $0.pod.uid == uid }) else { continue }
            confirming.insert(uid)
            let orphan = snapshot.of(uid)
            let ports = ports
            group.addTask {
                await removeIfGone(orphan, uid, ports)
                self.inbox.feed(.confirmedGone(uid))
            }
        }
    }
}

/// Removes a pod's containers and files when, and only when, the API server says that the pod does not exist.
private func removeIfGone(_ orphan: RuntimeSnapshot, _ uid: PodUID, _ ports: NodePorts) async {
    guard let key = orphan.sandboxes.first?.key else { return }
    do {
        guard try await ports.api.pod(key).uid != uid else { return }
    } catch {
        guard error.kind == .notFound else { return }
    }
    do {
        try await PodRemoval.remove(orphan, ports.runtime)
        try await ports.volumes.removePod(key, uid)
    } catch {
        // The next look tries again.
        return
    }
}
