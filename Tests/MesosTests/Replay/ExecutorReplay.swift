import Core
import Foundation
import HTTPKit
import JSON
import Logging
import Mesos
import MesosProto
import NIOHTTP1
import SwiftProtobuf

/// Plays a recorded conversation with an agent: our executor client sends the recorded updates and messages, and what it sends and reports is
/// compared with the recording.
///
/// Differences that are meant: our client sends one update after the other; at a new subscription it names only tasks of which nothing has
/// been acknowledged (as Mesos' own library does; the recorded executor named all that lived); it says nothing of containers.
final class ExecutorReplay {
    struct Report {
        var updates = 0
        var subscriptions = 0
        var events = 0
        /// Recorded calls that our client never makes: `UPDATE: no uuid`.
        var leftOut: [String] = []
        /// The last thing that the client said.
        var last: ExecutorEvent?
    }

    private let recording: Recording
    private let service = ReplayServer()
    private let uuids = UUIDQueue()
    private let changed: (inout ExecutorEnvironment) -> Void
    private var report = Report()
    private var stream: HTTPBodyStream?
    private var inFlight: [(number: Int64, arrival: ReplayServer.Arrival)] = []
    private var answers: [Int64: Recording.Step] = [:]
    private var given: Set<String> = []

    /// - Parameter changed: what is other than the recorded environment.
    init(_ recording: Recording, changed: @escaping (inout ExecutorEnvironment) -> Void = { _ in }) {
        (self.recording, self.changed) = (recording, changed)
        for step in recording.steps where step.kind == "answer" { answers[step.number] = step }
    }

    func play() async throws -> Report {
        let server = HTTPServer(service: service, logger: Logger(label: "agent"))
        let port = try await server.start()
        var environment = try ExecutorEnvironment(environment: recording.environment)
        environment.agent = MesosEndpoint(host: "127.0.0.1", port: port)
        environment.subscriptionBackoffMax = .milliseconds(50)
        changed(&environment)
        let uuids = uuids
        let client = MesosExecutorClient(environment, newUUID: { uuids.next() })
        let run = Task { await client.run() }
        let result: Result<Void, any Error>
        do {
            for (index, step) in recording.steps.enumerated() { try await play(step, index, client) }
            result = .success(())
        } catch { result = .failure(error) }
        run.cancel()
        await run.value
        await server.shutdown(grace: .milliseconds(50))
        try result.get()
        return report
    }

    private func play(_ step: Recording.Step, _ index: Int, _ client: MesosExecutorClient) async throws {
        switch step.kind {
        case "call": try await call(step, index, client)
        case "head", "answer": try answer(step)
        case "event": try await event(step, client)
        case "closed", "left":
            guard let open = stream else { return }
            try await foresee(index, client)
            stream = nil
            open.abort()
            for flight in inFlight { flight.arrival.exchange.respond(.serviceUnavailable) }
            inFlight = []
            guard case .disconnected? = try await note(next(of: client.events)) else { throw ReplayFailure(step, "the loss was not reported") }
            if !client.environment.checkpoint { report.last = try await next(of: client.events) }
        default: throw ReplayFailure(step, "an unknown kind of step")
        }
    }

    private func note(_ event: ExecutorEvent?) -> ExecutorEvent? {
        if let event { report.last = event }
        return event
    }

    // MARK: Calls

    private func call(_ step: Recording.Step, _ index: Int, _ client: MesosExecutorClient) async throws {
        guard let message = try? ExecutorReplay.message(step.body) else { return report.leftOut.append("malformed") }
        switch message.type {
        case .subscribe: try await subscribe(step, message, client)
        case .update:
            if let why = ExecutorReplay.flaw(message.update.status) { return report.leftOut.append("UPDATE: \(why)") }
            guard stream != nil else { return report.leftOut.append("UPDATE: before the subscription") }
            try release()
            try await update(message.update.status, step, client)
        case .message where message.executorID.value == client.environment.executorID.value
            && message.frameworkID.value == client.environment.frameworkID.value:
            let data = [UInt8](message.message.data)
            let task = Task { () -> Result<Void, MesosCallError> in
                do throws(MesosCallError) { return .success(try await client.message(data)) } catch { return .failure(error) }
            }
            let arrival = try await service.next("\(step)")
            try compare(try ExecutorReplay.message(arrival), message, step)
            arrival.exchange.respond(.accepted)
            try await task.value.get()
        default: report.leftOut.append("\(step.type): not ours")
        }
    }

