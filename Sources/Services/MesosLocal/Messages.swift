import Core
import Mesos
import MesosProto

/// The id of an event stream, a UUID; what Mesos calls the stream id.
typealias StreamID = String

/// The two clocks, read once per input.
public struct Moment: Sendable, Hashable {
    public var now: Instant
    public var wall: Timestamp
    public init(now: Instant, wall: Timestamp) { (self.now, self.wall) = (now, wall) }
    /// Seconds since 1970, as Mesos' statuses have it.
    var seconds: Double { Double(wall.nanosecondsSinceEpoch) / 1e9 }
}

/// What a master tells an agent: in one process as it is, over a network as `KMD_ToAgent` (Link/).
enum MasterToAgent: Sendable, Hashable {
    /// The registration was taken; the agent keeps this id for ever.
    case registered(AgentID)
    /// Tasks of one executor; a group is delivered as one.
    case run(framework: Mesos_V1_FrameworkInfo, executor: Mesos_V1_ExecutorInfo, tasks: [Mesos_V1_TaskInfo], group: Bool)
    case kill(FrameworkID, TaskID, Mesos_V1_KillPolicy?)
    case shutdownExecutor(FrameworkID, ExecutorID)
    case shutdownFramework(FrameworkID)
    /// A scheduler subscribed (again): its unacknowledged updates are due at once.
    case updateFramework(Mesos_V1_FrameworkInfo)
    case acknowledge(FrameworkID, TaskID, uuid: [UInt8])
    case message(FrameworkID, ExecutorID, [UInt8])
    /// The exit of this executor is known here.
    case exitNoted(FrameworkID, ExecutorID, containerID: String)
    /// To be answered with a pong; an agent that does not is lost after a while.
    case ping
    /// All tasks are to end, within `maxGrace` if it is given; as gone for ever when the agent will be.
    case drain(maxGrace: Duration?, markGone: Bool)
    /// All resources of the agent, after RESERVE and UNRESERVE; it keeps them.
    case resources([Mesos_V1_Resource])
    /// The agent is not wanted any more: it ends its executors and itself.
    case shutdown(String)
}

/// What an agent tells its master.
enum AgentToMaster: Sendable, Hashable {
    case register(AgentRegistration)
    /// `uuid` set; sent again until acknowledged.
    case update(FrameworkID, Mesos_V1_TaskStatus)
    case exited(FrameworkID, ExecutorID, containerID: String, status: Int32)
    case message(FrameworkID, ExecutorID, [UInt8])
    /// The agent leaves for good.
    case unregister
    case pong
}

/// What an agent says at its (re-)registration: all that a master needs to know it as before.
struct AgentRegistration: Sendable, Hashable {
    /// Without id at the first registration.
    var info: Mesos_V1_AgentInfo
    var endpoint: MesosEndpoint
    var frameworks: [Mesos_V1_FrameworkInfo] = []
    var executors: [Mesos_V1_ExecutorInfo] = []
    /// Every task that is not terminal and acknowledged.
    var tasks: [Mesos_V1_Task] = []
    /// All resources, if RESERVE and UNRESERVE have changed them.
    var resources: [Mesos_V1_Resource] = []
    /// Whether it is to be asked if it still lives: its link can fall silent without a close.
    var isPinged = false
}

/// An answer that is no stream.
struct HTTPAnswer: Sendable, Hashable {
    var status: Int
    var text = ""
    static let accepted = HTTPAnswer(status: 202)
    static let ok = HTTPAnswer(status: 200)
    static func badRequest(_ text: String) -> HTTPAnswer { HTTPAnswer(status: 400, text: text) }
    static func forbidden(_ text: String) -> HTTPAnswer { HTTPAnswer(status: 403, text: text) }
}

/// UUIDs from a seed: random to the world, the same again in a test.
struct UUIDSource: Sendable {
    private var state: UInt64
    private let salt: UInt64
    init(seed: UInt64, salt: UInt64 = 0) { (state, self.salt) = (seed, salt) }

    private mutating func word() -> UInt64 {
        // SplitMix64.
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state ^ salt
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    mutating func bytes() -> [UInt8] {
        var bytes = [word(), word()].flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
        bytes[6] = bytes[6] & 0x0f | 0x40
        bytes[8] = bytes[8] & 0x3f | 0x80
        return bytes
    }

    mutating func text() -> String { UUIDSource.text(bytes()) }

    static func text(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append("-") }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return text
    }
}

extension Mesos_V1_TaskState {
    var isTerminal: Bool { MesosTaskState(self).isTerminal }
}
