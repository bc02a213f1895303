import Core
import Mesos
import MesosProto
import Testing

@testable import MesosLocal

@Suite(.timeLimit(.minutes(4))) struct MischiefTests {
    @Test func whatItDoesIsAllowed() {
        var mischief = Mischiefs(Mischief(seed: 3))
        func update(_ state: Mesos_V1_TaskState) -> MasterState.Effect {
            .send("s", .with { $0.type = .update; $0.update.status = .with { $0.taskID.value = "t"; $0.state = state } })
        }
        var (sent, told): ([Mesos_V1_TaskState], [MasterToAgent]) = ([], [])
        var answers = 0
        let start = MasterStateTests.start
        for round in 0..<200 {
            let now = start + .milliseconds(round)
            let effects: [MasterState.Effect] = [
                .answer(.accepted), update(round % 2 == 0 ? .taskStarting : .taskRunning), .tell(1, .message("f", "e", [UInt8(round)])),
            ]
            for effect in mischief.disturb(effects, at: now) + mischief.due(at: now).effects {
                switch effect {
                case .send(_, let event): sent.append(event.update.status.state)
                case .tell(_, let message): told.append(message)
                default: answers += 1
                }
            }
        }
        told += mischief.due(at: start + .seconds(10)).effects.compactMap { if case .tell(_, let message) = $0 { message } else { nil } }
        // Nothing is lost and nothing overtakes: duplicates aside, each stream is as it was.
        #expect(answers == 200)
        #expect(told == (0..<200).map { .message("f", "e", [UInt8($0)]) })
        #expect(sent.count > 220)
        let changes = zip(sent, sent.dropFirst()).count { $0 != $1 }
        #expect(changes == 199)
    }

    /// Tasks are launched, run and killed against a master at its worst: each ends once, and none is lost.
    @Test(arguments: [1, 2] as [UInt64]) func aSchedulerThatKeepsTheRulesGetsThrough(seed: UInt64) async throws {
        let directory = try TemporaryDirectory()
        var configuration = MesosMasterServer.Configuration(directory: directory.path)
        configuration.port = 0
        configuration.allocationInterval = .milliseconds(50)
        configuration.mischief = Mischief(seed: seed)
        var script = SimulatedAgentScript()
        (script.agents, script.startDelay, script.seed) = (5, .milliseconds(5), seed)
        configuration.simulation = script
        let server = MesosMasterServer(configuration)
        let (stream, found) = AsyncStream.makeStream(of: MesosEndpoint.self, bufferingPolicy: .bufferingOldest(1))
        let running = Task {
            defer { found.finish() }
            try await server.run { found.yield($0) }
        }
        for await master in stream {
            let scheduler = TestScheduler(master: master, id: nil)
            do {
                try await scheduler.subscribed()
                var (launched, dropped) = (0, 0)
                for number in 0..<40 where launched < 12 {
                    let task = try await scheduler.launch("run", named: TaskID("t\(number)"), on: try await scheduler.offer())
                    // An offer that was rescinded on the way drops the task; it is launched again under another name.
                    if try await scheduler.firstOf(task, [.running, .dropped]) == .dropped { dropped += 1 } else { launched += 1 }
                }
                #expect(launched == 12)
            } catch { Issue.record(error) }
            await scheduler.stop()
            running.cancel()
        }
        try? await running.value
    }
}
