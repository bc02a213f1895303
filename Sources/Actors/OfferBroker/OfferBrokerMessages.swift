import Core
import Scheduling

/// Which plan holds an offer.
public typealias PlanID = UInt64

/// Why an offer is not ours to use.
public enum GoneReason: Sendable, Hashable {
    case expired, rescinded, agentLost, disconnected, used, launchFailed, heldTooLong, claimed(PlanID), unknown
}

/// What a plan is told when it claims offers.
public enum ClaimAnswer: Sendable, Hashable { case granted, refused(OfferID, because: GoneReason) }

/// What has happened, in the order in which it was seen.
public enum OfferFact: Sendable, Hashable {
    case connected(at: Instant)
    case disconnected(at: Instant)
    case offered([Offer], at: Instant)
    case rescinded(OfferID)
    case agentLost(AgentID)
    /// The plan did not use them after all.
    case released([OfferID], by: PlanID)
    /// They went into an ACCEPT.
    case used([OfferID], by: PlanID)
    /// An ACCEPT with them was refused: they go back.
    case unusable([OfferID], by: PlanID)
    /// A pod has come to wait for a node, or room may have appeared for those that wait.
    case wanted(at: Instant)
    /// No pod waits.
    case unwanted(at: Instant)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum OfferEffect: Sendable, Hashable {
    case decline([OfferID], because: GoneReason, refuse: Duration)
    case suppress
    case revive
    /// There are new offers of these agents.
    case arrived([AgentID])
}

/// What the broker needs of others.
public protocol OfferOutlet: Sendable {
    func decline(_ offers: [OfferID], because why: GoneReason, refuse: Duration) async
    func suppress() async
    func revive() async
    /// Tells those who plan that there is something to plan with.
    func offersArrived() async
}
