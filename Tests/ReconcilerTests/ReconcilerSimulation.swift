import ActorKit
import Core
import Reconciler
import Scheduling

/// The reconciler's state between a model of Mesos and a model of the API server, with everything in between that can go wrong: late
/// and repeated updates, lost calls and answers, agents and executors that die or come back, an API server that is away, restarts.
///
/// One seed, one run: the same seed does the same. The queue and the binder are played: what waits is launched when it may be.
struct ReconcilerSimulation {
    private let random: SeededRandom
    private var mesos = SimulatedMesos(hosts: ["n0", "n1", "n2"])
    private var api = SimulatedPods()
    private var state: ReconcilerState
    private var times: ReconcilerState.Times
    private var now: Instant
    private var mayLaunch = false
    private var waiting: Set<PodUID> = []
    private var relaunches: Set<PodUID> = []
    /// What has to become durable, several pieces at a time, as the actor does it; it stops while the API server is away.
    private var durable = OrderedWork<ReconcilerEffect.Concern, ReconcilerEffect>(limit: 8)
    private var begun: [(number: UInt64, item: ReconcilerEffect)] = []
    /// Pods that the API server is asked about, and what it has answered.
    private var looks: [PodUID] = []
    private var answers: [(PodUID, PodStanding?)] = []
    /// The one that is being absorbed.
    private var answer: (uid: PodUID, standing: PodStanding?)?
    private var names: [TaskID] = []
    private var number = 0
    /// Pods that their executor ended, by the task that said so.
    private var ended: [PodUID: TaskID] = [:]
    /// Nothing goes wrong any more.
    private var isCalm = false
    /// The first broken promise; the run ends with it.
    private(set) var failure: String?
    private(set) var history: [String] = []
    /// How often each thing happened, over the run.
    private(set) var counts: [String: Int] = [:]

    init(seed: UInt64, times: ReconcilerState.Times = .init(), at start: Instant = start) {
        random = SeededRandom(seed: seed)
        (self.times, now) = (times, start)
        state = ReconcilerState(times: times, startingAt: start)
    }

    /// `steps` of trouble, and then as long without as it takes.
    mutating func run(steps: Int) {
        restart()
        for _ in 0..<steps where failure == nil { step() }
        isCalm = true
        api.isAway = false
        for agent in mesos.agents.keys.sorted() { mesos.comeBack(agent) }
        if !mesos.subscribed { subscribe() }
        for _ in 0..<700 where failure == nil { step() }
        if failure == nil { judgeTheEnd() }
    }

    // MARK: Chance

    private func below(_ limit: Int) -> Int { Int(random.next() % UInt64(limit)) }
    private func chance(_ percent: Int) -> Bool { below(100) < percent }
    private func pick<T>(_ all: [T]) -> T? { all.isEmpty ? nil : all[below(all.count)] }

    private mutating func note(_ what: String) {
        history.append("\(start.duration(to: now)): \(what)")
        counts[String(what.prefix { $0 != " " }), default: 0] += 1
    }
    private mutating func fail(_ what: String) { if failure == nil { failure = what } }

    // MARK: A step

    private mutating func step() {
        now = now + .milliseconds(isCalm ? 5000 : 100 + below(4000))
        if !isCalm { disturb() }
        for id in mesos.tasks.keys.sorted() where chance(60) { work(on: id) }
        deliver()
        if chance(40) || isCalm { feed(.agents(mesos.registered, at: now)) }
        feed(.timePassed(to: now))
        performDurable()
        launch()
    }

    private mutating func disturb() {
        switch below(28) {
        case 0...3: create()
        case 4, 5: pick(api.all.filter { !$0.isDeleting })?.uid.delete(in: &self)
        case 6: pick(mesos.agents.keys.sorted()).map { executorDies($0) }
        case 7: pick(mesos.agents.values.filter(\.isReachable).map(\.id).sorted()).map { lose($0) }
        case 8, 9: pick(mesos.agents.values.filter { !$0.isReachable }.map(\.id).sorted()).map { comeBack($0) }
        case 10: if chance(20) { pick(mesos.agents.keys.sorted()).map { destroy($0) } }
        case 11: if chance(30) { restart() }
        case 12: if chance(30) { masterFailsOver() }
        case 13: api.isAway.toggle()
        case 14: for id in mesos.tasks.keys.sorted() where chance(20) { mesos.send(id) }
        case 15: feed(.wanted(chance(50) ? .explicit : .implicit, at: now))
        case 16: if chance(10) { now = now + .seconds(below(400)) }
        case 17, 18, 19: for agent in mesos.agents.values.filter(\.isInTransit).map(\.id).sorted() where chance(70) { mesos.comeBack(agent) }
        default: break
        }
    }

