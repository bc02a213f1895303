import Core
import Reconciler
import Scheduling
import Testing

private let mine = TaskIdentity(pod: key, uid: "a", term: Term(1))
private let running = update("x", .running, from: .agent, "REASON_AGENT_REREGISTERED", uuid: nil)

/// A task that is not in the table, and what its labels turn out to say.
private func judged(_ state: inout ReconcilerState, _ identity: TaskIdentity? = mine) -> [ReconcilerEffect] {
    #expect(state.handle(.update(running, at: start)) == [.identify(["x"])])
    return state.handle(.identified("x", identity, at: start))
}

/// Tasks that the table does not know.
@Suite struct ReconcilerStrangerTests {
    @Test func oneWithoutLabelsOfOursIsLeftAloneAndNotAskedAboutAgain() {
        var state = ready()
        #expect(judged(&state, nil) == [])
        #expect(state.handle(.update(running, at: start)) == [])
        #expect(state.pass(3600) == [])
    }

    @Test func itsEndIsAcknowledgedWhoseverItIs() {
        var state = ready()
        let ended = update("x", .killed)
        #expect(state.handle(.update(ended, at: start)) == [.settle(ended, deleteIntent: true, pod: nil, nil, nil)])
    }

    @Test func oneWhosePodWaitsForItIsAdopted() {
        var state = ready(unbound())
        #expect(judged(&state) == [.underWay(["a"])])
        #expect(state.known.map(\.task) == ["x"])
        #expect(state.known.map(\.hostname) == ["n1"])
        #expect(state.pass(3600) == [])
    }

    @Test func oneThatItsPodsBindingNamesIsAdoptedWhateverIsOnTheWay() {
        var state = ready(bound(task: "x"), task: intent("t2"))
        #expect(judged(&state) == [])
        #expect(state.known.map(\.task) == ["t2", "x"])
    }

    /// Given up while its agent was away, back in time, and stuck: the pod is bound, but not by it.
    @Test func oneThatIsAdoptedAndNeverBindsItsPodIsKilledInTheEnd() {
        var state = ready(bound(task: "t0"))
        #expect(judged(&state) == [.underWay(["a"])])
        _ = state.handle(.update(update("x", .starting, uuid: nil), at: start))
        #expect(state.pass(299) == [])
        #expect(state.pass(300) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(task: "t0"), at: start + .seconds(300))) == [.kill("x", "s1")])
    }

    @Test func oneWhosePodHasAnotherTaskIsKilledAndAgainUntilItEnds() {
        var state = ready(bound(), task: intent("t1"))
        #expect(judged(&state) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start)) == [.kill("x", "s1")])
        #expect(state.pass(9) == [])
        #expect(state.pass(10) == [.kill("x", "s1")])
        #expect(state.pass(29) == [])
        #expect(state.pass(30) == [.kill("x", "s1")])
        _ = state.handle(.update(update("x", .killed), at: start + .seconds(31)))
        #expect(state.pass(3600) == [])
    }

    @Test func oneWhosePodIsBoundToAnotherNodeIsKilled() {
        var state = ready(bound(node: "n2", task: "t7"))
        _ = state.handle(.launching([intent("t7", host: "n2")], at: start))
        #expect(judged(&state) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(node: "n2", task: "t7"), at: start)) == [.kill("x", "s1")])
    }

    @Test func oneWhosePodHasEndedIsKilled() {
        var state = ready(bound(finished: true))
        #expect(judged(&state) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(finished: true), at: start)) == [.kill("x", "s1")])
    }

