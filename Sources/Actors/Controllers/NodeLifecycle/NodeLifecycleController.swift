import ControllerKit
import Core
import JSON
import Synchronization

/// Watches over nodes: one that is silent is Unknown, one that is not ready takes no pods, its pods are not ready, and after a while it
/// is tainted so that they leave.
///
/// How long a node has been silent is measured here, from when its last sign was seen, on a clock that does not jump. No time of day decides: neither
/// a node whose clock is wrong nor a leader whose clock is wrong makes a node silent.
public final class NodeLifecycleController: ControllerLogic {
    public struct Times: Sendable {
        /// A node whose executor has been silent for longer is Unknown.
        public var grace: Duration = .seconds(40)
        public var rate = EvictionRate()
        public init() {}
    }

    public let name = "node-controller"
    private let times: Times
    private let time: any TimeSource
    /// The nodes that were told of, for the events of their coming and going.
    private let registered = Mutex<[String: String]>([:])

    /// The last sign of each node, and when it was seen first. Who begins to watch gives each node the whole grace.
    private let signs = Mutex<[String: (sign: String, seen: Instant)]>([:])

    public init(times: Times = Times(), time: any TimeSource = SystemTime()) { (self.times, self.time) = (times, time) }

    public var watches: [Watch<ObjectName>] {
        [
            .itself(.nodes),
            Watch(.leases) { [self] old, new, view in
                // Renewals of a node in good health are looked at when the next one is overdue.
                guard let lease = new ?? old, ObjectName(of: lease).namespace == "kube-node-lease" else { return [] }
                let node = ObjectName(name: ObjectName(of: lease).name)
                let health = NodeHealth(node.name, in: view)
                if let sign = health.sign { _ = silence(of: node.name, sign) }
                return old == nil || new == nil || !health.isReady ? [node] : []
            },
            Watch(.pods) { old, new, view in
                guard let pod = new, let node = pod.at("spec", "nodeName")?.string, !node.isEmpty else { return [] }
                return NodeLifecycleController.isReady(pod) && !NodeHealth(node, in: view).isReady ? [ObjectName(name: node)] : []
            },
        ]
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let node = view.object(.nodes, key) else { return removal(of: key) }
        let reference = ObjectReference(kind: .nodes, name: key, uid: node.uid)
        var plan = Plan(registration(of: reference))
        let health = NodeHealth(key.name, in: view)
        if let sign = health.sign {
            let silence = silence(of: key.name, sign)
            if silence < times.grace {
                plan.look(after: times.grace - silence + .seconds(1))
            } else if let silenced = health.silenced(at: now) {
                plan.steps.append(.updateStatus(.nodes, silenced))
                if health.isReady { plan.steps.append(notReady(reference)) }
                return plan
            }
        }
        if !health.isReady { plan.steps += pods(of: health, in: view, now) }
        let wanted = wantedTaints(health, in: view, now, &plan)
        if let tainted = NodeTaints.next(node, wanted: wanted, now: now) { plan.steps.append(.update(.nodes, tainted)) }
        return plan
    }

    /// For how long the node has shown the same sign.
    private func silence(of node: String, _ sign: String) -> Duration {
        let now = time.now
        return signs.withLock { signs in
            if let known = signs[node], known.sign == sign { return known.seen.duration(to: now) }
            signs[node] = (sign, now)
            return .zero
        }
    }

    private func wantedTaints(_ health: NodeHealth, in view: ClusterView, _ now: Timestamp, _ plan: inout Plan) -> [NodeTaints.Taint] {
        let noSchedule = NodeTaints.wantedNoSchedule(health)
        guard let key = NodeTaints.key(health.ready) else { return noSchedule }
        let present = NodeTaints.list(of: health.node).map(NodeTaints.Taint.init)
        let noExecute = NodeTaints.Taint(key, "NoExecute")
        // One of the two that is there already is replaced by the other without waiting.
        let isTainted = present.contains { $0.effect == "NoExecute" && NodeTaints.isOurs($0) }
        if isTainted { return noSchedule + [noExecute] }
        // The first word is NoSchedule.
        guard present.contains(.init(key, "NoSchedule")) else { return noSchedule }
        guard let due = times.rate.due(health, in: view) else {
            plan.look(after: times.rate.interval)
            return noSchedule
        }
        if due <= now { return noSchedule + [noExecute] }
        plan.look(after: due.duration(since: now))
        return noSchedule
    }

    // MARK: Pods

    /// Pods of a node that is not ready are not ready, whatever they said last. One that says so again afterwards is believed.
    private func pods(of health: NodeHealth, in view: ClusterView, _ now: Timestamp) -> [Step] {
        view.objects(.pods).flatMap { pod -> [Step] in
            guard pod.at("spec", "nodeName")?.string == health.name, NodeLifecycleController.isReady(pod),
                let ready = NodeHealth.condition("Ready", of: pod)
            else { return [] }
            if let since = NodeHealth.time(ready["lastTransitionTime"]), let unready = health.readySince, since > unready { return [] }
            let name = ObjectName(of: pod)
            let patch: JSONValue = [
                "metadata": ["uid": .string(pod.uid)],
                "status": ["conditions": [["type": "Ready", "status": "False", "lastTransitionTime": .string(now.rfc3339)]]],
            ]
            let note = EventNote(
                ObjectReference(kind: .pods, name: name, uid: pod.uid), warning: true, reason: "NodeNotReady", message: "Node is not ready")
            return [.patch(.pods, name, patch, .strategic, subresource: "status"), .event(note)]
        }
    }

    private static func isReady(_ pod: JSONValue) -> Bool { NodeHealth.condition("Ready", of: pod)?["status"]?.string == "True" }

    // MARK: Events

    private func notReady(_ node: ObjectReference) -> Step {
        .event(EventNote(node, reason: "NodeNotReady", message: "Node \(node.name.name) status is now: NodeNotReady"))
    }

    private func registration(of node: ObjectReference) -> [Step] {
        let name = node.name.name
        let isNew = registered.withLock { $0.updateValue(node.uid, forKey: name) != node.uid }
        guard isNew else { return [] }
        return [.event(EventNote(node, reason: "RegisteredNode", message: "Node \(name) event: Registered Node \(name) in Controller"))]
    }

    private func removal(of key: ObjectName) -> Plan {
        signs.withLock { $0[key.name] = nil }
        guard let uid = registered.withLock({ $0.removeValue(forKey: key.name) }) else { return .nothing }
        let node = ObjectReference(kind: .nodes, name: key, uid: uid)
        return Plan([.event(EventNote(node, reason: "RemovingNode", message: "Node \(key.name) event: Removing Node \(key.name) from Controller"))])
    }
}
