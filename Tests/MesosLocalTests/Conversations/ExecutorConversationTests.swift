import Foundation
import JSON
import MesosProto
import Testing

@testable import MesosLocal

/// What executors said to a real agent, said to ours: the answers are the same, and so is what comes on the stream, but for container ids.
///
/// What the scheduler wanted is taken from what the executor was told: a LAUNCH is a task that the master gave, and so on.
@Suite struct ExecutorConversationTests {
    @Test(arguments: ["ex1", "ex4", "early1", "igx1", "mx1", "nx1", "px1", "wx1"].map { "executor-\($0)" })
    func oursGoesAsTheRecordedOne(name: String) throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/mesos/conversations/\(name).json")
        let steps = try JSONValue(parsing: Array(try Data(contentsOf: file)))["steps"]?.array ?? []
        #expect(steps.count > 7)
        var replay = try ExecutorReplay(steps)
        try replay.run(steps)
        #expect(replay.answers.filter { $0.recorded != $0.ours }.map { "\($0)" } == [])
        let recorded = try steps.compactMap { $0["event"] }.map { try ExecutorReplay.text(Conversation.message($0)) }
        // Acknowledgements and what the master wants come by different threads: each kind is compared by itself.
        for kind in ["ACKNOWLEDGED", ""] {
            func of(_ list: [String]) -> [String] { list.filter { $0.hasPrefix("ACKNOWLEDGED") == !kind.isEmpty } }
            #expect(of(replay.told) == of(recorded))
        }
    }
}

private struct ExecutorReplay {
    private var agent: AgentState
    private let framework: Mesos_V1_FrameworkInfo
    private let executor: Mesos_V1_ExecutorInfo
    private var container = ""
    private var subscriptions = 0
    /// What the agent has made durable.
    private var records: [KMD_AgentRecord] = []
    private var isAway = false
    private(set) var told: [String] = []
    private(set) var answers: [(recorded: String, ours: String)] = []

    init(_ steps: [JSONValue]) throws {
        let subscribed: Mesos_V1_Executor_Event = try Conversation.message(
            steps.compactMap { $0["event"] }.first { $0["type"]?.string == "SUBSCRIBED" } ?? [:])
        framework = subscribed.subscribed.frameworkInfo
        executor = subscribed.subscribed.executorInfo
        agent = AgentState(info: subscribed.subscribed.agentInfo, settings: AgentState.Settings(), at: MasterStateTests.moment(0), uuidSeed: 1)
        feed(.masterConnected)
        feed(.master(.registered(.init(agent.info.id.value))))
    }

    mutating func run(_ steps: [JSONValue]) throws {
        let events = try steps.map { step -> Mesos_V1_Executor_Event? in try step["event"].map { try Conversation.message($0) } }
        // The executor was started for the tasks that it was given first, before it said anything about them.
        let firstUpdate = steps.indices.first { steps[$0].at("call", "update", "status", "uuid") != nil && steps[$0].at("call", "update", "status", "task_id", "value")?.string != "x" }
        let first = events[..<(firstUpdate ?? 0)].compactMap { $0 }.filter { $0.type == .launch }.map(\.launch.task)
        feed(.master(.run(framework: framework, executor: executor, tasks: first, group: false)))
        container = agent.executors.keys.first ?? ""
        feed(.forked(containerID: container, ProcessIdentity(pid: 1, startTime: 1, bootID: "b")))
        for (index, step) in steps.enumerated() {
            if !isAway { feed(.tick(MasterStateTests.moment(step["at"]?.double ?? 0))) }
            if let event = events[index] { want(event, isFirst: first.contains(event.launch.task), teardown: step["teardown"]?.bool ?? false) }
            if step["agent"]?.string == "dies" { isAway = true }
            if step["leave"] != nil { feed(.streamClosed("x\(subscriptions)")) }
            if let call = step["call"] {
                if isAway { comeBack(at: step["at"]?.double ?? 0) }
                let ours = try say(Conversation.message(call))
                let text = step["text"]?.string ?? ""
                answers.append(("\(step["status"]?.integer ?? 0) \(text)", ours))
            }
        }
    }

    /// Another life of the agent, from what is durable; the executor is alive, and asks it as soon as it listens.
    private mutating func comeBack(at moment: Double) {
        let info = agent.info
        agent = AgentState(info: info, settings: AgentState.Settings(), at: MasterStateTests.moment(moment), uuidSeed: 2)
        for record in records { agent.replay(record) }
        feed(.recovered(alive: [container]))
        feed(.masterConnected)
        feed(.master(.registered(.init(info.id.value))))
        isAway = false
    }

    /// Lets the master want what the executor was told.
    private mutating func want(_ event: Mesos_V1_Executor_Event, isFirst: Bool, teardown: Bool) {
        let id = MasterState.Executor(info: executor)
        switch event.type {
        case .launch: if !isFirst { feed(.master(.run(framework: framework, executor: executor, tasks: [event.launch.task], group: false))) }
        case .kill: feed(.master(.kill(id.framework, .init(event.kill.taskID.value), nil)))
        case .message: feed(.master(.message(id.framework, id.id, [UInt8](event.message.data))))
        case .shutdown: feed(.master(teardown ? .shutdownFramework(id.framework) : .shutdownExecutor(id.framework, id.id)))
        default: break
        }
    }

    /// As `AgentService` does it.
    private mutating func say(_ call: Mesos_V1_Executor_Call) -> String {
        if let problem = AgentState.problem(of: call) { return "400 Failed to validate Executor::Call: \(problem)" }
        if call.type == .subscribe {
            if let refusal = agent.refusal(of: call) { return "\(refusal.status) \(refusal.text)" }
            subscriptions += 1
            feed(.subscribe(call, stream: "x\(subscriptions)"))
            return "200 "
        }
        let effects = feed(.call(call))
        let answer = effects.compactMap { if case .answer(let answer) = $0 { answer } else { nil } }.first
        return "\(answer?.status ?? 0) \(answer?.text ?? "")"
    }

    @discardableResult private mutating func feed(_ input: AgentState.Input) -> [AgentState.Effect] {
        let effects = agent.handle(input)
        for case .checkpoint(let record) in effects { records.append(record) }
        for case .send(_, let event) in effects { told.append(ExecutorReplay.text(event)) }
        return effects
    }

    static func text(_ event: Mesos_V1_Executor_Event) -> String {
        switch event.type {
        case .subscribed:
            let subscribed = event.subscribed
            return "SUBSCRIBED \(subscribed.executorInfo.executorID.value) \(subscribed.frameworkInfo.id.value) \(subscribed.frameworkInfo.roles) "
                + "\(subscribed.agentInfo.hostname) \(subscribed.agentInfo.attributes.count) \(subscribed.executorInfo.command.value)"
        case .launch: return "LAUNCH \(event.launch.task.taskID.value) \(String(decoding: event.launch.task.data, as: UTF8.self))"
        case .kill: return "KILL \(event.kill.taskID.value)"
        case .acknowledged: return "ACKNOWLEDGED \(event.acknowledged.taskID.value) \(event.acknowledged.uuid.base64EncodedString())"
        case .message: return "MESSAGE \(String(decoding: event.message.data, as: UTF8.self))"
        default: return "\(event.type)"
        }
    }
}
