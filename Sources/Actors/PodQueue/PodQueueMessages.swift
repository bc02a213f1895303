import Core
import Scheduling

/// Numbers what pods ask for: pods of one kind ask for the same.
public typealias KindNumber = UInt64

/// What has happened, in the order in which it was seen.
public enum PodFact: Sendable, Hashable {
    /// Everything that waits for a node, as the API server has it now. What is not in it is gone.
    case synced([PodDemand], at: Instant)
    /// A pod waits for a node; it may be new, or have changed.
    case waiting(PodDemand, at: Instant)
    /// A pod is bound: it waits no more, unless it has to be launched again. `group`: what it counts for.
    case bound(PodUID, group: PodGroup? = nil)
    /// A pod is finished, was deleted unbound, or is gone.
    case gone(PodUID)
    /// A bound pod lost its task with its executor: it must be launched again on its own node, before all others.
    case relaunch(PodDemand, at: Instant)
    /// These pods have a task, launched by an earlier leader or back from a lost agent: they do not wait.
    case underWay([PodUID])
    /// The launch of a pod came to nothing, after all.
    case launchFailed(PodUID, reason: String, at: Instant, fraction: Double)
    /// `fraction` is a random number in 0..<1 for the back-off.
    case tried(PodUID, AttemptOutcome, at: Instant, fraction: Double)
    /// So many new offers came, or became free.
    case offered(count: Int, at: Instant)
    /// Nodes, or what runs on them, have changed: what was refused may fit now.
    case reconsider(at: Instant)
    /// What is offered now suits these kinds, of those that were asked for.
    case judged(suited: [KindNumber], at: Instant)
    /// Somebody wants the pod to be tried now, and its back-off to begin anew.
    case retry(PodKey, at: Instant)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum PodQueueEffect: Sendable, Hashable {
    /// Pods are ready to be placed. `explain`: plan even when there are no offers, so that the pods are told why they wait.
    case ready(explain: Bool)
    /// A pod waits: offers are wanted, for `roleWishes`. `fresh`: it has not been tried yet as it is.
    case offersWanted(fresh: Bool)
    /// Nothing waits, or nothing that may use the resources of some role: fewer offers are wanted, for `roleWishes`.
    case offersUnwanted
    /// Tell the user why the pod waits.
    case explain(PodDemand, String)
    /// Find out which kinds the live offers suit; one pod stands for each. The answer is `judged`.
    case judge([PodKind])
}

/// What pods of one kind ask for.
public struct PodKind: Sendable, Hashable {
    public let number: KindNumber
    /// One of them.
    public let demand: PodDemand
    public init(number: KindNumber, demand: PodDemand) { (self.number, self.demand) = (number, demand) }
}

/// What the queue tells the metrics of one attempt.
public struct AttemptNote: Sendable, Hashable {
    public let outcome: AttemptOutcome
    /// From the pod's coming until its launch; `nil` for all other outcomes.
    public let waited: Duration?
    public init(outcome: AttemptOutcome, waited: Duration?) { (self.outcome, self.waited) = (outcome, waited) }
}

/// What `/debug/scheduler/podqueue` shows of one pod.
public struct QueuedPod: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable, CaseIterable {
        case ready, backingOff, inFlight, launched
        /// Fewer members of its group are there than must be placed together.
        case waitingForGroup
    }
    public let key: PodKey
    public let uid: PodUID
    public let phase: Phase
    public let priority: Int32
    public let attempts: Int
    public let reason: String
    public let isRelaunch: Bool
    /// When it is tried again at the latest; `nil` unless it backs off.
    public let nextTry: Instant?
}

/// All that the queue knows of one pod that it holds.
public struct PodAccount: Sendable, Hashable {
    /// Attempts that followed each other and ended alike are told of together.
    public struct Attempt: Sendable, Hashable {
        public let outcome: AttemptOutcome
        public var count: Int
        public let first: Instant
        public var last: Instant
        public init(outcome: AttemptOutcome, count: Int, first: Instant, last: Instant) {
            (self.outcome, self.count, self.first, self.last) = (outcome, count, first, last)
        }
    }
    public let pod: QueuedPod
    public let demand: PodDemand
    public let since: Instant
    /// Offers that came since it waits.
    public let offersSeen: UInt64
    public let lastOffer: Instant?
    /// Pods that are ready and come before it.
    public let ahead: Int
    /// The oldest first; of the last few.
    public let history: [Attempt]
    /// Of the last attempt, if that was vetoed.
    public let explanation: Explanation?
}

/// What the queue needs of others.
public protocol PodQueueOutlet: Sendable {
    func podsReady(explain: Bool) async
    func offersWanted(fresh: Bool) async
    func offersUnwanted() async
    func explain(_ pod: PodDemand, _ why: String) async
    /// Which of `kinds` the live offers have room for, by the planner's own rules.
    func suited(_ kinds: [PodKind]) async -> [KindNumber]
    /// A plan has begun: it has so many pods.
    func handedOut(_ count: Int)
    func note(_ note: AttemptNote)
}
