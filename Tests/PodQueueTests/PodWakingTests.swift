import ActorKit
import Core
import PodQueue
import Scheduling
import Testing

private func pod(_ name: String, cpu: Int64 = 100, priority: Int32 = 0, group: PodGroup? = nil, selector: [String: String] = [:]) -> PodDemand {
    var demand = PodDemand(
        key: PodKey(namespace: "default", name: name), uid: PodUID(name), amounts: Amounts(milliCPU: cpu), nodeSelector: selector)
    (demand.priority, demand.group) = (priority, group)
    return demand
}

private func vetoed(_ available: Int64 = 0) -> AttemptOutcome {
    .vetoed(Explanation([AgentVeto(agent: "n1", reasons: [.insufficient(.cpu, wanted: 100_000, available: available)])]))
}

private func kinds(_ effects: [PodQueueEffect]) -> [PodKind] {
    for case .judge(let kinds) in effects { return kinds }
    return []
}

@Suite struct PodWakingTests {
    let start = ContinuousClock.now

    /// All have been tried in vain.
    func sleeping(_ pods: [PodDemand], _ times: PodQueueState.Times = .init()) -> PodQueueState {
        var state = PodQueueState(times: times, startingAt: start)
        for pod in pods { _ = state.handle(.waiting(pod, at: start)) }
        for pod in state.take(limit: pods.count) { _ = state.handle(.tried(pod.uid, vetoed(), at: start, fraction: 0.9)) }
        return state
    }

    @Test func anOfferIsTriedOnceAgainstEachKindOfPod() {
        var state = sleeping((0..<50).map { pod("a\($0)") } + (0..<50).map { pod("b\($0)", selector: ["disk": "ssd"]) })
        let asked = kinds(state.handle(.offered(count: 1, at: start)))
        #expect(asked.map(\.demand.nodeSelector) == [[:], ["disk": "ssd"]])
        // While the planner thinks, further offers make one more question.
        #expect(state.handle(.offered(count: 1, at: start)) == [])
        #expect(state.handle(.offered(count: 1, at: start)) == [])
        let effects = state.handle(.judged(suited: [asked[1].number], at: start))
        #expect(effects.first == .ready(explain: false))
        #expect(kinds(effects).map(\.demand.nodeSelector) == [[:]])
        #expect(state.handle(.judged(suited: [], at: start)) == [])
        #expect(state.take(limit: 999).map(\.key.name) == (0..<50).map { "b\($0)" })
    }

    @Test func anOfferWakesAFewOfAKindAndEachThatIsLaunchedWakesTwoMore() {
        var times = PodQueueState.Times()
        times.wakeAtOnce = 4
        var state = sleeping((10..<40).map { pod("p\($0)") }, times)
        let asked = kinds(state.handle(.offered(count: 1, at: start)))
        _ = state.handle(.judged(suited: asked.map(\.number), at: start))
        #expect(state.take(limit: 99).map(\.key.name) == ["p10", "p11", "p12", "p13"])
        #expect(state.handle(.tried("p10", .launched, at: start, fraction: 0)) == [.ready(explain: false)])
        #expect(state.handle(.tried("p11", .launched, at: start, fraction: 0)) == [.ready(explain: false)])
        #expect(state.handle(.tried("p12", vetoed(), at: start, fraction: 0.9)) == [])
        #expect(state.take(limit: 99).map(\.key.name) == ["p14", "p15", "p16", "p17"])
    }

