import ControllerKit
import Core
import JSON
import KubeObjects

/// Keeps as many pods of one template as a replication controller or a replica set asks for. Both kinds follow the same rules.
public struct ReplicaLogic: ControllerLogic {
    public let name: String
    let kind: ObjectKind
    /// How many pods one look creates or deletes at most; the next look goes on.
    static let burst = 500

    public static let replicaSets = ReplicaLogic(name: "replicaset-controller", kind: .replicaSets)
    public static let replicationControllers = ReplicaLogic(name: "replication-controller", kind: .replicationControllers)

    public var watches: [Watch<ObjectName>] {
        let (kind, logic) = (kind, self)
        return [
            .itself(kind), .controlled(.pods, by: kind),
            // A pod that nobody manages concerns everyone who would adopt it.
            Watch(.pods) { _, new, view in
                guard let new, new.controllerReference == nil, !new.isBeingDeleted else { return [] }
                let labels = new.labels
                return view.objects(kind, in: ObjectName(of: new).namespace)
                    .filter { logic.selector(of: $0)?.matches(labels) ?? false }.map { ObjectName(of: $0) }
            },
        ]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let object = view.object(kind, key) else { return .nothing }
        let workload = ReplicaWorkload(json: object)
        let claims = Claims(
            held: view.objects(.pods, controlledBy: object.uid).filter(ReplicaPod.isActive),
            orphans: view.orphans(.pods, in: key.namespace).filter(ReplicaPod.isActive), owner: object,
            selector: selector(of: object))
        let pods = claims.owned.map(ReplicaPod.init(json:))
        let trouble = trouble(failure)

        var plan = Plan(claims.steps(.pods, owner: object, ownerKind: kind))
        let scaling = object.isBeingDeleted ? [] : scalingSteps(workload, pods, in: view, at: now, after: failure)
        let statusSteps = statusSteps(workload, pods, trouble, at: now)
        // Pods first, since they are what everyone waits for; but what just failed is told before it is tried again.
        plan.steps += trouble == nil ? scaling + statusSteps : statusSteps + scaling
        if let wait = ReplicaStatusRules.nextAvailability(of: workload, pods: pods, at: now) { plan.look(after: wait) }
        return plan
    }

    func selector(of object: JSONValue) -> Selector? {
        let selector = object.at("spec", "selector")
        return kind == .replicaSets ? Selector(labelSelector: selector) : Selector(map: selector)
    }

    private func reference(_ object: JSONValue) -> ObjectReference {
        ObjectReference(kind: kind, name: ObjectName(of: object), uid: object.uid)
    }

    // MARK: The number of pods

    private func scalingSteps(
        _ workload: ReplicaWorkload, _ pods: [ReplicaPod], in view: ClusterView, at now: Timestamp, after failure: StepFailure?
    ) -> [Step] {
        let missing = Int(workload.replicas) - pods.count
        if missing > 0 { return creations(min(missing, Self.burst), workload, in: view, at: now, after: failure) }
        if missing < 0 { return deletions(min(-missing, Self.burst), workload, pods, in: view, at: now) }
        return []
    }

