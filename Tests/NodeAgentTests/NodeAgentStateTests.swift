import Core
import JSON
import KubeObjects
import NodeAgent
import Testing

@Suite struct NodeAgentStateTests {
    private func pod(_ name: String, uid: String? = nil, node: String = "n1", deleting: Bool = false) -> Pod {
        var json: JSONValue = [
            "metadata": ["name": .string(name), "namespace": "default", "uid": .string(uid ?? "uid-\(name)")],
            "spec": ["nodeName": .string(node), "containers": []],
        ]
        if deleting { json.set("2001-09-09T01:46:40Z", at: "metadata", "deletionTimestamp") }
        return Pod(json: json)
    }

    private func launch(_ task: String, _ pod: Pod) -> PodLaunch { PodLaunch(task: TaskID(task), pod: pod, annotations: [:]) }

    /// What an effect says, without the pods in it.
    private func words(_ effects: [NodeAgentState.Effect]) -> [String] {
        effects.map { effect in
            switch effect {
            case .report(let task, let state, _): "\(task) \(state.rawValue)"
            case .bind(let launch): "bind \(launch.task)"
            case .start(let pod, let task): "start \(pod.uid)\(task.map { " for \($0)" } ?? "")"
            case .give(let uid, let task): "give \(task) to \(uid)"
            case .confirmGone(let uid, _): "confirm \(uid)"
            case .tell(let uid, let input):
                switch input {
                case .killed(let grace): "kill \(uid) \(grace.map(String.init) ?? "-")"
                case .updated: "update \(uid)"
                case .objectGone: "gone \(uid)"
                case .observed: "look \(uid)"
                default: "tell \(uid)"
                }
            }
        }
    }

    private func snapshot(_ uids: String...) -> RuntimeSnapshot {
        var snapshot = RuntimeSnapshot()
        for uid in uids {
            snapshot.sandboxes.append(
                ObservedSandbox(
                    id: "s-\(uid)", key: PodKey(namespace: "default", name: uid), uid: PodUID(uid), attempt: 0, isReady: true,
                    createdAt: Timestamp(secondsSinceEpoch: 0), ip: ""))
        }
        return snapshot
    }

    private func withPod(_ name: String, task: String) -> NodeAgentState {
        var state = NodeAgentState(nodeName: "n1")
        _ = state.handle(.outside(.podsSynced([])))
        _ = state.handle(.outside(.launch(launch(task, pod(name)))))
        _ = state.handle(.bound(launch(task, pod(name)), .bound(pod(name))))
        return state
    }

    @Test func aLaunchIsBoundAndThenHasAWorker() {
        var state = NodeAgentState(nodeName: "n1")
        let one = launch("t1", pod("a"))
        #expect(words(state.handle(.outside(.launch(one)))) == ["t1 TASK_STARTING", "bind t1"])
        #expect(words(state.handle(.outside(.launch(one)))) == [], "the same task twice is one task")
        #expect(words(state.handle(.bound(one, .bound(pod("a"))))) == ["start uid-a for t1"])
        #expect(state.liveTasks == 1)
    }

    @Test func aPodThatIsGoneOrBoundElsewhereNeverHasAWorker() {
        var state = NodeAgentState(nodeName: "n1")
        _ = state.handle(.outside(.launch(launch("t1", pod("a")))))
        #expect(words(state.handle(.bound(launch("t1", pod("a")), .gone))) == ["t1 TASK_KILLED"])
        _ = state.handle(.outside(.launch(launch("t2", pod("b")))))
        #expect(words(state.handle(.bound(launch("t2", pod("b")), .refused("bound to n2")))) == ["t2 TASK_FAILED"])
        #expect(state.liveTasks == 0)
    }

    @Test func aKillDuringTheBindingIsNotLost() {
        var state = NodeAgentState(nodeName: "n1")
        _ = state.handle(.outside(.launch(launch("t1", pod("a")))))
        #expect(words(state.handle(.outside(.kill(TaskID("t1"), graceSeconds: 5)))) == [])
        #expect(words(state.handle(.bound(launch("t1", pod("a")), .bound(pod("a"))))) == ["start uid-a for t1", "kill uid-a -"])
    }

    @Test func anUnknownTaskIsReportedAsKilled() {
        var state = NodeAgentState(nodeName: "n1")
        #expect(words(state.handle(.outside(.kill(TaskID("t9"), graceSeconds: nil)))) == ["t9 TASK_KILLED"])
    }

    @Test func aSecondTaskForARunningPodIsGivenToItsWorker() {
        var state = withPod("a", task: "t1")
        _ = state.handle(.outside(.launch(launch("t2", pod("a")))))
        #expect(words(state.handle(.bound(launch("t2", pod("a")), .bound(pod("a"))))) == ["t1 TASK_KILLED", "give t2 to uid-a"])
        // What still comes for the old one must not end the pod that the new one has.
        #expect(words(state.handle(.outside(.kill("t1", graceSeconds: 1)))) == ["t1 TASK_KILLED"])
        #expect(words(state.handle(.outside(.kill("t2", graceSeconds: 1)))) == ["kill uid-a 1"])
    }

