import Core
import FoundationEssentials
import MesosProto

/// What an agent tells an executor through its environment.
public struct ExecutorEnvironment: Sendable, Hashable {
    public var agent: MesosEndpoint
    public var frameworkID: FrameworkID
    public var executorID: ExecutorID
    public var agentID: AgentID?
    /// The sandbox.
    public var directory: String
    /// The agent keeps us over its own restart.
    public var checkpoint: Bool
    /// How long we look for a restarted agent.
    public var recoveryTimeout: Duration
    public var subscriptionBackoffMax: Duration
    /// How long SHUTDOWN may take before the agent kills us.
    public var shutdownGracePeriod: Duration
    /// The token that the agent wants to see, if it asks for one, and whose certificate it has.
    public var access: MesosAccess

    public init(
        agent: MesosEndpoint, frameworkID: FrameworkID, executorID: ExecutorID, agentID: AgentID? = nil, directory: String = ".",
        checkpoint: Bool = true, recoveryTimeout: Duration = .seconds(900), subscriptionBackoffMax: Duration = .seconds(2),
        shutdownGracePeriod: Duration = .seconds(5), access: MesosAccess = .anonymous
    ) {
        (self.agent, self.frameworkID, self.executorID, self.agentID) = (agent, frameworkID, executorID, agentID)
        (self.directory, self.checkpoint, self.recoveryTimeout) = (directory, checkpoint, recoveryTimeout)
        (self.subscriptionBackoffMax, self.shutdownGracePeriod, self.access) = (subscriptionBackoffMax, shutdownGracePeriod, access)
    }

    /// Which variable is missing or unreadable.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        public let variable: String
        public let value: String?
        public init(variable: String, value: String?) { (self.variable, self.value) = (variable, value) }
        public var description: String {
            "\(variable) is \(value.map { "'\($0)'" } ?? "not set"): an executor is started by a Mesos agent, which sets it"
        }
    }

    /// Reads `MESOS_AGENT_ENDPOINT`, `MESOS_FRAMEWORK_ID`, `MESOS_EXECUTOR_ID` and so on.
    ///
    /// An agent that authenticates executors gives them `MESOS_EXECUTOR_AUTHENTICATION_TOKEN`; one that speaks TLS has
    /// `LIBPROCESS_SSL_ENABLED` (and, for others than the machine's authorities, `LIBPROCESS_SSL_CA_FILE`) in its executors' environment.
    public init(environment: [String: String]) throws(Problem) {
        func required(_ name: String) throws(Problem) -> String {
            guard let value = environment[name], !value.isEmpty else { throw Problem(variable: name, value: environment[name]) }
            return value
        }
        let address = try required("MESOS_AGENT_ENDPOINT")
        let secure = ["1", "true"].contains(environment["LIBPROCESS_SSL_ENABLED"] ?? "")
        guard let agent = MesosEndpoint(address, defaultPort: 5051, secure: secure) else { throw Problem(variable: "MESOS_AGENT_ENDPOINT", value: address) }
        func duration(_ name: String, _ fallback: Duration) throws(Problem) -> Duration {
            guard let text = environment[name] else { return fallback }
            guard let value = Duration(mesos: text) else { throw Problem(variable: name, value: text) }
            return value
        }
        self.init(
            agent: agent, frameworkID: FrameworkID(try required("MESOS_FRAMEWORK_ID")), executorID: ExecutorID(try required("MESOS_EXECUTOR_ID")),
            agentID: environment["MESOS_SLAVE_ID"].map { AgentID($0) },
            directory: environment["MESOS_SANDBOX"] ?? environment["MESOS_DIRECTORY"] ?? ".",
            checkpoint: environment["MESOS_CHECKPOINT"] == "1",
            recoveryTimeout: try duration("MESOS_RECOVERY_TIMEOUT", .seconds(900)),
            subscriptionBackoffMax: try duration("MESOS_SUBSCRIPTION_BACKOFF_MAX", .seconds(2)),
            shutdownGracePeriod: try duration("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", .seconds(5)),
            access: MesosAccess(credential: environment["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"].map { MesosCredential(token: $0) }))
        if secure, let file = environment["LIBPROCESS_SSL_CA_FILE"] {
            guard let certificates = try? Data(contentsOf: URL(filePath: file)) else { throw Problem(variable: "LIBPROCESS_SSL_CA_FILE", value: file) }
            access.trustedCertificates = [UInt8](certificates)
        }
    }
}