    private func update(_ status: Mesos_V1_TaskStatus, _ step: Recording.Step, _ client: MesosExecutorClient) async throws {
        uuids.add([UInt8](status.uuid))
        given.insert(status.uuid.base64EncodedString())
        try await client.update(TaskStatusUpdate(status))
        let arrival = try await service.next("\(step)") { (try? ExecutorReplay.message($0))?.update.status.uuid == status.uuid }
        try compare(ExecutorReplay.normal(try ExecutorReplay.message(arrival)), ExecutorReplay.normal(try ExecutorReplay.message(step.body)), step)
        inFlight.append((step.number, arrival))
        report.updates += 1
    }

    /// Updates that the recorded executor made while it had no agent: ours are under way when the agent dies, and are lost with it.
    private func foresee(_ index: Int, _ client: MesosExecutorClient) async throws {
        guard let next = recording.steps[index...].first(where: { $0.kind == "call" && $0.type == "SUBSCRIBE" }) else { return }
        for update in try ExecutorReplay.message(next.body).subscribe.unacknowledgedUpdates
        where !given.contains(update.status.uuid.base64EncodedString()) {
            uuids.add([UInt8](update.status.uuid))
            given.insert(update.status.uuid.base64EncodedString())
            try await client.update(TaskStatusUpdate(update.status))
            inFlight.append((-1, try await service.next("\(next)")))
        }
    }

    private func subscribe(_ step: Recording.Step, _ message: Mesos_V1_Executor_Call, _ client: MesosExecutorClient) async throws {
        if case .agentGone? = report.last { return report.leftOut.append("SUBSCRIBE: it has ended") }
        let arrival = try await service.next("\(step)") { (try? ExecutorReplay.message($0))?.type == .subscribe }
        let ours = try ExecutorReplay.message(arrival)
        guard ours.executorID == message.executorID, ours.frameworkID == message.frameworkID else { throw ReplayFailure(step, "other ids") }
        let updates = ours.subscribe.unacknowledgedUpdates.map(ExecutorReplay.normal)
        guard updates == message.subscribe.unacknowledgedUpdates.map(ExecutorReplay.normal) else {
            throw ReplayFailure(step, "other updates: \(updates.map(\.status.state))")
        }
        let tasks = Set(ours.subscribe.unacknowledgedTasks.map(\.taskID.value))
        guard tasks.isSubset(of: message.subscribe.unacknowledgedTasks.map(\.taskID.value)) else { throw ReplayFailure(step, "other tasks: \(tasks)") }
        inFlight.append((step.number, arrival))
        report.subscriptions += 1
        guard let refusal = answers[step.number] else { return }
        try answer(refusal)
        guard case .agentGone? = try await note(next(of: client.events)) else { throw ReplayFailure(step, "the client goes on") }
    }

    // MARK: Answers and events

    private func answer(_ step: Recording.Step) throws {
        guard let index = inFlight.firstIndex(where: { $0.number == step.number }) else { return }
        let arrival = inFlight.remove(at: index).arrival
        if step.kind == "head" {
            stream = arrival.exchange.stream(.ok, headers: ["Content-Type": "application/x-protobuf"])
        } else {
            arrival.exchange.respond(.init(statusCode: step.status), contentType: "text/plain", text: step.text)
        }
    }

    /// Our client makes no second update before the first is answered; the recorded one did.
    private func release() throws {
        for flight in inFlight { if let step = answers[flight.number] { try answer(step) } }
    }

    private func event(_ step: Recording.Step, _ client: MesosExecutorClient) async throws {
        guard let stream else { return }
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        let bytes: [UInt8] = try Mesos_V1_Executor_Event(jsonUTF8Bytes: step.body.encoded(), options: options).serializedBytes()
        guard stream.offer(RecordIO.encode(bytes)) else { throw ReplayFailure(step, "the client has left") }
        report.events += 1
        guard let event = try await note(next(of: client.events)) else { throw ReplayFailure(step, "the client reported nothing") }
        let differences = ExecutorReplay.differences(event, step.body)
        if !differences.isEmpty { throw ReplayFailure(step, differences.joined(separator: "; ")) }
    }

