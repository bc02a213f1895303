import ActorKit
import Binder
import Core
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

/// One term of one replica: the states of the scheduler's components, and how facts come to them, as Main/kmd wires them.
///
/// What carries the effects out is in the other files of this folder. After `end` nothing happens any more, whatever is still under way.
final class Leadership {
    let term: Term
    let replica: Replica
    var world: World { replica.world }
    var simulation: Simulation { replica.world.simulation }
    var process: SimulatedProcess { replica.process }
    var endpoint: Endpoint { replica.endpoint }
    private(set) var isOver = false

    var broker: OfferBrokerState
    var calls = OfferCalls(roles: ["*"])
    var queue: PodQueueState
    var binder: BinderState
    var reconciler: ReconcilerState
    /// Answers which waiting pods new offers suit; it takes part in no plan.
    var judge: Planner
    var picture = ClusterPicture(executor: SimulatedExecutor.id)
    /// The pods as the watch last showed them.
    var pods: [PodUID: SimulatedStore.PodObject] = [:]
    /// The number of the subscription; `nil` while there is none.
    var stream: Int?
    /// For a planted fault: the tasks that Mesos has spoken of since they were asked about.
    var heard: Set<TaskID> = []
    private var mesosChannel: Channel<SimulatedMesos.Event>?
    private var storeChannel: Channel<SimulatedStore.Change>?

    /// What becomes durable, as the reconciler's actor does it: several pieces at a time.
    var durable = OrderedWork<ReconcilerEffect.Concern, ReconcilerEffect>(limit: 32)
    private var timer: Instant?
    /// Mesos has given the framework to another subscription: nobody subscribes again before the election has spoken.
    private var isDisplaced = false

    init(_ term: Term, of replica: Replica) {
        (self.term, self.replica) = (term, replica)
        let now = replica.world.simulation.now
        let fit = Fit(executorShare: Amounts(milliCPU: 100, memory: 32 << 20))
        broker = OfferBrokerState(startingAt: now)
        queue = PodQueueState(startingAt: now)
        binder = BinderState(term: term, fit: fit)
        judge = Planner(fit: fit)
        reconciler = ReconcilerState(startingAt: now)
    }

    // MARK: Life

    /// The fence first, so that nothing of the term before comes after what is read now; then what earlier leaders left, pods, and Mesos.
    func begin() {
        untilAnswered("raise the fence") { [self] in world.store.raise(term) } then: { [self] answer in
            guard answer == .done else { return }
            identify()
        }
    }

    /// The id is chosen here, and stored before Mesos hears of it; of two who choose, the one that was first counts.
    private func identify() {
        let chosen = FrameworkID("framework-\(process.name.suffix(2)).\(process.incarnation)-\(term)")
        untilAnswered("keep the framework's id") { [self] in world.store.keepFramework(chosen, term: term) } then: { [self] _ in
            untilAnswered("read the framework's id") { [self] in world.store.frameworkID } then: { [self] stored in
                loadIntents()
                followPods()
                followAgents()
                subscribe(as: world.planted == .newFramework ? chosen : stored ?? chosen)
            }
        }
    }

    func end() {
        isOver = true
        mesosChannel?.breakNow()
        storeChannel?.close()
    }

    private func loadIntents() {
        untilAnswered("read the intents") { [self] in world.store.allIntents } then: { [self] intents in
            tell(reconciler: .intents(intents, at: simulation.now))
        }
    }

    private func followPods() {
        let channel = world.network.channel(from: world.store.endpoint, to: endpoint) { [self] (change: SimulatedStore.Change) in
            absorb(change)
        } broken: { [self] in
            if !isOver { later(.milliseconds(500)) { [self] in followPods() } }
        }
        storeChannel?.close()
        storeChannel = channel
        let late = world.planted == .lateWatch
        world.network.call("follow pods", from: endpoint, to: world.store.endpoint) { [self] in
            world.store.follow(late: late, on: channel)
        } answered: { result in
            if case .failure = result { channel.breakNow() }
        }
    }