    private mutating func create() {
        guard api.pods.count < 12 else { return }
        number += 1
        let uid = PodUID("u\(number)")
        note("create \(uid)")
        var pod = SimulatedPods.Pod(key: PodKey(namespace: "default", name: "p\(number)"), uid: uid)
        pod.policy = chance(20) ? .keep : .replace(after: .seconds(below(3) * 150))
        api.put(pod)
    }

    fileprivate mutating func delete(_ uid: PodUID) {
        note("delete \(uid)")
        if api.pods[uid]?.host.isEmpty == true { api.remove(uid) } else { api.change(uid) { $0.isDeleting = true } }
    }

    private mutating func executorDies(_ agent: AgentID) {
        note("executor-dies \(agent)")
        mesos.executorDies(on: agent)
        if chance(80) { feed(.executorLost(agent, status: 9, at: now)) }
    }

    private mutating func lose(_ agent: AgentID) {
        note("lose \(agent)")
        // What it had to say and has not is not known while it is away, and its pods may be replaced meanwhile.
        ended = ended.filter { mesos.tasks[$0.value].map { $0.agent != agent || $0.pending.isEmpty } ?? true }
        mesos.lose(agent)
        if chance(80) { feed(.agentLost(agent, at: now)) }
    }

    private mutating func comeBack(_ agent: AgentID) {
        note("come-back \(agent)")
        mesos.comeBack(agent)
    }

    private mutating func destroy(_ agent: AgentID) {
        number += 1
        note("destroy \(agent)")
        // What it had to say went with it.
        ended = ended.filter { mesos.tasks[$0.value].map { $0.agent != agent || $0.pending.isEmpty } ?? true }
        mesos.destroy(agent, successor: AgentID("s\(number)"))
    }

    private mutating func masterFailsOver() {
        note("failover")
        mesos.subscribed = false
        mesos.stream = []
        feed(.disconnected)
        for agent in mesos.agents.keys.sorted() where mesos.agents[agent]?.isReachable == true { mesos.agents[agent]?.isInTransit = true }
        subscribe()
    }

    private mutating func subscribe() {
        mesos.subscribed = true
        feed(.subscribed(at: now))
        for id in mesos.tasks.keys.sorted() { mesos.send(id) }
    }

    /// The scheduler dies and starts again: what it knew is gone, and what it was about to do.
    private mutating func restart() {
        note("restart")
        mesos.subscribed = false
        (mesos.stream, begun, looks, answers, names) = ([], [], [], [], [])
        durable = OrderedWork(limit: 8)
        (waiting, relaunches, mayLaunch) = ([], [], false)
        state = ReconcilerState(times: times, startingAt: now)
        api.watch = []
        let pods = api.all
        // The parts of a scheduler start in any order.
        let facts: [(inout ReconcilerSimulation) -> Void] = [
            { $0.feed(.intents($0.api.intents.values.sorted { $0.task < $1.task }, at: $0.now)) },
            { $0.feed(.podsSynced(pods.map(\.standing), at: $0.now)) }, { $0.subscribe() }, { $0.feed(.agents($0.mesos.registered, at: $0.now)) },
        ]
        waiting = Set(pods.filter { $0.host.isEmpty && $0.isWanted }.map(\.uid))
        // Intents are read before pods, so that none goes in between.
        for index in chance(50) ? [0, 1, 2, 3] : [2, 3, 0, 1] { facts[index](&self) }
    }

    // MARK: Executors

    /// What a task's executor does next.
    private mutating func work(on id: TaskID) {
        guard let task = mesos.tasks[id], task.isLive, let agent = mesos.agents[task.agent] else { return }
        if !task.isDelivered {
            guard mesos.isReachable(task) else { return }
            mesos.agents[agent.id]?.executorRuns = true
            mesos.tasks[id]?.isDelivered = true
            if !task.isStuck || chance(50) { mesos.say(id, .starting, from: .executor) }
            return
        }
        guard agent.executorRuns, !api.isAway else { return }
        guard let pod = api.pods[task.identity.uid] else { return mesos.say(id, .killed, from: .executor) }
        if pod.task != id || pod.host != agent.host {
            if !task.isStuck { bind(task, pod, agent) }
            return
        }
        if pod.isDeleting {
            api.remove(pod.uid)
            return mesos.say(id, .killed, from: .executor)
        }
        if pod.isFinished { return mesos.say(id, .finished, from: .executor) }
        if task.state != .running { return mesos.say(id, .running, from: .executor) }
        guard !isCalm, chance(1) else { return }
        // The status is written beside the update: it may be left to the reconciler.
        if chance(50) { api.change(pod.uid) { $0.isFinished = true } }
        // While its agent is away nobody hears it, and the pod may be replaced; and so when it was away for so long that the next launch has been asked for.
        if mesos.isReachable(task), !relaunches.contains(pod.uid) { ended[pod.uid] = id }
        mesos.say(id, .finished, from: .executor)
    }

