import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOCore
import SwiftProtobuf
import Synchronization
import Testing

/// What ends a subscription, what does not, and what a slow consumer does to the master.
@Suite(.serialized, .timeLimit(.minutes(1))) struct SubscriptionTests {
    /// Says what a test tells it to.
    final class ToldMasters: MasterDetector {
        private let contents: Mutex<(endpoint: MesosEndpoint, generation: Int)>
        init(_ endpoint: MesosEndpoint) { contents = Mutex((endpoint, 1)) }
        func tell(_ endpoint: MesosEndpoint) { contents.withLock { $0 = (endpoint, $0.generation + 1) } }
        func run() async {}
        var candidates: Int { 1 }
        func master(after failed: MesosEndpoint?) async -> MasterSighting? {
            contents.withLock { MasterSighting(endpoint: $0.endpoint, generation: $0.generation) }
        }
        func changed(after generation: Int) async {
            while !Task.isCancelled, contents.withLock({ $0.generation == generation }) { try? await Task.sleep(for: .milliseconds(2)) }
        }
        var description: String { "told" }
    }

    func withClient(
        _ masters: any MasterDetector, capacity: Int = 64, _ body: (MesosSchedulerClient, Task<SchedulerStreamError?, Never>) async throws -> Void
    ) async throws {
        var configuration = MesosSchedulerClient.Configuration(masters: masters, framework: FrameworkDescription())
        (configuration.firstBackoff, configuration.longestBackoff) = (.milliseconds(1), .milliseconds(10))
        configuration.eventCapacity = capacity
        let client = MesosSchedulerClient(configuration)
        let run = Task { await client.run(as: "f-1") }
        let result: Result<Void, any Error>
        do { result = .success(try await body(client, run)) } catch { result = .failure(error) }
        run.cancel()
        _ = await run.value
        client.close()
        try result.get()
    }

    func withMaster(_ body: (ReplayServer, MesosEndpoint) async throws -> Void) async throws {
        let service = ReplayServer()
        let server = HTTPServer(service: service, logger: Logger(label: "master"))
        let endpoint = MesosEndpoint(host: "127.0.0.1", port: try await server.start())
        let result: Result<Void, any Error>
        do { result = .success(try await body(service, endpoint)) } catch { result = .failure(error) }
        await server.shutdown(grace: .milliseconds(50))
        try result.get()
    }

    /// Answers the next SUBSCRIBE with a stream that says SUBSCRIBED.
    func subscribe(_ master: ReplayServer, stream: String = "s") async throws -> HTTPBodyStream {
        let arrival = try await master.next("SUBSCRIBE") { (try? Mesos_V1_Scheduler_Call(serializedBytes: $0.body))?.type == .subscribe }
        let body = arrival.exchange.stream(.ok, headers: ["Mesos-Stream-Id": stream])
        try await send(ScriptedMaster.subscribed("f-1"), on: body)
        return body
    }

    func send(_ event: Mesos_V1_Scheduler_Event, on stream: HTTPBodyStream) async throws {
        let bytes: [UInt8] = try event.serializedBytes(partial: true)
        try await stream.write(RecordIO.encode(bytes))
    }

    @Test func aNewLeaderIsFollowedAlthoughTheOldOneStillSpeaks() async throws {
        try await withMaster { first, a in
            try await withMaster { second, b in
                let masters = ToldMasters(a)
                try await withClient(masters) { client, _ in
                    let old = try await subscribe(first)
                    guard case .subscribed? = try await next(of: client.events) else { throw ReplayFailure("not subscribed") }
                    masters.tell(b)
                    let new = try await subscribe(second)
                    #expect(try await next(of: client.events) == .disconnected(because: "another master leads"))
                    guard case .subscribed? = try await next(of: client.events) else { throw ReplayFailure("not subscribed again") }
                    #expect(old.isClosed || !new.isClosed)
                }
            }
        }
    }

    @Test func leavingEndsTheRunAndTheClientCanComeBack() async throws {
        try await withMaster { master, endpoint in
            try await withClient(StaticMasters([endpoint])) { client, run in
                _ = try await subscribe(master)
                _ = try await next(of: client.events)
                client.leave(because: "another id is stored")
                #expect(await run.value == .left("another id is stored"))
                #expect(try await next(of: client.events) == .error(.left("another id is stored")))
                let again = Task { await client.run(as: "f-2") }
                let arrival = try await master.next("SUBSCRIBE")
                #expect(try Mesos_V1_Scheduler_Call(serializedBytes: arrival.body).frameworkID.value == "f-2")
                again.cancel()
                #expect(await again.value == nil)
            }
        }
    }

    @Test func aConsumerThatDoesNotReadStopsTheMaster() async throws {
        try await withMaster { master, endpoint in
            try await withClient(StaticMasters([endpoint]), capacity: 4) { client, _ in
                let body = try await subscribe(master)
                let total = 1000
                let sent = Locked(0)
                let writer = Task {
                    for number in 0..<total {
                        let message = Mesos_V1_Scheduler_Event.with {
                            $0.type = .message
                            $0.message.agentID.value = "a"
                            $0.message.executorID.value = "\(number)"
                            $0.message.data = .init(repeating: 1, count: 64 * 1024)
                        }
                        try await send(message, on: body)
                        sent.with { $0 = number + 1 }
                    }
                }
                // It comes to a stop: what was sent does not change any more.
                var (before, same) = (-1, 0)
                while same < 25 {
                    try await Task.sleep(for: .milliseconds(20))
                    let now = sent.with { $0 }
                    (same, before) = (now == before && now > 0 ? same + 1 : 0, now)
                }
                #expect(before < total, "all \(total) events were taken from the socket although nobody reads them")
                var read: [String] = []
                while read.count < total, let event = try await next(of: client.events) {
                    if case .message(_, let executor, _) = event { read.append(executor.value) }
                }
                #expect(read == (0..<total).map(String.init))
                try await writer.value
            }
        }
    }

    @Test func maintenanceAndOperationsAreTypedAndAnswered() async throws {
        try await withMaster { master, endpoint in
            try await withClient(StaticMasters([endpoint])) { client, _ in
                let body = try await subscribe(master)
                _ = try await next(of: client.events)
                try await send(
                    .with {
                        $0.type = .inverseOffers
                        $0.inverseOffers.inverseOffers = [
                            .with {
                                $0.id.value = "i1"
                                $0.frameworkID.value = "f-1"
                                $0.agentID.value = "a1"
                                $0.unavailability.start.nanoseconds = 1_443_830_400_000_000_000
                                $0.unavailability.duration.nanoseconds = 3_600_000_000_000
                            }
                        ]
                    }, on: body)
                let window = MesosUnavailability(start: Timestamp(secondsSinceEpoch: 1_443_830_400), duration: .seconds(3600))
                #expect(try await next(of: client.events) == .inverseOffers([MesosInverseOffer(id: "i1", agentID: "a1", unavailability: window)]))
                try await send(
                    .with {
                        $0.type = .updateOperationStatus
                        $0.updateOperationStatus.status.operationID.value = "op"
                        $0.updateOperationStatus.status.state = .operationFinished
                        $0.updateOperationStatus.status.uuid.value = .init(repeating: 7, count: 16)
                        $0.updateOperationStatus.status.agentID.value = "a1"
                    }, on: body)
                guard case .operation(let operation)? = try await next(of: client.events) else { throw ReplayFailure("no operation") }
                #expect(operation.state == "OPERATION_FINISHED")
                // A kind of the future is left out, and what follows still comes.
                try await body.write(RecordIO.encode([0x08, 0x7b]))
                try await send(.with { $0.type = .heartbeat }, on: body)
                #expect(try await next(of: client.events) == .heartbeat)

                async let calls: Void = {
                    try await client.acceptInverse(["i1"], refuse: .seconds(300))
                    try await client.declineInverse(["i2"], refuse: .seconds(30))
                    try await client.acknowledge(operation)
                }()
                var seen: [Mesos_V1_Scheduler_Call] = []
                for _ in 0..<3 {
                    let arrival = try await master.next("a call")
                    #expect(arrival.streamID == "s")
                    seen.append(try Mesos_V1_Scheduler_Call(serializedBytes: arrival.body))
                    arrival.exchange.respond(.accepted)
                }
                try await calls
                #expect(seen.map(\.type) == [.acceptInverseOffers, .declineInverseOffers, .acknowledgeOperationStatus])
                #expect(seen[0].acceptInverseOffers.inverseOfferIds.map(\.value) == ["i1"])
                #expect(seen[1].declineInverseOffers.filters.refuseSeconds == 30)
                #expect(seen[2].acknowledgeOperationStatus.uuid.count == 16)
                #expect(seen[2].acknowledgeOperationStatus.agentID.value == "a1")
            }
        }
    }

    @Test func newRolesAreToldAndKeptForTheNextSubscription() async throws {
        try await withMaster { master, endpoint in
            try await withClient(StaticMasters([endpoint])) { client, _ in
                let body = try await subscribe(master)
                _ = try await next(of: client.events)
                async let call: Void = client.update(framework: FrameworkDescription(roles: ["a", "b"]), suppressed: ["b"])
                let arrival = try await master.next("UPDATE_FRAMEWORK")
                let sent = try Mesos_V1_Scheduler_Call(serializedBytes: arrival.body)
                #expect(sent.updateFramework.frameworkInfo.roles == ["a", "b"])
                #expect(sent.updateFramework.frameworkInfo.id.value == "f-1")
                #expect(sent.updateFramework.suppressedRoles == ["b"])
                arrival.exchange.respond(.ok)
                try await call
                body.abort()
                let again = try await master.next("SUBSCRIBE")
                #expect(try Mesos_V1_Scheduler_Call(serializedBytes: again.body).subscribe.frameworkInfo.roles == ["a", "b"])
            }
        }
    }

    @Test func anAnswerThatDoesNotEndIsNoAnswer() async throws {
        try await withMaster { master, endpoint in
            let client = MesosOperatorClient(masters: StaticMasters([endpoint]), timeout: .milliseconds(300))
            let answer = Task { try await client.agents() }
            let arrival = try await master.next("GET_AGENTS")
            let body = arrival.exchange.stream(.ok)
            _ = body.offer(ByteBuffer(string: "x"))
            await #expect { try await answer.value } throws: { if case MesosCallError.unreachable = $0 { true } else { false } }
        }
    }

    @Test func anExecutorsEndIsRead() {
        #expect(ExecutorExit(status: 0) == .exited(0))
        #expect(ExecutorExit(status: 768) == .exited(3))
        #expect(ExecutorExit(status: 9) == .signalled(9))
        #expect(ExecutorExit(status: -1) == .unknown)
        #expect(ExecutorExit(status: nil) == .unknown)
    }
}
