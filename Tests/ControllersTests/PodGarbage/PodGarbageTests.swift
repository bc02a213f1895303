import ControllerKit
import Core
import JSON
import Testing

@testable import Controllers

private let name = ObjectName(namespace: "default", name: "p")

private func deletion(_ plan: Plan) -> Step? { plan.steps.last }

@Suite struct PodGarbageTests {
    @Test func podsOfANodeThatIsGoneGoAfterAQuarantineWhenTheServerConfirmsIt() {
        let clock = SampleClock()
        let collector = PodGarbageCollector(time: clock)
        let pod = Sample.pod("p", node: "lost")
        let view = Sample.view([(.pods, pod)])
        #expect(collector.reconcile(.pod(name), in: view, at: Sample.now, after: nil) == Plan(lookAgain: .seconds(40)))
        // The time of day may be any.
        clock.set(30)
        #expect(collector.reconcile(.pod(name), in: view, at: Sample.later(3600), after: nil) == Plan(lookAgain: .seconds(10)))
        clock.set(40)
        let steps = collector.reconcile(.pod(name), in: view, at: Sample.later(40), after: nil).steps
        #expect(steps.first == .confirmGone(ObjectReference(kind: .nodes, name: ObjectName(name: "lost"), uid: "")))
        #expect(steps.last == .delete(.pods, name, uid: pod.uid, grace: 0))
        guard case .patch(.pods, name, let patch, .strategic, subresource: "status") = steps[1] else { Issue.record("no word of why"); return }
        #expect(patch.at("status", "conditions")?[0]?["message"] == "PodGC: node no longer exists")
    }

    @Test func aNodeThatComesBackInTimeKeepsItsPods() {
        let clock = SampleClock()
        let collector = PodGarbageCollector(time: clock)
        let pod = Sample.pod("p", node: "back")
        let without = Sample.view([(.pods, pod)])
        let with = Sample.view([(.pods, pod), (.nodes, Sample.node("back"))])
        _ = collector.reconcile(.pod(name), in: without, at: Sample.now, after: nil)
        clock.set(20)
        #expect(collector.reconcile(.pod(name), in: with, at: Sample.later(20), after: nil) == .nothing)
        clock.set(45)
        #expect(collector.reconcile(.pod(name), in: without, at: Sample.later(45), after: nil) == Plan(lookAgain: .seconds(40)))
    }

    @Test func aPodThatEndsWithoutEverHavingHadANodeGoesAtOnce() {
        let pod = Sample.pod("p", node: "", deleting: true)
        let plan = PodGarbageCollector().reconcile(.pod(name), in: Sample.view([(.pods, pod)]), at: Sample.now, after: nil)
        #expect(plan.steps == [.delete(.pods, name, uid: pod.uid, grace: 0)])
        let waiting = Sample.pod("p", node: "")
        #expect(PodGarbageCollector().reconcile(.pod(name), in: Sample.view([(.pods, waiting)]), at: Sample.now, after: nil) == .nothing)
    }

    @Test func ofTooManyEndedPodsTheOldestGo() {
        var limits = PodGarbageCollector.Limits()
        limits.ended = 2
        var objects: [(ObjectKind, JSONValue)] = [(.pods, Sample.pod("running"))]
        for (position, name) in ["c", "a", "d", "b"].enumerated() {
            var pod = Sample.pod(name, phase: position % 2 == 0 ? "Succeeded" : "Failed")
            pod.set(.string(Sample.later(Int64(position)).rfc3339), at: "metadata", "creationTimestamp")
            objects.append((.pods, pod))
        }
        let plan = PodGarbageCollector(limits: limits).reconcile(.ended, in: Sample.view(objects), at: Sample.now, after: nil)
        #expect(plan.steps.map { if case .delete(_, let name, _, _, 0) = $0 { name.name } else { "?" } } == ["c", "a"])
        #expect(PodGarbageCollector().reconcile(.ended, in: Sample.view(objects), at: Sample.now, after: nil) == .nothing)
    }
}
