import ActorKit
import ControllerKit
import Core
import JSON
import Testing

@Suite struct ControllerStateTests {
    typealias State = ControllerState<String>
    let start = Instant.now
    let failure = StepFailure(step: .create(.pods, [:]), reason: .forbidden, message: "exceeded quota")

    private func ready(_ limits: State.Limits = State.Limits()) -> State {
        var state = State(limits: limits)
        _ = state.handle(.ready(at: start))
        return state
    }

    private func work(_ key: String, _ expecting: [OwnWrite] = [], after failure: StepFailure? = nil) -> State.Effect {
        .work(key, expecting: expecting, after: failure)
    }

    @Test func nothingIsWorkedOnBeforeTheCacheIsComplete() {
        var state = State()
        #expect(state.handle(.observed(.pods, ["a", "b"], at: start)) == [])
        #expect(state.handle(.ready(at: start)) == [work("a"), work("b")])
    }

    @Test func aKeyThatChangesWhileItIsWorkedOnIsLookedAtOnceMoreAfterwards() {
        var state = ready()
        #expect(state.handle(.observed(.pods, ["a"], at: start)) == [work("a")])
        #expect(state.handle(.observed(.pods, ["a"], at: start)) == [])
        #expect(state.handle(.observed(.pods, ["a"], at: start)) == [])
        #expect(state.handle(.finished("a", .done([], lookAgain: nil), at: start, fraction: 0)) == [work("a")])
        #expect(state.handle(.finished("a", .done([], lookAgain: nil), at: start, fraction: 0)) == [])
        #expect(state.isIdle)
    }

    @Test func noMoreKeysAreWorkedOnAtOnceThanThereAreWorkers() {
        var limits = State.Limits()
        limits.workers = 2
        var state = ready(limits)
        #expect(state.handle(.observed(.pods, ["a", "b", "c"], at: start)) == [work("a"), work("b")])
        #expect(state.depth == 1)
        #expect(state.handle(.finished("b", .done([], lookAgain: nil), at: start, fraction: 0)) == [work("c")])
    }

    @Test func afterItsOwnWritesAKeyRestsUntilTheKindIsSeenFurther() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        let expected = [OwnWrite.seen(.pods, 7)]
        #expect(state.handle(.finished("a", .done(expected, lookAgain: nil), at: start, fraction: 0)) == [])
        #expect(state.handle(.observed(.replicaSets, ["a"], at: start)) == [work("a", expected)])
        #expect(state.handle(.finished("a", .waits(for: [.pods]), at: start, fraction: 0)) == [])
        #expect(state.handle(.observed(.replicaSets, ["a"], at: start)) == [], "it waits for pods, not for this")
        #expect(state.handle(.observed(.pods, [], at: start)) == [work("a", expected)])
    }

    @Test func whatIsObservedWhileAKeyLooksIsNotMissed() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        let expected = [OwnWrite.seen(.pods, 7)]
        _ = state.handle(.finished("a", .done(expected, lookAgain: nil), at: start, fraction: 0))
        _ = state.handle(.observed(.replicaSets, ["a"], at: start))
        #expect(state.handle(.observed(.pods, [], at: start)) == [])
        #expect(state.handle(.finished("a", .waits(for: [.pods]), at: start, fraction: 0)) == [work("a", expected)])
    }

    @Test func aCacheThatStaysBehindIsWaitedForOnlySoLong() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        _ = state.handle(.finished("a", .done([.seen(.pods, 7)], lookAgain: nil), at: start, fraction: 0))
        _ = state.handle(.observed(.replicaSets, ["a"], at: start))
        _ = state.handle(.finished("a", .waits(for: [.pods]), at: start + .seconds(10), fraction: 0))
        #expect(state.nextDeadline == start + .seconds(30))
        #expect(state.handle(.timePassed(to: start + .seconds(30))) == [.patienceLost("a"), work("a")])
    }

    @Test func whatFailsIsTriedAgainAfterDoublingWaitsAndIsToldWhy() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        #expect(state.handle(.finished("a", .failed(failure, []), at: start, fraction: 1)) == [])
        #expect(state.nextDeadline == start + .milliseconds(100))
        #expect(state.handle(.timePassed(to: start + .milliseconds(100))) == [work("a", after: failure)])
        let later = start + .seconds(1)
        #expect(state.handle(.finished("a", .failed(failure, []), at: later, fraction: 1)) == [])
        #expect(state.nextDeadline == later + .milliseconds(200))
    }

    @Test func theEchoOfAFailedPlanIsNoHotLoop() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        for _ in 0..<12 {
            _ = state.handle(.finished("a", .failed(failure, []), at: start, fraction: 1))
            _ = state.handle(.timePassed(to: start + .seconds(3600)))
        }
        _ = state.handle(.observed(.pods, ["a"], at: start))
        _ = state.handle(.finished("a", .failed(failure, []), at: start, fraction: 1))
        #expect(state.nextDeadline == start + .seconds(1), "sooner than the full wait, but not at once")
    }

    @Test func aPlanMayAskToLookAgain() {
        var state = ready()
        _ = state.handle(.observed(.pods, ["a"], at: start))
        _ = state.handle(.finished("a", .done([], lookAgain: .seconds(5)), at: start, fraction: 0))
        #expect(state.nextDeadline == start + .seconds(5))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [work("a")])
    }
}
