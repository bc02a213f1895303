import Core
import FoundationEssentials
import MesosProto

/// What a framework can deal with, so that the master may use it.
public enum FrameworkCapability: Sendable, Hashable, CaseIterable {
    /// Takes resources that may be taken back at any time.
    case revocableResources
    /// Knows TASK_KILLING.
    case taskKillingState
    /// Is offered agents with GPUs, which others are kept away from.
    case gpuResources
    /// Knows TASK_UNREACHABLE, TASK_DROPPED and TASK_GONE instead of TASK_LOST.
    case partitionAware
    /// Subscribes with several roles; offers and resources name the role that they are allocated to.
    case multiRole
    /// Knows stacks of reservations, and sees all reservations in that form.
    case reservationRefinement
    /// Is offered agents of other regions than the master's, too.
    case regionAware

    /// What kmd always can: everything that costs nothing.
    public static let usual: Set<FrameworkCapability> = [.partitionAware, .multiRole, .reservationRefinement, .regionAware, .taskKillingState]

    var proto: Mesos_V1_FrameworkInfo.Capability.TypeEnum {
        switch self {
        case .revocableResources: .revocableResources
        case .taskKillingState: .taskKillingState
        case .gpuResources: .gpuResources
        case .partitionAware: .partitionAware
        case .multiRole: .multiRole
        case .reservationRefinement: .reservationRefinement
        case .regionAware: .regionAware
        }
    }
}

/// What a scheduler says about itself. With the framework id it has to stay the same over restarts: user, checkpoint and principal cannot change.
public struct FrameworkDescription: Sendable, Hashable {
    public var name: String
    /// The user that executors run as when their command names none.
    public var user: String
    public var roles: [String]
    /// Agents keep tasks over their own restart.
    public var checkpoint: Bool
    /// How long the master keeps our tasks when we are gone; afterwards the framework id is dead. 0 = not at all.
    public var failoverTimeout: Duration
    public var capabilities: Set<FrameworkCapability>
    public var hostname: String?
    public var webUIURL: String?
    /// Has to be the one that authenticates, where the master asks for it.
    public var principal: String?
    public var labels: [String: String]

    public init(
        name: String = "Kubernetes", user: String = "root", roles: [String] = ["*"], checkpoint: Bool = true,
        failoverTimeout: Duration = .seconds(7 * 24 * 3600), hostname: String? = nil, webUIURL: String? = nil, principal: String? = nil,
        capabilities: Set<FrameworkCapability> = FrameworkCapability.usual, labels: [String: String] = [:]
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
            $0.capabilities = FrameworkCapability.allCases.filter(capabilities.contains).map { capability in .with { $0.type = capability.proto } }
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
    public var labels: [String: String] = [:]
    /// The description as a message of Mesos', in place of all the rest: that of an executor that runs already, to the byte.
    public var exact: [UInt8]?

    public enum Command: Sendable, Hashable {
        case argv(file: String, [String])
        case shell(String)
    }
    /// A file that the agent fetches into the sandbox.
    public struct URI: Sendable, Hashable {
        public var value: String
        public var executable: Bool
        public var extract: Bool
        /// The agent may keep it for the next sandbox: what is at this address never changes.
        public var cache: Bool
        public init(_ value: String, executable: Bool = false, extract: Bool = false, cache: Bool = false) {
            (self.value, self.executable, self.extract, self.cache) = (value, executable, extract, cache)
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
        if let exact, let info = try? Mesos_V1_ExecutorInfo(serializedBytes: exact) { return info }
        return .with { info in
            info.type = .custom
            info.executorID.value = id.value
            info.frameworkID.value = framework.value
            info.name = name
            info.source = source
            info.resources = resources.items
            if !data.isEmpty { info.data = Data(data) }
            if !labels.isEmpty { info.labels = Mesos_V1_Labels(labels) }
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
                    .with {
                        $0.value = uri.value
                        ($0.executable, $0.extract) = (uri.executable, uri.extract)
                        if uri.cache { $0.cache = true }
                    }
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
