import Core
import Reconciler
import Scheduling

/// A task as a scheduler launches it.
struct SimulatedTask: Hashable {
    let id: TaskID
    let pod: PodDemand
    let amounts: Amounts
    let ports: [Int]
    let term: Term
}

/// A Mesos master and its agents, played by the recorded conversations: offers, launches, updates until they are acknowledged, reconciliation.
///
/// What a master knows it knows from its agents. One that has just begun to lead has heard of none: it offers nothing of them, and says nothing of their tasks,
/// until they have registered with it.
final class SimulatedMesos {
    enum Event {
        /// `stream`: the number that calls must name, as the header Mesos-Stream-Id.
        case subscribed(stream: Int)
        case offers([Offer])
        case rescind(OfferID)
        case update(TaskUpdate)
        /// `Framework failed over`: another subscribed with the same id.
        case failedOver
    }

    enum CallAnswer: Hashable {
        case taken
        /// 403: the stream is not the framework's any more.
        case notSubscribed
    }

    /// One agent of the cluster, as the master knows it.
    final class Agent {
        let id: AgentID
        let host: String
        let total: Amounts
        let ports: PortSet
        let executor: SimulatedExecutor
        var tasks: [TaskID: Standing] = [:]
        /// What the master knows of it.
        var presence = Presence.registered
        /// When it came back after it had been unreachable.
        var returned: Instant?
        /// Nothing is offered before this moment.
        var refusedUntil: Instant
        var offer: Offer?

        init(id: AgentID, host: String, total: Amounts, ports: PortSet, executor: SimulatedExecutor, at now: Instant) {
            (self.id, self.host, self.total, self.ports, self.executor, refusedUntil) = (id, host, total, ports, executor, now)
        }

        var used: Amounts { tasks.values.filter { !$0.state.isTerminal }.reduce(.zero) { $0 + $1.task.amounts } }
        var usedPorts: [Int] { tasks.values.filter { !$0.state.isTerminal }.flatMap(\.task.ports).sorted() }
    }

    enum Presence {
        case registered
        /// A former master knew it; it has not registered with this one yet.
        case recovered
        /// It was away for too long.
        case unreachable
    }

    struct Standing {
        let task: SimulatedTask
        /// The agent has it.
        var isDelivered = false
        var state: TaskState
        /// Not acknowledged yet, the oldest first.
        var pending: [TaskUpdate] = []
    }

    private let network: Network
    private var simulation: Simulation { network.simulation }
    let endpoint: Endpoint
    private let checks: Checks
    private(set) var agents: [Agent] = []
    private var framework: FrameworkID?
    private var stream: (number: Int, channel: Channel<Event>)?
    private var streams = 0
    private var wantsOffers = true
    private var offerNumber = 0
    private var updateNumber: UInt64 = 0
    private let planted: PlantedFault?

    init(_ network: Network, on endpoint: Endpoint, checks: Checks, planted: PlantedFault?) {
        (self.network, self.endpoint, self.checks, self.planted) = (network, endpoint, checks, planted)
        tick()
    }

    func add(_ agent: Agent) {
        agents.append(agent)
        agent.executor.attach(to: self, agent.id)
    }

    var registered: [AgentID: String] { Dictionary(uniqueKeysWithValues: agents.filter { $0.presence == .registered }.map { ($0.id, $0.host) }) }

    // MARK: Masters

    /// What was on its way to an agent is lost with the master. What the agent has, it keeps.
    func ended() {
        (stream, wantsOffers) = (nil, true)
        for agent in agents {
            if agent.presence == .registered { agent.presence = .recovered }
            agent.offer = nil
            agent.tasks = agent.tasks.filter { $0.value.isDelivered }
        }
    }

    /// Agents find the new master at their own pace.
    func began() {
        for agent in agents where agent.presence == .recovered {
            simulation.after(simulation.delay(.milliseconds(20) ... .seconds(20)), on: endpoint.process) { [self] in register(agent) }
        }
    }

    private func register(_ agent: Agent) {
        guard agent.presence != .registered else { return }
        guard !network.isCut(agent.host, endpoint.host) else {
            return simulation.after(.seconds(1), on: endpoint.process) { [self] in register(agent) }
        }
        simulation.note("mesos: \(agent.id) registers")
        let wasLost = agent.presence == .unreachable
        agent.presence = .registered
        agent.refusedUntil = simulation.now
        if wasLost { agent.returned = simulation.now }
        for (task, standing) in agent.tasks.sorted(by: { $0.key < $1.key }) {
            if wasLost {
                tell(TaskUpdate(task: task, state: standing.state, source: .master, reason: "REASON_AGENT_REREGISTERED", agent: agent.id))
            }
            push(task, on: agent)
        }
    }

    // MARK: The framework

    /// SUBSCRIBE: any subscription with the framework's id takes it over.
    func subscribe(_ id: FrameworkID, channel: Channel<Event>) {
        if let stream {
            stream.channel.send(.failedOver)
            stream.channel.breakNow()
        }
        checks.framework(id, before: framework)
        framework = id
        for agent in agents { agent.offer = nil }
        streams += 1
        stream = (streams, channel)
        wantsOffers = true
        channel.send(.subscribed(stream: streams))
        for agent in agents { for task in agent.tasks.keys.sorted() { push(task, on: agent) } }
    }

