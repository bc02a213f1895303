import Core
import JSON
import KubeObjects
import NodeAgent
import Testing

/// Deletion, killing, adoption and the loss of the runtime.
@Suite struct PodEndTests {
    let spec: JSONValue = ["containers": [PodRig.container()], "terminationGracePeriodSeconds": 30]
    func deleted(grace: Int64 = 30) -> PodWorkerState.Input { .updated(PodRig.pod(spec, deletionGrace: grace)) }

    @Test func aDeletedPodStopsSaysHowItEndedAndGoes() {
        var rig = PodRig(spec)
        rig.launch()
        rig.send(deleted(grace: 5))
        rig.send(.released)
        #expect(rig.owed.contains { if case .stopContainer("c", _, 5, false) = $0 { true } else { false } })
        #expect(!rig.log.contains(.cleanUp))
        rig.settle()
        #expect(rig.events.contains("Killing: Stopping container c"))
        #expect(rig.tasks == [.starting, .running, .killed])
        #expect(rig.log.last == .finished)
        #expect(!rig.objectExists)
        #expect(rig.runtime.isEmpty)
        let final = rig.log.lastIndex { if case .writeStatus = $0 { true } else { false } }
        let delete = rig.log.firstIndex(of: .deleteObject)
        #expect((final ?? 0) < (delete ?? 0))
        guard case .terminated(let end)? = rig.container()?.state else { return #expect(Bool(false), "\(rig.status.text)") }
        #expect(end.exitCode == 143)
    }

    @Test func aShorterGraceIsPassedOnAndALongerOneIsNot() {
        var rig = PodRig(spec)
        rig.launch()
        rig.send(deleted(grace: 30))
        rig.send(.released)
        rig.send(deleted(grace: 60))
        rig.send(deleted(grace: 1))
        let graces = rig.log.compactMap { if case .stopContainer(_, _, let grace, _) = $0 { grace } else { nil } }
        #expect(graces == [30, 1])
        #expect(rig.events.filter { $0 == "Killing: Stopping container c" }.count == 1)
    }

    @Test func aPodWhoseObjectIsGoneEndsWithoutAWordToTheAPI() {
        var rig = PodRig(spec)
        rig.launch()
        let written = rig.log.filter { if case .writeStatus = $0 { true } else { false } }.count
        rig.send(.objectGone)
        rig.settle()
        #expect(rig.log.last == .finished)
        #expect(rig.tasks.last == .killed)
        #expect(!rig.log.contains(.deleteObject))
        #expect(rig.log.filter { if case .writeStatus = $0 { true } else { false } }.count == written)
    }

    @Test func aKilledTaskStopsThePodAndLeavesItsObject() {
        var rig = PodRig(spec)
        rig.launch()
        rig.send(.killed(graceSeconds: 3))
        rig.settle()
        rig.look()
        #expect(rig.tasks.last == .killed)
        #expect(rig.phase == "Failed")
        #expect(rig.objectExists)
        #expect(rig.runningCount == 0)
        rig.pass(.seconds(100))
        #expect(rig.started == ["c/0"])
    }

    @Test func aFailedCleanUpIsTriedAgain() {
        var rig = PodRig(spec)
        rig.look()
        rig.send(.objectGone)
        rig.owed = []
        rig.send(.volumesReady)
        #expect(rig.log.filter { $0 == .cleanUp }.count == 1)
        rig.owed = []
        rig.send(.cleanedUp(failed: "device busy"))
        rig.pass(.seconds(2))
        #expect(rig.log.filter { $0 == .cleanUp }.count == 2)
        #expect(rig.log.last == .finished)
    }

    // MARK: Adoption

    /// A rig over what another one left behind.
    func heir(of rig: PodRig, _ spec: JSONValue) -> PodRig { PodRig(spec, status: rig.status, runtime: rig.runtime) }

    @Test func aRunningPodIsAdoptedAsItIs() {
        var first = PodRig(spec)
        first.launch()
        first.end("c", code: 1)
        var second = heir(of: first, spec)
        second.now = first.now
        second.launch()
        #expect(second.started == [])
        #expect(second.container()?.containerID == first.container()?.containerID)
        #expect(second.container()?.restartCount == 1)
        #expect(second.status["startTime"] == first.status["startTime"])
        #expect(second.status["podIP"] == first.status["podIP"])
        #expect(second.container()?.ready == true)
        #expect(second.container()?.lastState == first.container()?.lastState)
        #expect(second.tasks == [.starting, .running])
        #expect(!second.log.contains { if case .createSandbox = $0 { true } else { false } })
    }

    @Test func anAdoptedContainerThatEndedMeanwhileIsRestartedOnce() {
        var first = PodRig(spec)
        first.launch()
        for one in first.runtime.containers { first.exit(one.id, code: 2) }
        var second = heir(of: first, spec)
        second.now = first.now
        second.launch()
        #expect(second.started == ["c/1"])
        #expect(second.container()?.restartCount == 1)
    }

    @Test func whatWasCreatedButNotStartedIsStartedNotMadeAgain() {
        var first = PodRig(spec)
        first.launch()
        for index in first.runtime.containers.indices { first.runtime.containers[index].condition = .created }
        var second = PodRig(spec, runtime: first.runtime)
        second.launch()
        #expect(second.started == ["c/0"])
        #expect(second.runtime.containers.count == 1)
        #expect(second.phase == "Running")
    }

    // MARK: The runtime goes away

    @Test func aStartWhoseAnswerWasLostIsNotRepeatedBeforeALook() {
        var rig = PodRig(spec)
        rig.look()
        while !rig.owed.contains(where: { if case .startContainer = $0 { true } else { false } }), !rig.owed.isEmpty {
            rig.answer(rig.owed.removeFirst())
        }
        guard case .startContainer(_, let id)? = rig.owed.first(where: { if case .startContainer = $0 { true } else { false } }) else {
            return #expect(Bool(false), "never started")
        }
        rig.owed = []
        rig.begin(id)
        rig.send(.startFailed(container: "c", message: "connection reset", unavailable: true))
        rig.pass(.seconds(20))
        #expect(rig.started == ["c/0"])
        rig.look()
        rig.settle()
        rig.pass(.seconds(20))
        #expect(rig.started == ["c/0"])
        #expect(rig.container()?.containerID == "containerd://\(id)")
        #expect(rig.phase == "Running")
    }

    @Test func anOldLookDoesNotUndoANewStart() {
        var rig = PodRig(spec)
        let old = rig.now.instant
        rig.launch()
        rig.send(.observed(RuntimeSnapshot(), since: old))
        rig.settle()
        #expect(rig.started == ["c/0"])
        #expect(rig.phase == "Running")
    }

    @Test func ofManyEndedInstancesOnlyTheLastTwoAreKept() {
        var rig = PodRig(["restartPolicy": "Always", "containers": [PodRig.container()]])
        rig.launch()
        for _ in 0..<6 {
            rig.end("c", code: 1)
            rig.pass(.seconds(310))
        }
        rig.look()
        rig.settle()
        let ended = rig.runtime.containers.filter { $0.condition == .exited }
        #expect(ended.map(\.attempt) == [5])
        #expect(rig.runtime.containers.map(\.attempt) == [5, 6], "one runs, and the one before it has its log")
        #expect(rig.container()?.restartCount == 6)
    }

    @Test func anInstanceThatCannotBeRemovedIsTriedAgain() {
        var rig = PodRig(["restartPolicy": "Always", "containers": [PodRig.container()]])
        rig.launch()
        for _ in 0..<2 {
            rig.end("c", code: 1)
            rig.pass(.seconds(310))
        }
        rig.send(.observed(rig.runtime, since: rig.now.instant))
        let first = rig.owed.first { if case .removeContainer = $0 { true } else { false } }
        guard case .removeContainer(_, let id, 0)? = first else { Issue.record("nothing is removed: \(rig.owed)"); return }
        rig.owed = []
        rig.look()
        #expect(!rig.owed.contains { if case .removeContainer = $0 { true } else { false } }, "once is enough while it is under way")
        rig.send(.removed(id: id, failed: true))
        rig.look()
        #expect(rig.owed.contains { if case .removeContainer = $0 { true } else { false } })
    }

    @Test func aReadyPodIsStoppedOnlyWhenTrafficHasLeftIt() {
        let spec: JSONValue = ["containers": [PodRig.container()]]
        var rig = PodRig(spec)
        rig.launch()
        rig.send(.updated(PodRig.pod(spec, deletionGrace: 30)))
        #expect(rig.owed.contains(.awaitRelease(address: "10.22.0.5")))
        #expect(rig.runningCount == 1)
        rig.settle()
        #expect(rig.runningCount == 0)
    }

    @Test func trafficThatStaysIsNotWaitedForLong() {
        let spec: JSONValue = ["containers": [PodRig.container()]]
        var rig = PodRig(spec)
        rig.trafficStays = true
        rig.launch()
        rig.send(.updated(PodRig.pod(spec, deletionGrace: 30)))
        rig.settle()
        #expect(rig.runningCount == 1)
        rig.pass(.seconds(2))
        #expect(rig.runningCount == 0)
    }

    @Test func aDeletionWithoutGraceWaitsForNobody() {
        let spec: JSONValue = ["containers": [PodRig.container()]]
        var rig = PodRig(spec)
        rig.trafficStays = true
        rig.launch()
        rig.send(.updated(PodRig.pod(spec, deletionGrace: 0)))
        rig.settle()
        #expect(rig.runningCount == 0)
    }
}
