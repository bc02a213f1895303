import Core
import JSON
import KubeObjects
import NodeAgent
import Testing

@Suite struct PodWorkerStateTests {
    func rig(_ policy: String = "Always", _ extra: JSONValue = [:]) -> PodRig {
        PodRig(["restartPolicy": .string(policy), "containers": [PodRig.container("c", extra)]])
    }

    @Test func aLaunchedPodRunsAndSaysSo() {
        var rig = rig()
        rig.launch()
        #expect(rig.phase == "Running")
        #expect(rig.tasks == [.starting, .running])
        #expect(rig.container()?.ready == true)
        #expect(rig.container()?.containerID.hasPrefix("containerd://") == true)
        #expect(rig.condition("Ready")?.status == true)
        #expect(rig.status["podIP"]?.string == "10.22.0.5")
        #expect(rig.status["hostIP"]?.string == "10.0.0.1")
        #expect(rig.events == ["Created: Created container: c", "Started: Started container c"])
    }

    @Test func readinessThatWasTakenWhileTheNodeWasSilentIsSaidAgain() {
        var rig = rig()
        rig.launch()
        let spec: JSONValue = ["restartPolicy": "Always", "containers": [PodRig.container("c")]]
        var status = rig.status
        rig.log = []
        rig.send(.updated(PodRig.pod(spec, status: status)))
        #expect(!rig.log.contains { if case .writeStatus = $0 { true } else { false } })
        let others = (status["conditions"]?.array ?? []).filter { $0["type"] != "Ready" }
        status["conditions"] = .array(others + [["type": "Ready", "status": "False", "lastTransitionTime": "2001-09-09T02:00:00Z"]])
        rig.send(.updated(PodRig.pod(spec, status: status)))
        let written = rig.log.compactMap { if case .writeStatus(let status) = $0 { status } else { nil } }
        #expect(written.count == 1)
        let ready = (written.first?["conditions"]?.array ?? []).first { $0["type"] == "Ready" }
        #expect(ready?["status"] == "True")
    }

    @Test func nothingStartsBeforeTheRuntimeWasLookedAt() {
        var rig = rig()
        rig.send(.timePassed)
        #expect(!rig.log.contains(.prepareVolumes))
        #expect(rig.container()?.state == .waiting(reason: "ContainerCreating", message: ""))
    }

    @Test(arguments: [
        ("Always", 0, "Running"), ("Always", 1, "Running"), ("OnFailure", 0, "Succeeded"), ("OnFailure", 1, "Running"),
        ("Never", 0, "Succeeded"), ("Never", 1, "Failed"),
    ])
    func anEndIsAnsweredAsTheRestartPolicySays(policy: String, code: Int64, phase: String) {
        var rig = rig(policy)
        rig.launch()
        rig.end("c", code: code)
        #expect(rig.phase == phase)
        let restarted = phase == "Running"
        #expect(rig.started == (restarted ? ["c/0", "c/1"] : ["c/0"]))
        #expect(rig.tasks.last == (restarted ? .running : phase == "Succeeded" ? .finished : .failed))
        if restarted {
            #expect(rig.container()?.restartCount == 1)
            guard case .terminated(let end)? = rig.container()?.lastState else { return #expect(Bool(false), "no last state") }
            #expect(end.exitCode == code)
        }
    }

    @Test func crashesWaitTenSecondsThenTwiceAsLongUpToFiveMinutes() {
        var rig = rig()
        rig.launch()
        rig.end("c", code: 1)
        var waits: [Int64] = []
        for _ in 0..<7 {
            rig.end("c", code: 1)
            guard case .waiting("CrashLoopBackOff", let message)? = rig.container()?.state else {
                return #expect(Bool(false), "not backing off: \(rig.status.text)")
            }
            #expect(message.hasSuffix("restarting failed container=c pod=web_default(u1)"))
            let begun = rig.now
            rig.pass((rig.state.nextDeadline ?? begun.instant) - begun.instant)
            waits.append((rig.now.instant - begun.instant).components.seconds)
        }
        #expect(waits == [10, 20, 40, 80, 160, 300, 300])
        #expect(rig.events.contains("BackOff: Back-off restarting failed container c in pod web_default(u1)"))
    }

    @Test func tenQuietMinutesEndTheBackOff() {
        var rig = rig()
        rig.launch()
        rig.end("c", code: 1)
        rig.pass(.seconds(601))
        rig.end("c", code: 1)
        #expect(rig.container()?.restartCount == 2)
        #expect(rig.phase == "Running")
        #expect(rig.runningCount == 1)
    }

    @Test func initContainersRunOneAfterTheOtherBeforeTheRest() {
        var rig = PodRig(["initContainers": [PodRig.container("i1"), PodRig.container("i2")], "containers": [PodRig.container("c")]])
        rig.launch()
        #expect(rig.started == ["i1/0"])
        #expect(rig.phase == "Pending")
        #expect(rig.container("c")?.state == .waiting(reason: "PodInitializing", message: ""))
        #expect(rig.condition("Initialized")?.message == "containers with incomplete status: [i1 i2]")
        rig.end("i1", code: 0)
        #expect(rig.started == ["i1/0", "i2/0"])
        rig.end("i2", code: 0)
        #expect(rig.started == ["i1/0", "i2/0", "c/0"])
        #expect(rig.phase == "Running")
        #expect(rig.condition("Initialized")?.status == true)
    }

    @Test func aFailedInitContainerFailsAPodThatMayNotRestart() {
        var rig = PodRig(["restartPolicy": "Never", "initContainers": [PodRig.container("i")], "containers": [PodRig.container("c")]])
        rig.launch()
        rig.end("i", code: 3)
        #expect(rig.phase == "Failed")
        #expect(rig.tasks.last == .failed)
        #expect(rig.started == ["i/0"])
    }

    @Test func anImageThatCannotBePulledBacksOffAndIsTriedAgain() {
        var rig = rig()
        rig.imageFailure = "not found"
        rig.launch()
        #expect(rig.container()?.state == .waiting(reason: "ErrImagePull", message: "not found"))
        rig.pass(.seconds(2))
        #expect(
            rig.container()?.state
                == .waiting(reason: "ImagePullBackOff", message: "Back-off pulling image \"nginx:1\": ErrImagePull: not found"))
        #expect(rig.events.contains("BackOff: Back-off pulling image \"nginx:1\""))
        rig.imageFailure = nil
        rig.pass(.seconds(10))
        #expect(rig.phase == "Running")
        #expect(rig.container()?.restartCount == 0)
    }

