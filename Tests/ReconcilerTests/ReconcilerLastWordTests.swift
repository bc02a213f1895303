import Core
import Reconciler
import Scheduling
import Testing

private func ended(_ update: TaskUpdate, of task: TaskID = "t1") -> ReconcilerEffect {
    .settle(update, deleteIntent: true, pod: key, "a", .finished(of: task, succeeded: update.state == .finished, reason: "", message: ""))
}
private func acknowledged(_ update: TaskUpdate) -> ReconcilerEffect { .settle(update, deleteIntent: true, pod: nil, nil, nil) }

/// An executor binds a pod before it runs it, so its word of the end may overtake the watch that shows the binding.
@Suite struct ReconcilerLastWordTests {
    private func launched() -> ReconcilerState {
        var state = ready(unbound())
        _ = state.handle(.launching([intent("t1")], at: start))
        return state
    }

    @Test func anEndBeforeTheBindingWasSeenAsksTheAPIServerFirst() {
        var state = launched()
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start)) == [ended(end), .roomAppeared])
        #expect(state.known.isEmpty)
        // The watch is as late as before, and nothing is launched again.
        #expect(state.handle(.podChanged(bound(), at: start)) == [])
    }

    @Test func aLaunchThatReallyCameToNothingWaitsAgain() {
        var state = launched()
        let end = update("t1", .failed)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", unbound(), at: start)) == [acknowledged(end), .requeue("a", reason: "TASK_FAILED"), .roomAppeared])
    }

    /// Also where another task of the pod is on its way: which of them has the pod, its binding says.
    @Test func anEndBeforeTheBindingWasSeenAsksAlsoBesideAnotherTask() {
        var state = launched()
        _ = state.handle(.launching([intent("t2")], at: start))
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start)) == [ended(end), .roomAppeared])
    }

    @Test func aLaunchThatWasToBeKilledAndFinishedFirstHasEndedItsPod() {
        var state = launched()
        _ = state.pass(300)
        #expect(state.handle(.confirmed("a", unbound(), at: start + .seconds(300))) == [.kill("t1", "s1")])
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start + .seconds(301))) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start + .seconds(301))) == [ended(end), .roomAppeared])
    }

    @Test func ofAPodThatIsGoneTheEndIsOnlyAcknowledged() {
        var state = launched()
        let end = update("t1", .finished)
        _ = state.handle(.update(end, at: start))
        #expect(state.handle(.podGone("a", at: start)) == [acknowledged(end), .roomAppeared])
        #expect(state.handle(.confirmed("a", nil, at: start)) == [])
        #expect(state.known.isEmpty)
    }

    /// It was launched on the pod's own node, and its executor could not bind it.
    @Test func aRelaunchThatEndsBeforeItHasThePodIsMadeAgain() {
        var state = ready(bound(task: "t0"), task: intent("t1"))
        let end = update("t1", .failed)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(task: "t0"), at: start)) == [acknowledged(end), .relaunch("a", reason: "TASK_FAILED")])
    }

    @Test func aRelaunchWhoseBindingWasNotSeenHasEndedItsPod() {
        var state = ready(bound(task: "t0"), task: intent("t1"))
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start)) == [ended(end), .roomAppeared])
        // What the cache still shows is of before, and not to be launched again when it has caught up.
        #expect(state.handle(.podChanged(bound(), at: start)) == [])
    }

    /// Its agent was away, the task was given up, and it is back with its end.
    @Test func theEndOfATaskThatComesIntoSightWithItMayBeItsPods() {
        let whose = TaskIdentity(pod: key, uid: "a")
        var state = ready(bound(task: "x"))
        let end = update("x", .finished, of: whose)
        #expect(state.handle(.update(end, at: start)) == [ended(end, of: "x"), .roomAppeared])
        var other = ready(unbound())
        #expect(other.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(other.handle(.confirmed("a", bound(task: "x"), at: start)) == [ended(end, of: "x"), .roomAppeared])
        // Repeated, it changes nothing.
        #expect(other.handle(.update(end, at: start)) == [acknowledged(end)])
    }
}