    private func creations(
        _ count: Int, _ workload: ReplicaWorkload, in view: ClusterView, at now: Timestamp, after failure: StepFailure?
    ) -> [Step] {
        let names = podNames(count, for: workload, in: view, at: now, after: failure)
        let template = workload.template
        let owner = OwnerReference(
            apiVersion: kind.apiVersion, kind: kind.kind, name: workload.metadata.name, uid: workload.metadata.uid)
        var metadata: JSONValue = [
            "generateName": .string("\(workload.metadata.name)-"), "namespace": .string(workload.metadata.namespace),
            "ownerReferences": [owner.json],
        ]
        for member in ["labels", "annotations", "finalizers"] { metadata[member] = template.at("metadata", member) }
        let pods = names.map { name in
            var pod: JSONValue = ["apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? [:]]
            pod.set(.string(name), at: "metadata", "name")
            return Step.create(.pods, pod)
        }
        return pods
            + names.map { name in
                .event(EventNote(reference(workload.json), reason: "SuccessfulCreate", message: "Created pod: \(name)"))
            }
    }

    /// Names for new pods: each follows from the one before, and the first of what was not done last time is the first again. Who
    /// asks again because answers were lost asks for the same names, and the API server makes no pod twice.
    private func podNames(
        _ count: Int, for workload: ReplicaWorkload, in view: ClusterView, at now: Timestamp, after failure: StepFailure?
    ) -> [String] {
        let metadata = workload.metadata
        let prefix = "\(metadata.name)-"
        let seed = "\(metadata.uid)/\(metadata.resourceVersion)/\(now.nanosecondsSinceEpoch)"
        var name = ReplicaLogic.refusedName(failure) ?? Names.generated(prefix, from: seed)
        var names: [String] = []
        var tried: Set<String> = []
        while names.count < count {
            // A chain of short names comes back to itself some day.
            while !tried.insert(name).inserted { name = Names.generated(prefix, from: "\(seed)/\(tried.count)/\(name)") }
            if view.object(.pods, ObjectName(namespace: metadata.namespace, name: name)) == nil { names.append(name) }
            name = Names.generated(prefix, from: "\(metadata.uid)/\(name)")
        }
        return names
    }

    /// The name of the pod whose creation failed, as far as anybody knows.
    private static func refusedName(_ failure: StepFailure?) -> String? {
        guard case .create(.pods, let pod)? = failure?.step else { return nil }
        return pod.at("metadata", "name")?.string
    }

    private func deletions(
        _ count: Int, _ workload: ReplicaWorkload, _ pods: [ReplicaPod], in view: ClusterView, at now: Timestamp
    ) -> [Step] {
        let victims = DeletionOrder.victims(count, of: pods, podsOnNode: podsOnNodes(of: workload, pods, in: view), at: now)
        let namespace = workload.metadata.namespace
        return victims.map { .delete(.pods, ObjectName(namespace: namespace, name: $0.name), uid: $0.uid) }
            + victims.map {
                .event(EventNote(reference(workload.json), reason: "SuccessfulDelete", message: "Deleted pod: \($0.name)"))
            }
    }

    /// How many active pods a node has, of this workload and of all that the same owner manages.
    private func podsOnNodes(of workload: ReplicaWorkload, _ pods: [ReplicaPod], in view: ClusterView) -> [String: Int] {
        var nodes = pods.map(\.nodeName)
        if let owner = workload.metadata.controller {
            let siblings = view.objects(kind, controlledBy: owner.uid).filter { $0.uid != workload.metadata.uid }
            for sibling in siblings {
                nodes += view.objects(.pods, controlledBy: sibling.uid).filter(ReplicaPod.isActive)
                    .map { $0.at("spec", "nodeName")?.string ?? "" }
            }
        }
        return nodes.filter { !$0.isEmpty }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }

    // MARK: Status

    /// What a failed step says about the workload; nil for one that only says that the cache was behind or the API server away.
    private func trouble(_ failure: StepFailure?) -> ReplicaStatusRules.Failure? {
        guard let failure else { return nil }
        switch (failure.reason, failure.step) {
        case (.conflict, _), (.alreadyExists, _), (.notFound, _), (.unavailable, _): return nil
        // The namespace goes, and everything in it.
        case (_, .create) where failure.message.contains("because it is being terminated"): return nil
        case (_, .create): return ReplicaStatusRules.Failure(reason: "FailedCreate", message: failure.message)
        case (_, .delete): return ReplicaStatusRules.Failure(reason: "FailedDelete", message: failure.message)
        default: return nil
        }
    }

    private func statusSteps(
        _ workload: ReplicaWorkload, _ pods: [ReplicaPod], _ trouble: ReplicaStatusRules.Failure?, at now: Timestamp
    ) -> [Step] {
        var steps: [Step] = []
        let status = ReplicaStatusRules.status(of: workload, pods: pods, failure: trouble, at: now)
        if status != workload.status {
            var object = workload.json
            object["status"] = status.json
            steps.append(.updateStatus(kind, object))
        }
        if let trouble {
            let doing = trouble.reason == "FailedCreate" ? "creating" : "deleting"
            let message = "Error \(doing): \(trouble.message)"
            steps.append(.event(EventNote(reference(workload.json), warning: true, reason: trouble.reason, message: message)))
        }
        return steps
    }
}
