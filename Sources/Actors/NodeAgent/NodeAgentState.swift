import Core
import KubeObjects

/// Which pods this node runs, for which Mesos tasks, and what nobody launched. Pure.
///
/// A launched pod is bound first, then has a worker until nothing is left of it. What runs without a worker is left alone until the
/// API server itself says that its pod is gone: this state only asks for that to be confirmed.
package struct NodeAgentState: Sendable {
    package enum Effect: Sendable {
        case report(TaskID, TaskState, message: String)
        case bind(PodLaunch)
        /// A worker for a pod, for a Mesos task if there is one.
        case start(Pod, task: TaskID?)
        case tell(PodUID, PodWorkerState.Input)
        /// A worker's pod has a new task.
        case give(PodUID, TaskID)
        /// Remove these, if the API server says that their pod is gone.
        case confirmGone(PodUID, RuntimeSnapshot)
    }

    private let nodeName: String
    private var workers: Set<PodUID> = []
    /// The tasks of workers, until their end has been reported.
    private var tasks: [TaskID: PodUID] = [:]
    private var ended: Set<TaskID> = []
    private var binding: [TaskID: PodLaunch] = [:]
    /// The launches of each pod that is being bound, in the order in which they came. The first is under way; the others come after it, so that the binding and this
    /// state agree which was the last.
    private var line: [PodUID: [PodLaunch]] = [:]
    /// Killed while they were being bound.
    private var killedEarly: Set<TaskID> = []
    private var known: [PodUID: Pod] = [:]
    private var isSynced = false
    private var isShuttingDown = false
    /// At the last look the runtime had nothing.
    private var isQuiet = false
    private var confirming: Set<PodUID> = []

    package init(nodeName: String) { self.nodeName = nodeName }

    /// How many tasks have not come to their end.
    package var liveTasks: Int { tasks.count - ended.count + binding.count }

    /// Nothing is to run here, nothing runs, and nothing is left of what ran.
    package var isIdle: Bool {
        isSynced && isQuiet && workers.isEmpty && binding.isEmpty && !known.values.contains { !$0.isFinished }
    }

    /// The pods that the API server has given to this node.
    package var pods: [Pod] { known.values.sorted { $0.key < $1.key } }

    package mutating func handle(_ message: NodeAgentMessage) -> [Effect] {
        switch message {
        case .outside(.launch(let launch)): return take(launch)
        case .outside(.kill(let task, let grace)): return kill(task, grace)
        case .outside(.shutdown(let grace)): return shutDown(grace)
        case .outside(.podsSynced(let pods)): return synced(pods)
        case .outside(.podChanged(let pod)): return changed(pod)
        case .outside(.podDeleted(let pod)):
            known[pod.uid] = nil
            return tell(pod.uid, .objectGone)
        case .listed(let snapshot, let since): return listed(snapshot, since)
        case .bound(let launch, let outcome): return bound(launch, outcome)
        case .taskEnded(let task):
            if tasks[task] != nil { ended.insert(task) }
            return []
        case .workerEnded(let uid):
            workers.remove(uid)
            for (task, owner) in tasks where owner == uid {
                tasks[task] = nil
                ended.remove(task)
            }
            return []
        case .confirmedGone(let uid):
            confirming.remove(uid)
            return []
        }
    }

    private func tell(_ uid: PodUID, _ input: PodWorkerState.Input) -> [Effect] { workers.contains(uid) ? [.tell(uid, input)] : [] }

    // MARK: Mesos

    private mutating func take(_ launch: PodLaunch) -> [Effect] {
        guard binding[launch.task] == nil, tasks[launch.task] == nil else { return [] }
        if isShuttingDown { return [.report(launch.task, .killed, message: "the executor is shutting down")] }
        binding[launch.task] = launch
        line[launch.pod.uid, default: []].append(launch)
        return [.report(launch.task, .starting, message: "")] + (line[launch.pod.uid]?.count == 1 ? [.bind(launch)] : [])
    }

    private mutating func nextInLine(_ uid: PodUID) -> [Effect] {
        line[uid]?.removeFirst()
        if let next = line[uid]?.first { return [.bind(next)] }
        line[uid] = nil
        return []
    }

    private mutating func bound(_ launch: PodLaunch, _ outcome: BindOutcome) -> [Effect] {
        guard binding.removeValue(forKey: launch.task) != nil else { return [] }
        let killed = killedEarly.remove(launch.task) != nil
        let next = nextInLine(launch.pod.uid)
        switch outcome {
        case .gone: return [.report(launch.task, .killed, message: "pod \(launch.pod.key) (uid \(launch.pod.uid)) is gone")] + next
        case .refused(let why): return [.report(launch.task, .failed, message: why)] + next
        case .bound(let pod):
            known[pod.uid] = pod
            let superseded = supersede(pod.uid, by: launch.task)
            tasks[launch.task] = pod.uid
            let first: [Effect] = superseded + (workers.contains(pod.uid) ? [.give(pod.uid, launch.task)] : start(pod, task: launch.task))
            return first + (killed ? tell(pod.uid, .killed(graceSeconds: nil)) : []) + next
        }
    }

    /// A pod has one task: the scheduler had given up the one before, which ends without its pod.
    private mutating func supersede(_ uid: PodUID, by task: TaskID) -> [Effect] {
        let before = tasks.filter { $0.value == uid }.map(\.key).sorted()
        return before.compactMap { old in
            tasks[old] = nil
            return ended.remove(old) == nil ? .report(old, .killed, message: "task \(task) has taken its pod") : nil
        }
    }

    private mutating func kill(_ task: TaskID, _ grace: Int64?) -> [Effect] {
        if let uid = tasks[task] { return tell(uid, .killed(graceSeconds: grace)) }
        if binding[task] != nil {
            killedEarly.insert(task)
            return []
        }
        return [.report(task, .killed, message: "the task is not known to this executor")]
    }

    private mutating func shutDown(_ grace: Int64) -> [Effect] {
        isShuttingDown = true
        killedEarly.formUnion(binding.keys)
        return workers.sorted().map { .tell($0, .killed(graceSeconds: grace)) }
    }

    private mutating func start(_ pod: Pod, task: TaskID?) -> [Effect] {
        workers.insert(pod.uid)
        return [.start(pod, task: task)] + (pod.isTerminating ? [.tell(pod.uid, .updated(pod))] : [])
    }

    // MARK: API server

    private mutating func synced(_ pods: [Pod]) -> [Effect] {
        isSynced = true
        let before = known
        known = [:]
        for pod in pods { known[pod.uid] = pod }
        // The list may be older than a binding of a moment ago: only an object that was here before has gone.
        let gone = workers.sorted().filter { known[$0] == nil && before[$0]?.spec.nodeName == nodeName }
        return gone.map { .tell($0, .objectGone) } + pods.flatMap { changed($0) }
    }

    private mutating func changed(_ pod: Pod) -> [Effect] {
        known[pod.uid] = pod
        if workers.contains(pod.uid) { return [.tell(pod.uid, .updated(pod))] }
        // Nobody launched it since this executor began, and it is to go: see it off.
        guard pod.isTerminating, !isBeingBound(pod.uid) else { return [] }
        return start(pod, task: nil)
    }

    private func isBeingBound(_ uid: PodUID) -> Bool { line[uid] != nil }

    // MARK: Runtime

    private mutating func listed(_ snapshot: RuntimeSnapshot, _ since: Instant) -> [Effect] {
        isQuiet = snapshot.sandboxes.isEmpty && snapshot.containers.isEmpty
        var effects = workers.sorted().map { Effect.tell($0, .observed(snapshot.of($0), since: since)) }
        guard isSynced else { return effects }
        let running = Set(snapshot.sandboxes.map(\.uid)).union(snapshot.containers.map(\.uid))
        for uid in running.sorted() where !workers.contains(uid) && known[uid] == nil && !isBeingBound(uid) {
            guard confirming.insert(uid).inserted else { continue }
            effects.append(.confirmGone(uid, snapshot.of(uid)))
        }
        return effects
    }
}