/// An intent whose deletion was lost makes a second task of a pod in the table of the next leader.
@Suite struct ReconcilerLeftIntentTests {
    /// A new leader that found the intent of t0, and the pod bound by t1.
    private func inherited() -> ReconcilerState {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.agents(["s1": "n1"], at: start))
        _ = state.handle(.intents([intent("t0")], at: start))
        _ = state.handle(.podsSynced([bound()], at: start))
        _ = state.handle(.subscribed(at: start))
        _ = state.handle(.update(update("t1", .running), at: start))
        return state
    }
    private let unknown = update("t0", .gone, from: .master, "REASON_RECONCILIATION", uuid: nil)

    @Test func theLossOfTheBoundTaskBesideItsReplacementIsNotThePodsEnd() {
        var state = ready()
        _ = state.handle(.launching([intent("t1"), intent("t2")], at: start))
        _ = state.handle(.podChanged(bound(), at: start))
        let lost = update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED")
        #expect(state.handle(.update(lost, at: start)) == [acknowledged(lost), .roomAppeared])
    }

    /// A new leader knows the left intent before it sees the pod: the task that is bound lives beside it.
    @Test func theBoundTaskIsAdoptedBesideALeftIntent() {
        var state = inherited()
        #expect(!relaunches(state.handle(.update(unknown, at: start))))
        #expect(state.known.map(\.task) == ["t1"])
    }

    @Test func theEndOfTheBoundTaskBesideALeftIntentIsThePodsEndIfItIsStillBound() {
        var state = inherited()
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(), at: start)) == [ended(end), .roomAppeared])
        // Neither the left intent's answer nor the cache, which shows the pod as not finished, launches it again.
        #expect(!relaunches(state.handle(.update(unknown, at: start))))
        #expect(!relaunches(state.handle(.podChanged(bound(), at: start))))
    }

    @Test func theEndOfATaskWhosePodTheNextOneHasTakenOverIsOnlyAcknowledged() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.launching([intent("t2")], at: start))
        let end = update("t1", .killed)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        #expect(state.handle(.confirmed("a", bound(task: "t2"), at: start)) == [acknowledged(end), .roomAppeared])
        #expect(state.known.map(\.task) == ["t2"])
    }

    /// It was called over while the next one was being bound: the write does nothing then, and the pod is the next one's.
    @Test func aPodThatTheNextTaskHasTakenOverIsNotOver() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.launching([intent("t2")], at: start))
        _ = state.handle(.update(update("t1", .finished), at: start))
        _ = state.handle(.confirmed("a", bound(), at: start))
        _ = state.handle(.podChanged(bound(task: "t2"), at: start))
        let lost = update("t2", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED")
        #expect(relaunches(state.handle(.update(lost, at: start))))
    }

    /// The task that has the pod is lost while one that was too late on another node has not ended yet.
    @Test func aPodWhoseTaskWasLostBesideOneThatCameTooLateIsLaunchedAgainWhenThatHasEnded() {
        var state = ready(bound(), task: intent("t1"))
        _ = state.handle(.launching([intent("t2", agent: "s2", host: "n2")], at: start))
        #expect(!relaunches(state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start))))
        #expect(relaunches(state.handle(.update(update("t2", .failed), at: start))))
    }

    private func relaunches(_ effects: [ReconcilerEffect]) -> Bool { effects.contains { if case .relaunch = $0 { true } else { false } } }
}

/// An answer of the API server may be overtaken by what the watch shows.
@Suite struct ReconcilerLateAnswerTests {
    private func at(_ revision: UInt64, node: String = "") -> PodStanding {
        PodStanding(key: key, uid: "a", nodeName: node, task: node.isEmpty ? nil : "t1", agent: node.isEmpty ? nil : "s1", revision: revision)
    }

    @Test func anAnswerFromBeforeTheBindingDoesNotUndoIt() {
        var state = ready(at(1), task: intent("t1"))
        let end = update("t1", .finished)
        #expect(state.handle(.update(end, at: start)) == [.confirm(key, "a")])
        _ = state.handle(.podChanged(at(2, node: "n1"), at: start))
        #expect(state.handle(.confirmed("a", at(1), at: start)) == [ended(end), .roomAppeared])
    }

    @Test func anAnswerFromBeforeTheEndOfAPodDoesNotBringItBack() {
        var state = ready(at(2, node: "n1"), task: intent("t1"))
        _ = state.handle(.podGone("a", at: start))
        _ = state.pass(2)
        #expect(state.handle(.confirmed("a", at(2, node: "n1"), at: start + .seconds(2))) == [.kill("t1", "s1")])
        #expect(state.handle(.update(update("t1", .failed, from: .agent, "REASON_EXECUTOR_TERMINATED"), at: start + .seconds(3)))
            .allSatisfy { if case .relaunch = $0 { false } else { true } })
    }
}
