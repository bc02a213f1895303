import ControllerKit
import Core
import JSON
import KubeObjects
import Synchronization

/// Deletes pods from nodes whose NoExecute taints they do not tolerate, or not for so long.
///
/// How long a pod has borne its node's taints counts from when this process first saw it, on a clock that does not jump, as in Kubernetes. What a taint
/// says of its time is another process' clock: a leader whose own is wrong by an hour would evict at once.
public final class TaintEvictionController: ControllerLogic {
    public let name = "taint-eviction-controller"
    private let time: any TimeSource
    /// Pods whose deletion was put off, and since when.
    private let marked = Mutex<[ObjectReference: Instant]>([:])

    public init(time: any TimeSource = SystemTime()) { self.time = time }

    public var watches: [Watch<ObjectName>] {
        [
            Watch(.pods) { old, new, _ in
                guard let pod = new ?? old else { return [] }
                let changed = old?.at("spec", "nodeName") != new?.at("spec", "nodeName") || old?.at("spec", "tolerations") != new?.at("spec", "tolerations")
                return changed || old?.uid != new?.uid ? [ObjectName(of: pod)] : []
            },
            Watch(.nodes) { old, new, view in
                guard let node = new ?? old, TaintEvictionController.taints(old) != TaintEvictionController.taints(new) else { return [] }
                let name = ObjectName(of: node).name
                return view.objects(.pods).filter { $0.at("spec", "nodeName")?.string == name }.map { ObjectName(of: $0) }
            },
        ]
    }

    private static func taints(_ node: JSONValue?) -> [JSONValue] {
        node.map(NodeTaints.list)?.filter { $0["effect"]?.string == "NoExecute" } ?? []
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let pod = view.object(.pods, key) else {
            marked.withLock { marked in marked = marked.filter { $0.key.name != key } }
            return .nothing
        }
        let reference = ObjectReference(kind: .pods, name: key, uid: pod.uid)
        let node = ObjectName(name: pod.at("spec", "nodeName")?.string ?? "")
        let taints = TaintEvictionController.taints(view.object(.nodes, node))
        let isOver = pod.isBeingDeleted || ["Succeeded", "Failed"].contains(pod.at("status", "phase")?.string ?? "")
        let moment = time.now
        let since = marked.withLock { $0[reference] } ?? moment
        guard !isOver, let tolerance = TaintEvictionController.tolerance(of: pod, taints) else { return calledOff(reference, isOver: isOver) }
        let borne = since.duration(to: moment)
        guard borne >= tolerance else {
            marked.withLock { $0[reference] = since }
            return Plan(lookAgain: tolerance - borne)
        }
        marked.withLock { $0[reference] = nil }
        let note = EventNote(reference, reason: "TaintManagerEviction", message: "Marking for deletion Pod \(key)")
        let condition: JSONValue = [
            "metadata": ["uid": .string(pod.uid)],
            "status": [
                "conditions": [
                    [
                        "type": "DisruptionTarget", "status": "True", "reason": "DeletionByTaintManager",
                        "message": "Taint manager: deleting due to NoExecute taint", "lastTransitionTime": .string(now.rfc3339),
                    ]
                ]
            ],
        ]
        return Plan([.event(note), .patch(.pods, key, condition, .strategic, subresource: "status"), .delete(.pods, key, uid: pod.uid)])
    }

    private func calledOff(_ pod: ObjectReference, isOver: Bool) -> Plan {
        guard marked.withLock({ $0.removeValue(forKey: pod) != nil }), !isOver else { return .nothing }
        return Plan([.event(EventNote(pod, reason: "TaintManagerEviction", message: "Cancelling deletion of Pod \(pod.name)"))])
    }

    /// How long the pod bears them; `nil`: for ever.
    static func tolerance(of pod: JSONValue, _ taints: [JSONValue]) -> Duration? {
        let tolerations = (pod.at("spec", "tolerations")?.array ?? []).map(Toleration.init(json:))
        var tolerance: Duration?
        for taint in taints {
            let matching = tolerations.filter { tolerates($0, taint) }
            if matching.isEmpty { return .zero }
            // The shortest of those that have an end.
            guard let seconds = matching.compactMap(\.tolerationSeconds).min() else { continue }
            let borne = Duration.seconds(min(max(seconds, 0), 1 << 32))
            tolerance = min(tolerance ?? borne, borne)
        }
        return tolerance
    }

    static func tolerates(_ toleration: Toleration, _ taint: JSONValue) -> Bool {
        guard toleration.effect.isEmpty || toleration.effect == "NoExecute" else { return false }
        guard toleration.key.isEmpty || toleration.key == taint["key"]?.string else { return false }
        switch toleration.operator {
        case "Exists": return true
        default: return !toleration.key.isEmpty && toleration.value == taint["value"]?.string ?? ""
        }
    }
}