    private static func differences(_ event: ExecutorEvent, _ json: JSONValue) -> [String] {
        var found = EventCheck.Differences()
        switch (event, json["type"]?.string ?? "") {
        case (.subscribed(let agent, let framework, let data, let resources, let container), "SUBSCRIBED"):
            let body = json["subscribed"] ?? .null
            found.compare("agent", agent.id.value, body.at("agent_info", "id")?.value)
            found.compare("hostname", agent.hostname, body.at("agent_info", "hostname")?.string)
            found.compare("port", agent.port, body.at("agent_info", "port")?.integer.map { Int($0) })
            found.compare("attributes", agent.attributes.count, body.at("agent_info", "attributes")?.array?.count ?? 0)
            found.compare("framework", framework, body.at("framework_info", "name")?.string)
            found.compare("data", Data(data).base64EncodedString(), body.at("executor_info", "data")?.string ?? "")
            found.compare("resources", resources.items.count, body.at("executor_info", "resources")?.array?.count ?? 0)
            found.compare("container", container, body["container_id"]?.value)
        case (.launch(let task), "LAUNCH"):
            let body = json.at("launch", "task") ?? .null
            found.compare("task", task.taskID.value, body["task_id"]?.value)
            found.compare("name", task.name, body["name"]?.string)
            found.compare("agent", task.agentID.value, body["agent_id"]?.value)
            found.compare("data", Data(task.data).base64EncodedString(), body["data"]?.string ?? "")
            found.compare("labels", task.labels.count, body.at("labels", "labels")?.array?.count ?? 0)
            found.compare("resources", task.resources.items.count, body["resources"]?.array?.count ?? 0)
        case (.kill(let task, let grace), "KILL"):
            found.compare("task", task.value, json.at("kill", "task_id")?.value)
            found.compare("grace", grace, json.at("kill", "kill_policy", "grace_period", "nanoseconds")?.integer.map { .nanoseconds($0) })
        case (.acknowledged(let task, let uuid), "ACKNOWLEDGED"):
            found.compare("task", task.value, json.at("acknowledged", "task_id")?.value)
            found.compare("uuid", Data(uuid).base64EncodedString(), json.at("acknowledged", "uuid")?.string)
        case (.message(let data), "MESSAGE"): found.compare("data", Data(data).base64EncodedString(), json.at("message", "data")?.string)
        case (.shutdown, "SHUTDOWN"): break
        case (_, let type): found.list.append("\(event) for \(type)")
        }
        return found.list
    }

    // MARK: Messages

    private static func message(_ json: JSONValue) throws -> Mesos_V1_Executor_Call {
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        return try Mesos_V1_Executor_Call(jsonUTF8Bytes: json.encoded(), options: options)
    }
    private static func message(_ arrival: ReplayServer.Arrival) throws -> Mesos_V1_Executor_Call {
        try Mesos_V1_Executor_Call(serializedBytes: arrival.body)
    }

    /// Why our client would not send this; `nil`: it would.
    private static func flaw(_ status: Mesos_V1_TaskStatus) -> String? {
        if status.uuid.count != 16 { return "no uuid" }
        if !status.hasSource || status.source != .executor { return "another source" }
        return status.state == .taskStaging ? "the master's state" : nil
    }

    private static func normal(_ call: Mesos_V1_Executor_Call) -> Mesos_V1_Executor_Call {
        var call = call
        call.update = normal(call.update)
        return call
    }
    private static func normal(_ update: Mesos_V1_Executor_Call.Update) -> Mesos_V1_Executor_Call.Update {
        var update = update
        update.status.clearTimestamp()
        update.status.clearContainerStatus()
        update.status.clearAgentID()
        return update
    }

    private func compare(_ ours: Mesos_V1_Executor_Call, _ recorded: Mesos_V1_Executor_Call, _ step: Recording.Step) throws {
        if ours != recorded { throw ReplayFailure(step, "our call\n\(ours.textFormatString())\nis not the recorded\n\(recorded.textFormatString())") }
    }
}

/// Gives the recorded uuids in their order.
final class UUIDQueue: Sendable {
    private let waiting = Locked<[[UInt8]]>([])
    func add(_ uuid: [UInt8]) { waiting.with { $0.append(uuid) } }
    func next() -> [UInt8] { waiting.with { $0.isEmpty ? randomUUID() : $0.removeFirst() } }
}
