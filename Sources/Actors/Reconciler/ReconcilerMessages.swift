import Core
import Scheduling

/// The state of a task, as Mesos says it (partition-aware).
public enum TaskState: String, Sendable, Hashable {
    case staging = "TASK_STAGING", starting = "TASK_STARTING", running = "TASK_RUNNING", killing = "TASK_KILLING"
    case finished = "TASK_FINISHED", failed = "TASK_FAILED", killed = "TASK_KILLED", error = "TASK_ERROR", lost = "TASK_LOST"
    case dropped = "TASK_DROPPED", unreachable = "TASK_UNREACHABLE", gone = "TASK_GONE", goneByOperator = "TASK_GONE_BY_OPERATOR"
    case unknown = "TASK_UNKNOWN"

    /// The task does not run and never will again.
    public var isTerminal: Bool {
        switch self {
        case .finished, .failed, .killed, .error, .lost, .dropped, .gone, .goneByOperator: true
        case .staging, .starting, .running, .killing, .unreachable, .unknown: false
        }
    }
}

/// Whose a task is: what its labels say. Every task of ours carries them from its launch on, and our executors repeat them in their updates.
public struct TaskIdentity: Sendable, Hashable {
    public let pod: PodKey
    public let uid: PodUID
    /// The leadership that launched it.
    public let term: Term
    public init(pod: PodKey, uid: PodUID, term: Term = Term(0)) { (self.pod, self.uid, self.term) = (pod, uid, term) }
}

/// What Mesos says of a task.
public struct TaskUpdate: Sendable, Hashable {
    public enum Source: Sendable, Hashable { case master, agent, executor }
    public let task: TaskID
    public let state: TaskState
    public let source: Source?
    /// `REASON_…`, or empty.
    public let reason: String
    public let message: String
    public let agent: AgentID?
    /// 16 bytes of an update that must be acknowledged; `nil` for one that must not.
    public let uuid: [UInt8]?
    /// `nil`: the update carries no labels of ours. What the master says when it reconciles never does.
    public let identity: TaskIdentity?
    /// How long the master has been unable to reach the agent, as it says with TASK_UNREACHABLE (`TaskStatus.unreachable_time`).
    public let unreachableFor: Duration?

    public init(
        task: TaskID, state: TaskState, source: Source? = nil, reason: String = "", message: String = "", agent: AgentID? = nil,
        uuid: [UInt8]? = nil, identity: TaskIdentity? = nil, unreachableFor: Duration? = nil
    ) {
        (self.task, self.state, self.source, self.reason) = (task, state, source, reason)
        (self.message, self.agent, self.uuid, self.identity, self.unreachableFor) = (message, agent, uuid, identity, unreachableFor)
    }

    /// The master's own word, in answer to a question or because the agent is back, about a task that has ended where it ran. Who ended it is not in it; the agent repeats its own update, which
    /// has all of it, until that is acknowledged.
    var isHearsayOfAnEnd: Bool {
        uuid == nil && (reason == "REASON_RECONCILIATION" || reason == "REASON_AGENT_REREGISTERED") && (state == .finished || state == .failed || state == .killed)
    }

    /// The agent will not come back under its id: nothing of it lives.
    var saysAgentIsGone: Bool {
        state == .goneByOperator
            || state.isTerminal && (reason == "REASON_AGENT_REMOVED" || reason == "REASON_AGENT_REMOVED_BY_OPERATOR")
    }
}

/// What becomes of a pod whose agent cannot be reached.
public enum UnreachablePolicy: Sendable, Hashable {
    /// Its pod is replaced after this.
    case replace(after: Duration)
    /// It is waited for, however long.
    case keep
}

/// What the API server says of a pod, as far as tasks are concerned.
public struct PodStanding: Sendable, Hashable {
    public let key: PodKey
    public let uid: PodUID
    /// Empty: not bound.
    public let nodeName: String
    /// The task and agent that its binding was made for.
    public let task: TaskID?
    public let agent: AgentID?
    /// Succeeded or Failed.
    public let isFinished: Bool
    /// How long its containers may take to stop; `nil` when it is not being deleted.
    public let deletionGrace: Duration?
    /// What its tolerations say of a lost node.
    public let unreachable: UnreachablePolicy
    /// The store's revision in which it was so. Of two that contradict each other the higher one is true.
    public let revision: UInt64

    public init(
        key: PodKey, uid: PodUID, nodeName: String = "", task: TaskID? = nil, agent: AgentID? = nil, isFinished: Bool = false,
        deletionGrace: Duration? = nil, unreachable: UnreachablePolicy = .replace(after: .seconds(300)), revision: UInt64 = 0
    ) {
        (self.key, self.uid, self.nodeName, self.task, self.agent) = (key, uid, nodeName, task, agent)
        (self.isFinished, self.deletionGrace, self.unreachable, self.revision) = (isFinished, deletionGrace, unreachable, revision)
    }
    public var isBound: Bool { !nodeName.isEmpty }
    public var isDeleting: Bool { deletionGrace != nil }
}

