import ActorKit
import Core
import KubeObjects

/// The kubelet's work for all pods of one node.
///
/// Performs what `NodeAgentState` decides: owns a worker for each pod that Mesos launched here, looks at the runtime once a period and
/// shares out what it sees, and follows the node's pods at the API server.
public actor NodeAgent: Component {
    public nonisolated let name = "node-agent"
    private nonisolated let inbox = Inbox<NodeAgentMessage>(capacity: 4096)
    private let node: NodeConfiguration
    private let ports: NodePorts
    private let gate: Gate
    private var state: NodeAgentState
    private var workers: [PodUID: PodWorker] = [:]

    public init(_ node: NodeConfiguration, ports: NodePorts) {
        (self.node, self.ports) = (node, ports)
        gate = Gate(node.concurrentSteps)
        state = NodeAgentState(nodeName: node.nodeName)
    }

    /// Tells the agent something; waits while its inbox is full.
    public nonisolated func send(_ input: NodeAgentInput) async { _ = await inbox.send(.outside(input)) }

    /// Runs until cancelled. The pods run on then.
    public func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.relist() }
            while let batch = await inbox.batch(on: ports.time) {
                for message in batch {
                    if case .workerEnded(let uid) = message { workers[uid] = nil }
                    for effect in state.handle(message) { perform(effect, &group) }
                }
            }
            group.cancelAll()
        }
    }

    /// How many tasks have not come to their end.
    public var liveTasks: Int { state.liveTasks }

    /// Nothing is to run here, nothing runs, and nothing is left of what ran.
    public var isIdle: Bool { state.isIdle }

    /// The pods that the API server has given to this node.
    public var pods: [Pod] { state.pods }

    private func relist() async {
        while !Task.isCancelled {
            let since = ports.time.now
            if let snapshot = try? await ports.runtime.list() { _ = await inbox.send(.listed(snapshot, since: since)) }
            try? await ports.time.sleep(for: node.relistPeriod)
        }
    }

    private func perform(_ effect: NodeAgentState.Effect, _ group: inout DiscardingTaskGroup) {
        switch effect {
        case .report(let task, let taskState, let message): ports.reporter.report(task, taskState, message: message)
        case .tell(let uid, let input): workers[uid]?.inbox.feed(input)
        case .start(let pod, let task): start(pod, task, &group)
        case .give(let uid, let task):
            guard let worker = workers[uid] else { return }
            group.addTask { await worker.give(task) }
        case .bind(let launch):
            let binder = PodBinding(api: ports.api, time: ports.time, nodeName: node.nodeName)
            group.addTask {
                let outcome = await binder.bind(launch)
                if !Task.isCancelled { self.inbox.feed(.bound(launch, outcome)) }
            }
        case .confirmGone(let uid, let orphan):
            let ports = ports
            group.addTask {
                await removeIfGone(orphan, uid, ports)
                self.inbox.feed(.confirmedGone(uid))
            }
        }
    }

    private func start(_ pod: Pod, _ task: TaskID?, _ group: inout DiscardingTaskGroup) {
        let inbox = inbox
        let worker = PodWorker(pod: pod, task: task, node: node, ports: ports, gate: gate) { inbox.feed(.taskEnded($0)) }
        workers[pod.uid] = worker
        let (runtime, time) = (ports.runtime, ports.time)
        group.addTask {
            // What runs already is seen at once, not at the next round.
            let since = time.now
            if let snapshot = try? await runtime.list() { worker.inbox.feed(.observed(snapshot.of(pod.uid), since: since)) }
            await worker.run()
            inbox.feed(.workerEnded(pod.uid))
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
