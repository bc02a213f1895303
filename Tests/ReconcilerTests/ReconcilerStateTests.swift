import ActorKit
import Core
import Reconciler
import Scheduling
import Testing

@Suite struct ReconcilerStartTests {
    @Test func withNothingToAskAboutLaunchingBeginsAtOnce() {
        var state = ReconcilerState(startingAt: start)
        #expect(state.handle(.subscribed(at: start)) == [])
        #expect(state.handle(.podsSynced([], at: start)) == [])
        #expect(state.handle(.intents([], at: start)) == [.reconcile([]), .ready])
    }

    @Test func nothingIsLaunchedBeforeEveryKnownTaskIsAnswered() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.intents([intent("t2", uid: "b")], at: start))
        _ = state.handle(.podsSynced([bound("a", task: "t1"), unbound("b")], at: start))
        #expect(
            state.handle(.subscribed(at: start)) == [.reconcile([TaskQuestion(task: "t1", agent: "s1"), TaskQuestion(task: "t2", agent: "s1")])])
        #expect(state.handle(.update(update("t1", .running, from: .master, "REASON_RECONCILIATION", uuid: nil), at: start)) == [])
        #expect(
            state.handle(.update(update("t2", .starting, from: .master, uuid: nil), at: start)) == [.underWay(["b"]), .reconcile([]), .ready])
    }

    @Test func anUnansweredQuestionIsRepeatedMoreAndMoreSeldomAndGivenUp() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.intents([], at: start))
        _ = state.handle(.podsSynced([bound()], at: start))
        _ = state.handle(.subscribed(at: start))
        let question = ReconcilerEffect.reconcile([TaskQuestion(task: "t1", agent: "s1")])
        var asked: [Int] = []
        for second in 1...29 where state.handle(.timePassed(to: start + .seconds(second))).contains(question) { asked.append(second) }
        #expect(asked == [1, 3, 7, 15])
        #expect(state.handle(.timePassed(to: start + .seconds(30))) == [.reconcile([]), .ready])
    }

    @Test func aRestartKillsNothing() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.intents([intent("t2", uid: "b")], at: start))
        _ = state.handle(.podsSynced([bound("a"), unbound("b")], at: start))
        var effects = state.handle(.subscribed(at: start))
        effects += state.handle(.update(update("t1", .running, uuid: nil), at: start))
        effects += state.handle(.update(update("t2", .running, uuid: nil), at: start))
        effects += state.handle(.update(update("stranger", .running, uuid: nil), at: start))
        effects += state.handle(.timePassed(to: start + .seconds(3600)))
        #expect(!effects.contains { if case .kill = $0 { true } else { false } })
        #expect(state.known.map(\.task) == ["t1", "t2"])
    }

    @Test func aDisconnectStopsLaunchingUntilAllIsAnsweredAgain() {
        var state = ready(bound(), task: intent("t1"))
        #expect(state.handle(.disconnected) == [.notReady])
        #expect(state.handle(.subscribed(at: start)) == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
        #expect(state.handle(.update(update("t1", .running, uuid: nil), at: start)).contains(.ready))
    }

    @Test func aTaskOfAPodThatWentMeanwhileIsKilled() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.intents([intent("t1")], at: start))
        _ = state.handle(.podsSynced([], at: start))
        _ = state.handle(.subscribed(at: start))
        #expect(state.pass(2) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", nil, at: start + .seconds(2))) == [.kill("t1", "s1")])
    }
}

@Suite struct ReconcilerUpdateTests {
    @Test func theIntentGoesWhenTheTaskRunsForWhichTheAcknowledgementDoesNotWait() {
        var state = ready(unbound(), task: intent("t1"))
        let starting = update("t1", .starting)
        #expect(state.handle(.update(starting, at: start)) == [.settle(starting, deleteIntent: false, pod: nil, nil, nil)])
        _ = state.handle(.podChanged(bound(), at: start))
        let running = update("t1", .running)
        #expect(state.handle(.update(running, at: start)) == [.settle(running, deleteIntent: false, pod: nil, nil, nil), .deleteIntent("t1")])
        #expect(state.handle(.update(running, at: start)) == [.settle(running, deleteIntent: false, pod: nil, nil, nil)])
    }

