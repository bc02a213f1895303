import Core
import FoundationEssentials
import MesosProto

/// What a scheduler says about itself. With the framework id it has to stay the same over restarts: user and checkpoint cannot change.
public struct FrameworkDescription: Sendable, Hashable {
    public var name: String
    /// The user that executors run as when their command names none.
    public var user: String
    public var roles: [String]
    /// Agents keep tasks over their own restart.
    public var checkpoint: Bool
    /// How long the master keeps our tasks when we are gone; afterwards the framework id is dead. 0 = not at all.
    public var failoverTimeout: Duration
    public var capabilities: [Mesos_V1_FrameworkInfo.Capability.TypeEnum]
    public var hostname: String?
    public var webUIURL: String?
    public var principal: String?
    public var labels: [String: String]

    public init(
        name: String = "Kubernetes", user: String = "root", roles: [String] = ["*"], checkpoint: Bool = true,
        failoverTimeout: Duration = .seconds(7 * 24 * 3600), hostname: String? = nil, webUIURL: String? = nil, principal: String? = nil,
        capabilities: [Mesos_V1_FrameworkInfo.Capability.TypeEnum] = [.partitionAware, .taskKillingState, .multiRole, .reservationRefinement],
        labels: [String: String] = [:]
    ) {
        (self.name, self.user, self.roles, self.checkpoint, self.failoverTimeout) = (name, user, roles, checkpoint, failoverTimeout)
        (self.hostname, self.webUIURL, self.principal, self.capabilities, self.labels) = (hostname, webUIURL, principal, capabilities, labels)
    }

    func info(id: FrameworkID?) -> Mesos_V1_FrameworkInfo {
        .with {
            $0.user = user
            $0.name = name
            if let id { $0.id.value = id.value }
            $0.failoverTimeout = failoverTimeout.inSeconds
            $0.checkpoint = checkpoint
            if capabilities.contains(.multiRole) { $0.roles = roles } else if let role = roles.first { $0.role = role }
            if let hostname { $0.hostname = hostname }
            if let webUIURL { $0.webuiURL = webUIURL }
            if let principal { $0.principal = principal }
            $0.capabilities = capabilities.map { type in .with { $0.type = type } }
            if !labels.isEmpty { $0.labels = Mesos_V1_Labels(labels) }
        }
    }
}

/// The leading master, as it says at SUBSCRIBED.
public struct MesosMasterDescription: Sendable, Hashable {
    public var id: String
    public var endpoint: MesosEndpoint
    public var version: String

    init(_ info: Mesos_V1_MasterInfo) {
        let host = info.address.hasIp ? info.address.ip : info.address.hasHostname ? info.address.hostname : info.hostname
        (id, version) = (info.id, info.version)
        endpoint = MesosEndpoint(host: host, port: info.hasAddress ? Int(info.address.port) : Int(info.port))
    }
}

/// What the master tells a scheduler, in its order. Offers are void after `disconnected`.
public enum SchedulerEvent: Sendable, Hashable {
    /// A (new) subscription. The caller makes the framework id durable before it acts.
    case subscribed(FrameworkID, master: MesosMasterDescription?, heartbeat: Duration)
    case offers([MesosOffer])
    case inverseOffers([MesosInverseOffer])
    case rescind(OfferID)
    case rescindInverseOffer(OfferID)
    /// To be acknowledged, once it is durable, if it has a uuid.
    case update(TaskStatusUpdate)
    case message(AgentID, ExecutorID, [UInt8])
    /// With an executor: it ended (`status` is the raw wait status). Without: the agent is gone.
    case failure(AgentID?, ExecutorID?, status: Int32?)
    case heartbeat
    /// The stream broke or could not be opened; the client tries again by itself.
    case disconnected(because: String)
    /// The master refused the subscription or ended it for good; no events follow and the client does not subscribe again.
    case error(SchedulerStreamError)
}

/// Why the master ended a subscription for good (an ERROR event), or refused it.
public enum SchedulerStreamError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Another scheduler subscribed with our framework id: it leads now. Never take the id back without an election.
    case failedOver
    /// The framework was torn down, or its failover timeout ran out: the id is dead for ever.
    case frameworkRemoved(String)
    /// The master did not accept the call or the framework's description.
    case rejected(String)

    init(message: String) {
        switch message {
        case "Framework failed over": self = .failedOver
        case let text where text.contains("has been removed") || text.contains("completed") || text.contains("torn down"):
            self = .frameworkRemoved(text)
        default: self = .rejected(message)
        }
    }

    public var description: String {
        switch self {
        case .failedOver: "Framework failed over: another scheduler subscribed with our framework id"
        case .frameworkRemoved(let text), .rejected(let text): text
        }
    }
}