    /// Else the answers of two bindings might come in another order than the bindings were made, and the wrong task would go on.
    @Test func ofTwoLaunchesOfAPodTheSecondIsBoundAfterTheFirst() {
        var state = NodeAgentState(nodeName: "n1")
        let (one, two) = (launch("t1", pod("a")), launch("t2", pod("a")))
        #expect(words(state.handle(.outside(.launch(one)))) == ["t1 TASK_STARTING", "bind t1"])
        #expect(words(state.handle(.outside(.launch(two)))) == ["t2 TASK_STARTING"])
        #expect(words(state.handle(.outside(.launch(launch("t3", pod("b")))))) == ["t3 TASK_STARTING", "bind t3"])
        #expect(words(state.handle(.bound(one, .bound(pod("a"))))) == ["start uid-a for t1", "bind t2"])
        #expect(words(state.handle(.bound(two, .bound(pod("a"))))) == ["t1 TASK_KILLED", "give t2 to uid-a"])
        #expect(words(state.handle(.outside(.launch(launch("t4", pod("a")))))) == ["t4 TASK_STARTING", "bind t4"])
    }

    @Test func aLaunchThatIsRefusedMakesRoomForTheNext() {
        var state = NodeAgentState(nodeName: "n1")
        let (one, two) = (launch("t1", pod("a")), launch("t2", pod("a")))
        _ = state.handle(.outside(.launch(one)))
        _ = state.handle(.outside(.launch(two)))
        #expect(words(state.handle(.bound(one, .refused("no")))) == ["t1 TASK_FAILED", "bind t2"])
    }

    @Test func aShutdownEndsEveryPodAndTakesNoMore() {
        var state = withPod("a", task: "t1")
        #expect(words(state.handle(.outside(.shutdown(graceSeconds: 3)))) == ["kill uid-a 3"])
        #expect(words(state.handle(.outside(.launch(launch("t2", pod("b")))))) == ["t2 TASK_KILLED"])
        _ = state.handle(.taskEnded(TaskID("t1")))
        #expect(state.liveTasks == 0, "the object may stay; Mesos' task is over")
    }

    @Test func aListOlderThanABindingDoesNotEndThePod() {
        var state = NodeAgentState(nodeName: "n1")
        _ = state.handle(.outside(.podsSynced([])))
        _ = state.handle(.outside(.launch(launch("t1", pod("a", node: "")))))
        _ = state.handle(.bound(launch("t1", pod("a", node: "")), .bound(pod("a", node: ""))))
        #expect(words(state.handle(.outside(.podsSynced([])))) == [])
        _ = state.handle(.outside(.podChanged(pod("a"))))
        #expect(words(state.handle(.outside(.podsSynced([])))) == ["gone uid-a"])
    }

    @Test func aTerminatingPodThatNobodyLaunchedIsSeenOff() {
        var state = NodeAgentState(nodeName: "n1")
        #expect(words(state.handle(.outside(.podChanged(pod("a"))))) == [])
        #expect(words(state.handle(.outside(.podChanged(pod("a", deleting: true))))) == ["start uid-a", "update uid-a"])
    }

    @Test func whatNobodyLaunchedIsRemovedOnlyAfterTheAPIServerWasAsked() {
        var state = NodeAgentState(nodeName: "n1")
        let now = Instant.now
        #expect(words(state.handle(.listed(snapshot("x"), since: now))) == [], "before the first list nothing is known")
        _ = state.handle(.outside(.podsSynced([pod("b", uid: "known")])))
        #expect(words(state.handle(.listed(snapshot("known", "x"), since: now))) == ["confirm x"])
        #expect(words(state.handle(.listed(snapshot("known", "x"), since: now))) == [], "one question at a time")
        _ = state.handle(.confirmedGone(PodUID("x")))
        #expect(words(state.handle(.listed(snapshot("x"), since: now))) == ["confirm x"])
    }

    @Test func aNodeIsIdleWhenNothingIsToRunAndNothingIsLeft() {
        var state = NodeAgentState(nodeName: "n1")
        #expect(!state.isIdle)
        _ = state.handle(.listed(snapshot(), since: ContinuousClock.now))
        #expect(!state.isIdle)
        _ = state.handle(.outside(.podsSynced([])))
        #expect(state.isIdle)
        _ = state.handle(.outside(.launch(launch("t1", pod("a")))))
        #expect(!state.isIdle)
        _ = state.handle(.bound(launch("t1", pod("a")), .gone))
        #expect(state.isIdle)
        // A pod that the API server has here, though nobody has launched it yet.
        _ = state.handle(.outside(.podChanged(pod("b"))))
        #expect(!state.isIdle)
        _ = state.handle(.outside(.podDeleted(pod("b"))))
        // What is left of it.
        _ = state.handle(.listed(snapshot("uid-b"), since: ContinuousClock.now))
        #expect(!state.isIdle)
        _ = state.handle(.listed(snapshot(), since: ContinuousClock.now))
        #expect(state.isIdle)
    }

    @Test func eachWorkerGetsItsPartOfALook() {
        var state = withPod("a", task: "t1")
        #expect(words(state.handle(.listed(snapshot("uid-a"), since: .now))) == ["look uid-a"])
        _ = state.handle(.workerEnded(PodUID("uid-a")))
        #expect(words(state.handle(.outside(.kill(TaskID("t1"), graceSeconds: nil)))) == ["t1 TASK_KILLED"])
    }
}
