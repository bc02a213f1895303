import ActorKit
import Core
import Reconciler
import Scheduling

// What the reconciler's effects mean: what has to be durable in the order that it needs, calls to Mesos and messages at once.
extension Leadership {
    func perform(_ effect: ReconcilerEffect) {
        switch effect {
        case .settle, .judge, .deleteIntent:
            if case .settle(let update, let deleteIntent, _, _, let verdict) = effect {
                note("settles \(update.state.rawValue) of \(update.task)\(verdict.map { ", \($0)" } ?? "")\(deleteIntent ? ", ends its intent" : "")")
            }
            durable.add(effect, keys: effect.concerns)
            makeDurable()
        case .kill(let task, _): kill(task)
        case .reconcile(let tasks): ask(tasks)
        case .identify(let tasks): identify(tasks)
        case .confirm(_, let uid): confirm(uid)
        case .requeue(let uid, let reason):
            note("puts \(uid) back: \(reason)")
            requeue(uid, reason)
        case .relaunch(let uid, let reason):
            note("launches \(uid) again: \(reason)")
            if let pod = pods[uid] { tell(queue: .relaunch(bound(pod), at: simulation.now)) }
        case .underWay(let uids): tell(queue: .underWay(uids))
        case .ready:
            note("may launch")
            tell(binder: .opened)
        case .notReady: tell(binder: .closed)
        case .roomAppeared: if queue.isWaiting { tell(broker: .wanted(fresh: false, at: simulation.now)) }
        }
    }

    private func makeDurable() {
        for (number, effect) in durable.begin() {
            let done = { [self] in
                durable.done(number)
                makeDurable()
            }
            switch effect {
            case .settle(let update, let deleteIntent, _, let uid, let verdict): settle(update, deleteIntent, uid, verdict, done)
            case .judge(_, let uid, let verdict): judge(uid, verdict, done)
            case .deleteIntent(let task): end(task, done)
            default: done()
            }
        }
    }

    private func settle(_ update: TaskUpdate, _ deleteIntent: Bool, _ uid: PodUID?, _ verdict: PodVerdict?, _ done: @escaping () -> Void) {
        let acknowledgement = { [self] in
            if update.uuid != nil { acknowledge(update) }
            done()
        }
        let intent = { [self] in deleteIntent ? end(update.task, acknowledgement) : acknowledgement() }
        if let uid, let verdict { judge(uid, verdict, intent) } else { intent() }
    }

    private func judge(_ uid: PodUID, _ verdict: PodVerdict, _ done: @escaping () -> Void) {
        untilAnswered("judge \(uid)") { [self] in
            switch verdict {
            case .remove: world.store.remove(uid, term: term)
            case .finished(let task, let succeeded, _, _): world.store.finish(uid, of: task, succeeded: succeeded, term: term)
            }
        } then: { _ in done() }
    }

    private func end(_ task: TaskID, _ done: @escaping () -> Void) {
        untilAnswered("end intent \(task)") { [self] in world.store.deleteIntent(task, term: term) } then: { _ in done() }
    }

    func acknowledge(_ update: TaskUpdate) {
        guard !isOver, let stream, update.uuid != nil, replica.mayAct(term) else { return }
        world.network.call("ACKNOWLEDGE \(update.task)", from: endpoint, to: world.mesos.endpoint) { [self] in
            world.mesos.acknowledge(update, isDurable: world.isDurable(update), stream)
        } answered: { _ in }
    }

    private func kill(_ task: TaskID) {
        guard let stream, replica.mayAct(term) else { return }
        note("kills \(task)")
        world.network.call("KILL \(task)", from: endpoint, to: world.mesos.endpoint) { [self] in
            world.mesos.kill(task, stream)
        } answered: { _ in }
    }

    private func ask(_ tasks: [TaskQuestion]) {
        guard let stream, replica.mayAct(term) else { return }
        world.network.call("RECONCILE", from: endpoint, to: world.mesos.endpoint) { [self] in
            world.mesos.reconcile(tasks, stream)
        } answered: { _ in }
        guard world.planted == .silenceIsGone else { return }
        heard.subtract(tasks.map(\.task))
        later(.seconds(5)) { [self] in
            for question in tasks where !heard.contains(question.task) {
                let gone = TaskUpdate(task: question.task, state: .gone, source: .master, reason: "REASON_RECONCILIATION", agent: question.agent)
                tell(reconciler: .update(gone, at: simulation.now))
            }
        }
    }

    /// The operator API tells the labels of tasks; asked until it answers.
    private func identify(_ tasks: [TaskID]) {
        world.network.call("whose tasks", from: endpoint, to: world.mesos.endpoint) { [self] in
            Dictionary(uniqueKeysWithValues: tasks.compactMap { task in world.mesos.identity(of: task).map { (task, $0) } })
        } answered: { [self] result in
            guard !isOver else { return }
            guard case .success(let found) = result else { return later(.seconds(1)) { [self] in identify(tasks) } }
            for task in tasks { tell(reconciler: .identified(task, found[task], at: simulation.now)) }
        }
    }

    private func confirm(_ uid: PodUID) {
        untilAnswered("look at \(uid)") { [self] in world.store.pods[uid] } then: { [self] pod in
            tell(reconciler: .confirmed(uid, pod.map(Self.standing), at: simulation.now))
        }
    }

    private func requeue(_ uid: PodUID, _ reason: String) {
        tell(queue: .launchFailed(uid, reason: reason, at: simulation.now, fraction: simulation.random.fraction()))
        guard let pod = pods[uid], Self.waits(pod) else { return }
        tell(queue: .waiting(pod.demand, at: simulation.now))
    }

    /// A bound pod asks for its own node.
    private func bound(_ pod: SimulatedStore.PodObject) -> PodDemand {
        var wishes = pod.demand.shape.wishes
        wishes.nodeName = pod.node
        return PodDemand(key: pod.demand.key, uid: pod.uid, shape: PodShape(wishes))
    }
}