    /// The operator API lists the agents, each few seconds.
    private func followAgents() {
        world.network.call("list agents", from: endpoint, to: world.mesos.endpoint) { [self] in world.mesos.registered } answered: { [self] result in
            guard !isOver else { return }
            if case .success(let agents) = result {
                picture.setAgents(agents.sorted { $0.key < $1.key }.map { (id: $0.key, hostname: $0.value) })
                tell(reconciler: .agents(agents, at: simulation.now))
            }
            later(.seconds(5)) { [self] in followAgents() }
        }
    }

    /// Subscribes, again after each loss, until another framework or another leader has taken over.
    private func subscribe(as id: FrameworkID) {
        let channel = world.network.channel(from: world.mesos.endpoint, to: endpoint) { [self] (event: SimulatedMesos.Event) in
            if !isOver { absorb(event) }
        } broken: { [self] in
            guard !isOver else { return }
            disconnected()
            guard !(isDisplaced && world.hasZooKeeper) else { return }
            later(.seconds(1)) { [self] in subscribeAgain(as: id) }
        }
        mesosChannel?.close()
        mesosChannel = channel
        guard replica.mayAct(term) else { return channel.breakNow() }
        world.network.call("SUBSCRIBE", from: endpoint, to: world.mesos.endpoint) { [self] in
            world.mesos.subscribe(id, channel: channel)
        } answered: { result in
            if case .failure = result { channel.breakNow() }
        }
    }

    /// Any subscription takes the framework over. The fence of an elected leader answers for that; where there is none, it is made sure first that no higher
    /// term has written.
    private func subscribeAgain(as id: FrameworkID) {
        if world.hasZooKeeper { return subscribe(as: id) }
        untilAnswered("confirm the term") { [self] in world.store.raise(term) } then: { [self] answer in
            if answer == .done { subscribe(as: id) }
        }
    }

    func disconnected() {
        stream = nil
        tell(broker: .disconnected(at: simulation.now))
        tell(reconciler: .disconnected)
    }

    // MARK: Facts

    private func absorb(_ event: SimulatedMesos.Event) {
        let now = simulation.now
        switch event {
        case .subscribed(let number): subscribed(number)
        case .offers(let offers): tell(broker: .offered(offers, at: now))
        case .rescind(let offer): tell(broker: .rescinded(offer))
        case .update(let update):
            if world.planted == .earlyAcknowledgement { acknowledge(update) }
            if world.planted == .silenceIsGone { heard.insert(update.task) }
            if update.state == .unreachable, let agent = update.agent { tell(broker: .agentLost(agent)) }
            tell(reconciler: .update(update, at: now))
        case .failedOver:
            // Most likely another leads already.
            simulation.note("\(process.name): Framework failed over")
            (stream, isDisplaced) = (nil, true)
            tell(reconciler: .disconnected)
            replica.displaced(term)
        }
    }

    private func subscribed(_ number: Int) {
        (stream, isDisplaced) = (number, false)
        tell(broker: .connected(at: simulation.now))
        if queue.isWaiting { tell(broker: .wanted(at: simulation.now)) }
        tell(reconciler: .subscribed(at: simulation.now))
        if world.planted == .launchBeforeReconciling { tell(binder: .opened) }
    }

    private func absorb(all listed: [SimulatedStore.PodObject]) {
        let now = simulation.now
        let present = Set(listed.map(\.uid))
        for uid in pods.keys.filter({ !present.contains($0) }).sorted() { gone(uid) }
        pods = Dictionary(uniqueKeysWithValues: listed.map { ($0.uid, $0) })
        for pod in listed { place(pod) }
        tell(reconciler: .podsSynced(listed.map(Self.standing), at: now))
        tell(queue: .synced(listed.filter(Self.waits).map(\.demand), at: now))
        for pod in listed where !Self.waits(pod) { tell(queue: pod.isFinished ? .gone(pod.uid) : .bound(pod.uid)) }
    }

