import Core
import Reconciler
import Scheduling
import Testing

/// What the master answers about a task whose end nobody has acknowledged yet, as after a failover in which a pod ended.
@Suite struct ReconcilerHearsayTests {
    /// A new leader that has asked about the one task that there may be.
    func asking() -> ReconcilerState {
        var state = ReconcilerState(startingAt: start)
        _ = state.handle(.agents(["s1": "n1"], at: start))
        _ = state.handle(.intents([intent("t1")], at: start))
        _ = state.handle(.podsSynced([bound()], at: start))
        _ = state.handle(.subscribed(at: start))
        return state
    }

    @Test(arguments: [TaskState.finished, .failed, .killed])
    func whatTheMasterSaysOfAnEndIsNotTheEnd(state end: TaskState) {
        var state = asking()
        let effects = state.handle(.update(update("t1", end, from: .master, "REASON_RECONCILIATION", uuid: nil), at: start))
        #expect(!effects.contains { if case .relaunch = $0 { true } else { false } })
        #expect(!effects.contains { if case .settle = $0 { true } else { false } })
        #expect(effects.contains(.ready))
    }

    @Test func thePodOfAFinishedTaskEndsByTheAgentsUpdateAndIsNotRunASecondTime() {
        var state = asking()
        _ = state.handle(.update(update("t1", .finished, from: .master, "REASON_RECONCILIATION", uuid: nil), at: start))
        let own = update("t1", .finished)
        let effects = state.handle(.update(own, at: start))
        #expect(
            effects.contains(.settle(own, deleteIntent: true, pod: key, "a", .finished(of: "t1", succeeded: true, reason: "", message: ""))))
        #expect(!effects.contains { if case .relaunch = $0 { true } else { false } })
    }
}
