import Core
import Foundation
import HTTPKit
import JSON
import Logging
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1
import SwiftProtobuf
import Synchronization
import Testing

/// A master that says what a test tells it to.
final class ScriptedMaster: HTTPService, Sendable {
    typealias Handler = @Sendable (_ request: HTTPRequest, _ call: Mesos_V1_Scheduler_Call, _ exchange: HTTPExchange) -> Void
    private let handlers: Mutex<[Handler]>
    let calls = Mutex<[(call: Mesos_V1_Scheduler_Call, streamID: String?)]>([])

    /// One handler per SUBSCRIBE; other calls are answered 202.
    init(_ handlers: Handler...) { self.handlers = Mutex(handlers) }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard let call = try? Mesos_V1_Scheduler_Call(serializedBytes: Array(request.body.readableBytesView)) else {
            return exchange.respond(.badRequest)
        }
        calls.withLock { $0.append((call, request.headers.first(name: "Mesos-Stream-Id"))) }
        guard call.type == .subscribe else { return exchange.respond(.accepted) }
        let handler = handlers.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        if let handler { handler(request, call, exchange) } else { exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "No leader elected") }
    }

    static func subscribed(_ id: String, heartbeat: Double = 15) -> Mesos_V1_Scheduler_Event {
        .with {
            $0.type = .subscribed
            $0.subscribed.frameworkID.value = id
            $0.subscribed.heartbeatIntervalSeconds = heartbeat
        }
    }

    /// Opens a stream with these events, and closes it or leaves it open.
    static func stream(_ events: [Mesos_V1_Scheduler_Event], id: String = "stream-1", closing: Bool = true) -> Handler {
        { _, _, exchange in
            let body = exchange.stream(.ok, headers: ["Content-Type": "application/x-protobuf", "Mesos-Stream-Id": id])
            for event in events {
                let bytes: [UInt8] = (try? event.serializedBytes(partial: true)) ?? []
                _ = body.offer(RecordIO.encode(bytes))
            }
            if closing { body.finish() }
        }
    }
}

