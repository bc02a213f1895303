import ControllerKit
import Core
import JSON

/// What a node's conditions and its heartbeat say.
struct NodeHealth: Sendable {
    enum Ready: String, Sendable, Hashable { case yes = "True", no = "False", unknown = "Unknown" }

    /// The conditions that a node's executor reports and that nobody knows any more when it is silent.
    static let reported = ["MemoryPressure", "DiskPressure", "PIDPressure", "Ready"]
    /// Set by the node registrar: no executor of ours runs there, and none is needed. Mesos' master vouches for the agent, and the
    /// registrar takes the word back when the agent is not connected any more.
    static let vouched = "MesosAgentActive"

    let node: JSONValue
    let name: String
    let ready: Ready?
    /// When Ready last changed.
    let readySince: Timestamp?
    /// Whatever the node's executor changes to show that it lives; `nil` when there is no executor. The times in it are the node's own: they are
    /// compared with nothing but themselves.
    let sign: String?

    /// - Parameter lease: the node's in kube-node-lease, if it has one.
    init(_ node: JSONValue, lease: JSONValue?) {
        self.node = node
        name = ObjectName(of: node).name
        let condition = NodeHealth.condition("Ready", of: node)
        ready = condition.map { $0["status"]?.string.flatMap(Ready.init(rawValue:)) ?? .unknown }
        readySince = NodeHealth.time(condition?["lastTransitionTime"])
        if condition?["reason"]?.string == NodeHealth.vouched {
            sign = nil
        } else {
            sign = "\(node.uid) \(lease?.at("spec", "renewTime")?.string ?? "") \(condition?["lastHeartbeatTime"]?.string ?? "")"
        }
    }

    init(_ name: String, in view: ClusterView) {
        self.init(
            view.object(.nodes, ObjectName(name: name)) ?? .null,
            lease: view.object(.leases, ObjectName(namespace: "kube-node-lease", name: name)))
    }

    var isReady: Bool { ready == .yes }

    static func condition(_ type: String, of node: JSONValue) -> JSONValue? {
        (node.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == type }
    }

    static func time(_ value: JSONValue?) -> Timestamp? { value?.string.flatMap { Timestamp(rfc3339: $0) } }

    /// The node with everything Unknown that its silent executor reported; `nil` when it says so already.
    func silenced(at now: Timestamp) -> JSONValue? {
        var conditions = node.at("status", "conditions")?.array ?? []
        var changed = false
        for index in conditions.indices {
            let condition = conditions[index]
            guard NodeHealth.reported.contains(condition["type"]?.string ?? ""), condition["status"]?.string != "Unknown" else { continue }
            conditions[index]["status"] = "Unknown"
            conditions[index]["lastTransitionTime"] = .string(now.rfc3339)
            conditions[index]["reason"] = "NodeStatusUnknown"
            conditions[index]["message"] = "Kubelet stopped posting node status."
            changed = true
        }
        if !conditions.contains(where: { $0["type"]?.string == "Ready" }) {
            conditions.append([
                "type": "Ready", "status": "Unknown", "reason": "NodeStatusNeverUpdated", "message": "Kubelet never posted node status.",
                "lastHeartbeatTime": node.at("metadata", "creationTimestamp") ?? .string(now.rfc3339),
                "lastTransitionTime": .string(now.rfc3339),
            ])
            changed = true
        }
        guard changed else { return nil }
        var silenced = node
        silenced.set(.array(conditions), at: "status", "conditions")
        return silenced
    }

    /// `region/zone`, empty for a node that names none.
    var zone: String {
        let labels = node.at("metadata", "labels")
        let region = labels?["topology.kubernetes.io/region"]?.string ?? ""
        let zone = labels?["topology.kubernetes.io/zone"]?.string ?? ""
        return region.isEmpty && zone.isEmpty ? "" : region + ":" + zone
    }
}
