import Core
import JSON
import KubeObjects
import Mesos
import Reconciler
import Testing

@testable import kmd

/// What the reconciler is told, out of pods and labels.
@Suite struct ReconcilerConversionTests {
    private func policy(_ tolerations: JSONValue) -> UnreachablePolicy {
        SchedulerConversions.standing(of: Pod(json: ["metadata": ["name": "a", "namespace": "default"], "spec": ["tolerations": tolerations]])).unreachable
    }

    @Test func theMasterSaysHowLongAnAgentIsAway() {
        var update = TaskStatusUpdate(taskID: "t", state: .unreachable)
        update.unreachableSince = Timestamp(secondsSinceEpoch: 1000)
        #expect(SchedulerConversions.update(update, at: Timestamp(secondsSinceEpoch: 1240)).unreachableFor == .seconds(240))
        #expect(SchedulerConversions.update(TaskStatusUpdate(taskID: "t", state: .running), at: Timestamp(secondsSinceEpoch: 1240)).unreachableFor == nil)
    }

    @Test func aTolerationSaysHowLongAPodWaitsForItsNode() {
        let key: JSONValue = "node.kubernetes.io/unreachable"
        #expect(policy([]) == .replace(after: .seconds(300)))
        #expect(policy([["key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 60]]) == .replace(after: .seconds(60)))
        #expect(policy([["key": key, "operator": "Exists", "effect": "NoExecute"]]) == .keep)
        #expect(policy([["operator": "Exists"]]) == .keep)
        #expect(policy([["key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": -3]]) == .replace(after: .zero))
        // The shortest with an end counts, as for the taint manager.
        #expect(policy([["operator": "Exists"], ["key": key, "effect": "NoExecute", "tolerationSeconds": 9]]) == .replace(after: .seconds(9)))
        // Another taint, another effect: they say nothing.
        #expect(policy([["key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute"]]) == .replace(after: .seconds(300)))
        #expect(policy([["key": key, "operator": "Exists", "effect": "NoSchedule"]]) == .replace(after: .seconds(300)))
    }

    @Test func theLabelsOfATaskSayWhoseItIs() {
        let pod = Pod(json: ["metadata": ["name": "a", "namespace": "web", "uid": "u-1"]])
        let labels = TaskLabels.labels(of: pod, term: Term(7))
        #expect(TaskLabels.identity(labels) == TaskIdentity(pod: PodKey(namespace: "web", name: "a"), uid: "u-1", term: Term(7)))
        #expect(TaskLabels.identity(["a": "b"]) == nil)
        #expect(TaskLabels.own(labels.merging(["kmd.dev/offer": "o1"]) { one, _ in one }) == labels)
    }
}