@Suite(.serialized, .timeLimit(.minutes(1))) struct SchedulerClientTests {
    /// Runs a client against `service` and gives its events until `enough`.
    func events(
        of service: ScriptedMaster, masters: ((Int) -> [MesosEndpoint])? = nil, id: FrameworkID? = nil, until enough: (SchedulerEvent) -> Bool,
        _ body: (MesosSchedulerClient) async throws -> Void = { _ in }
    ) async throws -> (events: [SchedulerEvent], end: SchedulerStreamError?) {
        let server = HTTPServer(service: service, logger: Logger(label: "scripted"))
        let port = try await server.start()
        var configuration = MesosSchedulerClient.Configuration(
            masters: StaticMasters(masters?(port) ?? [MesosEndpoint(host: "127.0.0.1", port: port)]), framework: FrameworkDescription())
        (configuration.firstBackoff, configuration.longestBackoff) = (.milliseconds(1), .milliseconds(5))
        let client = MesosSchedulerClient(configuration)
        let run = Task {
            defer { client.close() }
            return await client.run(as: id)
        }
        var seen: [SchedulerEvent] = []
        for await event in client.events {
            seen.append(event)
            if enough(event) { break }
        }
        var failure: (any Error)?
        do { try await body(client) } catch { failure = error }
        run.cancel()
        let end = await run.value
        await server.shutdown(grace: .milliseconds(100))
        if let failure { throw failure }
        return (seen, end)
    }

    @Test func recordedEventsArriveTypedAndInOrder() async throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appending(path: "Fixtures/mesos/scheduler-events.json")
        let list = try #require(try JSONValue(parsing: Array(try Data(contentsOf: file))).array)
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        let recorded = try list.map { try Mesos_V1_Scheduler_Event(jsonUTF8Bytes: $0.encoded(), options: options) }
        let (seen, _) = try await events(of: ScriptedMaster(ScriptedMaster.stream(recorded))) { if case .disconnected = $0 { true } else { false } }
        #expect(seen.count == recorded.count + 1)
        #expect(seen.first == .subscribed("6c3c3225-44ec-42e9-86ec-25ed85849a87-0000", master: seen.firstMaster, heartbeat: .seconds(15)))
        #expect(seen.firstMaster?.endpoint == MesosEndpoint(host: "127.0.0.1", port: 5050))
        let offers = seen.compactMap { if case .offers(let offers) = $0 { offers.first } else { nil } }
        #expect(offers.first?.resources.ports == [31000...32000])
        #expect(offers.first?.attributes.map(\.text) == ["r1", "z1", "3", "[1-4]"])
        #expect(offers.first?.agentEndpoint?.port == 5051)
        let updates = seen.compactMap { if case .update(let update) = $0 { update } else { nil } }
        #expect(updates.first?.state == .starting)
        #expect(updates.first?.uuid?.count == 16)
        let answers = updates.filter { $0.reason == .reconciliation }
        #expect(answers.isEmpty == false)
        #expect(answers.allSatisfy { !$0.needsAcknowledgement })
        #expect(seen.contains { if case .failure(_, "ex2", 768?) = $0 { true } else { false } })
    }

    @Test func aRedirectLeadsToTheLeader() async throws {
        let leader = ScriptedMaster(ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")], closing: false))
        let server = HTTPServer(service: leader, logger: Logger(label: "leader"))
        let port = try await server.start()
        let standby = ScriptedMaster { _, _, exchange in
            exchange.respond(.temporaryRedirect, headers: ["Location": "//127.0.0.1:\(port)/master/api/v1/scheduler"])
        }
        let (seen, _) = try await events(of: standby) { if case .subscribed = $0 { true } else { false } }
        #expect(seen == [.subscribed("f-1", master: nil, heartbeat: .seconds(15))])
        await server.shutdown(grace: .milliseconds(100))
    }

    @Test func withoutALeaderItTriesAgainUntilThereIsOne() async throws {
        let refuse: ScriptedMaster.Handler = { _, _, exchange in exchange.respond(.serviceUnavailable, contentType: "text/plain", text: "No leader elected") }
        let master = ScriptedMaster(refuse, refuse, ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")], closing: false))
        let (seen, _) = try await events(of: master) { if case .subscribed = $0 { true } else { false } }
        #expect(seen.count == 3)
        #expect(seen.first == .disconnected(because: "HTTP status 503: No leader elected"))
    }

    @Test func aLostStreamIsOpenedAgainWithTheSameFramework() async throws {
        let master = ScriptedMaster(
            ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")]), ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")], id: "stream-2", closing: false))
        var count = 0
        _ = try await events(of: master, until: { event in
            if case .subscribed = event { count += 1 }
            return count == 2
        }, { client in
            try await client.revive()
        })
        let calls = master.calls.withLock { $0 }
        #expect(calls.map(\.call.frameworkID.value) == ["", "f-1", "f-1"])
        #expect(calls[1].call.subscribe.frameworkInfo.id.value == "f-1")
        #expect(calls.map(\.streamID) == [nil, nil, "stream-2"])
    }

    @Test func anotherLeaderEndsItForGood() async throws {
        let error = Mesos_V1_Scheduler_Event.with {
            $0.type = .error
            $0.error.message = "Framework failed over"
        }
        let master = ScriptedMaster(ScriptedMaster.stream([ScriptedMaster.subscribed("f-1"), error]))
        let (seen, end) = try await events(of: master, id: "f-1") { _ in false }
        #expect(seen.last == .error(.failedOver))
        #expect(end == .failedOver)
        #expect(master.calls.withLock { $0.count } == 1)
    }

    @Test func aRemovedFrameworkIsToldApart() async throws {
        let error = Mesos_V1_Scheduler_Event.with {
            $0.type = .error
            $0.error.message = "Framework has been removed"
        }
        let (_, end) = try await events(of: ScriptedMaster(ScriptedMaster.stream([error]))) { _ in false }
        #expect(end == .frameworkRemoved("Framework has been removed"))
    }

    @Test func aSilentMasterIsLeft() async throws {
        let master = ScriptedMaster(
            ScriptedMaster.stream([ScriptedMaster.subscribed("f-1", heartbeat: 0.02)], closing: false),
            ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")], closing: false))
        var count = 0
        let (seen, _) = try await events(of: master) { event in
            if case .subscribed = event { count += 1 }
            return count == 2
        }
        #expect(seen.dropFirst().first == .disconnected(because: "no heartbeat"))
    }

    @Test func aCallWithoutASubscriptionSaysSo() async {
        let client = MesosSchedulerClient(
            .init(masters: StaticMasters([MesosEndpoint(host: "127.0.0.1", port: 1)]), framework: FrameworkDescription()))
        await #expect(throws: MesosCallError.notSubscribed) { try await client.revive() }
    }

    @Test func aLaunchCarriesWhatWasAsked() async throws {
        let master = ScriptedMaster(ScriptedMaster.stream([ScriptedMaster.subscribed("f-1")], closing: false))
        _ = try await events(of: master, until: { if case .subscribed = $0 { true } else { false } }, { client in
            var offer = MesosResources.plain(cpus: 1, memory: 64, disk: 0, ports: []).allocated(to: "*")
            let taken = offer.take(cpus: 0.5)
            let executor = ExecutorDescription(id: "e", command: .argv(file: "/bin/kmd", ["kmd", "executor"]), environment: ["A": "1"])
            let task = TaskLaunch(taskID: "t", name: "n", agentID: "a", resources: try #require(taken), executor: executor, data: [1, 2])
            try await client.accept(["o"], launch: [task], refuse: .seconds(1))
        })
        let call = try #require(master.calls.withLock { $0.last?.call })
        #expect(call.accept.filters.refuseSeconds == 1)
        let task = try #require(call.accept.operations.first?.launch.taskInfos.first)
        #expect(task.executor.command.shell == false)
        #expect(task.executor.command.arguments == ["kmd", "executor"])
        #expect(task.executor.frameworkID.value == "f-1")
        #expect(task.resources.first?.allocationInfo.role == "*")
        #expect([UInt8](task.data) == [1, 2])
    }
}

extension [SchedulerEvent] {
    var firstMaster: MesosMasterDescription? {
        for event in self { if case .subscribed(_, let master, _) = event { return master } }
        return nil
    }
}
