import ActorKit
import Core
import Mesos
import MesosProto

/// What a master knows and decides: frameworks, agents, offers, tasks, and what operators want.
///
/// Pure: facts in, commands out. Every input is preceded by `tick`, which carries the clocks. The behaviour follows conversations recorded
/// from Mesos 1.12, texts of errors included. A fact costs what it touches: deadlines are in a heap, links and offers are indexed, and
/// what is free on an agent is kept, not computed.
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
        /// An offer is to be rescinded, as if its time were up.
        case expire(OfferID)
        /// A call of an operator that changes something.
        case operate(Mesos_V1_Master_Call)
    }

    /// What must happen now, in this order.
    enum Effect: Sendable, Hashable {
        /// The answer to the request that is being handled.
        case answer(HTTPAnswer)
        case send(StreamID, Mesos_V1_Scheduler_Event)
        case close(StreamID)
        case tell(AgentLinkID, MasterToAgent)
        /// The agent has another link now, or none.
        case unlink(AgentLinkID)
        /// Make the register durable before the effects after it.
        case persist
    }

    /// One connection of an agent.
    typealias AgentLinkID = Int

    struct Settings: Sendable, Hashable {
        var heartbeat: Duration = .seconds(15)
        var allocationInterval: Duration = .seconds(1)
        /// What tasks gave back is offered after so long, with what else came back meanwhile; `nil`: with the next allocation, as in Mesos.
        var releaseDelay: Duration? = .milliseconds(100)
        var defaultRefusal: Duration = .seconds(5)
        /// An offer that is not used for so long is rescinded; `nil`: never, as in Mesos.
        var offerTimeout: Duration?
        /// How often a linked agent is asked whether it lives.
        var agentPingTimeout: Duration = .seconds(15)
        /// How many such questions in a row may stay unanswered.
        var maxAgentPingTimeouts = 5
        /// After this long without its agent, tasks are unreachable.
        var agentTimeout: Duration { agentPingTimeout * maxAgentPingTimeouts }
        /// How much more than another a role gets; 1 when not named.
        var weights: [String: Double] = [:]
        var completedTasks = 1000
        var removedFrameworks = 1000
        /// How many of them are shown as they were, with their tasks; Mesos' `max_completed_frameworks`.
        var completedFrameworks = 50
    }

    /// What is due at a moment.
    enum Timer: Sendable, Hashable {
        case allocation
        case heartbeat(FrameworkID)
        /// The framework's scheduler did not come back.
        case removal(FrameworkID)
        case ping(AgentID)
        case unreachable(AgentID)
        case offer(OfferID)
    }

    let settings: Settings
    private(set) var masterInfo: Mesos_V1_MasterInfo
    let started: Timestamp
    var clock: Moment
    var timers = Deadlines<Timer>()
    var frameworks: [FrameworkID: Framework] = [:]
    /// By stream, who listens there.
    var streams: [StreamID: FrameworkID] = [:]
    /// Torn down or away for too long, oldest first.
    var removed: [FrameworkID] = []
    /// The last of them, as they were; oldest first. Not kept across restarts, as in Mesos.
    var completed: [Framework] = []
    var tasks = TaskTable()
    var agents: [AgentID: Agent] = [:]
    /// In the order of their first registration: the order of allocation.
    var agentOrder: [AgentID] = []
    var knownInOrder: Set<AgentID> = []
    var links: [AgentLinkID: AgentID] = [:]
    /// Agents that did not come back in time, with the moment.
    var unreachableAgents: [AgentID: Timestamp] = [:]
    /// Agents that an operator declared gone, with the moment.
    var goneAgents: [AgentID: Timestamp] = [:]
    /// What operators want of agents; it outlasts their absence.
    var orders: [AgentID: AgentOrder] = [:]
    var maintenance = Maintenance()
    var offers: [OfferID: Offer] = [:]
    var shares: Shares
    var nextFramework = 0
    var nextOffer = 0
    var nextInverseOffer = 0
    var nextAgent = 0
    var effects: [Effect] = []

    init(masterInfo: Mesos_V1_MasterInfo, settings: Settings = Settings(), at clock: Moment, record: KMD_MasterRecord = KMD_MasterRecord()) {
        (self.masterInfo, self.settings, self.clock, started) = (masterInfo, settings, clock, clock.wall)
        shares = Shares(weights: settings.weights)
        timers.put(.allocation, clock.now + settings.allocationInterval)
        restore(record)
    }

    mutating func listens(at port: Int) {
        masterInfo.port = UInt32(clamping: port)
        masterInfo.address.port = Int32(clamping: port)
        masterInfo.pid = "master@\(masterInfo.hostname):\(port)"
    }

    /// When `tick` is due next if nothing else happens.
    var nextDeadline: Instant { timers.first?.rank ?? clock.now + settings.allocationInterval }

    mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .tick(let moment): tick(moment)
        case .subscribe(let call, let stream): subscribe(call, stream: stream)
        case .call(let call, let streamID):
            let answer = answer(call, streamID: streamID)
            effects.append(.answer(answer))
        case .streamClosed(let stream): streamClosed(stream)
        case .agent(let link, let message): hear(message, from: link)
        case .agentDisconnected(let link): agentDisconnected(link)
        case .expire(let offer): expire(offer)
        case .operate(let call):
            let answer = operate(call)
            effects.append(.answer(answer))
        }
        defer { effects = [] }
        return effects
    }

    private mutating func tick(_ moment: Moment) {
        clock = moment
        for timer in timers.takeDue(by: clock.now) {
            switch timer {
            case .allocation:
                timers.put(.allocation, clock.now + settings.allocationInterval)
                allocate()
            case .heartbeat(let id):
                guard let stream = frameworks[id]?.stream else { continue }
                effects.append(.send(stream, .with { $0.type = .heartbeat }))
                timers.put(.heartbeat(id), clock.now + settings.heartbeat)
            case .removal(let id): remove(id)
            case .ping(let id):
                guard let link = agents[id]?.link else { continue }
                effects.append(.tell(link, .ping))
                timers.put(.ping(id), clock.now + settings.agentPingTimeout)
            case .unreachable(let id): markUnreachable(id)
            case .offer(let id): expire(id)
            }
        }
    }

    /// What came back is offered soon, together with what else comes back until then.
    mutating func allocateSoon() {
        guard let delay = settings.releaseDelay else { return }
        let soon = clock.now + delay
        if timers[.allocation].map({ $0 > soon }) ?? true { timers.put(.allocation, soon) }
    }

    // MARK: Events

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