    @Test func anUpdateWithoutUUIDIsNotAcknowledged() {
        var state = ready(bound(), task: intent("t1"))
        #expect(state.handle(.update(update("t1", .starting, uuid: nil), at: start)) == [])
    }

    @Test(arguments: [TaskState.dropped, .error, .lost, .failed, .gone])
    func aLaunchThatFailsBeforeTheBindingPutsThePodBackInTheQueue(state end: TaskState) {
        var state = ready(unbound(), task: intent("t1"))
        let update = update("t1", end, from: .master, "REASON_INVALID_OFFERS", uuid: nil)
        #expect(
            state.handle(.update(update, at: start)) == [
                .settle(update, deleteIntent: true, pod: nil, nil, nil), .requeue("a", reason: "\(end.rawValue): REASON_INVALID_OFFERS"), .roomAppeared,
            ])
        #expect(state.known.isEmpty)
    }

    @Test func aBoundPodWhoseExecutorDiedIsLaunchedAgainAndNotFailed() {
        var state = ready(bound(), task: intent("t1"))
        let update = update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED")
        #expect(
            state.handle(.update(update, at: start)) == [.settle(update, deleteIntent: true, pod: nil, nil, nil), .relaunch("a", reason: "TASK_FAILED: REASON_EXECUTOR_TERMINATED")])
        #expect(state.handle(.podChanged(bound(), at: start)) == [])
        _ = state.handle(.launching([intent("t2")], at: start))
        #expect(state.known.map(\.task) == ["t2"])
    }

    @Test func anExecutorThatDiesAgainAndAgainIsGivenMoreAndMoreTime() {
        var state = ready(bound(), task: intent("t0"))
        var waits: [Int] = []
        for number in 0..<9 {
            let died = number * 100
            let task = TaskID("t\(number)")
            _ = state.handle(.update(update(task, .running), at: start + .seconds(died)))
            var effects = state.handle(.update(update(task, .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start + .seconds(died)))
            var wait = 0
            while !effects.contains(where: { if case .relaunch = $0 { true } else { false } }), wait < 100 {
                wait += 1
                effects = state.pass(died + wait)
            }
            waits.append(wait)
            _ = state.handle(.launching([intent(TaskID("t\(number + 1)"))], at: start + .seconds(died + wait)))
        }
        #expect(waits == [0, 1, 2, 4, 8, 16, 32, 60, 60])
    }

    @Test func aPodThatItsExecutorEndedIsNotLaunchedAgain() {
        var state = ready(bound(), task: intent("t1"))
        let update = update("t1", .finished)
        let verdict = PodVerdict.finished(of: "t1", succeeded: true, reason: "", message: "")
        #expect(
            state.handle(.update(update, at: start)) == [.settle(update, deleteIntent: true, pod: key, "a", verdict), .roomAppeared])
        #expect(state.handle(.podChanged(bound(), at: start)) == [])
        #expect(state.handle(.podChanged(bound(finished: true), at: start)) == [])
    }

    @Test func theEndOfAFinishedPodsTaskChangesNothingMore() {
        var state = ready(bound(finished: true), task: intent("t1"))
        let update = update("t1", .failed)
        #expect(state.handle(.update(update, at: start)) == [.settle(update, deleteIntent: true, pod: nil, nil, nil), .roomAppeared])
    }

    @Test func aTaskThatLostTheBindingRaceLeavesThePodAlone() {
        var state = ready(bound(node: "n2", task: "t2"), task: intent("t1"))
        _ = state.handle(.launching([intent("t2", agent: "s2", host: "n2")], at: start))
        let update = update("t1", .failed)
        #expect(state.handle(.update(update, at: start)) == [.settle(update, deleteIntent: true, pod: nil, nil, nil), .roomAppeared])
    }

    @Test func aPodOfARemovedAgentIsRemoved() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.agents([:], at: start))
        let update = update("t1", .lost, from: .master, "REASON_AGENT_REMOVED", uuid: nil)
        #expect(state.handle(.update(update, at: start)).contains(.settle(update, deleteIntent: true, pod: key, "a", .remove)))
    }

    @Test func anUnreachableTaskIsWaitedForAndItsPodRemovedInTheEnd() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .running), at: start))
        _ = state.handle(.agents([:], at: start))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        #expect(state.pass(299) == [])
        #expect(state.pass(300) == [.judge(key, "a", .remove)])
    }

    @Test func anUnreachableTaskThatComesBackLivesOn() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .unreachable, from: .master, uuid: nil), at: start))
        _ = state.handle(.update(update("t1", .running, from: .agent, "REASON_AGENT_REREGISTERED", uuid: nil), at: start + .seconds(200)))
        #expect(state.pass(900) == [])
    }

    @Test func anUnknownTaskIsAskedAboutAgainUntilItsAgentIsBack() {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.intents([], at: start))
        _ = state.handle(.podsSynced([bound()], at: start))
        _ = state.handle(.subscribed(at: start))
        let unknown = update("t1", .unknown, from: .master, uuid: nil)
        #expect(state.handle(.update(unknown, at: start)) == [.reconcile([]), .ready])
        let again = state.handle(.timePassed(to: start + .seconds(1)))
        #expect(again == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
        _ = state.handle(.agents(["s1": "n1"], at: start))
        let gone = update("t1", .gone, from: .master, uuid: nil)
        #expect(
            state.handle(.update(gone, at: start)) == [.settle(gone, deleteIntent: true, pod: nil, nil, nil), .relaunch("a", reason: "TASK_GONE")])
    }

    @Test func anAgentThatComesBackUnderANewIdGetsItsPodsAgain() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .unknown, from: .master, uuid: nil), at: start))
        #expect(state.handle(.agents(["s9": "n1"], at: start)) == [.deleteIntent("t1"), .relaunch("a", reason: "Mesos lost its task")])
    }

    @Test func aLaunchThatMesosNeverHeardOfIsGivenUpAfterAWhile() {
        var state = ready(unbound(), task: intent("t1"))
        #expect(state.handle(.inDoubt(["t1"], at: start)) == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
        _ = state.handle(.update(update("t1", .unknown, from: .master, uuid: nil), at: start))
        let effects = state.handle(.timePassed(to: start + .seconds(30)))
        #expect(effects.contains(.deleteIntent("t1")))
        #expect(effects.contains(.requeue("a", reason: "Mesos does not know the task (TASK_UNKNOWN)")))
    }
}