    private func absorb(_ change: SimulatedStore.Change) {
        guard !isOver else { return }
        let now = simulation.now
        switch change {
        case .listed(let pods): absorb(all: pods)
        case .pod(let pod):
            pods[pod.uid] = pod
            place(pod)
            tell(reconciler: .podChanged(Self.standing(pod), at: now))
            if Self.waits(pod) {
                tell(queue: .waiting(pod.demand, at: now))
            } else if pod.node.isEmpty || pod.isFinished {
                tell(queue: .gone(pod.uid))
                tell(binder: .podGone(pod.uid))
            } else {
                tell(queue: .bound(pod.uid))
            }
        case .gone(let uid):
            pods[uid] = nil
            gone(uid)
            tell(reconciler: .podGone(uid, at: now))
        }
    }

    private func gone(_ uid: PodUID) {
        picture.removePod(uid)
        tell(queue: .gone(uid))
        tell(binder: .podGone(uid))
    }

    private func place(_ pod: SimulatedStore.PodObject) {
        guard !pod.node.isEmpty, !pod.isFinished else { return picture.removePod(pod.uid) }
        picture.put(pod: PlacedPod(pod.demand, isTerminating: pod.isDeleting), on: pod.node)
    }

    static func waits(_ pod: SimulatedStore.PodObject) -> Bool { pod.node.isEmpty && !pod.isDeleting && !pod.isFinished }

    static func standing(_ pod: SimulatedStore.PodObject) -> PodStanding {
        PodStanding(
            key: pod.demand.key, uid: pod.uid, nodeName: pod.node, task: pod.task, agent: pod.agent, isFinished: pod.isFinished,
            deletionGrace: pod.isDeleting ? .milliseconds(500) : nil, unreachable: .replace(after: .seconds(20)), revision: pod.revision)
    }

    // MARK: States

    func tell(broker fact: OfferFact) {
        guard !isOver else { return }
        perform(broker.handle(fact))
        settleTimer()
    }
    func tell(queue fact: PodFact) {
        guard !isOver else { return }
        perform(queue.handle(fact))
        settleTimer()
    }
    func tell(binder fact: BinderFact) {
        guard !isOver else { return }
        for effect in binder.handle(fact) { perform(effect) }
    }
    func tell(reconciler fact: ReconcilerFact) {
        guard !isOver else { return }
        for effect in reconciler.handle(fact) { perform(effect) }
        settleTimer()
    }

    /// One timer for all states: the earliest of their deadlines.
    func settleTimer() {
        guard let due = [broker.nextDeadline, calls.nextDeadline, queue.nextDeadline, reconciler.nextDeadline].compactMap(\.self).min() else { return }
        // A deadline that stays in the past must not stop time.
        let moment = max(due, simulation.now + .milliseconds(1))
        guard timer.map({ moment < $0 || $0 <= simulation.now }) ?? true else { return }
        timer = moment
        simulation.at(moment, on: process) { [self] in
            guard !isOver, timer == moment else { return }
            timer = nil
            let now = simulation.now
            perform(broker.handle(.timePassed(to: now)))
            send(calls.handle(.timePassed(to: now)))
            perform(queue.handle(.timePassed(to: now)))
            for effect in reconciler.handle(.timePassed(to: now)) { perform(effect) }
            settleTimer()
        }
    }

    func note(_ text: @autoclosure () -> String) { simulation.note("\(process.name) (term \(term)) \(text())") }

    // MARK: Calls

    func later(_ delay: Duration, _ action: @escaping () -> Void) {
        simulation.after(delay, on: process) { [self] in if !isOver { action() } }
    }

    /// Asks the store until there is an answer, or the term is over. A write that the fence of a higher term refuses never succeeds.
    func untilAnswered<Answer>(_ name: String, _ work: @escaping () -> Answer, then: @escaping (Answer) -> Void) {
        func again() { later(.milliseconds(200)) { [self] in untilAnswered(name, work, then: then) } }
        guard replica.mayAct(term) else { return again() }
        world.network.call(name, from: endpoint, to: world.store.endpoint, work) { [self] result in
            guard !isOver else { return }
            guard case .success(let answer) = result else { return again() }
            if let answer = answer as? SimulatedStore.Answer, case .fenced(let by) = answer { return replica.fenced(by: by) }
            then(answer)
        }
    }
}