    @Test func ofTwoTasksOfAnUnboundPodTheBindingDecides() {
        var state = ready(unbound(), task: intent("t1"))
        #expect(judged(&state) == [.underWay(["a"])])
        #expect(state.known.map(\.task) == ["t1", "x"])
        _ = state.handle(.podChanged(bound(task: "x"), at: start))
        let loser = update("t1", .failed)
        #expect(state.handle(.update(loser, at: start)) == [.confirm(key, "a")])
        #expect(
            state.handle(.confirmed("a", bound(task: "x"), at: start)) == [.settle(loser, deleteIntent: true, pod: nil, nil, nil), .roomAppeared])
    }

    @Test func aBindingThatTheCacheDoesNotKnowYetSavesATask() {
        var state = ready(bound(task: "t7"), task: intent("t7"))
        #expect(judged(&state) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(task: "x"), at: start)) == [])
        #expect(state.known.map(\.task) == ["t7", "x"])
    }

    @Test func oneWhosePodTheCacheDoesNotHaveIsKilledOnlyByTheAPIServersOwnWord() {
        var state = ready()
        #expect(judged(&state) == [.confirm(key, "a")])
        #expect(state.handle(.timePassed(to: start + .seconds(10))) == [])
        #expect(state.handle(.confirmed("a", nil, at: start + .seconds(10))) == [.kill("x", "s1")])
        var other = ready()
        _ = judged(&other)
        // The cache was late: it is there, and waits.
        #expect(other.handle(.confirmed("a", unbound(), at: start)) == [.underWay(["a"])])
        #expect(other.known.map(\.task) == ["x"])
    }

    @Test func nothingIsJudgedBeforeIntentsAndPodsAreKnown() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.agents(["s1": "n1"], at: start))
        _ = state.handle(.subscribed(at: start))
        let told = update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED", of: mine)
        #expect(state.handle(.update(told, at: start)) == [])
        #expect(state.handle(.update(update("x", .running, of: mine), at: start)) == [])
        _ = state.handle(.intents([], at: start))
        let effects = state.handle(.podsSynced([bound()], at: start))
        #expect(effects.contains(.settle(told, deleteIntent: true, pod: nil, nil, nil)))
        #expect(effects.contains(.settle(update("x", .running, of: mine), deleteIntent: false, pod: nil, nil, nil)))
        // x has the pod of t1, which is over: it takes its place.
        #expect(!effects.contains { if case .kill = $0 { true } else { false } })
    }

    @Test func labelsOfAnUpdateMakeTheQuestionNeedless() {
        var state = ready(unbound())
        #expect(state.handle(.update(update("x", .starting, uuid: nil, of: mine), at: start)) == [.underWay(["a"])])
    }

    @Test func aTaskThatWasGivenUpIsKnownWhenItComesBack() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        #expect(state.pass(300) == [.judge(key, "a", .remove)])
        _ = state.handle(.podGone("a", at: start + .seconds(300)))
        let back = update("t1", .running, from: .agent, "REASON_AGENT_REREGISTERED", uuid: nil)
        #expect(state.handle(.update(back, at: start + .seconds(400))) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", nil, at: start + .seconds(400))) == [.kill("t1", "s1")])
    }
}

@Suite struct ReconcilerScheduleTests {
    private func asked(_ state: inout ReconcilerState, until end: Int) -> (all: [Int], named: [Int]) {
        var (all, named): ([Int], [Int]) = ([], [])
        for second in 1...end {
            for case .reconcile(let tasks) in state.handle(.timePassed(to: start + .seconds(second))) {
                if tasks.isEmpty { all.append(second) } else { named.append(second) }
            }
        }
        return (all, named)
    }

    @Test func allThatMesosKnowsIsAskedForSoonAfterTheStartAndThenOnceAnInterval() {
        var state = ready()
        #expect(asked(&state, until: 700).all == [15, 315, 615])
    }

    @Test func whatAnAnswerToThatDoesNotMentionIsAskedAboutByName() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        let times = asked(&state, until: 40)
        #expect(times.all == [15])
        // Not mentioned since 15 s: asked at 30 s, and again while there is no answer.
        #expect(times.named == [30, 31, 33, 37])
        var other = ready(bound(), task: intent("t1"))
        _ = other.handle(.update(update("t1", .running), at: start))
        _ = asked(&other, until: 15)
        _ = other.handle(.update(update("t1", .running, from: .master, "REASON_RECONCILIATION", uuid: nil), at: start + .seconds(16)))
        #expect(asked(&other, until: 40).named == [])
    }

    @Test func whatIsWantedIsDoneAtOnceButNotMoreOftenThanTheCooldown() {
        var state = ready(bound(), task: intent("t1"))
        #expect(state.handle(.wanted(.explicit, at: start)) == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
        _ = state.handle(.update(update("t1", .running), at: start))
        #expect(state.handle(.wanted(.explicit, at: start + .seconds(1))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(15))).contains(.reconcile([TaskQuestion(task: "t1", agent: "s1")])))
        _ = state.handle(.update(update("t1", .running), at: start + .seconds(16)))
        #expect(state.handle(.wanted(.implicit, at: start + .seconds(29))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(30))) == [.reconcile([])])
    }

    @Test func nobodyIsAskedWithoutASubscription() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.disconnected)
        #expect(state.handle(.wanted(.implicit, at: start)) == [])
        #expect(asked(&state, until: 1000) == ([], []))
    }

    @Test func manyTasksAreAskedAboutInPieces() {
        var times = ReconcilerState.Times()
        times.questionSize = 2
        var state = ReconcilerState(times: times, startingAt: start)
        _ = state.handle(.intents((1...5).map { intent(TaskID("t\($0)"), uid: PodUID("\($0)")) }, at: start))
        _ = state.handle(.podsSynced([], at: start))
        let sizes = state.handle(.subscribed(at: start)).map { effect in if case .reconcile(let tasks) = effect { tasks.count } else { 0 } }
        #expect(sizes == [2, 2, 1])
    }
}