@Suite struct ReconcilerPodTests {
    @Test func aPodDeletedBeforeItsBindingHasItsTaskKilled() {
        var state = ready(unbound(), task: intent("t1"))
        #expect(state.handle(.podChanged(unbound(deleting: .zero), at: start)) == [.kill("t1", "s1")])
    }

    @Test func aPodThatVanishedHasItsTaskKilledOnceUnlessItEndsByItself() {
        var state = ready(bound(), task: intent("t1"))
        #expect(state.handle(.podGone("a", at: start)) == [])
        #expect(state.nextDeadline == start + .seconds(2))
        #expect(state.pass(2) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", nil, at: start + .seconds(2))) == [.kill("t1", "s1")])
        #expect(state.pass(11) == [])
        var other = ready(bound(), task: intent("t1"))
        _ = other.handle(.podGone("a", at: start))
        _ = other.handle(.update(update("t1", .killed), at: start))
        #expect(other.pass(9) == [])
    }

    @Test func aDeletionThatDoesNotEndIsEndedByUs() {
        var state = ready(bound(), task: intent("t1"))
        #expect(state.handle(.podChanged(bound(deleting: .seconds(30)), at: start)) == [])
        #expect(state.pass(44) == [])
        #expect(state.pass(45) == [.kill("t1", "s1")])
        #expect(state.pass(55) == [.kill("t1", "s1")])
        #expect(state.pass(60) == [.judge(key, "a", .remove)])
    }