/// What has happened, in the order in which it was seen.
public enum ReconcilerFact: Sendable, Hashable {
    /// The intents that earlier leaders left.
    case intents([LaunchIntent], at: Instant)
    /// Everything that the API server has; what is not in it is gone.
    case podsSynced([PodStanding], at: Instant)
    case podChanged(PodStanding, at: Instant)
    case podGone(PodUID, at: Instant)
    /// These tasks are about to be launched.
    case launching([LaunchIntent], at: Instant)
    /// They were not launched.
    case withdrawn([TaskID])
    /// They may or may not have been launched.
    case inDoubt([TaskID], at: Instant)
    case subscribed(at: Instant)
    case disconnected
    case update(TaskUpdate, at: Instant)
    /// The agents that are registered now, with their hostnames.
    case agents([AgentID: String], at: Instant)
    /// Mesos says that an agent is gone or cannot be reached.
    case agentLost(AgentID, at: Instant)
    /// Our executor on an agent ended; `status` as from wait.
    case executorLost(AgentID, status: Int32?, at: Instant)
    /// Somebody wants this done now.
    case wanted(Reconciliation, at: Instant)
    /// What a task's labels say; `nil`: it has none of ours, or the master does not know it.
    case identified(TaskID, TaskIdentity?, at: Instant)
    /// The API server itself was asked about a pod; `nil`: it is gone.
    case confirmed(PodUID, PodStanding?, at: Instant)
    case timePassed(to: Instant)
}

/// The two kinds of questions to Mesos.
public enum Reconciliation: String, Sendable, Hashable {
    /// About the tasks that we know.
    case explicit
    /// About those that the master knows.
    case implicit
}

/// What is to be made of a pod.
public enum PodVerdict: Sendable, Hashable {
    /// Its containers ended, or can never run: its status has to say so, if it does not already. Only while its binding names this task, in one step with the
    /// write: a pod that another task has taken over meanwhile is that one's.
    case finished(of: TaskID?, succeeded: Bool, reason: String, message: String)
    /// Its node is gone: the object goes, too.
    case remove
}

/// What must happen now.
public enum ReconcilerEffect: Sendable, Hashable {
    /// What an update says becomes durable (intent deleted, pod's status written), and then the update is acknowledged. In order with all
    /// else of the same task, and with `judge` of the same pod.
    case settle(TaskUpdate, deleteIntent: Bool, pod: PodKey?, PodUID?, PodVerdict?)
    /// A pod's object has to go, or its status has to change, without an update.
    case judge(PodKey, PodUID, PodVerdict)
    case deleteIntent(TaskID)
    case kill(TaskID, AgentID?)
    /// Ask Mesos about these; about everything when empty.
    case reconcile([TaskQuestion])
    /// Find out whose tasks these are.
    case identify([TaskID])
    /// Ask the API server itself, not a cache, whether the pod exists.
    case confirm(PodKey, PodUID)
    /// The pod was not launched after all: it waits again.
    case requeue(PodUID, reason: String)
    /// The bound pod has to be launched again on its own node.
    case relaunch(PodUID, reason: String)
    /// They have a task, launched by an earlier leader or back from a lost agent: they do not wait for a node, or for a relaunch.
    case underWay([PodUID])
    /// Launching may begin (or go on).
    case ready
    /// Launching has to stop.
    case notReady
    /// Room may have appeared.
    case roomAppeared
}

extension ReconcilerEffect {
    /// What something that becomes durable has to do with. Effects that share a concern are performed in order; others need not be.
    public enum Concern: Hashable, Sendable { case task(TaskID), pod(PodUID) }

    /// Empty for what does not become durable.
    public var concerns: [Concern] {
        switch self {
        case .settle(let update, _, _, let uid, _): [.task(update.task)] + (uid.map { [.pod($0)] } ?? [])
        case .judge(_, let uid, _): [.pod(uid)]
        case .deleteIntent(let task): [.task(task)]
        default: []
        }
    }
}

/// A task that Mesos is asked about.
public struct TaskQuestion: Sendable, Hashable {
    public let task: TaskID
    public let agent: AgentID?
    public init(task: TaskID, agent: AgentID?) { (self.task, self.agent) = (task, agent) }
}

/// What `/debug/registry/tasks` shows of one task.
public struct KnownTask: Sendable, Hashable {
    public let task: TaskID
    public let pod: PodKey
    public let uid: PodUID
    public let agent: AgentID?
    public let hostname: String
    /// `nil`: Mesos has not spoken of it yet.
    public let state: TaskState?
}

/// What the reconciler needs of others.
public protocol ReconcilerOutlet: Sendable {
    /// Makes it durable, trying until it is; an object that is gone already is as good. `false`: it is not, and never will be by us, since the
    /// task is cancelled or another leads.
    func deleteIntent(_ task: TaskID) async -> Bool
    func judge(_ pod: PodKey, _ uid: PodUID, _ verdict: PodVerdict) async -> Bool
    func acknowledge(_ update: TaskUpdate) async
    func kill(_ task: TaskID, on agent: AgentID?) async
    func reconcile(_ tasks: [TaskQuestion]) async
    /// What the labels of these tasks say, of those that the master knows; `nil` when it could not be asked.
    func identify(_ tasks: [TaskID]) async -> [TaskID: TaskIdentity]?
    /// The pod by the API server's own word, inner `nil` if it is gone; tries until there is an answer (outer `nil`: cancelled).
    func look(at pod: PodKey, _ uid: PodUID) async -> PodStanding??
    func requeue(_ pod: PodUID, reason: String) async
    func relaunch(_ pod: PodUID, reason: String) async
    func underWay(_ pods: [PodUID]) async
    func ready() async
    func notReady() async
    func roomAppeared() async
}
