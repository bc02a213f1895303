import Core

/// An executor of ours on an agent, by the word of Mesos or because we have just had it started.
public struct RunningExecutor: Sendable, Hashable {
    public let agent: AgentID
    /// What it was launched with, to the byte: Mesos takes further tasks for it only under the same description.
    public let description: [UInt8]
    /// The build that it runs, or `""` if its description does not say.
    public let revision: String
    public init(agent: AgentID, description: [UInt8], revision: String) {
        (self.agent, self.description, self.revision) = (agent, description, revision)
    }
}

/// As whose task a launch on an agent has to be sent.
public enum ExecutorChoice: Sendable, Hashable {
    /// For the executor that runs there, under this description.
    case running([UInt8])
    /// None runs: any description will do, and starts one.
    case start
    /// One runs, and only Mesos can say under which description: ask it first.
    case unknown
}

/// What has happened.
public enum ExecutorFact: Sendable, Hashable {
    /// All executors of the framework that the master knows.
    case listed([RunningExecutor], at: Instant)
    /// The first task of an agent goes out with this description.
    case launching(RunningExecutor, at: Instant)
    case ended(AgentID, at: Instant)
    /// The agents that are registered, with their hosts, and how many tasks of ours live on each; `nil`: that is not known just now.
    case agents([AgentID: String], tasks: [AgentID: Int]?, at: Instant)
    case subscribed(at: Instant)
    case disconnected
    /// Somebody wants these hosts' executors replaced by those of now, whatever runs on them; `nil`: all outdated ones.
    case upgrade(host: String?, at: Instant)
    case timePassed(to: Instant)
}

/// What must happen now.
public enum ExecutorEffect: Sendable, Hashable {
    /// Ask the master for the executors that there are.
    case list
    /// Ask this executor to end and to leave its containers running.
    case leave(AgentID, reason: String)
    /// It was asked often enough, and does not.
    case stays(AgentID, host: String)
}

/// What `kmd executors list` shows of one.
public struct ExecutorStanding: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable {
        case current, outdated
        /// Asked to end, so that one of now can start.
        case leaving
        /// Asked, and does not: a build that does not know how.
        case stays
    }
    public let agent: AgentID
    public let host: String
    public let revision: String
    public let tasks: Int
    public let phase: Phase
    public init(agent: AgentID, host: String, revision: String, tasks: Int, phase: Phase) {
        (self.agent, self.host, self.revision, self.tasks, self.phase) = (agent, host, revision, tasks, phase)
    }
}

/// What the keeper needs of others: the master, and messages to executors.
public protocol ExecutorOutlet: Sendable {
    /// `nil`: the master cannot be asked just now.
    func list() async -> [RunningExecutor]?
    func leave(_ agent: AgentID, reason: String) async
    func stays(_ agent: AgentID, host: String) async
}
