import Binder
import Core
import Scheduling
import Testing

/// A model of all that the binder talks to: queue, broker, store, Mesos and reconciler, as small as they can be.
///
/// Every answer waits until the driver picks it, in any order. Calls can fail before or after they took effect, and the answer can be lost.
struct BinderWorld {
    enum PodState {
        case waiting, inFlight, launched
        /// No agent fitted: it waits for an offer, as the queue has it wait. Else it would be asked about for ever.
        case asleep
    }
    enum OfferState: Equatable { case live, claimed(PlanNumber) }
    struct Task { let uid: PodUID; var isAlive = true }

    var dice: BinderDice
    var binder: BinderState
    var term: UInt64 = 1
    var pods: [PodUID: (demand: PodDemand, state: PodState)] = [:]
    var told: [PodUID: PodDemand] = [:]
    var offers: [OfferID: (offer: Offer, state: OfferState)] = [:]
    var intents: [TaskID: LaunchIntent] = [:]
    var tasks: [TaskID: Task] = [:]
    /// Effects whose answer has not been given.
    var pending: [BinderEffect] = []
    /// Tasks that somebody has to ask Mesos about.
    var questions: [TaskID] = []
    var nextNumber = 0
    var faults: [String] = []
    /// For seeing that the world is worth looking at.
    var seen: [String: Int] = [:]

    init(seed: UInt64) {
        dice = BinderDice(seed)
        binder = BinderState(term: Term(1), fit: Fit(executorShare: .zero))
    }

    mutating func fresh() -> Int {
        nextNumber += 1
        return nextNumber
    }
    mutating func note(_ what: String) { seen[what, default: 0] += 1 }

    mutating func tell(_ fact: BinderFact) { for effect in binder.handle(fact) { perform(effect) } }

    // MARK: What the binder wants

    mutating func perform(_ effect: BinderEffect) {
        switch effect {
        case .gather, .claim, .writeIntents: pending.append(effect)
        case .accept(_, let launch):
            check(launch)
            pending.append(effect)
        case .release(let plan, let ids):
            for id in ids where offers[id]?.state == .claimed(plan) { offers[id]?.state = .live }
        case .used(_, let ids), .unusable(_, let ids): for id in ids { offers[id] = nil }
        case .withdraw(let ids):
            for id in ids {
                if tasks[id]?.isAlive == true { faults.append("task \(id) lives and its intent is withdrawn") }
                intents[id] = nil
            }
        case .doubt(let ids): questions += ids
        case .expect(let expected):
            for intent in expected where intents[intent.task] == nil { faults.append("task \(intent.task) is expected without a durable intent") }
        case .evict: break
        case .outcome(let uid, let outcome):
            guard pods[uid]?.state == .inFlight else { return }
            switch outcome {
            case .launched: pods[uid]?.state = .launched
            case .vetoed: pods[uid]?.state = .asleep
            case .failed, .putBack: pods[uid]?.state = .waiting
            }
        }
    }

    private mutating func check(_ launch: AgentLaunch) {
        var left = launch.offers.reduce(Amounts.zero) { $0 + (offers[$1]?.offer.resources.amounts ?? .zero) }
        for task in launch.tasks {
            let uid = task.placement.pod.uid
            if intents[task.id] == nil { faults.append("ACCEPT with task \(task.id) before its intent is durable") }
            if pods[uid] == nil, told[uid] == nil { faults.append("ACCEPT for \(uid), which is known to be gone") }
            if let latest = told[uid], latest != task.placement.pod { faults.append("ACCEPT for \(uid) as it was") }
            left -= task.placement.resources.amounts
        }
        // An offer that was rescinded meanwhile is Mesos' to refuse.
        if launch.offers.allSatisfy({ offers[$0] != nil }), left.milliCPU < 0 { faults.append("ACCEPT beyond its offers on \(launch.agent)") }
    }

    // MARK: What happens

    mutating func answer(_ index: Int) {
        switch pending.remove(at: index) {
        case .gather(let plan, _):
            let ready = pods.filter { $0.value.state == .waiting }.keys.sorted().prefix(Int.random(in: 1...6, using: &dice))
            for uid in ready { pods[uid]?.state = .inFlight }
            let demands = ready.compactMap { pods[$0]?.demand }
            tell(.gathered(plan, pods: demands, cluster: snapshot(), ids: demands.map { _ in TaskID("t\(fresh())") }, at: ContinuousClock.now))
        case .claim(let plan, let ids):
            guard ids.allSatisfy({ offers[$0]?.state == .live }) else {
                note("claim refused")
                return tell(.claimRefused(plan, "gone"))
            }
            for id in ids { offers[id]?.state = .claimed(plan) }
            tell(.claimed(plan))
        case .writeIntents(let plan, let new): write(new, of: plan)
        case .accept(let plan, let launch): accept(launch, of: plan)
        default: break
        }
    }