extension Duration {
    /// Reads Mesos' way of writing durations: `15mins`, `2secs`, `1.5hrs`, `100ms`.
    public init?(mesos text: String) {
        let number = text.prefix { $0.isNumber || $0 == "." }
        let scale: [String: Double] = ["ns": 1e-9, "us": 1e-6, "ms": 1e-3, "secs": 1, "mins": 60, "hrs": 3600, "days": 86_400, "weeks": 604_800]
        guard let amount = Double(number), let unit = scale[String(text.dropFirst(number.count))], amount * unit < 1e9 else { return nil }
        self = .seconds(amount * unit)
    }

    /// Writes whole seconds and minutes as Mesos does: `15mins`, `2secs`, otherwise `250ms`.
    public var mesosText: String {
        let milliseconds = Int64((inSeconds * 1000).rounded())
        if milliseconds % 60_000 == 0, milliseconds != 0 { return "\(milliseconds / 60_000)mins" }
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)secs" : "\(milliseconds)ms"
    }
}

/// A task as the executor gets it.
public struct LaunchedTask: Sendable, Hashable {
    public var taskID: TaskID
    public var name: String
    public var agentID: AgentID
    public var resources: MesosResources
    public var data: [UInt8]
    public var labels: [String: String]
    public var killGracePeriod: Duration?
    /// The message as it came, to be given back at a new subscription.
    var proto: Mesos_V1_TaskInfo

    public init(_ task: Mesos_V1_TaskInfo) {
        (taskID, name, agentID) = (TaskID(task.taskID.value), task.name, AgentID(task.agentID.value))
        (resources, data, labels) = (MesosResources(task.resources), [UInt8](task.data), task.labels.dictionary)
        killGracePeriod = task.killPolicy.hasGracePeriod ? .nanoseconds(task.killPolicy.gracePeriod.nanoseconds) : nil
        proto = task
    }
}

/// The agent that an executor is subscribed to.
public struct ExecutorAgent: Sendable, Hashable {
    public var id: AgentID
    public var hostname: String
    public var port: Int
    public var attributes: [MesosAttribute]
    public var resources: MesosResources

    init(_ info: Mesos_V1_AgentInfo) {
        (id, hostname, port) = (AgentID(info.id.value), info.hostname, Int(info.port))
        (attributes, resources) = (info.attributes.map(MesosAttribute.init), MesosResources(info.resources))
    }
}

/// What the agent tells an executor, in its order.
public enum ExecutorEvent: Sendable, Hashable {
    /// A (new) subscription. `data` and `resources` are the executor's own, from its ExecutorInfo.
    case subscribed(agent: ExecutorAgent, frameworkName: String, data: [UInt8], resources: MesosResources, containerID: String?)
    case launch(LaunchedTask)
    case launchGroup([LaunchedTask])
    case kill(TaskID, gracePeriod: Duration?)
    /// The agent holds this update durably; it will see to its delivery.
    case acknowledged(TaskID, uuid: [UInt8])
    case message([UInt8])
    /// Kill the tasks, send their last updates and end, within the grace period.
    case shutdown
    case error(String)
    /// The stream broke; the client looks for the agent until the recovery timeout.
    case disconnected(because: String)
    /// The agent did not come back in time, or does not know us any more; no events follow.
    case agentGone(because: String)
}