    @Test func aMissingConfigMapIsAWaitingReasonUntilItIsThere() {
        var rig = rig()
        rig.configFailure = "configmap \"x\" not found"
        rig.launch()
        #expect(rig.container()?.state == .waiting(reason: "CreateContainerConfigError", message: "configmap \"x\" not found"))
        #expect(rig.events.contains("Failed: Error: configmap \"x\" not found"))
        rig.configFailure = nil
        rig.pass(.seconds(6))
        #expect(rig.phase == "Running")
    }

    @Test func aCommandThatCannotStartIsARunContainerError() {
        var rig = rig()
        rig.startFailure = "exec: \"nope\": executable file not found in $PATH"
        rig.launch()
        guard case .terminated(let end)? = rig.container()?.lastState else { return #expect(Bool(false), "\(rig.status.text)") }
        #expect(end.reason == "StartError")
        #expect(end.exitCode == 128)
        #expect(rig.phase == "Running")
    }

    @Test func aMissingRuntimeIsToldWithItsRemedyAndTriedAgain() {
        var rig = rig()
        rig.look()
        rig.owed = []
        rig.send(.volumesReady)
        rig.owed = []
        rig.send(.sandboxFailed(RuntimeFailure(.unavailable, "containerd is missing: apt-get install containerd")))
        #expect(rig.phase == "Pending")
        #expect(
            rig.container()?.state
                == .waiting(reason: "ContainerRuntimeNotReady", message: "containerd is missing: apt-get install containerd"))
        #expect(rig.tasks == [.starting])
        rig.pass(.seconds(40))
        rig.launch()
        #expect(rig.phase == "Running")
    }

    @Test func aLostSandboxIsMadeAnew() {
        var rig = rig()
        rig.launch()
        rig.runtime = RuntimeSnapshot()
        rig.look()
        rig.settle()
        #expect(rig.events.contains("SandboxChanged: Pod sandbox changed, it will be killed and re-created."))
        #expect(rig.started == ["c/0", "c/1"])
        #expect(rig.container()?.restartCount == 1)
    }

    @Test func aLookThatBeganBeforeAnAnswerWasLostSaysNothingOfWhatWasUnderWay() {
        var rig = PodRig(["containers": [PodRig.container()]])
        let isCreation = { (effect: PodWorkerState.Effect) in if case .createSandbox = effect { true } else { false } }
        rig.look()
        while let next = rig.owed.first, !isCreation(next) { rig.answer(rig.owed.removeFirst()) }
        #expect(rig.owed.count == 1)
        let before = rig.now.instant
        rig.now = rig.now.advanced(by: .milliseconds(5))
        rig.owed = []
        rig.send(.sandboxFailed(RuntimeFailure(.unavailable, "connection reset")))
        rig.send(.observed(RuntimeSnapshot(), since: before))
        rig.pass(.seconds(5))
        #expect(rig.log.filter(isCreation).count == 1, "it may have been made all the same")
        // It had been made: the next look finds it.
        rig.runtime.sandboxes = [
            ObservedSandbox(id: "s9", key: rig.state.key, uid: rig.state.uid, attempt: 0, isReady: true, createdAt: rig.now.wall, ip: "10.22.0.5")
        ]
        rig.launch()
        #expect(rig.phase == "Running")
        #expect(rig.runtime.sandboxes.count == 1)
    }

    @Test func aSandboxThatTurnsUpBesideItsSuccessorGoes() {
        var rig = PodRig(["containers": [PodRig.container()]])
        rig.launch()
        let first = rig.runtime.sandboxes[0]
        var newer = first
        (newer.id, newer.attempt) = ("s2", 1)
        for index in rig.runtime.containers.indices { rig.runtime.containers[index].sandboxID = "s2" }
        rig.runtime.sandboxes = [first, newer]
        rig.look()
        rig.settle()
        #expect(rig.runtime.sandboxes.map(\.id) == ["s2"])
        #expect(rig.runningCount == 1)
    }
}
