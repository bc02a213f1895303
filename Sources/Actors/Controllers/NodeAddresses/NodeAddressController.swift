import ControllerKit
import Core
import JSON
import ServiceRouting

/// Gives each node a part of the cluster's range for its pods: `spec.podCIDR`, which never changes while the node object lives.
///
/// All nodes are one key: it rests until the cache has seen what was given last, so that no part is given twice. The API server refuses
/// to change a range that is set, so a controller that knows too little cannot take one away.
public struct NodeAddressController: ControllerLogic {
    public enum Key: Sendable, Hashable, Comparable, CustomStringConvertible {
        case allNodes
        public var description: String { "pod ranges" }
    }

    /// As many are written in one go; the rest follows when these are seen.
    static let batch = 100

    /// As Kubernetes calls the source of these events.
    public let name = "cidrAllocator"
    private let cluster: IPv4Range
    let prefix: Int

    /// - Parameters:
    ///   - cluster: the range of all pods of the cluster.
    ///   - prefix: of each node's part: 24 for 254 addresses. At least the cluster's own, at most 30.
    public init(cluster: IPv4Range, prefix: Int) {
        precondition((cluster.prefix...30).contains(prefix), "a part of \(cluster) cannot have the prefix \(prefix)")
        (self.cluster, self.prefix) = (cluster, prefix)
    }

    public var watches: [Watch<Key>] {
        [
            Watch(.nodes) { old, new, _ in
                // Nodes change with each heartbeat; here only a new, a lost or a changed range counts.
                old == nil || new == nil || old?.at("spec", "podCIDR") != new?.at("spec", "podCIDR") ? [.allNodes] : []
            }
        ]
    }

    public func reconcile(_ key: Key, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        var pool = PodRangePool(cluster: cluster, prefix: prefix)
        var holders: [IPv4Range: String] = [:]
        var steps: [Step] = []
        var waiting: [JSONValue] = []
        for node in view.objects(.nodes) {
            let written = node.at("spec", "podCIDR")?.string ?? ""
            guard !written.isEmpty else {
                if !node.isBeingDeleted { waiting.append(node) }
                continue
            }
            guard let range = IPv4Range(written) else { continue }
            pool.take(range)
            let name = ObjectName(of: node).name
            if let other = holders.updateValue(name, forKey: range) {
                steps.append(warning(node, "CIDRAssignmentFailed", "Node \(name) has the pod range \(range) of node \(other); delete one of them"))
            }
        }
        for node in waiting.sorted(by: NodeAddressController.older).prefix(NodeAddressController.batch) {
            let name = ObjectName(of: node)
            guard let range = pool.allocate() else {
                // As Kubernetes words it.
                return Plan(steps + [warning(node, "CIDRNotAvailable", "Node \(name) status is now: CIDRNotAvailable")])
            }
            let patch: JSONValue = [
                "metadata": ["uid": .string(node.uid)], "spec": ["podCIDR": .string("\(range)"), "podCIDRs": [.string("\(range)")]],
            ]
            steps.append(.patch(.nodes, name, patch, .strategic))
        }
        return Plan(steps)
    }

    /// Who came first is served first.
    private static func older(_ one: JSONValue, _ other: JSONValue) -> Bool {
        func age(_ node: JSONValue) -> String { node.at("metadata", "creationTimestamp")?.string ?? "" }
        return (age(one), ObjectName(of: one)) < (age(other), ObjectName(of: other))
    }

    private func warning(_ node: JSONValue, _ reason: String, _ message: String) -> Step {
        .event(EventNote(ObjectReference(kind: .nodes, name: ObjectName(of: node), uid: node.uid), warning: true, reason: reason, message: message))
    }
}