    private mutating func write(_ new: [LaunchIntent], of plan: PlanNumber) {
        let (isDurable, isAnswered) = (!dice.chance(10), !dice.chance(10))
        if isDurable { for intent in new { intents[intent.task] = intent } }
        if isDurable, !isAnswered { note("write answer lost") }
        tell(isDurable && isAnswered ? .intentsWritten(plan) : .intentsFailed(plan, "timeout"))
    }

    private mutating func accept(_ launch: AgentLaunch, of plan: PlanNumber) {
        let arrives = !dice.chance(15)
        if arrives { launchTasks(of: launch) }
        let isAnswered = !dice.chance(15)
        if arrives, !isAnswered { note("accept answer lost") }
        let answer: AcceptAnswer = isAnswered ? (arrives ? .sent : .refused("not subscribed")) : .inDoubt("timeout")
        tell(.accepted(plan, launch.key, answer))
    }

    private mutating func launchTasks(of launch: AgentLaunch) {
        guard launch.offers.allSatisfy({ offers[$0] != nil }) else {
            // Mesos takes the call and drops the tasks; updates say so.
            note("dropped")
            questions += launch.tasks.map(\.id)
            return
        }
        for task in launch.tasks {
            let uid = task.placement.pod.uid
            if tasks[task.id] != nil { faults.append("task id \(task.id) is used twice") }
            if let other = tasks.first(where: { $0.value.uid == uid && $0.value.isAlive }) {
                faults.append("\(uid) has two tasks: \(other.key) and \(task.id)")
            }
            // Whose pod is gone is killed as soon as it speaks.
            tasks[task.id] = Task(uid: uid, isAlive: pods[uid] != nil)
            note("launched")
        }
    }

    private func snapshot() -> ClusterSnapshot {
        let live = offers.values.filter { $0.state == .live }.map(\.offer).sorted { $0.id < $1.id }
        let byAgent = Dictionary(grouping: live, by: \.agent)
        return ClusterSnapshot(
            agents: byAgent.keys.sorted().map { agent in
                AgentRecord(agent: agent, hostname: agent.value, offers: byAgent[agent] ?? [], runsOurExecutor: true)
            }, structure: UInt64(nextNumber))
    }

    /// The reconciler asks Mesos about a task: what is not there goes back to the queue.
    mutating func reconcile(_ task: TaskID) {
        guard tasks[task]?.isAlive != true, let intent = intents.removeValue(forKey: task) else { return }
        if pods[intent.uid]?.state == .launched { pods[intent.uid]?.state = .waiting }
        note("requeued")
    }

    mutating func createPod() {
        let uid = PodUID("p\(fresh())")
        pods[uid] = (demand(uid), .waiting)
        tell(.stimulus(explain: false))
    }
    private mutating func demand(_ uid: PodUID) -> PodDemand {
        PodDemand(key: PodKey(namespace: "d", name: uid.value), uid: uid, amounts: Amounts(milliCPU: .random(in: 1...9, using: &dice) * 100))
    }

    mutating func changePod(_ uid: PodUID) {
        guard let state = pods[uid]?.state, state != .launched else { return }
        let new = demand(uid)
        pods[uid]?.demand = new
        told[uid] = new
        tell(.podChanged(new))
        note("changed")
    }

    mutating func deletePod(_ uid: PodUID) {
        pods[uid] = nil
        told[uid] = nil
        tell(.podGone(uid))
        for (id, task) in tasks where task.uid == uid { tasks[id]?.isAlive = false }
        note("deleted")
    }

    mutating func addOffer() {
        let number = fresh()
        let agent = AgentID("a\(number % 3)")
        let offer = Offer(id: OfferID("o\(number)"), agent: agent, hostname: agent.value, resources: Resources(milliCPU: 1500))
        offers[offer.id] = (offer, .live)
        for uid in pods.keys where pods[uid]?.state == .asleep { pods[uid]?.state = .waiting }
        tell(.stimulus(explain: false))
    }

    /// The leader dies with all that it had under way. Each call of his took effect or did not; the next leader goes by the intents.
    mutating func restart() {
        note("restart")
        for effect in pending {
            if case .writeIntents(_, let new) = effect, dice.chance(50) { for intent in new { intents[intent.task] = intent } }
            if case .accept(_, let launch) = effect, dice.chance(50) { launchTasks(of: launch) }
        }
        (pending, questions, offers, told) = ([], [], [:], [:])
        term += 1
        binder = BinderState(term: Term(term), fit: Fit(executorShare: .zero))
        for uid in pods.keys { pods[uid]?.state = .waiting }
        for intent in intents.values where pods[intent.uid] != nil { pods[intent.uid]?.state = .launched }
        for task in intents.keys.sorted() { reconcile(task) }
        tell(.opened)
        tell(.stimulus(explain: false))
    }
}

/// A repeatable stream of numbers: a failing case is named by its seed.
struct BinderDice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
}
