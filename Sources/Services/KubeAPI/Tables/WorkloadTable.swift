import JSON

/// The cells of replication controllers, replica sets and deployments.
enum WorkloadTable {
    private static let templateColumns: [TableColumn] = [
        TableColumn("Containers", priority: 1, "Names of the template's containers."),
        TableColumn("Images", priority: 1, "Their images."),
        TableColumn("Selector", priority: 1, "Labels of the pods that are its own."),
    ]

    static let replicaColumns: [TableColumn] =
        [
            ResourceKind.nameColumn,
            TableColumn("Desired", type: "integer", "How many pods there shall be."),
            TableColumn("Current", type: "integer", "How many there are."),
            TableColumn("Ready", type: "integer", "How many of them are ready."),
            ResourceKind.ageColumn,
        ] + templateColumns

    static let deploymentColumns: [TableColumn] =
        [
            ResourceKind.nameColumn,
            TableColumn("Ready", "Ready pods, of those that there shall be."),
            TableColumn("Up-to-date", "Pods of the newest template."),
            TableColumn("Available", "Pods that have been ready for long enough."),
            ResourceKind.ageColumn,
        ] + templateColumns

    static func replicaCells(_ object: TableObject) -> [JSONValue] {
        [
            object.name, .integer(count(object, "spec", "replicas")), .integer(count(object, "status", "replicas")),
            .integer(count(object, "status", "readyReplicas")), object.age,
        ] + templateCells(object)
    }

    static func deploymentCells(_ object: TableObject) -> [JSONValue] {
        let ready = "\(count(object, "status", "readyReplicas"))/\(count(object, "spec", "replicas"))"
        return [
            object.name, .string(ready), .integer(count(object, "status", "updatedReplicas")),
            .integer(count(object, "status", "availableReplicas")), object.age,
        ] + templateCells(object)
    }

    private static func count(_ object: TableObject, _ part: String, _ key: String) -> Int64 { object.json.at(part, key)?.integer ?? 0 }

    private static func templateCells(_ object: TableObject) -> [JSONValue] {
        let containers = object.json.at("spec", "template", "spec", "containers")?.array ?? []
        let names = containers.compactMap { $0["name"]?.string }.joined(separator: ",")
        let images = containers.compactMap { $0["image"]?.string }.joined(separator: ",")
        return [.string(names), .string(images), .string(PodTable.none(selectorText(object.json.at("spec", "selector"))))]
    }

    /// Replication controllers have a plain map, the others `matchLabels` and `matchExpressions`.
    private static func selectorText(_ selector: JSONValue?) -> String {
        if selector?["matchLabels"]?.object != nil || selector?["matchExpressions"]?.array != nil {
            return LabelSelector(object: selector)?.text ?? "<error>"
        }
        return LabelSelector(map: selector).text
    }
}