    func suppress(_ number: Int) {
        guard isCurrent(number) else { return }
        simulation.note("mesos: SUPPRESS")
        wantsOffers = false
    }

    func revive(_ number: Int) {
        guard isCurrent(number) else { return }
        wantsOffers = true
        for agent in agents { agent.refusedUntil = simulation.now }
        simulation.note("mesos: REVIVE")
        offer()
    }

    func decline(_ offers: [OfferID], refuse: Duration, _ number: Int) {
        guard isCurrent(number) else { return }
        for agent in agents {
            guard let offer = agent.offer, offers.contains(offer.id) else { continue }
            simulation.note("mesos has \(offer.id) of \(agent.host) back, refused for \(Fault.text(refuse))")
            take(back: agent, refuse)
        }
    }

    private func take(back agent: Agent, _ refuse: Duration) {
        agent.offer = nil
        agent.refusedUntil = simulation.now + refuse
    }

    func isCurrent(_ number: Int) -> Bool { stream?.number == number && stream?.channel.isOpen == true }

    // MARK: Offers

    private func tick() {
        simulation.after(.seconds(1)) { [self] in
            if endpoint.process.isUp {
                look()
                offer()
            }
            tick()
        }
    }

    private func offer() {
        guard wantsOffers, let stream else { return }
        var offers: [Offer] = []
        for agent in agents where agent.presence == .registered && agent.offer == nil && agent.refusedUntil <= simulation.now {
            let free = agent.total - agent.used
            var ports = agent.ports
            for port in agent.usedPorts { ports.remove(port) }
            guard free.milliCPU > 0, free.memory > 0 else { continue }
            offerNumber += 1
            let offer = Offer(
                id: OfferID("offer-\(offerNumber)"), agent: agent.id, hostname: agent.host,
                resources: Resources(milliCPU: free.milliCPU, memory: free.memory, disk: free.disk, ports: ports),
                executors: agent.executor.process.isUp ? [SimulatedExecutor.id] : [])
            agent.offer = offer
            offers.append(offer)
        }
        guard !offers.isEmpty else { return }
        simulation.note("mesos offers \(offers.map { "\($0.id) of \($0.hostname)" }.joined(separator: ", "))")
        stream.channel.send(.offers(offers))
    }

    /// ACCEPT: what the offers do not cover any more is dropped, task by task.
    func accept(_ offers: [OfferID], _ tasks: [SimulatedTask], _ number: Int) -> CallAnswer {
        guard isCurrent(number) else { return .notSubscribed }
        for offer in offers { checks.used(offer) }
        guard let agent = agents.first(where: { $0.offer.map { offers.contains($0.id) } ?? false }), let offer = agent.offer, offers == [offer.id] else {
            for task in tasks { tell(TaskUpdate(task: task.id, state: .dropped, source: .master, reason: "REASON_INVALID_OFFERS")) }
            return .taken
        }
        take(back: agent, .zero)
        for task in tasks {
            checks.launched(task.id, of: task.pod.uid, beside: liveTask(of: task.pod.uid))
            agent.tasks[task.id] = Standing(task: task, state: .staging)
            let ports = agent.usedPorts
            checks.launched(
                on: agent.id, uses: agent.used, of: agent.total, sharedPorts: zip(ports, ports.dropFirst()).filter { $0 == $1 }.map(\.0))
            simulation.after(toAgent, on: endpoint.process) {
                agent.tasks[task.id]?.isDelivered = true
                agent.executor.launch(task)
            }
        }
        return .taken
    }

    /// What the agent checks before it hands a task on takes its time, and each task its own.
    private var toAgent: Duration { simulation.delay(simulation.chance(network.weather.slowChance) ? network.weather.slow : .milliseconds(1) ... .milliseconds(5)) }

    /// A task of the pod where Mesos sees it. One that was out of sight a moment ago may have been replaced meanwhile.
    private func liveTask(of pod: PodUID) -> TaskID? {
        agents.lazy.filter { $0.presence != .unreachable && ($0.returned.map { $0 + .seconds(60) < self.simulation.now } ?? true) }.flatMap { agent in
            agent.tasks.filter { $0.value.task.pod.uid == pod && !$0.value.state.isTerminal }.keys
        }.min()
    }

    // MARK: Tasks

    /// What the operator API says of a task's labels; `nil`: no agent has it.
    func identity(of task: TaskID) -> TaskIdentity? {
        agents.lazy.filter { $0.presence == .registered }.compactMap { $0.tasks[task]?.task }.first.map { TaskIdentity(pod: $0.pod.key, uid: $0.pod.uid, term: $0.term) }
    }

    /// KILL says nothing of terms: that the caller is the subscribed one is the fence.
    func kill(_ task: TaskID, _ number: Int) {
        guard isCurrent(number) else { return }
        guard let agent = agents.first(where: { $0.presence == .registered && $0.tasks[task] != nil }) else {
            return answer(TaskQuestion(task: task, agent: nil))
        }
        simulation.after(toAgent, on: endpoint.process) { agent.executor.kill(task) }
    }

