import ActorKit
import Core
import ExecutorKeeper
import Testing

private let start = ContinuousClock.now

private func executor(_ agent: AgentID, _ revision: String = "new") -> RunningExecutor {
    RunningExecutor(agent: agent, description: Array("\(agent) \(revision)".utf8), revision: revision)
}

/// A keeper that is subscribed, and knows what the master lists and where the agents are.
private func keeper(_ executors: RunningExecutor..., tasks: [AgentID: Int] = [:]) -> ExecutorKeeperState {
    var state = ExecutorKeeperState(revision: "new", startingAt: start)
    _ = state.handle(.subscribed(at: start))
    _ = state.handle(.agents(["s1": "n1", "s2": "n2"], tasks: tasks, at: start))
    _ = state.handle(.listed(executors, at: start))
    return state
}

@Suite struct ExecutorChoiceTests {
    @Test func aRunningExecutorGetsItsTasksUnderItsOwnDescriptionWhateverOursIs() {
        var state = keeper(executor("s1", "old"), tasks: ["s1": 1])
        #expect(state.choose("s1", isListed: true, at: start) == .running(Array("s1 old".utf8)))
        #expect(state.choose("s1", isListed: true, at: start + .seconds(86_400)) == .running(Array("s1 old".utf8)))
    }

    @Test func anAgentWithoutOneStartsOneAndKeepsIt() {
        var state = keeper()
        #expect(state.choose("s1", isListed: false, at: start) == .start)
        _ = state.handle(.launching(executor("s1"), at: start))
        // An older offer does not show it yet.
        #expect(state.choose("s1", isListed: false, at: start + .seconds(5)) == .running(Array("s1 new".utf8)))
    }

    @Test func oneThatOnlyMesosKnowsIsAskedFor() {
        var state = keeper()
        #expect(state.choose("s1", isListed: true, at: start) == .unknown)
        _ = state.handle(.listed([executor("s1", "older")], at: start))
        #expect(state.choose("s1", isListed: true, at: start) == .running(Array("s1 older".utf8)))
    }

    @Test func itIsForgottenWhenItEnds() {
        var state = keeper(executor("s1", "old"), tasks: ["s1": 1])
        _ = state.handle(.ended("s1", at: start))
        #expect(state.choose("s1", isListed: false, at: start) == .start)
    }

    @Test func anOfferThatDoesNotShowItLongAfterItsLaunchSaysThatItEnded() {
        var state = keeper()
        _ = state.handle(.launching(executor("s1"), at: start))
        #expect(state.choose("s1", isListed: false, at: start + .seconds(60)) == .start)
    }

    @Test func theMastersListReplacesWhatIsKnownButForWhatWasJustLaunched() {
        var state = keeper(executor("s1", "old"), tasks: ["s1": 1])
        _ = state.handle(.launching(executor("s2"), at: start + .seconds(300)))
        _ = state.handle(.listed([], at: start + .seconds(301)))
        #expect(state.standings.map(\.agent) == ["s2"])
    }
}

@Suite struct ExecutorLeavingTests {
    @Test func anOutdatedExecutorLeavesWhenItsNodeIsEmpty() {
        var state = keeper(executor("s1", "old"), executor("s2"), tasks: ["s1": 2])
        #expect(state.standings.map(\.phase) == [.outdated, .current])
        #expect(state.handle(.agents(["s1": "n1", "s2": "n2"], tasks: ["s1": 1], at: start)) == [])
        let leave = state.handle(.agents(["s1": "n1", "s2": "n2"], tasks: [:], at: start))
        #expect(leave == [.leave("s1", reason: "it is outdated, and its node is empty")])
        #expect(state.standings.map(\.phase) == [.leaving, .current])
    }

    @Test func aNodeWhoseTasksAreNotKnownIsNotTakenForEmpty() {
        var state = ExecutorKeeperState(revision: "new", startingAt: start)
        _ = state.handle(.subscribed(at: start))
        _ = state.handle(.listed([executor("s1", "old")], at: start))
        #expect(state.handle(.agents(["s1": "n1"], tasks: nil, at: start)) == [])
        #expect(state.handle(.agents(["s1": "n1"], tasks: ["s1": 1], at: start)) == [])
        #expect(state.handle(.agents(["s1": "n1"], tasks: nil, at: start)) == [])
        #expect(state.handle(.agents(["s1": "n1"], tasks: [:], at: start)).count == 1)
    }

    @Test func whatIsLaunchedMeanwhileKeepsIt() {
        var state = keeper(executor("s1", "old"))
        _ = state.handle(.agents(["s1": "n1"], tasks: ["s1": 1], at: start))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [])
        #expect(state.standings.map(\.phase) == [.outdated])
    }

    @Test func onCommandItLeavesWhateverRunsThere() {
        var state = keeper(executor("s1", "old"), executor("s2", "old"), tasks: ["s1": 2, "s2": 1])
        #expect(state.handle(.upgrade(host: "n1", at: start)) == [.leave("s1", reason: "a newer executor is wanted on this node")])
        #expect(state.handle(.upgrade(host: nil, at: start)).contains(.leave("s2", reason: "a newer executor is wanted on this node")))
    }

    @Test func aMessageThatGotLostIsRepeatedAndInTheEndItIsSaidThatItStays() {
        var state = keeper(executor("s1", "old"), tasks: ["s1": 1])
        _ = state.handle(.upgrade(host: "n1", at: start))
        var asked: [Int] = []
        for second in 1...60 {
            for effect in state.handle(.timePassed(to: start + .seconds(second))) {
                if case .leave = effect { asked.append(second) }
                if effect == .stays("s1", host: "n1") { asked.append(-second) }
            }
        }
        #expect(asked == [5, 10, 15, 20, 25, -30])
        #expect(state.standings.map(\.phase) == [.stays])
    }

    @Test func theNextOneIsCurrent() {
        var state = keeper(executor("s1", "old"), tasks: ["s1": 1])
        _ = state.handle(.upgrade(host: "n1", at: start))
        _ = state.handle(.ended("s1", at: start))
        #expect(state.handle(.timePassed(to: start + .seconds(10))) == [])
        _ = state.handle(.launching(executor("s1"), at: start + .seconds(11)))
        #expect(state.standings.map(\.phase) == [.current])
    }

    @Test func nobodyIsAskedToLeaveBeforeTheMasterHasSaidWhoIsThere() {
        var state = ExecutorKeeperState(revision: "new", startingAt: start)
        #expect(state.handle(.subscribed(at: start)) == [.list])
        _ = state.handle(.launching(executor("s1", "old"), at: start))
        #expect(state.handle(.agents(["s1": "n1"], tasks: [:], at: start)) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(300))) == [.list])
    }
}
