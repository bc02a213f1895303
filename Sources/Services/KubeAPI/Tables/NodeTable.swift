import JSON

/// The cells of a node's row.
enum NodeTable {
    static let columns: [TableColumn] = [
        ResourceKind.nameColumn,
        TableColumn("Status", "Whether the node is ready, and takes pods."),
        TableColumn("Roles", "From the node's role labels."),
        ResourceKind.ageColumn,
        TableColumn("Version", "Of the node's agent."),
        TableColumn("Internal-IP", priority: 1, "Address inside the cluster."),
        TableColumn("External-IP", priority: 1, "Address from outside."),
        TableColumn("OS-Image", priority: 1, "Operating system."),
        TableColumn("Kernel-Version", priority: 1, "Kernel."),
        TableColumn("Container-Runtime", priority: 1, "What runs the containers."),
    ]

    static func cells(_ object: TableObject) -> [JSONValue] {
        let node = object.json
        func information(_ key: String) -> JSONValue {
            let text = object.text("status", "nodeInfo", key)
            return .string(text.isEmpty ? "<unknown>" : text)
        }
        return [
            object.name, .string(status(node)), .string(roles(node)), object.age,
            .string(object.text("status", "nodeInfo", "kubeletVersion")),
            .string(address("InternalIP", node)), .string(address("ExternalIP", node)), information("osImage"),
            information("kernelVersion"), information("containerRuntimeVersion"),
        ]
    }

    private static func status(_ node: JSONValue) -> String {
        let conditions = node.at("status", "conditions")?.array ?? []
        var words: [String] = []
        if let ready = conditions.last(where: { $0["type"]?.string == "Ready" }) {
            words.append(ready["status"]?.string == "True" ? "Ready" : "NotReady")
        } else {
            words.append("Unknown")
        }
        if node.at("spec", "unschedulable")?.bool == true { words.append("SchedulingDisabled") }
        return words.joined(separator: ",")
    }

    private static func roles(_ node: JSONValue) -> String {
        let prefix = "node-role.kubernetes.io/"
        var roles: Set<String> = []
        for (key, value) in node.at("metadata", "labels")?.object ?? JSONObject() {
            if key.hasPrefix(prefix) {
                let role = String(key.dropFirst(prefix.count))
                if !role.isEmpty { roles.insert(role) }
            } else if key == "kubernetes.io/role", let role = value.string, !role.isEmpty {
                roles.insert(role)
            }
        }
        return PodTable.none(roles.sorted().joined(separator: ","))
    }

    private static func address(_ type: String, _ node: JSONValue) -> String {
        let addresses = node.at("status", "addresses")?.array ?? []
        return addresses.first { $0["type"]?.string == type }?["address"]?.string ?? "<none>"
    }
}
