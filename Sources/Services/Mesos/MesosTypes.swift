import Core
import FoundationEssentials
import MesosProto

/// The state of a task, as Mesos writes it.
public enum MesosTaskState: String, Sendable, Hashable, CaseIterable {
    case staging = "TASK_STAGING", starting = "TASK_STARTING", running = "TASK_RUNNING", killing = "TASK_KILLING"
    case finished = "TASK_FINISHED", failed = "TASK_FAILED", killed = "TASK_KILLED", error = "TASK_ERROR", lost = "TASK_LOST"
    case dropped = "TASK_DROPPED", unreachable = "TASK_UNREACHABLE", gone = "TASK_GONE", goneByOperator = "TASK_GONE_BY_OPERATOR"
    case unknown = "TASK_UNKNOWN"

    /// Nothing follows. UNREACHABLE and UNKNOWN are not terminal: the task may come back.
    public var isTerminal: Bool {
        switch self {
        case .finished, .failed, .killed, .error, .lost, .dropped, .gone, .goneByOperator: true
        case .staging, .starting, .running, .killing, .unreachable, .unknown: false
        }
    }

    public init(_ state: Mesos_V1_TaskState) {
        switch state {
        case .taskStaging: self = .staging
        case .taskStarting: self = .starting
        case .taskRunning: self = .running
        case .taskKilling: self = .killing
        case .taskFinished: self = .finished
        case .taskFailed: self = .failed
        case .taskKilled: self = .killed
        case .taskError: self = .error
        case .taskLost: self = .lost
        case .taskDropped: self = .dropped
        case .taskUnreachable: self = .unreachable
        case .taskGone: self = .gone
        case .taskGoneByOperator: self = .goneByOperator
        case .taskUnknown: self = .unknown
        }
    }

    public var proto: Mesos_V1_TaskState {
        switch self {
        case .staging: .taskStaging
        case .starting: .taskStarting
        case .running: .taskRunning
        case .killing: .taskKilling
        case .finished: .taskFinished
        case .failed: .taskFailed
        case .killed: .taskKilled
        case .error: .taskError
        case .lost: .taskLost
        case .dropped: .taskDropped
        case .unreachable: .taskUnreachable
        case .gone: .taskGone
        case .goneByOperator: .taskGoneByOperator
        case .unknown: .taskUnknown
        }
    }
}

/// Why a task is in its state, as Mesos writes it: `REASON_EXECUTOR_TERMINATED`.
public struct MesosReason: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral {
    public let name: String
    public init(_ name: String) { self.name = name }
    public init(stringLiteral value: String) { name = value }

    /// The generated case `executorTerminated` is `REASON_EXECUTOR_TERMINATED` on the wire.
    public init(_ reason: Mesos_V1_TaskStatus.Reason) {
        name = MesosNames.upper("REASON", String(describing: reason))
    }

    public var description: String { name }
    public static let executorTerminated: MesosReason = "REASON_EXECUTOR_TERMINATED"
    public static let executorRegistrationTimeout: MesosReason = "REASON_EXECUTOR_REGISTRATION_TIMEOUT"
    public static let executorReregistrationTimeout: MesosReason = "REASON_EXECUTOR_REREGISTRATION_TIMEOUT"
    public static let invalidOffers: MesosReason = "REASON_INVALID_OFFERS"
    public static let taskInvalid: MesosReason = "REASON_TASK_INVALID"
    public static let reconciliation: MesosReason = "REASON_RECONCILIATION"
    public static let agentRemoved: MesosReason = "REASON_AGENT_REMOVED"
    public static let agentDisconnected: MesosReason = "REASON_AGENT_DISCONNECTED"
    public static let taskKilledDuringLaunch: MesosReason = "REASON_TASK_KILLED_DURING_LAUNCH"
}

/// Names of enum cases, as they are on the wire.
enum MesosNames {
    /// `executorTerminated` is `REASON_EXECUTOR_TERMINATED`.
    static func upper(_ prefix: String, _ name: some StringProtocol) -> String {
        var result = prefix + "_"
        for (index, character) in name.enumerated() {
            if character.isUppercase, index > 0 { result.append("_") }
            result += character.uppercased()
        }
        return result
    }
}

/// Who made a status.
public enum MesosStatusSource: String, Sendable, Hashable {
    case master = "SOURCE_MASTER", agent = "SOURCE_AGENT", executor = "SOURCE_EXECUTOR"

    init(_ source: Mesos_V1_TaskStatus.Source) {
        switch source {
        case .master: self = .master
        case .agent: self = .agent
        case .executor: self = .executor
        }
    }
}

/// A status of one task as the scheduler gets it.
public struct TaskStatusUpdate: Sendable, Hashable {
    public var taskID: TaskID
    public var state: MesosTaskState
    public var source: MesosStatusSource?
    public var reason: MesosReason?
    public var message: String
    public var data: [UInt8]
    public var agentID: AgentID?
    public var executorID: ExecutorID?
    /// Seconds since 1970.
    public var timestamp: Double
    /// 16 bytes. `nil`: this status must not be acknowledged (the master made it, or it answers RECONCILE).
    public var uuid: [UInt8]?
    public var healthy: Bool?
    public var labels: [String: String]
    public var containerID: String?
    public var unreachableSince: Timestamp?

    public var needsAcknowledgement: Bool { uuid != nil }

    public init(
        taskID: TaskID, state: MesosTaskState, source: MesosStatusSource? = nil, reason: MesosReason? = nil, message: String = "",
        data: [UInt8] = [], agentID: AgentID? = nil, executorID: ExecutorID? = nil, timestamp: Double = 0, uuid: [UInt8]? = nil,
        healthy: Bool? = nil, labels: [String: String] = [:]
    ) {
        (self.taskID, self.state, self.source, self.reason, self.message, self.data) = (taskID, state, source, reason, message, data)
        (self.agentID, self.executorID, self.timestamp, self.uuid) = (agentID, executorID, timestamp, uuid)
        (self.healthy, self.labels) = (healthy, labels)
    }

    public init(_ status: Mesos_V1_TaskStatus) {
        self.init(taskID: TaskID(status.taskID.value), state: MesosTaskState(status.state), message: status.message, data: [UInt8](status.data))
        if status.hasSource { source = MesosStatusSource(status.source) }
        if status.hasReason { reason = MesosReason(status.reason) }
        if status.hasAgentID { agentID = AgentID(status.agentID.value) }
        if status.hasExecutorID { executorID = ExecutorID(status.executorID.value) }
        timestamp = status.timestamp
        if status.hasUuid, !status.uuid.isEmpty { uuid = [UInt8](status.uuid) }
        if status.hasHealthy { healthy = status.healthy }
        labels = status.labels.dictionary
        if status.containerStatus.hasContainerID { containerID = status.containerStatus.containerID.value }
        if status.hasUnreachableTime { unreachableSince = Timestamp(nanosecondsSinceEpoch: status.unreachableTime.nanoseconds) }
    }
}

extension Mesos_V1_Labels {
    public var dictionary: [String: String] {
        Dictionary(labels.map { ($0.key, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// In the order of their keys.
    public init(_ dictionary: [String: String]) {
        self.init()
        labels = dictionary.sorted { $0.key < $1.key }.map { entry in
            .with {
                $0.key = entry.key
                $0.value = entry.value
            }
        }
    }
}