    @Test func offersThatCameWhileAPodWasPlannedAreNotMissed() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(pod("a"), at: start))
        _ = state.take(limit: 1)
        #expect(state.handle(.offered(count: 1, at: start)) == [])
        let asked = kinds(state.handle(.tried("a", vetoed(), at: start, fraction: 0.9)))
        #expect(asked.map(\.demand.uid) == ["a"])
        #expect(state.handle(.judged(suited: asked.map(\.number), at: start)) == [.ready(explain: false)])
    }

    @Test func whenNodesChangeThoseThatWereRefusedAreConsideredAgain() {
        var state = sleeping([pod("a"), pod("b", selector: ["disk": "ssd"])])
        let asked = kinds(state.handle(.reconsider(at: start)))
        #expect(asked.map(\.demand.uid) == ["a", "b"])
        #expect(state.handle(.judged(suited: [asked[1].number], at: start)) == [.ready(explain: false)])
        #expect(state.take(limit: 9).map(\.key.name) == ["b"])
        // Also when it happens while a plan is made.
        _ = state.handle(.reconsider(at: start))
        _ = state.handle(.judged(suited: [], at: start))
        #expect(kinds(state.handle(.tried("b", vetoed(), at: start, fraction: 0.9))).count == 2)
    }

    @Test func whoWantsSomethingElseIsOfAnotherKind() {
        var state = sleeping([pod("a", cpu: 500), pod("b", cpu: 500)])
        let asked = kinds(state.handle(.offered(count: 1, at: start)))
        #expect(asked.count == 1)
        #expect(state.handle(.waiting(pod("a", cpu: 400), at: start)) == [.ready(explain: false), .offersWanted(fresh: true)])
        _ = state.handle(.judged(suited: asked.map(\.number), at: start))
        #expect(state.take(limit: 9).map(\.amounts.milliCPU) == [400, 500])
    }

    @Test func aRetryForgetsTheBackOff() {
        var state = sleeping([pod("a")])
        #expect(state.handle(.retry(PodKey(namespace: "default", name: "a"), at: start)) == [.ready(explain: true), .offersWanted(fresh: true)])
        #expect(state.take(limit: 9).count == 1)
        _ = state.handle(.tried("a", vetoed(), at: start, fraction: 0.999))
        #expect(state.nextDeadline.map { $0 <= start + .seconds(1) } == true)
    }

    @Test func aPodThatIsLaunchedAgainAndAgainWaitsForLonger() {
        var state = PodQueueState(startingAt: start)
        var (now, waits): (Instant, [Duration]) = (start, [])
        for _ in 0..<5 {
            _ = state.handle(.relaunch(pod("lost"), at: now))
            let due = state.queued.first?.nextTry ?? now
            waits.append(now.duration(to: due))
            now = due
            _ = state.handle(.timePassed(to: now))
            #expect(state.take(limit: 1).count == 1)
            _ = state.handle(.tried("lost", .launched, at: now, fraction: 0))
        }
        #expect(waits == [0, 2, 4, 8, 16].map { .seconds($0) })
        _ = state.handle(.timePassed(to: now + .seconds(600)))
        #expect(state.handle(.relaunch(pod("lost"), at: now + .seconds(600))).first == .ready(explain: false))
    }

    @Test func higherPriorityGoesFirstButARelaunchBeforeAll() {
        var state = PodQueueState(startingAt: start)
        for pod in [pod("low", priority: -1), pod("a"), pod("high", priority: 9), pod("b")] { _ = state.handle(.waiting(pod, at: start)) }
        _ = state.handle(.relaunch(pod("lost", priority: -9), at: start))
        _ = state.handle(.waiting(pod("b", priority: 9), at: start))
        #expect(state.take(limit: 9).map(\.key.name) == ["lost", "high", "b", "a", "low"])
    }
}

@Suite struct PodGroupTests {
    let start = ContinuousClock.now
    let trio = PodGroup(namespace: "default", name: "trio", minimum: 3, deadline: .seconds(60))

    func state(_ pods: PodDemand...) -> PodQueueState {
        var state = PodQueueState(startingAt: start)
        for pod in pods { _ = state.handle(.waiting(pod, at: start)) }
        return state
    }

    @Test func aGroupIsHandedOutWhenItIsCompleteAndWhole() {
        var state = state(pod("g1", group: trio), pod("x"), pod("g2", group: trio))
        #expect(state.take(limit: 9).map(\.key.name) == ["x"])
        #expect(state.queued.map(\.phase) == [.waitingForGroup, .inFlight, .waitingForGroup])
        _ = state.handle(.waiting(pod("g3", group: trio), at: start))
        _ = state.handle(.waiting(pod("y"), at: start))
        // The limit does not cut it.
        #expect(state.take(limit: 1).map(\.key.name) == ["g1", "g2", "g3"])
        #expect(state.take(limit: 9).map(\.key.name) == ["y"])
    }

