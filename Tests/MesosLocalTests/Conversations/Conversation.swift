import Foundation
import JSON
import MesosProto
import SwiftProtobuf

/// A recorded conversation of schedulers with a real master: what was said, what was answered, what came on the streams, in the order of time.
struct Conversation: Sendable {
    enum Step: Sendable {
        /// A call; `opens` names the stream of a SUBSCRIBE, `on` the stream whose id it carried.
        case call(JSONValue, opens: String?, on: String?, status: Int?, text: String?)
        case event(stream: String, Mesos_V1_Scheduler_Event)
        /// The master ended the stream.
        case closed(stream: String)
        /// The scheduler closed it.
        case leave(stream: String)
        case agent(String, AgentStep)
        /// The leading master dies; the one that follows knows nothing.
        case masterDies
    }

    enum AgentStep: String, Sendable {
        case dies, starts
        /// It looks for its executors, and for its master later.
        case startsAlone = "starts alone"
        /// Its link to the master stands (again).
        case findsMaster = "finds its master"
    }

    struct Agent: Sendable {
        var info: Mesos_V1_AgentInfo
        var resources: String
        /// It starts in the course of the conversation.
        var isAbsent: Bool
    }

    /// How an executor differs from the usual one.
    struct Executor: Sendable {
        /// From its launch to its SUBSCRIBE, in seconds; `nil`: it never does.
        var registers: Double?
        /// It ends at once with this wait status.
        var fails: Int32?
        /// So long after its launch its files turn out not to be there.
        var unfetched: Double?
        var ignoresShutdown = false
        /// It says and does what Mesos' default executor does with one task that sleeps for a second.
        var playsDefault = false
    }

    var agents: [Agent] = []
    var executors: [String: Executor] = [:]
    var firstAllocation = 0.0
    var allocationInterval = 1.0
    var agentTimeout = 75.0
    var registrationTimeout = 60.0
    var steps: [(at: Double, step: Step)] = []

    static func load(_ name: String) throws -> Conversation {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mesos/conversations/\(name).json")
        return try Conversation(JSONValue(parsing: Array(try Data(contentsOf: file))))
    }

    init(_ value: JSONValue) throws {
        for agent in value["agents"]?.array ?? [] {
            var info: JSONValue = ["hostname": agent["hostname"] ?? "", "id": ["value": agent["id"] ?? ""]]
            info["attributes"] = agent["attributes"] ?? []
            agents.append(
                Agent(
                    info: try Conversation.message(info), resources: agent["resources"]?.string ?? "", isAbsent: agent["absent"]?.bool ?? false))
        }
        for (name, executor) in value["executors"]?.object ?? [:] {
            let registers = executor["registers"].map { $0.isNull ? nil : $0.double } ?? 0.15
            executors[name] = Executor(
                registers: registers, fails: executor["fails"]?.integer.map { Int32($0) }, unfetched: executor["unfetched"]?.double,
                ignoresShutdown: executor["ignores_shutdown"]?.bool ?? false, playsDefault: executor["plays"] == "default")
        }
        firstAllocation = value["first_allocation"]?.double ?? 0
        allocationInterval = value["allocation_interval"]?.double ?? 1
        agentTimeout = value["agent_timeout"]?.double ?? 75
        registrationTimeout = value["registration_timeout"]?.double ?? 60
        for step in value["steps"]?.array ?? [] { steps.append((step["at"]?.double ?? 0, try Conversation.step(step))) }
    }

    private static func step(_ step: JSONValue) throws -> Step {
        let stream = step["stream"]?.string ?? ""
        if let call = step["call"] {
            return .call(
                call, opens: step["stream"]?.string, on: step["on"]?.string, status: step["status"]?.integer.map { Int($0) },
                text: step["text"]?.string)
        }
        if let event = step["event"] { return .event(stream: stream, try message(event)) }
        if let leaver = step["leave"]?.string { return .leave(stream: leaver) }
        if let agent = step["agent"]?.string, let does = step["does"]?.string.flatMap(AgentStep.init) { return .agent(agent, does) }
        if step["master"]?.string == "dies" { return .masterDies }
        return .closed(stream: stream)
    }

    static func message<Kind: Message>(_ value: JSONValue) throws -> Kind {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Kind(jsonUTF8Bytes: value.encoded(), options: options)
    }
}
