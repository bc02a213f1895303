import Core
import LeaderElector
import Scheduling

/// The API server and its store, as far as the scheduler and the executors use them: pods, intents, the framework's id and the fence.
///
/// What it holds outlives everything. Each write is one transaction: conditions first, then all of it or nothing.
final class SimulatedStore {
    struct PodObject: Hashable {
        var demand: PodDemand
        /// Empty: not bound.
        var node = ""
        var task: TaskID?
        var agent: AgentID?
        var phase = "Pending"
        var isDeleting = false
        var why = ""
        /// Of the write that made it so.
        fileprivate(set) var revision: UInt64 = 0
        var uid: PodUID { demand.uid }
        var isFinished: Bool { phase == "Succeeded" || phase == "Failed" }
    }

    enum Change {
        /// All there is: the first message of each connection.
        case listed([PodObject])
        case pod(PodObject)
        case gone(PodUID)
    }

    /// How a write ended.
    enum Answer: Hashable { case done, conflict, notFound, fenced(by: Term) }

    private let network: Network
    let endpoint: Endpoint
    private(set) var pods: [PodUID: PodObject] = [:]
    private var revision: UInt64 = 0
    private(set) var intents: [TaskID: LaunchIntent] = [:]
    private(set) var frameworkID: FrameworkID?
    /// The highest term that has written.
    private(set) var fence = Term(0)
    private(set) var lease: LeaseRecord?
    private var leaseVersion = 0
    private var watchers: [Channel<Change>] = []
    private let checks: Checks
    private let planted: PlantedFault?

    init(_ network: Network, on endpoint: Endpoint, checks: Checks, planted: PlantedFault?) {
        (self.network, self.endpoint, self.checks, self.planted) = (network, endpoint, checks, planted)
    }

    // MARK: Reading

    /// All pods now, and all changes after that.
    /// - Parameter late: a planted fault: the changes of the next moment are missed.
    func follow(late: Bool = false, on channel: Channel<Change>) {
        channel.send(.listed(pods.values.sorted { $0.uid < $1.uid }))
        watchers.removeAll { !$0.isOpen }
        if late {
            network.simulation.after(.milliseconds(500)) { [self] in watchers.append(channel) }
        } else {
            watchers.append(channel)
        }
    }

    var allIntents: [LaunchIntent] { intents.values.sorted { $0.task < $1.task } }

    private func tell(_ change: Change) { for watcher in watchers { watcher.send(change) } }

    private func put(_ changed: PodObject) {
        guard pods[changed.uid] != changed else { return }
        revision += 1
        var pod = changed
        pod.revision = revision
        pods[pod.uid] = pod
        tell(.pod(pod))
    }

    // MARK: What a leader writes

    /// The fence, in the transaction of the write itself.
    private func admits(_ term: Term, _ what: String) -> Answer? {
        if term < fence, planted != .skippedFence {
            network.simulation.note("store: refused \(what) of term \(term), \(fence) has written")
            return .fenced(by: fence)
        }
        checks.leaderWrote(term, what)
        fence = max(fence, term)
        return nil
    }

    /// A new leader raises the fence before it reads, so that nothing of its predecessor comes after what it read.
    func raise(_ term: Term) -> Answer { admits(term, "the fence") ?? .done }

    func write(_ new: [LaunchIntent], term: Term) -> Answer {
        if let refusal = admits(term, "\(new.count) intents") { return refusal }
        for intent in new { intents[intent.task] = intent }
        return .done
    }

    func deleteIntent(_ task: TaskID, term: Term) -> Answer {
        if let refusal = admits(term, "the end of intent \(task)") { return refusal }
        intents[task] = nil
        return .done
    }

    func keepFramework(_ id: FrameworkID, term: Term) -> Answer {
        if let refusal = admits(term, "the framework's id") { return refusal }
        if let frameworkID { return frameworkID == id ? .done : .conflict }
        frameworkID = id
        return .done
    }

    func explain(_ uid: PodUID, _ why: String, term: Term) -> Answer {
        if let refusal = admits(term, "why \(uid) waits") { return refusal }
        guard var pod = pods[uid] else { return .notFound }
        pod.why = why
        put(pod)
        return .done
    }

    /// - Parameter task: only while the binding names it; else it is another's, and there is nothing to do.
    func finish(_ uid: PodUID, of task: TaskID?, succeeded: Bool, term: Term) -> Answer {
        if let refusal = admits(term, "the end of \(uid)") { return refusal }
        guard var pod = pods[uid] else { return .notFound }
        guard pod.task == task, !pod.isFinished else { return .done }
        pod.phase = succeeded ? "Succeeded" : "Failed"
        put(pod)
        return .done
    }

    func remove(_ uid: PodUID, term: Term) -> Answer {
        if let refusal = admits(term, "the removal of \(uid)") { return refusal }
        return remove(uid)
    }

    // MARK: The lease of a standalone election

    func write(lease record: LeaseRecord) -> LeaseAnswer {
        guard record.resourceVersion == lease?.resourceVersion ?? "" else { return .conflict }
        leaseVersion += 1
        lease = LeaseRecord(
            holder: record.holder, transitions: record.transitions, acquired: record.acquired, renewed: record.renewed, duration: record.duration,
            resourceVersion: String(leaseVersion))
        return lease.map { .stored($0) } ?? .conflict
    }

    // MARK: What executors and users write

    /// A compare-and-set: of two tasks for one pod only one can win.
    func bind(_ uid: PodUID, to node: String, task: TaskID, agent: AgentID) -> Answer {
        guard var pod = pods[uid], !pod.isDeleting || !pod.node.isEmpty else { return .notFound }
        guard pod.node.isEmpty else { return .conflict }
        (pod.node, pod.task, pod.agent) = (node, task, agent)
        put(pod)
        return .done
    }

    /// A bound pod's next task, on the condition that nothing of the pod has changed since it was read.
    func takeOver(_ seen: PodObject, task: TaskID, agent: AgentID) -> Answer {
        guard var pod = pods[seen.uid] else { return .notFound }
        guard pod.revision == seen.revision else { return .conflict }
        (pod.task, pod.agent) = (task, agent)
        put(pod)
        return .done
    }

    func run(_ uid: PodUID) -> Answer {
        guard var pod = pods[uid] else { return .notFound }
        if !pod.isFinished { pod.phase = "Running" }
        put(pod)
        return .done
    }

    @discardableResult func remove(_ uid: PodUID) -> Answer {
        guard pods.removeValue(forKey: uid) != nil else { return .notFound }
        tell(.gone(uid))
        return .done
    }

    func create(_ demand: PodDemand) { put(PodObject(demand: demand)) }

    /// A deletion: at once where no node has it, else the node's executor ends it.
    func delete(_ uid: PodUID) {
        guard var pod = pods[uid] else { return }
        guard !pod.node.isEmpty, !pod.isFinished else {
            remove(uid)
            return
        }
        pod.isDeleting = true
        put(pod)
    }
}