    private mutating func bind(_ task: SimulatedMesos.Task, _ pod: SimulatedPods.Pod, _ agent: SimulatedMesos.Agent) {
        guard pod.host.isEmpty || pod.host == agent.host else { return mesos.say(task.id, .failed, from: .executor, message: "bound elsewhere") }
        if pod.isFinished { return mesos.say(task.id, .finished, from: .executor) }
        // The pod has one task in this executor: the new one.
        if let old = pod.task, mesos.tasks[old]?.agent == agent.id { mesos.say(old, .killed, from: .executor, message: "superseded") }
        api.change(pod.uid) { ($0.host, $0.task, $0.agent) = (agent.host, task.id, agent.id) }
    }

    // MARK: To the state, and what it wants

    private mutating func deliver() {
        var updates = chance(20) && !isCalm ? 0 : mesos.stream.count
        while updates > 0, !mesos.stream.isEmpty {
            updates -= 1
            let update = mesos.stream.removeFirst()
            feed(.update(update, at: now))
            if !isCalm, chance(5) { feed(.update(update, at: now)) }
        }
        guard !api.isAway else { return }
        if isCalm || chance(70) {
            for event in api.watch {
                switch event {
                case .changed(let pod):
                    feed(.podChanged(pod, at: now))
                    if !pod.isBound, !pod.isDeleting, !pod.isFinished, !isUnderWay(pod.uid) { waiting.insert(pod.uid) } else { waiting.remove(pod.uid) }
                    if pod.isFinished { relaunches.remove(pod.uid) }
                case .gone(let uid):
                    feed(.podGone(uid, at: now))
                    waiting.remove(uid)
                    relaunches.remove(uid)
                }
            }
            api.watch = []
            // An answer may come after what the watch shows that happened since.
            for (uid, standing) in answers {
                answer = (uid, standing)
                feed(.confirmed(uid, standing, at: now))
            }
            answer = nil
            answers = looks.map { ($0, api.pods[$0]?.standing) }
            looks = []
        }
        for name in names { feed(.identified(name, mesos.tasks[name]?.identity, at: now)) }
        names = []
    }

    private func isUnderWay(_ uid: PodUID) -> Bool { state.known.contains { $0.uid == uid } }

    private mutating func feed(_ fact: ReconcilerFact) {
        for effect in state.handle(fact) { perform(effect) }
    }

    private mutating func perform(_ effect: ReconcilerEffect) {
        switch effect {
        case .settle, .judge, .deleteIntent: durable.add(effect, keys: effect.concerns)
        case .kill(let id, _): kill(id)
        case .reconcile(let tasks):
            guard mesos.subscribed, isCalm || !chance(15) else { return }
            if tasks.isEmpty { mesos.answerAll() } else { for task in tasks { mesos.answer(task) } }
        case .identify(let tasks): names += tasks
        case .confirm(_, let uid): looks.append(uid)
        case .requeue(let uid, let reason):
            note("requeue \(uid) \(reason)")
            refuseSecondTask(uid)
            if let pod = api.pods[uid], pod.host.isEmpty, pod.isWanted { waiting.insert(uid) }
        case .relaunch(let uid, let reason):
            note("relaunch \(uid) \(reason)")
            refuseSecondTask(uid)
            relaunches.insert(uid)
        case .underWay(let uids):
            waiting.subtract(uids)
            relaunches.subtract(uids)
        case .ready: mayLaunch = true
        case .notReady: mayLaunch = false
        case .roomAppeared: break
        }
    }

    /// While a task of a pod lives where Mesos can see it, the pod must not get another.
    private mutating func refuseSecondTask(_ uid: PodUID) {
        for task in mesos.live(of: uid) where mesos.isReachable(task) && !task.wasAbsent && task.pending.isEmpty {
            fail("pod \(uid) is launched again while \(task.id) is \(task.state) on \(task.agent)")
        }
    }

    private mutating func kill(_ id: TaskID) {
        guard let task = mesos.tasks[id], task.isLive else { return }
        // What is bound between the API server's answer and the KILL, nothing can save; its pod is launched again.
        let isOvertaken = answer.map { $0.uid == task.identity.uid && $0.standing?.task != id } ?? false
        if let pod = api.pods[task.identity.uid], pod.isWanted, pod.task == id, !isOvertaken { fail("\(id) of \(pod.uid) is killed, and is wanted") }
        note("kill \(id)")
        guard mesos.subscribed, isCalm || !chance(15), mesos.isReachable(task) else { return }
        if !task.isDelivered { return mesos.say(id, .killed, from: .agent, "REASON_TASK_KILLED_DURING_LAUNCH") }
        guard mesos.agents[task.agent]?.executorRuns == true else { return }
        mesos.say(id, .killed, from: .executor)
    }

