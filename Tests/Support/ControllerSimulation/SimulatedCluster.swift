import ActorKit
import ControllerKit
import Core
import JSON

/// What happens in a cluster beside its controllers: pods are scheduled, start, become ready, end; garbage is collected.
public struct SimulatedCluster: Sendable {
    public var nodes = ["n1", "n2", "n3"]
    /// Whether a pod's containers ever become ready.
    public var becomesReady: @Sendable (JSONValue) -> Bool = { pod in
        !(pod.at("spec", "containers")?[0]?["image"]?.string ?? "").contains("bad")
    }
    /// Removes what only owners that are gone own. Off for tests of a garbage collector.
    public var collectsGarbage = true

    public init() {}

    /// One thing that may happen next, or nil when all is done.
    public func next(in api: SimulatedAPI, _ random: any RandomSource) -> (@Sendable (inout SimulatedAPI) -> Void)? {
        var actions = api.objects(.pods).compactMap { progress(of: $0, random) }
        // Looking for garbage costs the most, and is seldom what is due.
        if collectsGarbage, actions.isEmpty || random.next() % 4 == 0 { actions += garbage(in: api) }
        guard !actions.isEmpty else { return nil }
        return actions[Int(random.next() % UInt64(actions.count))]
    }

    private func progress(of pod: JSONValue, _ random: any RandomSource) -> (@Sendable (inout SimulatedAPI) -> Void)? {
        let name = ObjectName(of: pod)
        if pod.isBeingDeleted {
            guard pod.finalizers.isEmpty else { return nil }
            return { $0.remove(.pods, name) }
        }
        if (pod.at("spec", "nodeName")?.string ?? "").isEmpty {
            guard !nodes.isEmpty else { return nil }
            let node = nodes[Int(random.next() % UInt64(nodes.count))]
            return { $0.edit(.pods, name) { $0.set(.string(node), at: "spec", "nodeName") } }
        }
        switch pod.at("status", "phase")?.string {
        case nil, "Pending": return { api in SimulatedCluster.setPhase("Running", ready: false, of: name, &api) }
        case "Running" where !SimulatedCluster.isReady(pod) && becomesReady(pod):
            return { api in SimulatedCluster.setPhase("Running", ready: true, of: name, &api) }
        default: return nil
        }
    }

    /// Sets a pod's phase and its Ready condition.
    public static func setPhase(_ phase: String, ready: Bool, of name: ObjectName, _ api: inout SimulatedAPI) {
        let now = api.now.rfc3339
        api.edit(.pods, name) { pod in
            pod.set(.string(phase), at: "status", "phase")
            let condition: JSONValue = ["type": "Ready", "status": ready ? "True" : "False", "lastTransitionTime": .string(now)]
            pod.set([condition], at: "status", "conditions")
        }
    }

    public static func isReady(_ pod: JSONValue) -> Bool {
        pod.at("status", "conditions")?.array?.contains { $0["type"]?.string == "Ready" && $0["status"]?.string == "True" }
            ?? false
    }

    private func garbage(in api: SimulatedAPI) -> [@Sendable (inout SimulatedAPI) -> Void] {
        var actions: [@Sendable (inout SimulatedAPI) -> Void] = []
        let all = api.kinds.flatMap { kind in api.objects(kind).map { (kind, $0) } }
        let living = Set(all.map { $0.1.uid })
        for (kind, object) in all {
            let name = ObjectName(of: object)
            let owners = object.owners.compactMap { $0["uid"]?.string }
            if !owners.isEmpty, !owners.contains(where: living.contains), !object.isBeingDeleted {
                actions.append { $0.apply(.delete(kind, name, uid: object.uid)) }
            }
            guard object.isBeingDeleted else { continue }
            let dependents = all.filter { $0.1.owners.contains { $0["uid"]?.string == object.uid } }
            if object.finalizers.contains("orphan") {
                if dependents.isEmpty {
                    actions.append(finalize(kind, name, "orphan"))
                } else {
                    actions.append { api in SimulatedCluster.orphan(dependents, of: object.uid, &api) }
                }
            } else if object.finalizers.contains("foregroundDeletion") {
                for (kind, dependent) in dependents where !dependent.isBeingDeleted {
                    actions.append {
                        $0.apply(.delete(kind, ObjectName(of: dependent), uid: dependent.uid, propagation: .foreground))
                    }
                }
                if dependents.isEmpty { actions.append(finalize(kind, name, "foregroundDeletion")) }
            }
        }
        return actions
    }

    private static func orphan(_ dependents: [(ObjectKind, JSONValue)], of uid: String, _ api: inout SimulatedAPI) {
        for (kind, dependent) in dependents {
            api.edit(kind, ObjectName(of: dependent)) { object in
                object.set(.array(object.owners.filter { $0["uid"]?.string != uid }), at: "metadata", "ownerReferences")
            }
        }
    }

    private func finalize(_ kind: ObjectKind, _ name: ObjectName, _ finalizer: String) -> @Sendable (inout SimulatedAPI) -> Void {
        { api in
            api.edit(kind, name) { object in
                object.set(.array(object.finalizers.filter { $0 != finalizer }.map { .string($0) }), at: "metadata", "finalizers")
            }
        }
    }
}
