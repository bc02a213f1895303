import ControllerKit
import Core
import JSON
import KubeObjects

/// Rolls a deployment's pods from one template to the next, by the sizes of its replica sets.
public struct DeploymentLogic: ControllerLogic {
    public let name = "deployment-controller"
    public init() {}

    public var watches: [Watch<ObjectName>] {
        [
            .itself(.deployments), .controlled(.replicaSets, by: .deployments),
            // A replica set that nobody manages concerns everyone who would adopt it.
            Watch(.replicaSets) { _, new, view in
                guard let new, new.controllerReference == nil, !new.isBeingDeleted else { return [] }
                let labels = new.labels
                return view.objects(.deployments, in: ObjectName(of: new).namespace)
                    .filter { selector(of: $0)?.matches(labels) ?? false }.map { ObjectName(of: $0) }
            },
            // That the last old pod is gone is what a recreation waits for; everything else the sets' status tells.
            Watch(.pods) { old, new, view in
                guard let old, new.map(DeploymentLogic.hasEnded) ?? true, let set = old.controllerReference?["name"]?.string
                else {
                    return []
                }
                let namespace = ObjectName(of: old).namespace
                let owner = view.object(.replicaSets, ObjectName(namespace: namespace, name: set))?.controllerReference
                guard owner?["kind"]?.string == ObjectKind.deployments.kind, let name = owner?["name"]?.string else { return [] }
                return [ObjectName(namespace: namespace, name: name)]
            },
        ]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let object = view.object(.deployments, key) else { return .nothing }
        let deployment = Deployment(json: object)
        guard let selector = selector(of: object), !selector.isEmpty else { return refusal(of: deployment) }
        let claims = Claims(
            held: view.objects(.replicaSets, controlledBy: object.uid), orphans: view.orphans(.replicaSets, in: key.namespace),
            owner: object, selector: selector)
        // What is adopted changes by that; it is sized at the next look, as it is then.
        let claiming = claims.steps(.replicaSets, owner: object, ownerKind: .deployments)
        guard claiming.isEmpty else { return Plan(claiming) }

        let refused = creationRefused(failure)
        var rollout = Rollout(
            deployment, sets: claims.owned, at: now,
            oldPodsRun: { set in view.objects(.pods, controlledBy: set.uid).contains { !DeploymentLogic.hasEnded($0) } },
            isTaken: { view.object(.replicaSets, ObjectName(namespace: key.namespace, name: $0)) != nil })
        rollout.run(after: refused)
        var plan = rollout.plan
        if let refused, let status = plan.steps.firstIndex(where: { if case .updateStatus = $0 { true } else { false } }) {
            // What just failed is told before it is tried again.
            plan.steps.insert(plan.steps.remove(at: status), at: 0)
            plan.steps.insert(.event(note(deployment, warning: true, reason: Progress.Reason.createError, refused)), at: 0)
        }
        return plan
    }

    private func selector(of object: JSONValue) -> Selector? { Selector(labelSelector: object.at("spec", "selector")) }

    /// The server's words when it would not make a replica set; nil when only the cache was behind or the API server away.
    private func creationRefused(_ failure: StepFailure?) -> String? {
        guard let failure, case .create = failure.step else { return nil }
        switch failure.reason {
        case .forbidden where failure.message.contains("because it is being terminated"): return nil
        case .forbidden, .invalid: return failure.message
        default: return nil
        }
    }

    /// A deployment of all pods would fight with every other controller.
    private func refusal(of deployment: Deployment) -> Plan {
        guard deployment.status.observedGeneration < deployment.metadata.generation else { return .nothing }
        var object = deployment.json
        object.set(.integer(deployment.metadata.generation), at: "status", "observedGeneration")
        let words = "This deployment is selecting all pods. A non-empty selector is required."
        return Plan([.event(note(deployment, warning: true, reason: "SelectingAll", words)), .updateStatus(.deployments, object)])
    }

    private func note(_ deployment: Deployment, warning: Bool, reason: String, _ message: String) -> EventNote {
        let about = ObjectReference(kind: .deployments, name: ObjectName(of: deployment.json), uid: deployment.metadata.uid)
        return EventNote(about, warning: warning, reason: reason, message: message)
    }

    private static func hasEnded(_ pod: JSONValue) -> Bool {
        let phase = pod.at("status", "phase")?.string
        return phase == "Succeeded" || phase == "Failed"
    }
}