@Suite struct ReconcilerLaunchTests {
    private let grace = 300

    @Test func aLaunchThatHasNotBoundItsPodInTimeIsKilledAndTriedAnew() {
        var state = ready(unbound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .starting), at: start))
        #expect(state.pass(grace - 1) == [])
        #expect(state.pass(grace) == [.confirm(key, "a")])
        let now = start + .seconds(grace)
        #expect(state.handle(.confirmed("a", unbound(), at: now)) == [.kill("t1", "s1")])
        let killed = update("t1", .killed)
        #expect(
            state.handle(.update(killed, at: now)) == [
                .settle(killed, deleteIntent: true, pod: nil, nil, nil), .requeue("a", reason: "its launch took longer than 300 s"), .roomAppeared,
            ])
    }

    /// Its KILL may have been lost, and the launch may have come to something since.
    @Test func beforeItsKillIsRepeatedTheAPIServerIsAskedAgain() {
        var state = ready(unbound(), task: intent("t1"))
        _ = state.pass(grace)
        #expect(state.handle(.confirmed("a", unbound(), at: start + .seconds(grace))) == [.kill("t1", "s1")])
        #expect(state.pass(grace + 10) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", unbound(), at: start + .seconds(grace + 10))) == [.kill("t1", "s1")])
        #expect(state.pass(grace + 30) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start + .seconds(grace + 30))) == [])
        #expect(state.pass(grace + 3600) == [])
        // It was heard after all: that was us, and not the pod's end.
        #expect(state.handle(.update(update("t1", .killed), at: start + .seconds(grace + 3600))).contains(.relaunch("a", reason: "its launch took longer than 300 s")))
    }

    @Test func aLaunchThatIsAwayWhenItsTimeIsOverIsKilledWhenItIsBack() {
        var state = ready(PodStanding(key: key, uid: "a", unreachable: .keep), task: intent("t1"))
        _ = state.handle(.update(update("t1", .starting), at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start + .seconds(200)))
        #expect(state.pass(grace) == [])
        let back = update("t1", .starting, from: .agent, "REASON_AGENT_REREGISTERED", uuid: nil)
        _ = state.handle(.update(back, at: start + .seconds(grace + 1)))
        #expect(state.pass(grace + 15) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", PodStanding(key: key, uid: "a"), at: start + .seconds(grace + 15))) == [.kill("t1", "s1")])
    }

    @Test func anAPIServerThatCannotBeReachedKillsNoLaunch() {
        var state = ready(unbound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .starting), at: start))
        var effects: [ReconcilerEffect] = []
        for second in stride(from: 0, to: 3600, by: 15) { effects += state.pass(second) }
        #expect(!effects.contains { if case .kill = $0 { true } else { false } })
        // It is there again, and says what the cache does not know yet.
        #expect(state.handle(.confirmed("a", bound(), at: start + .seconds(3600))) == [])
    }

    @Test func aBoundPodThatWaitsForItsImageIsNotALaunch() {
        var state = ready(unbound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .starting), at: start))
        _ = state.handle(.podChanged(bound(), at: start))
        #expect(state.pass(3600) == [])
    }

    @Test func aRelaunchThatNeverReachesAnExecutorFailsItsPodInTheEnd() {
        var state = ready(bound(), task: intent("t0"))
        _ = state.handle(.update(update("t0", .running), at: start))
        var effects = state.handle(.update(update("t0", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
        var (second, number) = (0, 0)
        var verdicts: [PodVerdict] = []
        while second < 3600, verdicts.isEmpty {
            if effects.contains(where: { if case .relaunch = $0 { true } else { false } }) {
                number += 1
                let task = TaskID("t\(number)")
                _ = state.handle(.launching([intent(task)], at: start + .seconds(second)))
                effects = state.handle(.update(update(task, .failed, from: .agent, "REASON_CONTAINER_LAUNCH_FAILED"), at: start + .seconds(second)))
            } else {
                second += 1
                effects = state.pass(second)
            }
            for case .judge(_, _, let verdict) in effects { verdicts.append(verdict) }
        }
        #expect(number == 10)
        let message = "10 launches in a row reached no executor on node n1; the last: TASK_FAILED: REASON_CONTAINER_LAUNCH_FAILED"
        #expect(verdicts == [.finished(of: "t1", succeeded: false, reason: "ExecutorLost", message: message)])
        #expect(state.handle(.podChanged(bound(finished: true), at: start + .seconds(second))) == [])
    }

    @Test func aPodWhoseNodeHasNoRoomForItAnyMoreFails() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
        for look in 1...9 {
            #expect(state.pass(look * 30) == [.confirm(key, "a")])
            #expect(state.handle(.confirmed("a", bound(), at: start + .seconds(look * 30))) == [])
        }
        #expect(state.pass(300) == [.confirm(key, "a")])
        let verdict = PodVerdict.finished(
            of: "t1", succeeded: false, reason: "ExecutorLost", message: "node n1 has had no room to launch it again for 300 s")
        #expect(state.handle(.confirmed("a", bound(), at: start + .seconds(300))) == [.judge(key, "a", verdict)])
    }

    @Test func timeWithoutAnAPIServerDoesNotCountAsWaitingForRoom() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
        var effects: [ReconcilerEffect] = []
        for second in stride(from: 0, to: 3600, by: 10) { effects += state.pass(second) }
        #expect(Set(effects) == [.confirm(key, "a")])
    }

    @Test func whatEndedTheExecutorIsSaid() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.executorLost("s1", status: 9, at: start))
        let reason = "TASK_FAILED: REASON_EXECUTOR_TERMINATED: its executor was ended by signal 9"
        #expect(
            state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
                .contains(.relaunch("a", reason: reason)))
    }
}

