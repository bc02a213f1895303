import ActorKit
import Core
import PodQueue
import Scheduling
import Testing

private func pod(_ name: String, cpu: Int64 = 100, node: String? = nil) -> PodDemand {
    PodDemand(key: PodKey(namespace: "default", name: name), uid: PodUID(name), amounts: Amounts(milliCPU: cpu), nodeName: node)
}

private let tooSmall: AttemptOutcome = .vetoed(Explanation([AgentVeto(agent: "n1", reasons: [.insufficient(.cpu, wanted: 4000, available: 2000)])]))
private let why = "0/1 agents fit: 1 insufficient cpu (nearest: n1 short by 2)"

@Suite struct PodQueueStateTests {
    let start = ContinuousClock.now

    func queue(_ pods: PodDemand...) -> PodQueueState {
        var state = PodQueueState(startingAt: start)
        for pod in pods { _ = state.handle(.waiting(pod, at: start)) }
        return state
    }

    @Test func podsAreHandedOutOnceInTheOrderInWhichTheyCame() {
        var state = queue(pod("b"), pod("a"), pod("c"))
        #expect(state.take(limit: 2).map(\.key.name) == ["b", "a"])
        #expect(state.take(limit: 2).map(\.key.name) == ["c"])
        #expect(state.take(limit: 2).isEmpty)
    }

    @Test func aNewPodIsAnnouncedAndAsksForOffers() {
        var state = queue()
        #expect(state.handle(.waiting(pod("a"), at: start)) == [.ready(explain: false), .offersWanted(fresh: true)])
        #expect(state.handle(.waiting(pod("a"), at: start)) == [])
        #expect(state.handle(.gone("a")) == [.offersUnwanted])
    }

    @Test func anUpdateNeverJumpsTheLineNorLosesItsPlace() {
        var state = queue(pod("a"), pod("b"))
        #expect(state.handle(.waiting(pod("a", cpu: 50), at: start)) == [])
        #expect(state.take(limit: 9).map(\.amounts.milliCPU) == [50, 100])
    }

    @Test func aVetoedPodIsToldWhyAndBacksOffLongerEachTime() {
        var state = queue(pod("a", cpu: 4000))
        var now = start
        for (attempt, seconds) in [1, 2, 4, 8, 16, 32, 60, 60].enumerated() {
            #expect(state.take(limit: 1).count == 1)
            let effects = state.handle(.tried("a", tooSmall, at: now, fraction: 0.999_999_999))
            #expect(effects == (attempt == 0 ? [.explain(pod("a", cpu: 4000), why)] : []))
            let wait = state.nextDeadline.map { now.duration(to: $0) } ?? .zero
            #expect(wait > .seconds(seconds) - .milliseconds(1) && wait <= .seconds(seconds))
            #expect(state.take(limit: 1).isEmpty)
            now = now + .seconds(seconds)
            #expect(state.handle(.timePassed(to: now)) == [.ready(explain: false), .offersWanted(fresh: false)])
        }
    }

    @Test func aFailedLaunchWaitsItsTimeWhateverIsOffered() {
        var state = queue(pod("a"))
        _ = state.take(limit: 1)
        _ = state.handle(.tried("a", .failed("the agent refused it"), at: start, fraction: 0.5))
        #expect(state.handle(.offered(count: 1, at: start)) == [])
        #expect(state.queued.first?.reason == "the agent refused it")
        #expect(state.handle(.timePassed(to: start + .milliseconds(500))) == [.ready(explain: false), .offersWanted(fresh: true)])
    }

    @Test func aLaunchedPodWaitsNoMoreButIsRememberedUntilItIsBound() {
        var state = queue(pod("a"))
        _ = state.take(limit: 1)
        #expect(state.handle(.tried("a", .launched, at: start, fraction: 0)) == [.offersUnwanted])
        #expect(state.handle(.waiting(pod("a"), at: start)) == [])
        #expect(state.handle(.synced([pod("a")], at: start)) == [])
        #expect(state.take(limit: 1).isEmpty)
        #expect(state.queued.map(\.phase) == [.launched])
        _ = state.handle(.gone("a"))
        #expect(state.queued.isEmpty)
    }

