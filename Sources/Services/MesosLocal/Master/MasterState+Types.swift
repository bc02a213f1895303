import Core
import Mesos
import MesosProto

/// What a master keeps of frameworks, agents and offers.
extension MasterState {
    struct Framework: Sendable {
        var info: Mesos_V1_FrameworkInfo
        var stream: StreamID?
        var suppressed: Set<String> = []
        var registered: Timestamp
        var reregistered: Timestamp?
        /// When it was removed.
        var unregistered: Timestamp?
        var isRecovered = false
        /// What it does not want for a while, by agent.
        var refusals: [AgentID: [Refusal]] = [:]
        /// Until when it does not want to be asked to leave an agent.
        var inverseRefusals: [AgentID: Instant] = [:]

        init(_ info: Mesos_V1_FrameworkInfo, registered: Timestamp) { (self.info, self.registered) = (info, registered) }

        var id: FrameworkID { FrameworkID(info.id.value) }
        var isPartitionAware: Bool { can(.partitionAware) }
        var isMultiRole: Bool { can(.multiRole) }
        var roles: [String] { isMultiRole ? info.roles : [info.role] }
        func can(_ capability: Mesos_V1_FrameworkInfo.Capability.TypeEnum) -> Bool { info.capabilities.contains { $0.type == capability } }
    }

    /// Resources that a framework does not want for a while.
    struct Refusal: Sendable {
        var role: String
        /// Unallocated.
        var resources: MesosResources
        var until: Instant
    }

    struct Executor: Sendable, Hashable {
        var info: Mesos_V1_ExecutorInfo
        var framework: FrameworkID { FrameworkID(info.frameworkID.value) }
        var id: ExecutorID { ExecutorID(info.executorID.value) }
        var resources: MesosResources { MesosResources(info.resources.map(MasterState.internalForm)) }
    }

    struct FrameworkTask: Sendable, Hashable, Comparable {
        var framework: FrameworkID
        var task: TaskID
        static func < (left: Self, right: Self) -> Bool { (left.framework, left.task) < (right.framework, right.task) }
    }

    /// Resources in use or on offer, with the role that they are allocated to.
    struct Holding: Sendable, Hashable {
        var role: String
        /// Unallocated.
        var resources: MesosResources
    }

    struct Offer: Sendable {
        var id: OfferID
        var number: Int
        var framework: FrameworkID
        var agent: AgentID
        var role: String
        /// Unallocated.
        var resources: MesosResources
    }

    struct InverseOffer: Sendable, Hashable {
        var id: OfferID
        var framework: FrameworkID
        /// What the framework answered; `nil`: the offer is out.
        var answer: Mesos_V1_Maintenance_InverseOfferStatus.Status?
        var answered: Timestamp?
    }

    struct Agent: Sendable {
        var info: Mesos_V1_AgentInfo
        var endpoint: MesosEndpoint
        var link: AgentLinkID?
        var isPinged = false
        var registered: Timestamp
        var reregistered: Timestamp?
        private(set) var executors: [Executor] = []
        private(set) var total: MesosResources
        /// By task, unallocated form.
        private(set) var used: [FrameworkTask: Holding] = [:]
        /// Neither used nor on offer.
        private(set) var free: MesosResources
        /// Offers that are out.
        var offers: Set<OfferID> = []
        /// When its machine is away.
        var unavailability: Mesos_V1_Unavailability?
        /// One a framework at most.
        var inverseOffers: [FrameworkID: InverseOffer] = [:]

        init(info: Mesos_V1_AgentInfo, endpoint: MesosEndpoint, link: AgentLinkID?, registered: Timestamp, total: MesosResources) {
            (self.info, self.endpoint, self.link, self.registered) = (info, endpoint, link, registered)
            (self.total, free) = (total, total)
        }

        var id: AgentID { AgentID(info.id.value) }
        /// All that tasks and executors use; unallocated. Computed: for pages.
        var allocated: MesosResources {
            var sum = MesosResources()
            for task in used.keys.sorted() { if let held = used[task] { sum.add(held.resources) } }
            for executor in executors { sum.add(executor.resources) }
            return sum
        }

