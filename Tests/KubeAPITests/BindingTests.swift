import Core
import JSON
import Testing

@testable import KubeAPI

@Suite struct BindingTests {
    private let binding: JSONValue = [
        "metadata": ["name": "p", "uid": "u-1", "annotations": ["k8s.mesosphere.io/taskId": "pod.7"]],
        "target": ["kind": "Node", "name": "n1"],
    ]

    @Test func aBindingPutsThePodOnItsNode() throws {
        let bound = try PodBinding.apply(binding, to: try pod(), context(name: "p"))
        #expect(bound.at("spec", "nodeName") == "n1")
        #expect(bound.at("metadata", "annotations", "k8s.mesosphere.io/taskId") == "pod.7")
        #expect(
            bound.at("status", "conditions") == [
                ["type": "PodScheduled", "status": "True", "lastProbeTime": .null, "lastTransitionTime": "2026-11-21T12:00:00Z"]
            ])
        #expect(
            PodBinding.success.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Success", "code": 201,
            ])
    }

    @Test func thePendingConditionTurnsTrueInItsPlace() throws {
        let pending = try pod {
            $0["status"] = .object(JSONObject())
        }
        var waiting = pending
        waiting.set(
            [
                ["type": "Other", "status": "True"],
                [
                    "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                    "lastTransitionTime": "2026-11-21T11:00:00Z",
                ],
            ], at: "status", "conditions")
        let bound = try PodBinding.apply(binding, to: waiting, context(name: "p"))
        let conditions = bound.at("status", "conditions")?.array ?? []
        #expect(conditions.map { $0["type"] } == ["Other", "PodScheduled"])
        #expect(conditions[1]["status"] == "True")
        #expect(conditions[1]["reason"] == nil)
    }

    @Test func aSecondBindingIsAConflict() throws {
        let bound = try PodBinding.apply(binding, to: try pod(), context(name: "p"))
        #expect(
            status { _ = try PodBinding.apply(binding, to: bound, context(name: "p")) }?.json == [
                "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure",
                "message": "Operation cannot be fulfilled on pods/binding \"p\": pod p is already assigned to node \"n1\"",
                "reason": "Conflict",
                "details": ["name": "p", "kind": "pods/binding"], "code": 409,
            ])
    }

    @Test func aPodThatGoesOrIsAnotherIsNotBound() throws {
        var going = try pod()
        going.set("2026-11-21T12:00:00Z", at: "metadata", "deletionTimestamp")
        #expect(
            status { _ = try PodBinding.apply(binding, to: going, context(name: "p")) }?.message
                == "Operation cannot be fulfilled on pods/binding \"p\": pod p is being deleted, cannot be assigned to a host")
        var other = try pod()
        other.set("u-2", at: "metadata", "uid")
        #expect(status { _ = try PodBinding.apply(binding, to: other, context(name: "p")) }?.code == 409)
    }

    @Test func aBindingNamesItsPodAndANode() throws {
        #expect(
            status { _ = try PodBinding.apply(["target": ["name": "n1"]], to: try pod(), context(name: "p")) }?.message
                == "name in URL does not match name in Binding object")
        let bad: JSONValue = ["metadata": ["name": "p"], "target": ["kind": "Pod"]]
        #expect(
            status { _ = try PodBinding.apply(bad, to: try pod(), context(name: "p")) }?.details?.causes.map(\.field)
                == ["target.kind", "target.name"])
    }
}
