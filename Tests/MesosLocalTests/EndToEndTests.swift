import Core
import Foundation
import Logging
import Mesos
import MesosLocal
import Testing

/// Real HTTP, real executor processes: a scheduler client against the embedded master and agent.
@Suite(.serialized, .timeLimit(.minutes(2))) struct EndToEndTests {
    @Test func aTaskRunsIsKilledAndItsExecutorShutsDown() async throws {
        try await withCluster { cluster in
            let scheduler = try await cluster.subscribe()
            let offer = try await scheduler.offer()
            #expect(offer.resources.cpus == 4)
            #expect(offer.hostname == "node-1")
            let task = try await scheduler.launch("run", named: "t1", on: offer)
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            try await scheduler.client.kill(task)
            try await scheduler.expect(task, .killed)
            try await scheduler.client.shutdown("executor", on: offer.agentID)
            let (executor, status) = try await scheduler.failure()
            #expect(executor == "executor")
            #expect(status == 0)
        }
    }

    @Test func aDeadExecutorFailsItsTasksAndIsReported() async throws {
        try await withCluster { cluster in
            let scheduler = try await cluster.subscribe()
            let offer = try await scheduler.offer()
            let task = try await scheduler.launch("die:3", named: "t1", on: offer)
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            let (_, status) = try await scheduler.failure()
            #expect(status == 3 << 8)
            let failed = try await scheduler.expect(task, .failed)
            #expect(failed.reason == .executorTerminated)
            #expect(failed.source == .agent)
        }
    }

    @Test func anExecutorOutlivesTheAgentAndIsTakenBack() async throws {
        let directory = try TemporaryDirectory()
        var framework: FrameworkID?
        var agent: AgentID?
        var pid: String?
        try await withCluster(in: directory, leavingExecutors: true) { cluster in
            let scheduler = try await cluster.subscribe()
            framework = await scheduler.client.frameworkID
            let offer = try await scheduler.offer()
            agent = offer.agentID
            let task = try await scheduler.launch("run", named: "t1", on: offer)
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            pid = try await cluster.executorPIDs().first
        }
        try await withCluster(in: directory) { cluster in
            let scheduler = try await cluster.subscribe(framework)
            #expect(await scheduler.client.frameworkID == framework)
            #expect(try await cluster.executorPIDs() == [pid])
            try await scheduler.client.reconcile([])
            let known = try await scheduler.expect("t1", .running)
            #expect(known.agentID == agent)
            try await scheduler.client.kill("t1")
            try await scheduler.expect("t1", .killed)
        }
    }

    @Test func anExecutorThatDiedWhileTheAgentWasAwayIsReportedAtOnce() async throws {
        let directory = try TemporaryDirectory()
        var framework: FrameworkID?
        var pid: Int32 = 0
        try await withCluster(in: directory, leavingExecutors: true) { cluster in
            let scheduler = try await cluster.subscribe()
            framework = await scheduler.client.frameworkID
            let task = try await scheduler.launch("run", named: "t1", on: try await scheduler.offer())
            try await scheduler.expect(task, .starting)
            try await scheduler.expect(task, .running)
            pid = try #require(try await cluster.executorPIDs().first.flatMap { Int32($0) })
        }
        kill(pid, SIGKILL)
        try await withCluster(in: directory) { cluster in
            let scheduler = try await cluster.subscribe(framework)
            let failed = try await scheduler.expect("t1", .failed)
            #expect(failed.reason == .executorTerminated)
            let (executor, _) = try await scheduler.failure()
            #expect(executor == "executor")
        }
    }

    @Test func aSecondSubscriptionEndsTheFirst() async throws {
        try await withCluster { cluster in
            let first = try await cluster.subscribe()
            let second = try await cluster.subscribe(await first.client.frameworkID)
            #expect(await first.ended() == .failedOver)
            _ = try await second.offer()
        }
    }

    @Test func theOperatorSeesTheAgent() async throws {
        try await withCluster { cluster in
            let agents = try await MesosOperatorClient(masters: StaticMasters([cluster.addresses.master])).agents()
            #expect(agents.map(\.hostname) == ["node-1"])
            #expect(agents.first?.isActive == true)
            #expect(agents.first?.resources.memory == 2048)
            #expect(agents.first?.attributes == [MesosAttribute(name: "rack", text: "r1")])
        }
    }
}
