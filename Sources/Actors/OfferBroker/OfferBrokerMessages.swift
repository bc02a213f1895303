import Core
import Scheduling

/// Which plan holds an offer.
public typealias PlanID = UInt64

/// Why an offer is not ours to use.
public enum GoneReason: Sendable, Hashable {
    /// Nobody used it in time.
    case expired
    /// More was held unused than our share; the oldest goes back first.
    case overShare
    /// The agent's maintenance window has begun, or begins soon.
    case maintenance
    /// The agent is being drained or is deactivated.
    case draining
    case rescinded, agentLost, disconnected
    /// It went into an ACCEPT.
    case used
    /// An ACCEPT with it was refused, or had no answer.
    case launchFailed
    /// A plan kept it for too long.
    case heldTooLong
    case claimed(PlanID)
    case unknown

    /// As metrics and pages name it.
    public var name: String {
        switch self {
        case .expired: "expired"
        case .overShare: "over_share"
        case .maintenance: "maintenance"
        case .draining: "draining"
        case .rescinded: "rescinded"
        case .agentLost: "agent_lost"
        case .disconnected: "disconnected"
        case .used: "used"
        case .launchFailed: "launch_failed"
        case .heldTooLong: "held_too_long"
        case .claimed: "claimed"
        case .unknown: "unknown"
        }
    }
}

/// What a plan is told when it claims offers.
public enum ClaimAnswer: Sendable, Hashable { case granted, refused(OfferID, because: GoneReason) }

/// What has happened, in the order in which it was seen.
public enum OfferFact: Sendable, Hashable {
    case connected(at: Instant)
    case disconnected(at: Instant)
    /// `wallClock`: the time of day, by which maintenance windows are judged; `nil`: they are not.
    case offered([Offer], at: Instant, wallClock: Timestamp? = nil)
    case rescinded(OfferID)
    case agentLost(AgentID)
    /// All agents that are being drained or are deactivated, as of now.
    case draining(Set<AgentID>)
    /// What all agents have together: what our share is a share of.
    case clusterTotal(Amounts)
    /// The plan did not use them after all.
    case released([OfferID], by: PlanID)
    /// They went into an ACCEPT.
    case used([OfferID], by: PlanID)
    /// An ACCEPT with them was refused: they go back.
    case unusable([OfferID], by: PlanID)
    /// A pod waits for a node. `fresh`: it asks for something that was not tried yet, so that what was declined is wanted again;
    /// else one that was tried before tries again, or room may have appeared. `roles`: whose resources it may use; `nil`: all of ours.
    case wanted(fresh: Bool = true, roles: Set<String>? = nil, at: Instant)
    /// No pod waits, but for those that may use resources of the roles in `except`.
    case unwanted(except: Set<String> = [], at: Instant)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum OfferEffect: Sendable, Hashable {
    case decline([OfferID], because: GoneReason, refuse: Duration)
    /// No more offers for these roles; empty: for none.
    case suppress([String] = [])
    /// Offers for these roles, also of what was declined; empty: for all.
    case revive([String] = [])
    /// The subscription is over: what has not been sent is void.
    case voided
    /// There are new offers of these agents.
    case arrived([AgentID])
    /// What became of offers, for the metrics.
    case noted([OfferNote])
}

/// Something that became of an offer.
public struct OfferNote: Sendable, Hashable {
    public enum What: Sendable, Hashable {
        case acquired
        /// A plan gave it back unused; it is live again.
        case released
        /// It is ours no more, after that long.
        case ended(GoneReason, held: Duration)
        /// It was the newest of the offers that a launch used, and came so long before Mesos had the ACCEPT: what the launch waited for us, unless it
        /// waited for a pod.
        case accepted(after: Duration)
    }
    public let hostname: String
    public let what: What
    public init(hostname: String, _ what: What) { (self.hostname, self.what) = (hostname, what) }
}

/// An offer that is not ours any more.
public struct GoneOffer: Sendable, Hashable {
    public let id: OfferID
    public let agent: AgentID
    public let hostname: String
    public let reason: GoneReason
    public let at: Instant
    public let held: Duration
    public init(id: OfferID, agent: AgentID, hostname: String, reason: GoneReason, at: Instant, held: Duration) {
        (self.id, self.agent, self.hostname, self.reason, self.at, self.held) = (id, agent, hostname, reason, at, held)
    }
}

/// What the pages show of the broker.
public struct OfferReport: Sendable, Hashable {
    public let live: Int
    public let claimed: Int
    public let received: UInt64
    public let used: UInt64
    /// Ended without use.
    public let wasted: UInt64
    public let lastArrival: Instant?
    /// The roles whose offers are suppressed now.
    public let suppressed: [String]
    /// The last ones that went, the newest first.
    public let gone: [GoneOffer]
    /// Calls about offers that the master has not taken yet.
    public var callsWaiting = 0
    /// Offers that were never declined, because too many waited for that.
    public var abandoned: UInt64 = 0
    public init(
        live: Int, claimed: Int, received: UInt64, used: UInt64, wasted: UInt64, lastArrival: Instant?, suppressed: [String], gone: [GoneOffer]
    ) {
        (self.live, self.claimed, self.received, self.used, self.wasted) = (live, claimed, received, used, wasted)
        (self.lastArrival, self.suppressed, self.gone) = (lastArrival, suppressed, gone)
    }
}

/// What the broker needs of others.
public protocol OfferOutlet: Sendable {
    /// Makes a call, once.
    func call(_ call: OfferCall) async -> OfferCallAnswer
    /// Tells those who plan that there is something to plan with.
    func offersArrived(on agents: [AgentID]) async
    func note(_ notes: [OfferNote]) async
}