    @Test func aDeletedPodWhoseExecutorDiedIsGivenToANewOneAndThenRemoved() {
        var state = ready(bound(deleting: .seconds(1)), task: intent("t1"))
        #expect(state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
            .contains(.relaunch("a", reason: "TASK_FAILED: REASON_EXECUTOR_TERMINATED")))
        #expect(state.pass(31) == [.judge(key, "a", .remove)])
    }

    @Test func aDeletedPodThatItsExecutorEndedIsRemovedIfTheExecutorDidNot() {
        var state = ready(bound(deleting: .seconds(30)), task: intent("t1"))
        let killed = update("t1", .killed)
        #expect(state.handle(.update(killed, at: start)) == [.settle(killed, deleteIntent: true, pod: nil, nil, nil), .roomAppeared])
        #expect(state.pass(2) == [.judge(key, "a", .remove)])
    }

    @Test func aPodThatWasBoundByHandIsLaunchedOnItsNode() {
        var state = ready()
        #expect(state.handle(.podChanged(bound("hand", task: nil), at: start)) == [.relaunch("hand", reason: "it has no task")])
        #expect(state.handle(.podChanged(bound("hand", task: nil), at: start)) == [])
    }

    @Test func aWithdrawnLaunchIsForgotten() {
        var state = ready(unbound(), task: intent("t1"))
        _ = state.handle(.withdrawn(["t1"]))
        #expect(state.known.isEmpty)
    }
}

@Suite struct ReconcilerMissingHostTests {
    @Test func aPodWhoseHostHasNoAgentAnyMoreMakesRoomForAnother() {
        var state = ready(bound(), task: intent("t1"))
        let effects = state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
        #expect(effects.contains(.relaunch("a", reason: "TASK_FAILED: REASON_EXECUTOR_TERMINATED")))
        _ = state.handle(.agents([:], at: start + .seconds(5)))
        #expect(state.pass(34) == [])
        #expect(state.pass(35) == [.judge(key, "a", .remove)])
    }

    @Test(arguments: [(TaskState.gone, "REASON_AGENT_REMOVED"), (.lost, "REASON_AGENT_REMOVED_BY_OPERATOR"), (.goneByOperator, "")])
    func aPodWhoseAgentIsGoneForGoodIsReplacedAtOnce(state end: TaskState, reason: String) {
        var state = ready(bound(), task: intent("t1"))
        // The list of agents still has it.
        let update = update("t1", end, from: .master, reason)
        #expect(state.handle(.update(update, at: start)).contains(.settle(update, deleteIntent: true, pod: key, "a", .remove)))
    }

    @Test func whatTheMasterSaysOfTheOtherTasksOfALostAgentIsAskedFor() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.agentLost("s1", at: start))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
    }

    @Test func aHostThatComesBackInTimeKeepsItsPods() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))
        _ = state.handle(.agents([:], at: start + .seconds(5)))
        _ = state.handle(.agents(["s2": "n1"], at: start + .seconds(20)))
        #expect(!state.handle(.timePassed(to: start + .seconds(60))).contains(.judge(key, "a", .remove)))
    }

    @Test func aTaskThatMayLiveKeepsItsPodWhereItIs() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.agents([:], at: start))
        #expect(!state.handle(.timePassed(to: start + .seconds(60))).contains(.judge(key, "a", .remove)))
    }
}

@Suite struct ReconcilerLateAcceptTests {
    /// Its ACCEPT may still be on its way: the master would say that there is no such task, and the pod would get a second one.
    @Test func aTaskThatWasJustLaunchedIsNotAskedAbout() {
        var state = ready()
        let later = start + .seconds(14)
        _ = state.handle(.launching([intent("t1")], at: later))
        // Not mentioned by the round at the start, because it was not there yet.
        let effects = state.handle(.timePassed(to: start + .seconds(15)))
        #expect(effects == [.reconcile([])])
        #expect(state.handle(.timePassed(to: start + .seconds(20))) == [])
        // A round that began after the launch, and did not mention it.
        #expect(state.handle(.timePassed(to: start + .seconds(31))) == [.reconcile([TaskQuestion(task: "t1", agent: "s1")])])
    }
}