    @Test func aGroupThatDoesNotFitInABatchWaitsForTheNextOne() {
        var state = state(pod("x"), pod("g1", group: trio), pod("g2", group: trio), pod("g3", group: trio), pod("y"))
        #expect(state.take(limit: 3).map(\.key.name) == ["x"])
        #expect(state.take(limit: 3).map(\.key.name) == ["g1", "g2", "g3"])
    }

    @Test func theMembersOfAVetoedGroupWaitTogether() {
        var state = state(pod("g1", group: trio), pod("g2", group: trio), pod("g3", group: trio))
        for (index, member) in state.take(limit: 9).enumerated() { _ = state.handle(.tried(member.uid, vetoed(), at: start, fraction: 0.2 + 0.3 * Double(index))) }
        #expect(Set(state.queued.map(\.nextTry)).count == 1)
        let due = state.queued.first?.nextTry ?? start
        #expect(state.handle(.timePassed(to: due)).contains(.ready(explain: false)))
        #expect(state.take(limit: 9).count == 3)
    }

    @Test func membersThatRunCountForTheGroup() {
        var state = state(pod("g1", group: trio))
        _ = state.handle(.bound("r1", group: trio))
        #expect(state.take(limit: 9).isEmpty)
        #expect(state.handle(.bound("r2", group: trio)) == [.ready(explain: false)])
        _ = state.handle(.gone("r1"))
        #expect(state.take(limit: 9).isEmpty)
        _ = state.handle(.bound("r3", group: trio))
        #expect(state.take(limit: 9).map(\.key.name) == ["g1"])
    }

    @Test func aGroupThatWaitsForItsMembersIsToldSoAndFailsAtItsDeadline() {
        var state = state(pod("g1", group: trio), pod("g2", group: trio))
        #expect(state.nextDeadline == start + .seconds(5))
        let waits = "2 of 3 pods of group trio are there"
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.explain(pod("g1", group: trio), waits), .explain(pod("g2", group: trio), waits)])
        #expect(state.nextDeadline == start + .seconds(60))
        let failed = "pod group trio failed: 2 of 3 pods of group trio are there, after 60 s"
        #expect(state.handle(.timePassed(to: start + .seconds(60))) == [.explain(pod("g1", group: trio), failed), .explain(pod("g2", group: trio), failed)])
        // It may still come together.
        _ = state.handle(.waiting(pod("g3", group: trio), at: start + .seconds(61)))
        #expect(state.take(limit: 9).count == 3)
    }

    @Test func aGroupIsWokenAsAWhole() {
        var state = state(pod("g1", cpu: 1, group: trio), pod("g2", cpu: 2, group: trio), pod("g3", cpu: 3, group: trio))
        for member in state.take(limit: 9) { _ = state.handle(.tried(member.uid, vetoed(), at: start, fraction: 0.9)) }
        let asked = kinds(state.handle(.offered(count: 1, at: start)))
        #expect(asked.count == 3)
        #expect(state.handle(.judged(suited: [asked[1].number], at: start)) == [.ready(explain: false)])
        #expect(state.take(limit: 9).map(\.key.name) == ["g1", "g2", "g3"])
    }
}

@Suite struct PodExplanationTests {
    let start = ContinuousClock.now

    func veto(_ state: inout PodQueueState, _ outcome: AttemptOutcome, at: Instant) -> [PodQueueEffect] {
        _ = state.handle(.retry(PodKey(namespace: "default", name: "a"), at: at))
        _ = state.take(limit: 1)
        return state.handle(.tried("a", outcome, at: at, fraction: 0.9))
    }

