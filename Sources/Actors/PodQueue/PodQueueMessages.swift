import Core
import Scheduling

/// How an attempt to place a pod ended.
public enum AttemptOutcome: Sendable, Hashable {
    /// Mesos was asked to launch it. It leaves the queue when the API server says that it is bound.
    case launched
    /// No agent fits.
    case vetoed(Explanation)
    /// It could have been launched, but something failed: what, for the log.
    case failed(String)
    /// Nothing was tried; it waits on as before.
    case putBack
}

/// What has happened, in the order in which it was seen.
public enum PodFact: Sendable, Hashable {
    /// Everything that waits for a node, as the API server has it now. What is not in it is gone.
    case synced([PodDemand], at: Instant)
    /// A pod waits for a node; it may be new, or have changed.
    case waiting(PodDemand, at: Instant)
    /// A pod is bound: it waits no more, unless it has to be launched again.
    case bound(PodUID)
    /// A pod is finished, was deleted unbound, or is gone.
    case gone(PodUID)
    /// A bound pod lost its task with its executor: it must be launched again on its own node, before all others.
    case relaunch(PodDemand, at: Instant)
    /// Tasks of these pods were launched by an earlier leader: they do not wait.
    case underWay([PodUID])
    /// The launch of a pod came to nothing, after all.
    case launchFailed(PodUID, reason: String, at: Instant, fraction: Double)
    /// `fraction` is a random number in 0..<1 for the back-off.
    case tried(PodUID, AttemptOutcome, at: Instant, fraction: Double)
    /// Agents made new offers: these are all of their live ones.
    case offered([AgentOffers], at: Instant)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum PodQueueEffect: Sendable, Hashable {
    /// Pods are ready to be placed. `explain`: plan even when there are no offers, so that the pods are told why they wait.
    case ready(explain: Bool)
    /// A pod waits: offers are wanted.
    case offersWanted
    /// Nothing waits: no offers are wanted.
    case offersUnwanted
    /// Tell the user why the pod waits. `changed`: the text is not the one that was told last.
    case explain(PodDemand, String, changed: Bool)
}

/// What `/debug/scheduler/podqueue` shows of one pod.
public struct QueuedPod: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable { case ready, backingOff, inFlight, launched }
    public let key: PodKey
    public let uid: PodUID
    public let phase: Phase
    public let attempts: Int
    public let reason: String
    public let isRelaunch: Bool
}

/// What the queue needs of others.
public protocol PodQueueOutlet: Sendable {
    func podsReady(explain: Bool) async
    func offersWanted() async
    func offersUnwanted() async
    func explain(_ pod: PodDemand, _ why: String, changed: Bool) async
}
