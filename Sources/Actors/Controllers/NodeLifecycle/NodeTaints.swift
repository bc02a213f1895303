import ControllerKit
import Core
import JSON

/// The taints by which a node's conditions keep pods away, and drive them out.
enum NodeTaints {
    static let notReady = "node.kubernetes.io/not-ready"
    static let unreachable = "node.kubernetes.io/unreachable"
    private static let pressures = [
        ("MemoryPressure", "node.kubernetes.io/memory-pressure"), ("DiskPressure", "node.kubernetes.io/disk-pressure"),
        ("PIDPressure", "node.kubernetes.io/pid-pressure"), ("NetworkUnavailable", "node.kubernetes.io/network-unavailable"),
    ]
    private static let unschedulable = "node.kubernetes.io/unschedulable"

    struct Taint: Sendable, Hashable {
        let key: String
        let effect: String
        init(_ key: String, _ effect: String) { (self.key, self.effect) = (key, effect) }
        init(_ json: JSONValue) { self.init(json["key"]?.string ?? "", json["effect"]?.string ?? "") }
    }

    static func list(of node: JSONValue) -> [JSONValue] { node.at("spec", "taints")?.array ?? [] }

    /// The key that goes with the node's readiness, if it is not ready.
    static func key(_ ready: NodeHealth.Ready?) -> String? {
        switch ready {
        case .yes: nil
        case .no: notReady
        case .unknown, nil: unreachable
        }
    }

    /// Against new pods, at once.
    static func wantedNoSchedule(_ health: NodeHealth) -> [Taint] {
        var keys = [key(health.ready)].compactMap(\.self)
        for (condition, key) in pressures where NodeHealth.condition(condition, of: health.node)?["status"]?.string == "True" { keys.append(key) }
        if health.node.at("spec", "unschedulable")?.bool == true { keys.append(unschedulable) }
        return keys.map { Taint($0, "NoSchedule") }
    }

    /// Taints that this controller alone sets and takes.
    static func isOurs(_ taint: Taint) -> Bool {
        switch taint.effect {
        case "NoSchedule": ([notReady, unreachable, unschedulable] + pressures.map(\.1)).contains(taint.key)
        case "NoExecute": taint.key == notReady || taint.key == unreachable
        default: false
        }
    }

    /// The next step from the taints that are there to those that ought to be: first what is missing comes, then what is too much goes,
    /// so that a node is never without one of them in between. `nil` when all is well.
    static func next(_ node: JSONValue, wanted: [Taint], now: Timestamp) -> JSONValue? {
        let present = list(of: node)
        let there = Set(present.map(Taint.init))
        let missing = wanted.filter { !there.contains($0) }
        var tainted = node
        if !missing.isEmpty {
            let added = missing.map { taint -> JSONValue in
                ["key": .string(taint.key), "effect": .string(taint.effect), "timeAdded": .string(now.rfc3339)]
            }
            tainted.set(.array(present + added), at: "spec", "taints")
            return tainted
        }
        let kept = present.filter { !isOurs(Taint($0)) || wanted.contains(Taint($0)) }
        guard kept.count != present.count else { return nil }
        if kept.isEmpty { tainted.remove(at: "spec", "taints") } else { tainted.set(.array(kept), at: "spec", "taints") }
        return tainted
    }
}
