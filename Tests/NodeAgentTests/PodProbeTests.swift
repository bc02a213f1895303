import JSON
import KubeObjects
import NodeAgent
import Testing

@Suite struct PodProbeTests {
    func rig(_ probes: JSONValue) -> PodRig {
        PodRig(["containers": [PodRig.container("c", probes)], "terminationGracePeriodSeconds": 30])
    }
    func probe(_ extra: JSONValue = [:]) -> JSONValue {
        var probe: JSONValue = ["httpGet": ["port": 80, "path": "/"], "periodSeconds": 10, "failureThreshold": 3]
        for (key, value) in extra.object ?? JSONObject() { probe[key] = value }
        return probe
    }
    func asked(_ rig: PodRig, _ kind: ProbeKind) -> Int {
        rig.log.filter { if case .probe(_, kind, _) = $0 { true } else { false } }.count
    }
    /// Waits for the next question and answers it.
    func answer(_ rig: inout PodRig, _ kind: ProbeKind, _ answer: ProbeAnswer) {
        for _ in 0..<100 {
            if let index = rig.owed.firstIndex(where: { if case .probe(_, kind, _) = $0 { true } else { false } }),
                case .probe(let name, _, let id) = rig.owed.remove(at: index) {
                return rig.send(.probed(container: name, kind: kind, id: id, answer: answer))
            }
            guard let deadline = rig.state.nextDeadline else { return }
            rig.now = rig.now.advanced(by: max(.zero, deadline - rig.now.instant))
            rig.send(.timePassed)
        }
    }
    /// Runs the pod up to the first probe.
    func started(_ probes: JSONValue) -> PodRig {
        var rig = rig(probes)
        rig.look()
        while let index = rig.owed.firstIndex(where: { if case .probe = $0 { false } else { true } }) { rig.answer(rig.owed.remove(at: index)) }
        return rig
    }

    @Test func aContainerThatFailsItsLivenessProbeThriceIsRestarted() {
        var rig = started(["livenessProbe": probe()])
        answer(&rig, .liveness, .failure("HTTP probe failed with statuscode: 500"))
        answer(&rig, .liveness, .failure("HTTP probe failed with statuscode: 500"))
        #expect(!rig.log.contains { if case .stopContainer = $0 { true } else { false } })
        answer(&rig, .liveness, .failure("HTTP probe failed with statuscode: 500"))
        #expect(rig.events.filter { $0 == "Unhealthy: Liveness probe failed: HTTP probe failed with statuscode: 500" }.count == 3)
        #expect(rig.events.contains("Killing: Container c failed liveness probe, will be restarted"))
        rig.settle()
        #expect(rig.started == ["c/0", "c/1"])
        #expect(rig.container()?.restartCount == 1)
    }

    @Test func aSuccessForgetsFailures() {
        var rig = started(["livenessProbe": probe()])
        for ok in [false, false, true, false, false, true] { answer(&rig, .liveness, ok ? .success : .failure("no")) }
        #expect(!rig.log.contains { if case .stopContainer = $0 { true } else { false } })
    }

    @Test func aProbeWaitsItsInitialDelay() {
        var rig = started(["livenessProbe": probe(["initialDelaySeconds": 30])])
        #expect(asked(rig, .liveness) == 0)
        rig.pass(.seconds(29))
        #expect(asked(rig, .liveness) == 0)
        rig.pass(.seconds(1))
        #expect(asked(rig, .liveness) == 1)
    }

    @Test func aPodIsReadyOnlyWhenItsProbeSaysSo() {
        var rig = started(["readinessProbe": probe(["successThreshold": 2])])
        #expect(rig.container()?.ready == false)
        #expect(rig.condition("Ready")?.reason == "ContainersNotReady")
        #expect(rig.condition("Ready")?.message == "containers with unready status: [c]")
        answer(&rig, .readiness, .success)
        #expect(rig.container()?.ready == false)
        answer(&rig, .readiness, .success)
        #expect(rig.container()?.ready == true)
        for _ in 0..<3 { answer(&rig, .readiness, .failure("no")) }
        #expect(rig.container()?.ready == false)
        #expect(rig.started == ["c/0"])
    }

    @Test func nothingElseIsAskedUntilTheStartupProbeIsContent() {
        var rig = started(["startupProbe": probe(), "livenessProbe": probe()])
        #expect(rig.container()?.started == false)
        answer(&rig, .startup, .failure("not yet"))
        #expect(asked(rig, .liveness) == 0)
        answer(&rig, .startup, .success)
        #expect(rig.container()?.started == true)
        #expect(rig.container()?.ready == true)
        rig.send(.timePassed)
        #expect(asked(rig, .liveness) == 1)
    }
}
