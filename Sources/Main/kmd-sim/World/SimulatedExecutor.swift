import Core
import Reconciler
import Scheduling

/// The executor of one node and the containers that it minds. Containers outlive it; what it knows of tasks does not.
///
/// A model of what `NodeAgent` does, not that component: it binds, starts, reports, stops, and adopts by uid.
final class SimulatedExecutor {
    static let id: ExecutorID = "kmd-executor"

    let process: SimulatedProcess
    let host: String
    private let network: Network
    private let store: SimulatedStore
    private let checks: Checks
    private let planted: PlantedFault?
    private var mesos: SimulatedMesos?
    private var agent: AgentID = ""

    /// What runs on the node, by pod; it is the machine's, and survives the executor.
    private var containers: Set<PodUID> = []
    /// The highest term whose launches were taken; kept on the node's disk.
    private var fence = Term(0)
    /// What this incarnation has bound, by pod.
    private var tasks: [PodUID: TaskID] = [:]
    /// What it was asked to run and has not bound yet.
    private var line: [PodUID: [SimulatedTask]] = [:]
    /// Killed before they were bound.
    private var killedEarly: Set<TaskID> = []
    private var following: Channel<SimulatedStore.Change>?

    private var simulation: Simulation { network.simulation }
    private var endpoint: Endpoint { Endpoint(process: process, host: host) }

    init(_ network: Network, host: String, process: SimulatedProcess, store: SimulatedStore, checks: Checks, planted: PlantedFault?) {
        (self.network, self.host, self.process) = (network, host, process)
        (self.store, self.checks, self.planted) = (store, checks, planted)
    }

    func attach(to mesos: SimulatedMesos, _ agent: AgentID) { (self.mesos, self.agent) = (mesos, agent) }
    func detach() { mesos = nil }

    // MARK: Life

    func began() {
        forget()
        follow()
    }

    private func forget() { (tasks, line, killedEarly) = ([:], [:], []) }

    /// The agent sees that its executor is gone, and says so of each of its tasks.
    func ended() {
        forget()
        following?.close()
        following = nil
        mesos?.executorEnded(on: agent)
    }

    private func follow() {
        let channel = network.channel(from: store.endpoint, to: endpoint) { [self] (change: SimulatedStore.Change) in absorb(change) } broken: {
            [self] in simulation.after(.milliseconds(500), on: process) { [self] in follow() }
        }
        following?.close()
        following = channel
        network.call("follow pods", from: endpoint, to: store.endpoint) { [self] in store.follow(on: channel) } answered: { result in
            if case .failure = result { channel.breakNow() }
        }
    }

    // MARK: Commands

    private func obeys(_ term: Term, _ what: String) -> Bool {
        if term < fence, planted != .skippedExecutorFence {
            simulation.note("\(process.name): refused \(what) of term \(term), \(fence) has acted here")
            return false
        }
        fence = max(fence, term)
        checks.executorObeyed(term, on: host, what)
        return true
    }

    func launch(_ task: SimulatedTask) {
        if !process.isUp { simulation.restart(process) }
        simulation.after(.milliseconds(1), on: process) { [self] in
            guard obeys(task.term, "launch of \(task.pod.uid)") else {
                mesos?.report(task.id, .failed, on: agent, by: .executor, reason: "REASON_EXECUTOR_FENCED")
                return
            }
            line[task.pod.uid, default: []].append(task)
            if line[task.pod.uid]?.count == 1 { bind(task) }
        }
    }

    /// Launches of one pod are bound one after the other.
    private func bind(_ task: SimulatedTask) {
        let (uid, again) = (task.pod.uid, { [self] in simulation.after(.milliseconds(300), on: process) { [self] in bind(task) } })
        ask("bind \(uid)") { [self] in store.bind(uid, to: host, task: task.id, agent: agent) } then: { [self] answer in
            switch answer {
            case .done: bound(task)
            case .conflict: adopt(task)
            case .notFound, .fenced: refused(task)
            case nil: again()
            }
        }
    }

    /// It is bound already: here, by this task or an earlier one, or elsewhere.
    private func adopt(_ task: SimulatedTask) {
        let again = { [self] in simulation.after(.milliseconds(300), on: process) { [self] in bind(task) } }
        ask("read \(task.pod.uid)") { [self] in store.pods[task.pod.uid] } then: { [self] pod in
            guard let pod else { return again() }
            guard let pod, pod.node == host else { return refused(task) }
            if pod.task == task.id { return bound(task) }
            ask("give \(pod.uid) to \(task.id)") { [self] in store.takeOver(pod, task: task.id, agent: agent) } then: { [self] answer in
                switch answer {
                case .done: bound(task)
                case .notFound: refused(task)
                case .conflict, .fenced, nil: again()
                }
            }
        }
    }

