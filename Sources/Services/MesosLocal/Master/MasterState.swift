import Core
import Mesos
import MesosProto

/// What the embedded master knows and decides: frameworks, agents, offers, tasks.
///
/// Pure: facts in, commands out. Every input is preceded by `tick`, which carries the clocks. The behaviour follows conversations recorded
/// from Mesos 1.12, texts of errors included.
struct MasterState: Sendable {
    /// What has happened.
    enum Input: Sendable {
        case tick(Moment)
        /// A SUBSCRIBE; its answer opens `stream`.
        case subscribe(Mesos_V1_Scheduler_Call, stream: StreamID)
        /// Any other call, with the stream id that its request carried.
        case call(Mesos_V1_Scheduler_Call, streamID: String?)
        case streamClosed(StreamID)
        case agent(AgentLinkID, AgentToMaster)
        case agentDisconnected(AgentLinkID)
        case teardown(FrameworkID)
    }

    /// What must happen now, in this order.
    enum Effect: Sendable, Hashable {
        /// The answer to the request that is being handled.
        case answer(HTTPAnswer)
        case send(StreamID, Mesos_V1_Scheduler_Event)
        case close(StreamID)
        case tell(AgentLinkID, MasterToAgent)
        /// The agent has another link now.
        case unlink(AgentLinkID)
        /// Make the register durable before the effects after it.
        case persist
    }

    /// One connection of an agent.
    typealias AgentLinkID = Int

    struct Settings: Sendable, Hashable {
        var heartbeat: Duration = .seconds(15)
        var allocationInterval: Duration = .seconds(1)
        var defaultRefusal: Duration = .seconds(5)
        /// How often a linked agent is asked whether it lives.
        var agentPingTimeout: Duration = .seconds(15)
        /// How many such questions in a row may stay unanswered.
        var maxAgentPingTimeouts = 5
        /// After this long without its agent, tasks are unreachable.
        var agentTimeout: Duration { agentPingTimeout * maxAgentPingTimeouts }
        var completedTasks = 1000
        var removedFrameworks = 1000
    }

    struct Framework: Sendable {
        var info: Mesos_V1_FrameworkInfo
        var stream: StreamID?
        var suppressed: Set<String> = []
        var nextHeartbeat: Instant
        /// When the framework is removed if its scheduler does not come back.
        var removalDue: Instant?
        var registered: Timestamp
        var reregistered: Timestamp?
        var isRecovered = false
        var tasks: [TaskID: Mesos_V1_Task] = [:]
        var unreachable: [TaskID: Mesos_V1_Task] = [:]
        var completed: [Mesos_V1_Task] = []
        var refusals: [Refusal] = []

        var id: FrameworkID { FrameworkID(info.id.value) }
        var isPartitionAware: Bool { can(.partitionAware) }
        var isMultiRole: Bool { can(.multiRole) }
        var roles: [String] { isMultiRole ? info.roles : [info.role] }
        func can(_ capability: Mesos_V1_FrameworkInfo.Capability.TypeEnum) -> Bool { info.capabilities.contains { $0.type == capability } }
    }

    /// Resources that a framework does not want for a while.
    struct Refusal: Sendable {
        var agent: AgentID
        var role: String
        /// Unallocated.
        var resources: MesosResources
        var until: Instant
    }

    struct Executor: Sendable, Hashable {
        var info: Mesos_V1_ExecutorInfo
        var framework: FrameworkID { FrameworkID(info.frameworkID.value) }
        var id: ExecutorID { ExecutorID(info.executorID.value) }
    }

    struct Agent: Sendable {
        var info: Mesos_V1_AgentInfo
        var endpoint: MesosEndpoint
        var link: AgentLinkID?
        /// When it counts as unreachable: after a disconnection, or after too long a silence.
        var unreachableDue: Instant?
        /// When it is asked next whether it lives; `nil`: it cannot fall silent, or has no link.
        var nextPing: Instant?
        var registered: Timestamp
        var reregistered: Timestamp?
        var executors: [Executor] = []
        var total: MesosResources
        /// By task; unallocated form.
        private(set) var used: [FrameworkTask: MesosResources] = [:]
        private(set) var usedByTasks = MesosResources()

        var id: AgentID { AgentID(info.id.value) }
        /// All that tasks and executors use; unallocated.
        var allocated: MesosResources {
            var sum = usedByTasks
            for executor in executors { sum.add(MesosResources(executor.info.resources).allocated(to: nil)) }
            return sum
        }

        mutating func use(_ resources: MesosResources, for task: FrameworkTask) {
            release(task)
            used[task] = resources
            usedByTasks.add(resources)
        }

        /// `false` when the task used nothing.
        @discardableResult mutating func release(_ task: FrameworkTask) -> Bool {
            guard let resources = used.removeValue(forKey: task) else { return false }
            usedByTasks.subtract(resources)
            return true
        }
    }

