import ControllerKit
import ControllerSimulation
import Core
import JSON

/// Objects as users write them.
enum Make {
    static func template(app: String = "web", image: String = "nginx:1.19") -> JSONValue {
        ["metadata": ["labels": ["app": .string(app)]], "spec": ["containers": [["name": "c", "image": .string(image)]]]]
    }

    static func deployment(_ name: String = "web", replicas: Int64 = 3, image: String = "nginx:1.19", spec more: JSONValue = [:])
        -> JSONValue
    {
        var spec: JSONValue = [
            "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
            "template": template(app: name, image: image), "progressDeadlineSeconds": 600, "revisionHistoryLimit": 10,
            "strategy": ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": "25%", "maxUnavailable": "25%"]],
        ]
        for (key, value) in more.object ?? [:] { spec[key] = value }
        return ["metadata": ["name": .string(name), "namespace": "default"], "spec": spec]
    }

    static func replicaSet(_ name: String = "rs", replicas: Int64 = 3, minReadySeconds: Int64 = 0) -> JSONValue {
        var object: JSONValue = [
            "metadata": ["name": .string(name), "namespace": "default"],
            "spec": [
                "replicas": .integer(replicas), "selector": ["matchLabels": ["app": .string(name)]],
                "template": template(app: name),
            ],
        ]
        if minReadySeconds > 0 { object.set(.integer(minReadySeconds), at: "spec", "minReadySeconds") }
        return object
    }

    static func replicationController(_ name: String = "rc", replicas: Int64 = 2) -> JSONValue {
        [
            "metadata": ["name": .string(name), "namespace": "default"],
            "spec": ["replicas": .integer(replicas), "selector": ["app": .string(name)], "template": template(app: name)],
        ]
    }

    /// A pod of a workload, by its uid, or nobody's.
    static func pod(_ name: String, app: String = "rs", owner: String? = nil, phase: String = "Running", ready: String? = nil)
        -> JSONValue
    {
        var pod: JSONValue = [
            "metadata": [
                "name": .string(name), "namespace": "default", "uid": .string("uid-\(name)"), "labels": ["app": .string(app)],
            ],
            "spec": ["nodeName": "n1"], "status": ["phase": .string(phase)],
        ]
        if let owner {
            let reference: JSONValue = [
                "apiVersion": "apps/v1", "kind": "ReplicaSet", "name": .string(app), "uid": .string(owner), "controller": true,
            ]
            pod.set([reference], at: "metadata", "ownerReferences")
        }
        if let ready {
            pod.set([["type": "Ready", "status": "True", "lastTransitionTime": .string(ready)]], at: "status", "conditions")
        }
        return pod
    }

    static func name(_ name: String) -> ObjectName { ObjectName(namespace: "default", name: name) }

    static func time(_ text: String) -> Timestamp { Timestamp(rfc3339: text) ?? Timestamp(secondsSinceEpoch: 0) }
}

extension SimulatedAPI {
    /// Pods that have not ended and shall not go.
    func activePods(where matches: (JSONValue) -> Bool = { _ in true }) -> [JSONValue] {
        objects(.pods).filter { pod in
            let phase = pod.at("status", "phase")?.string
            return !pod.isBeingDeleted && phase != "Succeeded" && phase != "Failed" && matches(pod)
        }
    }

    mutating func setImage(_ image: String, of deployment: String) {
        edit(.deployments, Make.name(deployment)) { object in
            object.set([["name": "c", "image": .string(image)]], at: "spec", "template", "spec", "containers")
        }
    }

    mutating func setReplicas(_ replicas: Int64, of kind: ObjectKind, _ name: String) {
        edit(kind, Make.name(name)) { $0.set(.integer(replicas), at: "spec", "replicas") }
    }

    func status(_ kind: ObjectKind, _ name: String) -> JSONValue { object(kind, Make.name(name))?["status"] ?? .null }
}