    /// `nil`: no answer.
    private func ask<Answer>(_ name: String, _ work: @escaping () -> Answer, then: @escaping (Answer?) -> Void) {
        network.call(name, from: endpoint, to: store.endpoint, work) { then(try? $0.get()) }
    }

    /// Another task has won, or the pod is gone.
    private func refused(_ task: SimulatedTask) {
        killedEarly.remove(task.id)
        mesos?.report(task.id, .failed, on: agent, by: .executor, reason: "REASON_TASK_INVALID")
        nextInLine(task.pod.uid)
    }

    /// The pod has one task here: the new one.
    private func bound(_ task: SimulatedTask) {
        if let old = tasks.updateValue(task.id, forKey: task.pod.uid), old != task.id {
            mesos?.report(old, .killed, on: agent, by: .executor, reason: "superseded")
        }
        if killedEarly.remove(task.id) != nil { kill(task.id) } else { start(task) }
        nextInLine(task.pod.uid)
    }

    private func nextInLine(_ uid: PodUID) {
        line[uid]?.removeFirst()
        if let next = line[uid]?.first { return bind(next) }
        line[uid] = nil
    }

    private func start(_ task: SimulatedTask) {
        guard tasks[task.pod.uid] == task.id else { return }
        let adopted = containers.contains(task.pod.uid)
        simulation.after(adopted ? .milliseconds(5) : simulation.delay(.milliseconds(50) ... .seconds(1)), on: process) { [self] in
            guard tasks[task.pod.uid] == task.id else { return }
            if containers.insert(task.pod.uid).inserted { checks.started(task.pod.uid, on: host) }
            simulation.note("\(process.name): \(task.pod.uid) runs as \(task.id)\(adopted ? ", adopted" : "")")
            mesos?.report(task.id, .running, on: agent, by: .executor)
            tell { [self] in store.run(task.pod.uid) }
            if SimulatedExecutor.ends(task.pod) { simulation.after(.seconds(8), on: process) { [self] in finish(task) } }
        }
    }

    /// Pods that do some work and are done, beside those that serve for ever.
    static func ends(_ pod: PodDemand) -> Bool { pod.key.name.hasPrefix("job-") }

    /// Its containers ended by themselves. Only the task says so: that the pod's status does not is what the reconciler must see to.
    private func finish(_ task: SimulatedTask) {
        guard tasks[task.pod.uid] == task.id, containers.contains(task.pod.uid) else { return }
        tasks[task.pod.uid] = nil
        stop(task.pod.uid, wanted: true)
        mesos?.report(task.id, .finished, on: agent, by: .executor)
    }

    func kill(_ task: TaskID) {
        simulation.after(.milliseconds(1), on: process) { [self] in
            if line.values.contains(where: { $0.contains { $0.id == task } }) {
                killedEarly.insert(task)
                return
            }
            guard let uid = tasks.first(where: { $0.value == task })?.key else {
                mesos?.report(task, .killed, on: agent, by: .executor, reason: "not known to this executor")
                return
            }
            tasks[uid] = nil
            let pod = store.pods[uid]
            if containers.contains(uid) { stop(uid, wanted: pod == nil || pod?.isDeleting == true || pod?.isFinished == true || pod?.node != host) }
            mesos?.report(task, .killed, on: agent, by: .executor)
        }
    }

    // MARK: Pods

    private func absorb(_ change: SimulatedStore.Change) {
        switch change {
        case .listed(let pods):
            for pod in pods { absorb(.pod(pod)) }
            let known = Set(pods.map(\.uid))
            for uid in containers.sorted() where !known.contains(uid) { stop(uid, wanted: true) }
        case .pod(let pod) where pod.node == host && pod.isDeleting && tasks[pod.uid] != nil: end(pod.uid)
        case .pod: break
        case .gone(let uid):
            if let task = tasks.removeValue(forKey: uid) { mesos?.report(task, .killed, on: agent, by: .executor) }
            if containers.contains(uid) { stop(uid, wanted: true) }
        }
    }

    /// Its grace period, then its end: containers first, the object after them, the task last.
    private func end(_ uid: PodUID) {
        simulation.after(.milliseconds(500), on: process) { [self] in
            guard let task = tasks[uid] else { return }
            if containers.contains(uid) { stop(uid, wanted: true) }
            tell { [self] in store.remove(uid) }
            tasks[uid] = nil
            mesos?.report(task, .killed, on: agent, by: .executor)
        }
    }

    private func stop(_ uid: PodUID, wanted: Bool) {
        containers.remove(uid)
        checks.stopped(uid, on: host, wanted: wanted)
        simulation.note("\(process.name): the containers of \(uid) are stopped")
    }

    /// Says it to the store until there is an answer.
    private func tell(_ work: @escaping () -> SimulatedStore.Answer) {
        network.call("status", from: endpoint, to: store.endpoint, work) { [self] result in
            if case .failure = result { simulation.after(.milliseconds(300), on: process) { [self] in tell(work) } }
        }
    }
}