        func runs(_ executor: ExecutorID, of framework: FrameworkID) -> Executor? {
            executors.first { $0.framework == framework && $0.id == executor }
        }

        /// Takes from what is free, for an offer.
        mutating func takeFree(_ resources: MesosResources) { free.subtract(resources) }
        /// Gives back what an offer held.
        mutating func giveBack(_ resources: MesosResources) { free.add(resources) }

        /// The task uses what was on offer.
        mutating func use(_ holding: Holding, for task: FrameworkTask) { used[task] = holding }
        mutating func release(_ task: FrameworkTask) -> Holding? {
            guard let held = used.removeValue(forKey: task) else { return nil }
            free.add(held.resources)
            return held
        }

        mutating func add(_ executor: Executor) { executors.append(executor) }
        mutating func removeExecutors(where matches: (Executor) -> Bool) -> [Executor] {
            let gone = executors.filter(matches)
            executors.removeAll(where: matches)
            for executor in gone { free.add(executor.resources) }
            return gone
        }

        /// Turns a part of the agent's resources into another: a reservation, or its end. What it was is taken from what an offer held.
        mutating func convert(_ before: MesosResources, to after: MesosResources) {
            total.subtract(before)
            total.add(after)
        }
    }

    /// What an operator wants of an agent.
    struct AgentOrder: Sendable, Hashable {
        var drain: Mesos_V1_DrainInfo?
        var drainStart: Timestamp?
    }
}

/// The tasks of all frameworks.
struct TaskTable: Sendable {
    /// Not yet over and acknowledged.
    private(set) var live: [FrameworkID: [TaskID: Mesos_V1_Task]] = [:]
    /// On agents that are unreachable.
    private(set) var unreachable: [FrameworkID: [TaskID: Mesos_V1_Task]] = [:]
    /// Over, and known to be; the latest last.
    private(set) var completed: [FrameworkID: [Mesos_V1_Task]] = [:]
    /// Which live tasks an agent has.
    private var byAgent: [String: Set<MasterState.FrameworkTask>] = [:]

    subscript(framework: FrameworkID, task: TaskID) -> Mesos_V1_Task? {
        get { live[framework]?[task] }
        set {
            let (old, new) = (live[framework]?[task]?.agentID.value, newValue?.agentID.value)
            if old != new {
                let key = MasterState.FrameworkTask(framework: framework, task: task)
                if let old { byAgent[old]?.remove(key) }
                if let new { byAgent[new, default: []].insert(key) }
            }
            live[framework, default: [:]][task] = newValue
        }
    }

    /// The live tasks of an agent, in a fixed order.
    func on(_ agent: AgentID) -> [MasterState.FrameworkTask] { (byAgent[agent.value] ?? []).sorted() }
    func isEmpty(on agent: AgentID) -> Bool { byAgent[agent.value]?.isEmpty ?? true }
    /// The unreachable tasks of an agent, in a fixed order.
    func unreachable(on agent: AgentID) -> [(FrameworkID, Mesos_V1_Task)] {
        unreachable.keys.sorted().flatMap { framework in
            unreachable(of: framework).filter { $0.agentID.value == agent.value }.map { (framework, $0) }
        }
    }