    private mutating func performDurable() {
        while !api.isAway, durable.count > 0, isCalm || !chance(10) {
            begun += durable.begin()
            let (number, effect) = begun.remove(at: below(begun.count))
            durable.done(number)
            switch effect {
            case .settle(let update, let deleteIntent, _, let uid, let verdict):
                if let uid, let verdict { judge(uid, verdict) }
                if deleteIntent { api.intents[update.task] = nil }
                if let uuid = update.uuid, mesos.subscribed { mesos.acknowledge(update.task, uuid) }
            case .judge(_, let uid, let verdict): judge(uid, verdict)
            case .deleteIntent(let task): api.intents[task] = nil
            default: break
            }
        }
    }

    private mutating func judge(_ uid: PodUID, _ verdict: PodVerdict) {
        switch verdict {
        case .remove:
            note("remove \(uid)")
            api.remove(uid)
        case .finished(let task, _, let reason, _):
            guard api.pods[uid]?.task == task else { return }
            note("finished \(uid) \(reason)")
            if let task, let live = mesos.tasks[task], live.isLive, mesos.isReachable(live), !live.wasAbsent {
                fail("pod \(uid) is called finished while \(task) is \(live.state)")
            }
            api.change(uid) { $0.isFinished = true }
        }
    }

    // MARK: Queue and binder

    private mutating func launch() {
        guard mayLaunch, !api.isAway else { return }
        for uid in waiting.union(relaunches).sorted() where isCalm || chance(50) {
            guard let pod = api.pods[uid], pod.isWanted || !pod.host.isEmpty else { continue }
            let candidates = mesos.agents.values.filter { $0.isReachable && !$0.isInTransit && (pod.host.isEmpty || $0.host == pod.host) }
            guard let agent = pick(candidates.sorted { $0.id < $1.id }) else { continue }
            waiting.remove(uid)
            relaunches.remove(uid)
            accept(pod, on: agent)
        }
    }

    private mutating func accept(_ pod: SimulatedPods.Pod, on agent: SimulatedMesos.Agent) {
        number += 1
        let id = TaskID("t\(number)")
        note("launch \(id) \(pod.uid) on \(agent.host)")
        if let end = ended[pod.uid] { fail("\(pod.uid) is launched again, and \(end) has ended it") }
        let intent = LaunchIntent(task: id, term: Term(1), pod: pod.key, uid: pod.uid, agent: agent.id, hostname: agent.host)
        api.intents[id] = intent
        feed(.launching([intent], at: now))
        let fate = isCalm ? 99 : below(100)
        if fate < 8 {
            // Refused: nothing was launched.
            feed(.withdrawn([id]))
            api.intents[id] = nil
            if pod.host.isEmpty { waiting.insert(pod.uid) } else { relaunches.insert(pod.uid) }
            return
        }
        if fate >= 14 {
            var task = SimulatedMesos.Task(id: id, identity: TaskIdentity(pod: pod.key, uid: pod.uid, term: Term(1)), agent: agent.id)
            task.isStuck = !isCalm && chance(5)
            mesos.tasks[id] = task
        }
        // No answer: launched (14…) or not.
        if fate < 20 { feed(.inDoubt([id], at: now)) }
    }

    // MARK: The end

    private mutating func judgeTheEnd() {
        for pod in api.all {
            let live = mesos.live(of: pod.uid)
            if pod.isDeleting { fail("\(pod.uid) is Terminating for ever") }
            if pod.isWanted, live.map(\.id) != [pod.task].compactMap({ $0 }) || live.isEmpty {
                fail("\(pod.uid) on '\(pod.host)' has the tasks \(live.map(\.id)), its binding says \(pod.task?.value ?? "none")")
            }
        }
        for task in mesos.tasks.values.sorted(by: { $0.id < $1.id }) {
            if !task.pending.isEmpty { fail("an update of \(task.id) is not acknowledged: \(task.pending[0].state)") }
            if task.isLive, api.pods[task.identity.uid]?.isWanted != true { fail("\(task.id) lives, and its pod \(task.identity.uid) is not to run") }
        }
        if !api.intents.isEmpty { fail("intents are left: \(api.intents.keys.sorted())") }
        let known = Set(state.known.map(\.task)), real = Set(mesos.tasks.values.filter(\.isLive).map(\.id))
        if known != real { fail("the table has \(known.subtracting(real).sorted()) too many and \(real.subtracting(known).sorted()) too few") }
    }
}

extension PodUID {
    fileprivate func delete(in simulation: inout ReconcilerSimulation) { simulation.delete(self) }
}