@Suite struct ReconcilerUnreachableTests {
    @Test(arguments: [0, 60, 300])
    func aPodIsReplacedWhenItsTolerationEnds(seconds: Int) {
        var state = ready(bound(unreachable: .replace(after: .seconds(seconds))), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        if seconds > 0 { #expect(state.pass(seconds - 1) == []) }
        #expect(state.pass(seconds) == [.judge(key, "a", .remove)])
    }

    private func unreachable(for lasted: Duration) -> TaskUpdate {
        TaskUpdate(task: "t1", state: .unreachable, source: .master, reason: "REASON_RECONCILIATION", agent: "s1", unreachableFor: lasted)
    }

    @Test func aNewLeaderCountsFromWhenTheAgentWasLost() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.intents([], at: start))
        _ = state.handle(.podsSynced([bound(unreachable: .replace(after: .seconds(300)))], at: start))
        _ = state.handle(.subscribed(at: start))
        _ = state.handle(.update(unreachable(for: .seconds(240)), at: start))
        #expect(state.pass(59).filter { $0 == .judge(key, "a", .remove) } == [])
        #expect(state.pass(60).filter { $0 == .judge(key, "a", .remove) } == [.judge(key, "a", .remove)])
    }

    @Test func aClockThatJumpedEndsNoPatienceThatTheLeaderSawBegin() {
        for lasted in [Duration.seconds(86_400), .seconds(-86_400)] {
            var state = ready(bound(unreachable: .replace(after: .seconds(300))), task: intent("t1"))
            _ = state.handle(.update(update("t1", .running), at: start))
            _ = state.handle(.agents([:], at: start))
            _ = state.handle(.update(unreachable(for: lasted), at: start))
            #expect(state.pass(299) == [])
            #expect(state.pass(300) == [.judge(key, "a", .remove)])
        }
    }

    @Test func aPodThatToleratesItForEverIsKept() {
        var state = ready(bound(unreachable: .keep), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        #expect(state.pass(7 * 86_400) == [])
        _ = state.handle(.update(update("t1", .running, uuid: nil), at: start + .seconds(7 * 86_400)))
        #expect(state.known.map(\.state) == [.running])
    }

    @Test func anotherPolicyCountsFromWhenItWasLost() {
        var state = ready(bound(unreachable: .keep), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        _ = state.handle(.podChanged(bound(unreachable: .replace(after: .seconds(60))), at: start + .seconds(50)))
        #expect(state.pass(60) == [.judge(key, "a", .remove)])
    }

    @Test func aDeletedPodOfALostNodeDoesNotWaitForIt() {
        var state = ready(bound(unreachable: .keep), task: intent("t1"))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        _ = state.handle(.podChanged(bound(deleting: .seconds(30), unreachable: .keep), at: start))
        _ = state.pass(59)
        #expect(state.pass(60).contains(.judge(key, "a", .remove)))
        // And is told again until it is gone.
        #expect(state.pass(180).contains(.judge(key, "a", .remove)))
    }
}