    func live(of framework: FrameworkID) -> [Mesos_V1_Task] { (live[framework] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    func unreachable(of framework: FrameworkID) -> [Mesos_V1_Task] { (unreachable[framework] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    func completed(of framework: FrameworkID) -> [Mesos_V1_Task] { completed[framework] ?? [] }

    mutating func becomesUnreachable(_ task: Mesos_V1_Task, of framework: FrameworkID) {
        let id = TaskID(task.taskID.value)
        self[framework, id] = nil
        unreachable[framework, default: [:]][id] = task
    }

    /// `true` when it was unreachable until now.
    mutating func comesBack(_ task: TaskID, of framework: FrameworkID) -> Bool { unreachable[framework]?.removeValue(forKey: task) != nil }

    /// Keeps `limit` of them, and up to a quarter more until it is worth moving them.
    mutating func complete(_ task: Mesos_V1_Task, of framework: FrameworkID, limit: Int) {
        self[framework, TaskID(task.taskID.value)] = nil
        completed[framework, default: []].append(task)
        if let count = completed[framework]?.count, count > limit + limit / 4 { completed[framework]?.removeFirst(count - limit) }
    }

    /// Its framework is removed: what lives counts as killed, Mesos' nearest word for it. The unreachable ones stay what they are.
    mutating func retire(_ framework: FrameworkID, at moment: Double, limit: Int) {
        for var task in live(of: framework) {
            if !task.state.isTerminal {
                task.state = .taskKilled
                task.statuses.append(.with {
                    $0.taskID = task.taskID
                    $0.state = .taskKilled
                    $0.source = .master
                    $0.message = "Framework \(framework) removed"
                    $0.agentID = task.agentID
                    if task.hasExecutorID { $0.executorID = task.executorID }
                    $0.timestamp = moment
                })
            }
            complete(task, of: framework, limit: limit)
        }
        live[framework] = nil
    }

    /// Nothing is known of its tasks any more.
    mutating func forget(_ framework: FrameworkID) {
        for task in (live[framework] ?? [:]).keys { self[framework, task] = nil }
        (live[framework], unreachable[framework], completed[framework]) = (nil, nil, nil)
    }
}

/// Who has how much: what the fair order of frameworks is made of.
struct Shares: Sendable {
    struct Member: Sendable, Hashable {
        var framework: FrameworkID
        var role: String
    }

    let weights: [String: Double]
    /// Thousandths by resource name, over all agents.
    private var totals: [String: Int64] = [:]
    private var members: [Member: [String: Int64]] = [:]
    private var roles: [String: [String: Int64]] = [:]

    init(weights: [String: Double]) { self.weights = weights }

    private static func add(_ resources: MesosResources, times sign: Int64, to sums: inout [String: Int64]) {
        for item in resources.items where item.type == .scalar { sums[item.name, default: 0] += sign * MesosScalar(item.scalar.value).thousandths }
    }

    mutating func addAgent(_ total: MesosResources) { Shares.add(total, times: 1, to: &totals) }
    mutating func removeAgent(_ total: MesosResources) { Shares.add(total, times: -1, to: &totals) }

    mutating func add(_ resources: MesosResources, to member: Member) {
        Shares.add(resources, times: 1, to: &members[member, default: [:]])
        Shares.add(resources, times: 1, to: &roles[member.role, default: [:]])
    }

    mutating func subtract(_ resources: MesosResources, from member: Member) {
        Shares.add(resources, times: -1, to: &members[member, default: [:]])
        Shares.add(resources, times: -1, to: &roles[member.role, default: [:]])
    }

    mutating func forget(_ framework: FrameworkID) {
        for member in members.keys where member.framework == framework { members[member] = nil }
    }

    /// What all agents have of a resource, and what is used or on offer of it.
    func amounts(of name: String) -> (total: MesosScalar, used: MesosScalar) {
        (MesosScalar(thousandths: totals[name] ?? 0), MesosScalar(thousandths: roles.values.reduce(0) { $0 + ($1[name] ?? 0) }))
    }

    /// The largest part of any resource that these sums are, by the role's weight.
    private func dominant(_ sums: [String: Int64]?, weight: Double) -> Double {
        var share = 0.0
        for (name, amount) in sums ?? [:] {
            if let total = totals[name], total > 0 { share = max(share, Double(amount) / Double(total)) }
        }
        return share / weight
    }

    /// Who is next: roles by their weighted dominant share, in a role frameworks by theirs, then by name.
    func ordered(_ candidates: [Member]) -> [Member] {
        guard candidates.count > 1 else { return candidates }
        return candidates.map { member in
            let weight = weights[member.role] ?? 1
            return (dominant(roles[member.role], weight: weight), member.role, dominant(members[member], weight: weight), member)
        }
        .sorted { ($0.0, $0.1, $0.2, $0.3.framework) < ($1.0, $1.1, $1.2, $1.3.framework) }.map(\.3)
    }
}