/// Why a call did not succeed.
public enum MesosCallError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is no subscription now; a call makes sense after the next `subscribed`.
    case notSubscribed
    /// The master or agent answered with an error.
    case refused(status: Int, message: String)
    /// No answer: it may or may not have taken effect.
    case unreachable(String)

    /// Whether the same call may succeed later, after a new subscription.
    public var isRetriable: Bool {
        switch self {
        case .notSubscribed, .unreachable: true
        case .refused(let status, _): status == 403 || status == 503 || status == 404 || status == 307
        }
    }
    public var description: String {
        switch self {
        case .notSubscribed: "not subscribed to a Mesos master"
        case .refused(let status, let message): "Mesos answered \(status): \(message)"
        case .unreachable(let cause): "Mesos did not answer: \(cause)"
        }
    }
}

/// The process that runs our tasks on an agent.
public struct ExecutorDescription: Sendable, Hashable {
    public var id: ExecutorID
    public var name: String
    public var source: String
    /// The file and its whole argv (`argv[0]` included), run without a shell; or one line for /bin/sh.
    public var command: Command
    public var environment: [String: String]
    /// What the executor itself takes; the first task of an agent has to leave room for it in the offer.
    public var resources: MesosResources
    public var data: [UInt8]
    public var uris: [URI]
    public var shutdownGracePeriod: Duration?
    public var user: String?

    public enum Command: Sendable, Hashable {
        case argv(file: String, [String])
        case shell(String)
    }
    /// A file that the agent fetches into the sandbox.
    public struct URI: Sendable, Hashable {
        public var value: String
        public var executable: Bool
        public var extract: Bool
        public init(_ value: String, executable: Bool = false, extract: Bool = false) {
            (self.value, self.executable, self.extract) = (value, executable, extract)
        }
    }

    public init(
        id: ExecutorID, name: String = "", source: String = "", command: Command, environment: [String: String] = [:],
        resources: MesosResources = MesosResources(), data: [UInt8] = [], uris: [URI] = [], shutdownGracePeriod: Duration? = nil, user: String? = nil
    ) {
        (self.id, self.name, self.source, self.command, self.environment) = (id, name, source, command, environment)
        (self.resources, self.data, self.uris, self.shutdownGracePeriod, self.user) = (resources, data, uris, shutdownGracePeriod, user)
    }

    func info(framework: FrameworkID) -> Mesos_V1_ExecutorInfo {
        .with { info in
            info.type = .custom
            info.executorID.value = id.value
            info.frameworkID.value = framework.value
            info.name = name
            info.source = source
            info.resources = resources.items
            if !data.isEmpty { info.data = Data(data) }
            if let shutdownGracePeriod { info.shutdownGracePeriod.nanoseconds = Int64(shutdownGracePeriod.inSeconds * 1e9) }
            info.command = .with { command in
                switch self.command {
                case .argv(let file, let arguments):
                    command.shell = false
                    command.value = file
                    command.arguments = arguments
                case .shell(let line):
                    command.shell = true
                    command.value = line
                }
                if let user { command.user = user }
                command.uris = uris.map { uri in
                    .with { $0.value = uri.value; $0.executable = uri.executable; $0.extract = uri.extract }
                }
                command.environment.variables = environment.sorted { $0.key < $1.key }.map { entry in
                    .with { $0.name = entry.key; $0.value = entry.value }
                }
            }
        }
    }
}

/// A task to launch.
public struct TaskLaunch: Sendable, Hashable {
    public var taskID: TaskID
    public var name: String
    public var agentID: AgentID
    /// Taken out of the offer (`MesosResources.take`), allocation included.
    public var resources: MesosResources
    public var executor: ExecutorDescription
    public var data: [UInt8]
    public var labels: [String: String]
    public var killGracePeriod: Duration?

    public init(
        taskID: TaskID, name: String, agentID: AgentID, resources: MesosResources, executor: ExecutorDescription, data: [UInt8] = [],
        labels: [String: String] = [:], killGracePeriod: Duration? = nil
    ) {
        (self.taskID, self.name, self.agentID, self.resources, self.executor) = (taskID, name, agentID, resources, executor)
        (self.data, self.labels, self.killGracePeriod) = (data, labels, killGracePeriod)
    }

    func info(framework: FrameworkID) -> Mesos_V1_TaskInfo {
        .with {
            $0.name = name
            $0.taskID.value = taskID.value
            $0.agentID.value = agentID.value
            $0.resources = resources.items
            $0.executor = executor.info(framework: framework)
            if !data.isEmpty { $0.data = Data(data) }
            if !labels.isEmpty { $0.labels = Mesos_V1_Labels(labels) }
            if let killGracePeriod { $0.killPolicy.gracePeriod.nanoseconds = Int64(killGracePeriod.inSeconds * 1e9) }
        }
    }
}

extension Duration {
    /// As a number of seconds.
    package var inSeconds: Double { Double(components.seconds) + Double(components.attoseconds) / 1e18 }
}
