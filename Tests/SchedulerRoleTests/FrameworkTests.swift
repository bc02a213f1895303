import Core
import HTTPKit
import JSON
import KubeClient
import Logging
import Mesos
import MesosProto
import SwiftProtobuf
import Synchronization
import Testing

@testable import kmd

/// The framework's id, and what happens when Mesos and the API server disagree about it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct FrameworkTests {
    static let path = FrameworkIdentity.path

    func storedID(_ way: WholeWay) async throws -> String {
        try #require(try await way.kube.get(Self.path).at("data", "frameworkID")?.string)
    }

    @Test func ofManyThatStartAtOnceAllGetTheSameId() async throws {
        try await WholeWay.run { way in
            let counter = Counter()
            let ids = await withTaskGroup(of: FrameworkID?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        await FrameworkIdentity(kube: way.kube, log: Logger(label: "test")) { counter.next() }.current()
                    }
                }
                return await group.reduce(into: Set<FrameworkID?>()) { $0.insert($1) }
            }
            #expect(ids.count == 1)
            let stored = FrameworkID(try await storedID(way))
            #expect(ids.first == stored)
        }
    }

    @Test func aRemovedFrameworkIsAStateUntilItsIdIsForgotten() async throws {
        try await WholeWay.run { way in
            try await way.withScheduler { role in
                try await eventually("the subscription") { role.mesosStanding?["state"] == "Subscribed" }
                let id = try await storedID(way)
                #expect(role.mesosStanding?["framework"]?.string == id)
                #expect(role.fault == nil)
                let mesos = MesosOperatorClient(masters: way.options.masters)
                let before = try await mesos.framework(FrameworkID(id))
                #expect(before?.phase == .connected)
                try await mesos.teardown(FrameworkID(id))
                try await eventually("the fault") { role.mesosStanding?["state"] == "FrameworkRemoved" }
                #expect(role.fault == "Mesos has removed framework \(id). To resolve: kmd framework forget")
                let after = try await mesos.framework(FrameworkID(id))
                #expect(after?.phase == .completed)
                try await eventually("the event") { try await !way.kubeSystemEvents(reason: "FrameworkRemoved").isEmpty }
                // Nothing is launched meanwhile, and nothing crashes.
                try await way.create("waits")
                try await Task.sleep(for: .milliseconds(300))
                #expect(try await way.intents().isEmpty)
                #expect(try await storedID(way) == id)
                // What `kmd framework forget` does.
                try await way.kube.delete(Self.path)
                try await eventually("the new framework") { role.mesosStanding?["state"] == "Subscribed" }
                #expect(try await storedID(way) != id)
                #expect(role.fault == nil)
                try await eventually("the launch") { try await way.intents().count == 1 }
            }
        }
    }

    @Test func anotherIdThanTheStoredOneIsAStateUntilTheyAgree() async throws {
        try await WholeWay.run { way in
            let master = WillfulMaster()
            let server = HTTPServer(service: master, logger: Logger(label: "willful master"))
            var way = way
            way.options.masters = StaticMasters([MesosEndpoint(host: "127.0.0.1", port: try await server.start())])
            try await way.withScheduler { role in
                try await eventually("the mismatch") { role.mesosStanding?["state"] == "FrameworkMismatch" }
                #expect(role.mesosStanding?["framework"] == "another")
                #expect(role.fault?.contains("kmd framework adopt another") == true)
                // The offer that came with it was not used, and is not held: the client has left.
                try await way.create("waits")
                try await eventually("the end of the stream") { master.streams.withLock { $0.allSatisfy(\.isClosed) } }
                #expect(try await way.intents().isEmpty)
                // What `kmd framework adopt another` does.
                try await way.kube.patch(Self.path, ["data": ["frameworkID": "another"]])
                try await eventually("the subscription") { role.mesosStanding?["state"] == "Subscribed" }
            }
            await server.shutdown(grace: .milliseconds(50))
        }
    }
}

/// A master that subscribes everybody as the same framework.
final class WillfulMaster: HTTPService {
    let streams = Mutex<[HTTPBodyStream]>([])

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.path == "/api/v1/scheduler", let call = try? Mesos_V1_Scheduler_Call(serializedBytes: Array(request.body.readableBytesView)),
            call.type == .subscribe
        else { return exchange.respond(.accepted) }
        let stream = exchange.stream(.ok, headers: ["Mesos-Stream-Id": "s"])
        let subscribed = Mesos_V1_Scheduler_Event.with {
            $0.type = .subscribed
            $0.subscribed.frameworkID.value = "another"
        }
        let bytes: [UInt8] = (try? subscribed.serializedBytes(partial: true)) ?? []
        _ = stream.offer(RecordIO.encode(bytes))
        streams.withLock { $0.append(stream) }
    }
}

/// Different ids for whoever asks.
final class Counter: Sendable {
    private let count = Mutex(0)
    func next() -> FrameworkID {
        let number = count.withLock { count in
            count += 1
            return count
        }
        return FrameworkID("kmd-\(number)")
    }
}
