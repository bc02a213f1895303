import Core
import Mesos
import Testing

/// Recorded conversations with a real agent, replayed through our executor client.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ExecutorReplayTests {
    func replay(_ name: String, changed: @escaping (inout ExecutorEnvironment) -> Void = { _ in }) async throws -> ExecutorReplay.Report {
        do { return try await ExecutorReplay(Recording("executor-\(name)"), changed: changed).play() } catch {
            Issue.record("\(name): \(error)")
            throw error
        }
    }

    @Test func tasksFromLaunchToShutdown() async throws {
        let report = try await replay("ex1")
        #expect((report.updates, report.subscriptions) == (14, 1))
        #expect(report.leftOut == [])
    }

    /// What the recorded executor sent to see it refused, ours cannot send.
    @Test func anAgentsRefusals() async throws {
        let report = try await replay("ex4")
        #expect(report.subscriptions == 2)
        #expect(
            report.leftOut == [
                "UPDATE: no uuid", "UPDATE: another source", "UPDATE: the master's state", "UPDATE: another source", "UPDATE: no uuid",
                "BOGUS: not ours", "malformed", "MESSAGE: not ours", "MESSAGE: not ours",
            ])
    }

    @Test(arguments: ["px1", "nx1"]) func anAgentThatRestartsTakesItsExecutorBack(name: String) async throws {
        let report = try await replay(name)
        #expect(report.subscriptions == 3)
        #expect(report.leftOut == [])
    }

    @Test func whatHappenedWhileTheAgentWasAwayIsToldAtTheNextSubscription() async throws {
        let report = try await replay("wx1")
        #expect(report.subscriptions == 2)
        #expect(report.leftOut == [])
    }

    @Test func aMastersFailoverIsNotSeenByExecutors() async throws {
        #expect(try await replay("mx1").subscriptions == 1)
    }

    @Test func withoutCheckpointTheExecutorEndsWithItsAgent() async throws {
        let report = try await replay("ncx1")
        #expect(report.subscriptions == 1)
        #expect(report.leftOut.allSatisfy { $0 == "SUBSCRIBE: it has ended" })
        guard case .agentGone? = report.last else { return #expect(Bool(false), "\(String(describing: report.last))") }
    }

    @Test func anAgentThatDoesNotKnowTheExecutorAnyMoreIsNotAskedAgain() async throws {
        let report = try await replay("ncx1") { $0.checkpoint = true }
        #expect(report.subscriptions == 2)
        #expect(report.last == .agentGone(because: "400: Framework cannot be found"))
    }

    @Test func shutdownReachesAnExecutorThatWillIgnoreIt() async throws {
        #expect(try await replay("igx1").last == .shutdown)
    }

    @Test func nothingIsSentBeforeTheSubscription() async throws {
        let report = try await replay("early1")
        #expect(report.leftOut == ["UPDATE: before the subscription"])
        #expect(report.updates == 3)
    }
}
