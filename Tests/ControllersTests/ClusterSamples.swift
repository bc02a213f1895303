import ControllerKit
import Core
import JSON
import Synchronization

/// Objects as the API server would give them, for the tests of cluster controllers.
enum Sample {
    static let now = Timestamp(secondsSinceEpoch: 1_795_225_200)

    static func later(_ seconds: Int64) -> Timestamp { now.advanced(by: .seconds(seconds)) }

    static func object(
        _ name: String, in namespace: String = "", uid: String? = nil, labels: [String: String] = [:], finalizers: [String] = [],
        owners: [JSONValue] = [], deleting: Bool = false, revision: Int = 1
    ) -> JSONValue {
        var metadata: JSONValue = [
            "name": .string(name), "uid": .string(uid ?? "uid-\(name)"), "resourceVersion": .string(String(revision)),
            "creationTimestamp": .string(now.rfc3339),
        ]
        if !namespace.isEmpty { metadata["namespace"] = .string(namespace) }
        for (key, value) in labels.sorted(by: { $0.key < $1.key }) { metadata.set(.string(value), at: "labels", key) }
        if !finalizers.isEmpty { metadata["finalizers"] = .array(finalizers.map { .string($0) }) }
        if !owners.isEmpty { metadata["ownerReferences"] = .array(owners) }
        if deleting { metadata["deletionTimestamp"] = .string(now.rfc3339) }
        return ["metadata": metadata]
    }

    static func owner(_ kind: ObjectKind, _ name: String, uid: String? = nil, blocks: Bool = true, controller: Bool = true) -> JSONValue {
        [
            "apiVersion": .string(kind.apiVersion), "kind": .string(kind.kind), "name": .string(name), "uid": .string(uid ?? "uid-\(name)"),
            "controller": .bool(controller), "blockOwnerDeletion": .bool(blocks),
        ]
    }

    static func service(
        _ name: String = "web", selector: [String: String] = ["app": "web"], clusterIP: String = "10.10.10.5", labels: [String: String] = [:],
        ports: [JSONValue] = [["name": "80-http", "protocol": "TCP", "port": 80, "targetPort": "http"]], publishNotReady: Bool = false
    ) -> JSONValue {
        var service = object(name, in: "default", labels: labels)
        service["spec"] = ["clusterIP": .string(clusterIP), "ports": .array(ports), "type": "ClusterIP"]
        for (key, value) in selector { service.set(.string(value), at: "spec", "selector", key) }
        if publishNotReady { service.set(true, at: "spec", "publishNotReadyAddresses") }
        return service
    }

    static func pod(
        _ name: String, ip: String = "10.244.0.1", ready: Bool = true, node: String = "n1", labels: [String: String] = ["app": "web"],
        port: Int64 = 80, deleting: Bool = false, phase: String = "Running", in namespace: String = "default"
    ) -> JSONValue {
        var pod = object(name, in: namespace, labels: labels, deleting: deleting)
        pod["spec"] = ["nodeName": .string(node), "containers": [["name": "c", "ports": [["name": "http", "containerPort": .integer(port), "protocol": "TCP"]]]]]
        pod["status"] = [
            "phase": .string(phase), "hostIP": "198.51.100.11",
            "conditions": [["type": "Ready", "status": ready ? "True" : "False", "lastTransitionTime": .string(now.rfc3339)]],
        ]
        if !ip.isEmpty { pod.set(.string(ip), at: "status", "podIP") }
        return pod
    }

    static func node(
        _ name: String, ready: String? = "True", reason: String = "KubeletReady", since: Timestamp = now, heartbeat: Timestamp = now,
        taints: [JSONValue] = [], zone: String = ""
    ) -> JSONValue {
        var node = object(name, labels: zone.isEmpty ? [:] : ["topology.kubernetes.io/zone": zone])
        if let ready {
            node.set(
                [["type": "Ready", "status": .string(ready), "reason": .string(reason), "lastHeartbeatTime": .string(heartbeat.rfc3339),
                  "lastTransitionTime": .string(since.rfc3339)]], at: "status", "conditions")
        }
        if !taints.isEmpty { node.set(.array(taints), at: "spec", "taints") }
        return node
    }

    static func view(_ objects: [(ObjectKind, JSONValue)]) -> ClusterView {
        var view = ClusterView()
        for (kind, object) in objects { view.put(kind, object) }
        return view
    }
}

/// Numbers that look random and are the same in each run.
struct Dice {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed &* 0x9e37_79b9_7f4a_7c15 | 1 }

    mutating func roll(_ sides: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(max(sides, 1)))
    }
    mutating func chance(_ percent: Int) -> Bool { roll(100) < percent }
    mutating func shuffled<Element>(_ elements: [Element]) -> [Element] {
        var result = elements
        for index in result.indices.reversed() where index > 0 { result.swapAt(index, roll(index + 1)) }
        return result
    }
}

/// A clock that a test moves. The time of day that a controller is told is another matter: here it may be any.
final class SampleClock: TimeSource {
    private let begin = ContinuousClock.now
    private let passed = Mutex(Duration.zero)
    var now: Instant { begin + passed.withLock { $0 } }
    var wallClock: Timestamp { Sample.now }
    func sleep(until deadline: Instant) async throws {}
    /// Moves it to so many seconds after its beginning.
    func set(_ seconds: Int64) { passed.withLock { $0 = .seconds(seconds) } }
}
