import JSON

/// Pods and replication controllers of v1beta1. What has a wrong type is handed on as it is: the v1 path refuses it by its name.
extension Legacy {
    /// A resource of v1beta1.
    struct Resource: Sendable {
        /// As it stands in the path.
        let plural: String
        /// The plural of v1.
        let modern: String
        let kind: String
        /// v1 from v1beta1; the namespace is the query's.
        let upgrade: @Sendable (JSONValue, String) -> JSONValue
        /// v1beta1 from v1; an item of a list has no kind of its own.
        let downgrade: @Sendable (_ object: JSONValue, _ isItem: Bool) -> JSONValue
    }

    static let resources = [
        Resource(plural: "pods", modern: "pods", kind: "Pod", upgrade: Legacy.upgradePod, downgrade: Legacy.downgradePod),
        Resource(
            plural: "replicationControllers", modern: "replicationcontrollers", kind: "ReplicationController",
            upgrade: Legacy.upgradeController, downgrade: Legacy.downgradeController),
    ]

    // MARK: Pods

    static func upgradePod(_ pod: JSONValue, namespace: String) -> JSONValue {
        var spec = Manifest.upgrade(pod.at("desiredState", "manifest"))
        if let selector = pod["nodeSelector"] { spec["nodeSelector"] = selector }
        if let host = pod.at("desiredState", "host"), host != "" { spec["nodeName"] = host }
        return ["apiVersion": "v1", "kind": "Pod", "metadata": metadata(from: pod, namespace: namespace), "spec": spec]
    }

    static func downgradePod(_ pod: JSONValue, isItem: Bool) -> JSONValue {
        var object = members(from: pod["metadata"], kind: isItem ? nil : "Pod")
        if let labels = pod.at("metadata", "labels") { object["labels"] = labels }
        var manifest = Manifest.downgrade(pod["spec"])
        manifest["id"] = id(of: pod["metadata"])
        if let uid = pod.at("metadata", "uid") { manifest["uuid"] = uid }
        object["desiredState"] = ["manifest": manifest, "status": "Running"]
        object["currentState"] = currentState(of: pod, manifest)
        if let selector = pod.at("spec", "nodeSelector") { object["nodeSelector"] = selector }
        return object
    }

    private static let statuses = ["Pending": "Waiting", "Failed": "Terminated"]

    private static func currentState(of pod: JSONValue, _ manifest: JSONValue) -> JSONValue {
        let status = pod["status"]
        let phase = status?["phase"]?.string ?? "Pending"
        var state: JSONValue = ["manifest": manifest, "status": .string(statuses[phase] ?? phase)]
        for (old, new) in [("message", "message"), ("hostIP", "hostIP"), ("podIP", "podIP")] { state[old] = status?[new] }
        state["host"] = pod.at("spec", "nodeName")
        let containers = status?["containerStatuses"]?.array ?? []
        guard !containers.isEmpty else { return state }
        var info = JSONObject()
        for container in containers {
            info[container["name"]?.string ?? ""] = containerInfo(container, podIP: status?["podIP"])
        }
        // The container that holds the pod's network had an entry of its own.
        if let podIP = status?["podIP"] { info["net"] = ["state": ["running": [:]], "restartCount": 0, "podIP": podIP] }
        state["info"] = .object(info)
        return state
    }

    private static func containerInfo(_ status: JSONValue, podIP: JSONValue?) -> JSONValue {
        var info: JSONValue = [:]
        if let state = status["state"]?.object {
            var old: JSONValue = [:]
            for (key, value) in zip(state.keys, state.values) { old[key == "terminated" ? "termination" : key] = value }
            info["state"] = old
        }
        info["restartCount"] = status["restartCount"]
        info["podIP"] = podIP
        for member in ["image", "containerID"] { info[member] = status[member] }
        return info
    }

    // MARK: Replication controllers

    static func upgradeController(_ controller: JSONValue, namespace: String) -> JSONValue {
        let desired = controller["desiredState"]
        var spec: JSONValue = [:]
        spec["replicas"] = desired?["replicas"]
        spec["selector"] = desired?["replicaSelector"]
        if let template = desired?["podTemplate"] {
            var metadata: JSONValue = [:]
            metadata["labels"] = template["labels"]
            metadata["annotations"] = template["annotations"]
            var podSpec = Manifest.upgrade(template.at("desiredState", "manifest"))
            podSpec["nodeSelector"] = template["nodeSelector"]
            spec["template"] = ["metadata": metadata, "spec": podSpec]
        }
        return [
            "apiVersion": "v1", "kind": "ReplicationController", "metadata": metadata(from: controller, namespace: namespace), "spec": spec,
        ]
    }

    static func downgradeController(_ controller: JSONValue, isItem: Bool) -> JSONValue {
        var object = members(from: controller["metadata"], kind: isItem ? nil : "ReplicationController")
        let template = controller.at("spec", "template")
        var podTemplate: JSONValue = ["desiredState": ["manifest": Manifest.downgrade(template?["spec"])]]
        for member in ["labels", "annotations"] { podTemplate[member] = template?.at("metadata", member) }
        podTemplate["nodeSelector"] = template?.at("spec", "nodeSelector")
        var desired: JSONValue = ["replicas": controller.at("spec", "replicas") ?? 0]
        desired["replicaSelector"] = controller.at("spec", "selector")
        desired["podTemplate"] = podTemplate
        object["desiredState"] = desired
        object["currentState"] = [
            "replicas": controller.at("status", "replicas") ?? 0, "podTemplate": ["desiredState": ["manifest": Manifest.empty]],
        ]
        if let labels = controller.at("metadata", "labels") { object["labels"] = labels }
        return object
    }
}