    /// RECONCILE: about these, or about all that is not over when there are none.
    func reconcile(_ questions: [TaskQuestion], _ number: Int) {
        guard isCurrent(number) else { return }
        if questions.isEmpty {
            for agent in agents where agent.presence == .registered {
                for (task, standing) in agent.tasks.sorted(by: { $0.key < $1.key }) { say(task, standing.state, agent.id) }
            }
            return
        }
        for question in questions { answer(question) }
    }

    /// Of a task on an agent that may still come, nothing is said; and so of one that is not known, while any agent may still come that could have it.
    private func answer(_ question: TaskQuestion) {
        let task = question.task
        if let agent = agents.first(where: { $0.presence != .recovered && $0.tasks[task] != nil }), let state = agent.tasks[task]?.state {
            return say(task, agent.presence == .registered || state.isTerminal ? state : .unreachable, agent.id)
        }
        guard !agents.contains(where: { $0.presence == .recovered && (question.agent == nil || $0.id == question.agent) }) else { return }
        say(task, question.agent.map { registered[$0] != nil } ?? false ? .gone : .unknown, question.agent)
    }

    private func say(_ task: TaskID, _ state: TaskState, _ agent: AgentID?) {
        tell(TaskUpdate(task: task, state: state, source: .master, reason: "REASON_RECONCILIATION", agent: agent))
    }

    /// What an executor, or its agent in its place, says of a task.
    func report(_ task: TaskID, _ state: TaskState, on agentID: AgentID, by source: TaskUpdate.Source, reason: String = "") {
        guard let agent = agents.first(where: { $0.id == agentID }), var standing = agent.tasks[task], !standing.state.isTerminal else { return }
        updateNumber += 1
        let uuid = (0..<16).map { UInt8(truncatingIfNeeded: updateNumber >> UInt64(8 * min($0, 7))) }
        // Our executors say whose the task is; an agent does not.
        let identity = source == .executor ? TaskIdentity(pod: standing.task.pod.key, uid: standing.task.pod.uid, term: standing.task.term) : nil
        standing.pending.append(
            TaskUpdate(task: task, state: state, source: source, reason: reason, agent: agent.id, uuid: uuid, identity: identity))
        standing.state = state
        agent.tasks[task] = standing
        if standing.pending.count == 1 { push(task, on: agent) }
    }

    /// The agent ends the tasks of an executor that ended, also those that it had not taken yet.
    func executorEnded(on agentID: AgentID) {
        guard let agent = agents.first(where: { $0.id == agentID }) else { return }
        let lost = agent.tasks.filter { !$0.value.state.isTerminal }.keys.sorted()
        simulation.after(.milliseconds(50)) { [self] in
            for task in lost { report(task, .failed, on: agentID, by: .agent, reason: "REASON_EXECUTOR_TERMINATED") }
        }
    }

    /// Sends the oldest update that is not acknowledged, and again every ten seconds.
    private func push(_ task: TaskID, on agent: Agent) {
        guard let update = agent.tasks[task]?.pending.first, agent.presence == .registered else { return }
        tell(update)
        simulation.after(.seconds(10)) { [self] in
            if agent.tasks[task]?.pending.first == update { push(task, on: agent) }
        }
    }

    func acknowledge(_ update: TaskUpdate, isDurable: Bool, _ number: Int) {
        guard isCurrent(number), let agent = agents.first(where: { $0.presence == .registered && $0.tasks[update.task] != nil }),
            agent.tasks[update.task]?.pending.first?.uuid == update.uuid
        else { return }
        checks.acknowledged(update.task, update.state.rawValue, isDurable: isDurable)
        agent.tasks[update.task]?.pending.removeFirst()
        if agent.tasks[update.task]?.pending.isEmpty == true, agent.tasks[update.task]?.state.isTerminal == true {
            agent.tasks[update.task] = nil
        } else {
            push(update.task, on: agent)
        }
    }

    private func tell(_ update: TaskUpdate) { stream?.channel.send(.update(update)) }

    // MARK: Agents

    /// Which agents answer: one that is cut off for long is unreachable, and comes back with what it runs.
    private func look() {
        for agent in agents {
            let isCut = network.isCut(agent.host, endpoint.host)
            if isCut, agent.presence == .registered {
                simulation.after(.seconds(10), on: endpoint.process) { [self] in
                    guard network.isCut(agent.host, endpoint.host), agent.presence == .registered else { return }
                    lose(agent)
                }
            } else if !isCut, agent.presence == .unreachable {
                register(agent)
            }
        }
    }

    private func lose(_ agent: Agent) {
        simulation.note("agent \(agent.id) is unreachable")
        agent.presence = .unreachable
        if let offer = agent.offer { stream?.channel.send(.rescind(offer.id)) }
        agent.offer = nil
        for (task, standing) in agent.tasks.sorted(by: { $0.key < $1.key }) where !standing.state.isTerminal {
            tell(TaskUpdate(task: task, state: .unreachable, source: .master, reason: "REASON_AGENT_REMOVED", agent: agent.id))
        }
    }
}