    @Test func aReasonIsToldAgainOnlyWhenItsSubstanceChangesOrSeldom() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(pod("a"), at: start))
        let one = "0/1 agents fit: 1 insufficient cpu (nearest: n1 short by "
        #expect(veto(&state, vetoed(0), at: start) == [.explain(pod("a"), one + "100)")])
        #expect(veto(&state, vetoed(50_000), at: start + .seconds(1)) == [])
        let cordoned = AttemptOutcome.vetoed(Explanation([AgentVeto(agent: "n1", reasons: [.unschedulable])]))
        #expect(veto(&state, cordoned, at: start + .seconds(2)) == [.explain(pod("a"), "0/1 agents fit: 1 cordoned")])
        #expect(veto(&state, vetoed(50_000), at: start + .seconds(3)) == [.explain(pod("a"), one + "50)")])
        #expect(veto(&state, vetoed(50_000), at: start + .seconds(302)) == [])
        #expect(veto(&state, vetoed(60_000), at: start + .seconds(303)) == [.explain(pod("a"), one + "40)")])
    }

    @Test func aReasonSaysHowLongAgoTheLastOfferCame() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(pod("a"), at: start))
        _ = state.handle(.offered(count: 1, at: start + .seconds(1)))
        let effects = veto(&state, vetoed(), at: start + .seconds(4))
        #expect(effects.first == .explain(pod("a"), "0/1 agents fit: 1 insufficient cpu (nearest: n1 short by 100); last offer 3 s ago"))
        let account = state.account(of: PodKey(namespace: "default", name: "a"))
        #expect(account?.offersSeen == 1)
        #expect(account?.lastOffer == start + .seconds(1))
    }

    @Test func manyPodsAreToldInTurnAtTheRateThatIsAllowed() {
        var times = PodQueueState.Times()
        (times.explainBurst, times.explainPerSecond) = (3, 2)
        var state = PodQueueState(times: times, startingAt: start)
        for number in 10..<20 { _ = state.handle(.waiting(pod("p\(number)"), at: start)) }
        func told(_ effects: [PodQueueEffect]) -> [String] { effects.compactMap { if case .explain(let pod, _) = $0 { pod.key.name } else { nil } } }
        var names: [String] = []
        for pod in state.take(limit: 99) { names += told(state.handle(.tried(pod.uid, vetoed(), at: start, fraction: 1))) }
        #expect(names == ["p10", "p11", "p12"])
        #expect(told(state.handle(.timePassed(to: start + .milliseconds(500)))) == ["p13"])
        // Who is gone is told nothing.
        _ = state.handle(.gone("p14"))
        #expect(told(state.handle(.timePassed(to: start + .milliseconds(1500)))) == ["p15", "p16"])
        #expect(told(state.handle(.timePassed(to: start + .seconds(60)))) == ["p17", "p18", "p19"])
    }

    @Test func theHistoryTellsAttemptsThatEndedAlikeTogether() {
        var state = PodQueueState(startingAt: start)
        _ = state.handle(.waiting(pod("a"), at: start))
        for second in 0..<3 { _ = veto(&state, vetoed(), at: start + .seconds(second)) }
        _ = veto(&state, .failed("no"), at: start + .seconds(3))
        let account = state.account(of: PodKey(namespace: "default", name: "a"))
        #expect(
            account?.history == [
                .init(outcome: vetoed(), count: 3, first: start, last: start + .seconds(2)),
                .init(outcome: .failed("no"), count: 1, first: start + .seconds(3), last: start + .seconds(3)),
            ])
        #expect(account?.pod.attempts == 4)
        #expect(account?.pod.phase == .backingOff)
    }

    @Test func whenNobodyTriesAllAreToldPlanAfterPlan() {
        var state = PodQueueState(startingAt: start)
        for number in 0..<4 { _ = state.handle(.waiting(pod("p\(number)"), at: start)) }
        #expect(state.handle(.timePassed(to: start + .seconds(5))).contains(.ready(explain: true)))
        _ = state.take(limit: 2)
        #expect(state.handle(.tried("p0", vetoed(), at: start + .seconds(5), fraction: 1)).contains(.ready(explain: true)))
        _ = state.take(limit: 2)
        #expect(!state.handle(.tried("p1", vetoed(), at: start + .seconds(5), fraction: 1)).contains(.ready(explain: true)))
    }
}