    @Test func aLaunchThatCameToNothingIsTriedAgain() {
        var state = queue(pod("a"))
        _ = state.take(limit: 1)
        _ = state.handle(.tried("a", .launched, at: start, fraction: 0))
        #expect(state.handle(.launchFailed("a", reason: "TASK_DROPPED", at: start, fraction: 0)) == [.offersWanted(fresh: false)])
        #expect(state.handle(.timePassed(to: start)) == [.ready(explain: false), .offersWanted(fresh: true)])
        #expect(state.take(limit: 1).map(\.key.name) == ["a"])
    }

    @Test func aPodDeletedInFlightDoesNotComeBack() {
        var state = queue(pod("a"))
        _ = state.take(limit: 1)
        _ = state.handle(.gone("a"))
        #expect(state.handle(.tried("a", .failed("x"), at: start, fraction: 0)) == [])
        #expect(state.queued.isEmpty)
        #expect(state.nextDeadline == nil)
    }

    @Test func aPodThatChangedInFlightIsTriedAgainAtOnce() {
        var state = queue(pod("a", cpu: 4000))
        _ = state.take(limit: 1)
        _ = state.handle(.waiting(pod("a", cpu: 1), at: start))
        #expect(state.handle(.tried("a", tooSmall, at: start, fraction: 0.9)) == [.ready(explain: false)])
        #expect(state.take(limit: 1).map(\.amounts.milliCPU) == [1])
    }

    @Test func aBoundPodWithoutItsTaskGoesFirst() {
        var state = queue(pod("a"), pod("b"))
        #expect(state.handle(.relaunch(pod("lost", node: "n1"), at: start)) == [.ready(explain: false), .offersWanted(fresh: true)])
        #expect(state.take(limit: 9).map(\.key.name) == ["lost", "a", "b"])
        #expect(state.handle(.tried("lost", .launched, at: start, fraction: 0)) == [])
        #expect(state.queued.map(\.key.name) == ["a", "b"])
    }

    @Test func aBoundPodWaitsNoMoreUnlessItIsToBeLaunchedAgain() {
        var state = queue(pod("a"))
        _ = state.handle(.relaunch(pod("lost"), at: start))
        _ = state.handle(.bound("a"))
        _ = state.handle(.bound("lost"))
        #expect(state.queued.map(\.key.name) == ["lost"])
        _ = state.handle(.gone("lost"))
        #expect(state.queued.isEmpty)
    }

    @Test func aListOfWhatWaitsEndsTheRestButNotRelaunches() {
        var state = queue(pod("a"), pod("b"))
        _ = state.handle(.relaunch(pod("lost"), at: start))
        #expect(state.handle(.synced([pod("b"), pod("c")], at: start)) == [.ready(explain: false), .offersWanted(fresh: true)])
        #expect(state.queued.map(\.key.name) == ["lost", "b", "c"])
    }

    @Test func whatAnEarlierLeaderLaunchedDoesNotWait() {
        var state = queue()
        _ = state.handle(.underWay(["a"]))
        #expect(state.handle(.waiting(pod("a"), at: start)) == [])
        _ = state.handle(.launchFailed("a", reason: "TASK_LOST", at: start, fraction: 0))
        #expect(state.handle(.waiting(pod("a"), at: start)).first == .ready(explain: false))
    }

    @Test func aPodThatNobodyTriesIsToldWhyInTheEnd() {
        var state = queue(pod("a"))
        #expect(state.nextDeadline == start + .seconds(5))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.ready(explain: true), .offersWanted(fresh: false)])
        #expect(state.nextDeadline == start + .seconds(10))
    }

    @Test func whatIsPutBackKeepsItsPlace() {
        var state = queue(pod("a"), pod("b"))
        _ = state.take(limit: 1)
        _ = state.handle(.tried("a", .putBack, at: start, fraction: 0))
        #expect(state.take(limit: 9).map(\.key.name) == ["a", "b"])
    }
}