    struct FrameworkTask: Sendable, Hashable, Comparable {
        var framework: FrameworkID
        var task: TaskID
        static func < (left: Self, right: Self) -> Bool { (left.framework, left.task) < (right.framework, right.task) }
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

    let settings: Settings
    private(set) var masterInfo: Mesos_V1_MasterInfo
    let started: Timestamp
    var clock: Moment
    var frameworks: [FrameworkID: Framework] = [:]
    /// Oldest first.
    var removed: [FrameworkID] = []
    var agents: [AgentID: Agent] = [:]
    /// Agents that did not come back in time, with the moment.
    var unreachableAgents: [AgentID: Timestamp] = [:]
    var offers: [OfferID: Offer] = [:]
    var nextFramework = 0
    var nextOffer = 0
    var nextAgent = 0
    var nextAllocation: Instant
    var allocationWanted = false
    var effects: [Effect] = []

    init(masterInfo: Mesos_V1_MasterInfo, settings: Settings = Settings(), at clock: Moment, record: KMD_MasterRecord = KMD_MasterRecord()) {
        (self.masterInfo, self.settings, self.clock, started) = (masterInfo, settings, clock, clock.wall)
        nextAllocation = clock.now + settings.allocationInterval
        removed = record.removed.map { FrameworkID($0.value) }
        for info in record.frameworks {
            var framework = Framework(info: info, nextHeartbeat: clock.now, registered: clock.wall)
            framework.isRecovered = true
            framework.removalDue = clock.now + MasterState.failoverTimeout(info)
            frameworks[framework.id] = framework
        }
    }

    mutating func listens(at port: Int) {
        masterInfo.port = UInt32(clamping: port)
        masterInfo.address.port = Int32(clamping: port)
        masterInfo.pid = "master@\(masterInfo.hostname):\(port)"
    }

    /// What must outlive the process.
    var record: KMD_MasterRecord {
        .with {
            $0.frameworks = frameworks.values.map(\.info).sorted { $0.id.value < $1.id.value }
            $0.removed = removed.map { id in .with { $0.value = id.value } }
        }
    }

    /// When `tick` is due next if nothing else happens.
    var nextDeadline: Instant {
        let timers = frameworks.values.flatMap { [$0.stream == nil ? nil : $0.nextHeartbeat, $0.removalDue] } + agents.values.flatMap { [$0.unreachableDue, $0.nextPing] }
        return timers.compactMap { $0 }.reduce(nextAllocation, min)
    }

    mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .tick(let moment): tick(moment)
        case .subscribe(let call, let stream): subscribe(call, stream: stream)
        case .call(let call, let streamID): effects.append(.answer(answer(call, streamID: streamID)))
        case .streamClosed(let stream): streamClosed(stream)
        case .agent(let link, let message): hear(message, from: link)
        case .agentDisconnected(let link): agentDisconnected(link)
        case .teardown(let id):
            if frameworks[id] == nil {
                effects.append(.answer(.badRequest("No framework found with specified ID")))
            } else {
                remove(id)
                effects.append(.answer(.ok))
            }
        }
        if allocationWanted { allocate() }
        defer { effects = [] }
        return effects
    }

    private mutating func tick(_ moment: Moment) {
        clock = moment
        for id in frameworks.keys.sorted() {
            guard var framework = frameworks[id] else { continue }
            if let stream = framework.stream, framework.nextHeartbeat <= clock.now {
                effects.append(.send(stream, .with { $0.type = .heartbeat }))
                framework.nextHeartbeat = clock.now + settings.heartbeat
                frameworks[id] = framework
            }
            if let due = framework.removalDue, due <= clock.now { remove(id) }
        }
        for id in agents.keys.sorted() {
            if let due = agents[id]?.unreachableDue, due <= clock.now { markUnreachable(id) }
            if let due = agents[id]?.nextPing, due <= clock.now, let link = agents[id]?.link {
                let next = clock.now + settings.agentPingTimeout
                agents[id]?.nextPing = next
                effects.append(.tell(link, .ping))
            }
        }
        if nextAllocation <= clock.now {
            nextAllocation = clock.now + settings.allocationInterval
            allocationWanted = true
        }
    }

    // MARK: Subscriptions

    static func failoverTimeout(_ info: Mesos_V1_FrameworkInfo) -> Duration { .seconds(min(max(info.failoverTimeout, 0), 1e9)) }

    private mutating func subscribe(_ call: Mesos_V1_Scheduler_Call, stream: StreamID) {
        var info = call.subscribe.frameworkInfo
        if let problem = refusal(of: info) { return refuse(stream, problem) }
        let id: FrameworkID
        if info.hasID, !info.id.value.isEmpty {
            id = FrameworkID(info.id.value)
            if removed.contains(id) { return refuse(stream, "Framework has been removed") }
        } else {
            id = FrameworkID("\(masterInfo.id)-\(padded(nextFramework))")
            nextFramework += 1
            info.id.value = id.value
        }
        if var framework = frameworks[id] {
            if framework.info.principal != info.principal { return refuse(stream, "Changing framework's principal is not allowed.") }
            if let old = framework.stream { end(old, with: "Framework failed over") }
            // User and checkpoint stay as they were; Mesos does not say so.
            (info.user, info.checkpoint) = (framework.info.user, framework.info.checkpoint)
            (framework.info, framework.isRecovered) = (info, false)
            framework.reregistered = clock.wall
            frameworks[id] = framework
            dropOffers(rescinding: false) { $0.framework == id }
        } else {
            frameworks[id] = Framework(info: info, nextHeartbeat: clock.now, registered: clock.wall)
        }
        effects.append(.persist)
        frameworks[id]?.stream = stream
        frameworks[id]?.removalDue = nil
        frameworks[id]?.refusals = []
        frameworks[id]?.suppressed = Set(call.subscribe.suppressedRoles)
        let nextHeartbeat = clock.now + settings.heartbeat
        frameworks[id]?.nextHeartbeat = nextHeartbeat
        let subscribed = Mesos_V1_Scheduler_Event.with {
            $0.type = .subscribed
            $0.subscribed.frameworkID.value = id.value
            $0.subscribed.heartbeatIntervalSeconds = settings.heartbeat.inSeconds
            $0.subscribed.masterInfo = masterInfo
        }
        effects += [.send(stream, subscribed), .send(stream, .with { $0.type = .heartbeat })]
        for agent in agents.values.sorted(by: { $0.id < $1.id }) {
            if let link = agent.link { effects.append(.tell(link, .updateFramework(info))) }
        }
        allocationWanted = true
    }

    private func padded(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// Why the master does not take this description, in Mesos' words.
    private func refusal(of info: Mesos_V1_FrameworkInfo) -> String? {
        let isMultiRole = info.capabilities.contains { $0.type == .multiRole }
        if isMultiRole && info.hasRole { return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable" }
        if !isMultiRole && !info.roles.isEmpty { return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable" }
        for role in info.roles {
            if let problem = MasterState.problem(ofRole: role) { return "'FrameworkInfo.roles' contains invalid role: \(problem)" }
        }
        return nil
    }

    private static func problem(ofRole role: String) -> String? {
        if role == "*" { return nil }
        if role.isEmpty { return "Empty role name is invalid" }
        for component in role.split(separator: "/", omittingEmptySubsequences: false) where component.isEmpty || component == "." || component == ".." {
            return component.isEmpty ? "Role '\(role)' cannot contain two adjacent slashes" : "Role '\(role)' cannot include '\(component)' as a component"
        }
        if role.hasPrefix("-") { return "Role '\(role)' cannot start with '-'" }
        return nil
    }

    private mutating func refuse(_ stream: StreamID, _ message: String) { end(stream, with: message) }

    private mutating func end(_ stream: StreamID, with message: String) {
        let event = Mesos_V1_Scheduler_Event.with {
            $0.type = .error
            $0.error.message = message
        }
        effects += [.send(stream, event), .close(stream)]
    }

    private mutating func streamClosed(_ stream: StreamID) {
        guard let id = frameworks.values.first(where: { $0.stream == stream })?.id, var framework = frameworks[id] else { return }
        framework.stream = nil
        framework.removalDue = clock.now + MasterState.failoverTimeout(framework.info)
        frameworks[id] = framework
        dropOffers(rescinding: false) { $0.framework == id }
        if MasterState.failoverTimeout(framework.info) <= .zero { remove(id) }
    }

    /// Ends a framework for good, with all that it runs.
    mutating func remove(_ id: FrameworkID) {
        guard let framework = frameworks.removeValue(forKey: id) else { return }
        dropOffers(rescinding: false) { $0.framework == id }
        for agentID in agents.keys.sorted() {
            guard var agent = agents[agentID] else { continue }
            for task in agent.used.keys where task.framework == id { agent.release(task) }
            agent.executors.removeAll { $0.framework == id }
            agents[agentID] = agent
            if let link = agent.link { effects.append(.tell(link, .shutdownFramework(id))) }
        }
        removed.append(id)
        if removed.count > settings.removedFrameworks { removed.removeFirst(removed.count - settings.removedFrameworks) }
        effects.append(.persist)
        if let stream = framework.stream { effects.append(.close(stream)) }
        allocationWanted = true
    }

    /// Sends an event to a framework if it is connected.
    mutating func send(_ id: FrameworkID, _ fill: (inout Mesos_V1_Scheduler_Event) -> Void) {
        guard let stream = frameworks[id]?.stream else { return }
        var event = Mesos_V1_Scheduler_Event()
        fill(&event)
        effects.append(.send(stream, event))
    }

    mutating func sendStatus(_ id: FrameworkID, _ status: Mesos_V1_TaskStatus) {
        send(id) {
            $0.type = .update
            $0.update.status = status
        }
    }
}

typealias KMD_MasterRecord = Kmd_MesosLocal_MasterRecord
typealias KMD_AgentRecord = Kmd_MesosLocal_AgentRecord
