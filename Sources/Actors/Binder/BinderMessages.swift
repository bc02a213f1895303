import Core
import Scheduling

/// Numbers the plans of one leader; answers that carry another number are of the past.
public typealias PlanNumber = UInt64

/// What goes to one agent in one ACCEPT: on its offers to one role, which is all that Mesos lets one call use.
public struct AgentLaunch: Sendable, Hashable {
    public struct Task: Sendable, Hashable {
        public let id: TaskID
        public let placement: Plan.Placement
        public init(id: TaskID, placement: Plan.Placement) { (self.id, self.placement) = (id, placement) }
    }
    /// Within a plan, tells one launch from another.
    public struct Key: Sendable, Hashable {
        public let agent: AgentID
        public let role: String
        public init(agent: AgentID, role: String = "*") { (self.agent, self.role) = (agent, role) }
    }
    public let agent: AgentID
    public let hostname: String
    public let role: String
    public let offers: [OfferID]
    /// What the executor takes if it has to be started; `nil` where it runs.
    public let executor: Resources?
    public var tasks: [Task]

    public init(agent: AgentID, hostname: String, role: String = "*", offers: [OfferID], executor: Resources?, tasks: [Task]) {
        (self.agent, self.hostname, self.role, self.offers, self.executor, self.tasks) = (agent, hostname, role, offers, executor, tasks)
    }

    public var key: Key { Key(agent: agent, role: role) }

    public func intents(term: Term) -> [LaunchIntent] {
        tasks.map { task in
            LaunchIntent(
                task: task.id, term: term, pod: task.placement.pod.key, uid: task.placement.pod.uid, agent: agent, hostname: hostname,
                role: role, offers: offers, amounts: task.placement.pod.amounts, ports: task.placement.ports)
        }
    }
}

/// How an ACCEPT ended.
public enum AcceptAnswer: Sendable, Hashable {
    /// Mesos took the call. What becomes of each task comes as an update.
    case sent
    /// Mesos did not take it: nothing was launched.
    case refused(String)
    /// There was no answer: it may have been launched.
    case inDoubt(String)
}

/// What has happened.
public enum BinderFact: Sendable {
    /// This leader may launch: it is subscribed, and what earlier leaders launched is accounted for.
    case opened
    /// It may not any more.
    case closed
    /// Pods are ready, or offers came.
    case stimulus(explain: Bool)
    /// What was asked for by `gather`; `ids` are new task ids, one per pod at least.
    case gathered(PlanNumber, pods: [PodDemand], cluster: ClusterSnapshot, ids: [TaskID], at: Instant)
    case claimed(PlanNumber)
    case claimRefused(PlanNumber, String)
    case intentsWritten(PlanNumber)
    case intentsFailed(PlanNumber, String)
    case accepted(PlanNumber, AgentLaunch.Key, AcceptAnswer)
    /// A pod that may be in a plan was deleted.
    case podGone(PodUID)
    /// A pod that waits asks for this now; a plan may be under way with what it asked for before.
    case podChanged(PodDemand)
}

/// What must happen now.
public enum BinderEffect: Sendable, Hashable {
    /// Take ready pods from the queue, and the live offers from the broker. `explain`: also when there are no offers.
    case gather(PlanNumber, explain: Bool)
    case claim(PlanNumber, [OfferID])
    /// Make these durable, all or none.
    case writeIntents(PlanNumber, [LaunchIntent])
    /// Tell the reconciler which tasks there will be, before Mesos speaks of them.
    case expect([LaunchIntent])
    case accept(PlanNumber, AgentLaunch)
    /// The claimed offers were not used.
    case release(PlanNumber, [OfferID])
    /// They went into an ACCEPT.
    case used(PlanNumber, [OfferID])
    /// An ACCEPT with them was refused, or had no answer.
    case unusable(PlanNumber, [OfferID])
    /// These tasks were never launched.
    case withdraw([TaskID])
    /// These tasks may or may not have been launched: ask Mesos.
    case doubt([TaskID])
    /// Evict the victims politely: the room that they leave is held for the pod.
    case evict(Plan.Preemption)
    case outcome(PodUID, AttemptOutcome)
}

/// What the binder needs of others. Main fulfils it with queue, broker, reconciler, API server and Mesos.
public protocol BinderOutlet: Sendable {
    /// Up to `limit` ready pods, more where offers are few, and the cluster with its live offers; no pods are taken while there are no offers, unless `explain`.
    func gather(limit: Int, explain: Bool) async -> (pods: [PodDemand], cluster: ClusterSnapshot)
    /// `nil` when granted, else why not.
    func claim(_ offers: [OfferID], by plan: PlanNumber) async -> String?
    func release(_ offers: [OfferID], by plan: PlanNumber) async
    func used(_ offers: [OfferID], by plan: PlanNumber) async
    func unusable(_ offers: [OfferID], by plan: PlanNumber) async
    /// `nil` when all are durable, else why not.
    func write(_ intents: [LaunchIntent]) async -> String?
    func expect(_ intents: [LaunchIntent]) async
    func accept(_ launch: AgentLaunch) async -> AcceptAnswer
    func withdraw(_ tasks: [TaskID]) async
    func doubt(_ tasks: [TaskID]) async
    /// A victim that cannot be evicted is left: the hold on its room ends by itself.
    func evict(_ preemption: Plan.Preemption) async
    func outcome(_ pod: PodUID, _ outcome: AttemptOutcome) async
}
