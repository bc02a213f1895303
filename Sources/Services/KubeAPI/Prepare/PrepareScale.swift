import Core
import JSON

/// `autoscaling/v1 Scale`: one form for all kinds that keep a number of copies. No object of its own is stored.
extension ResourceKind {
    public static let scales = ResourceKind(
        group: "autoscaling", plural: "scales", singular: "scale", kind: "Scale", isNamespaced: true, verbs: [],
        columns: [
            nameColumn, TableColumn("Desired", type: "integer", "How many there shall be."),
            TableColumn("Available", type: "integer", "How many there are."), ageColumn,
        ],
        cells: { object in
            [
                object.name, .integer(object.json.at("spec", "replicas")?.integer ?? 0),
                .integer(object.json.at("status", "replicas")?.integer ?? 0), object.age,
            ]
        }, rules: PlainRules())

    /// The scale of an object; `nil` for kinds that have none.
    public func scale(of object: JSONValue) -> JSONValue? {
        guard let selector = rules.scaleSelector(of: object) else { return nil }
        var metadata = JSONObject()
        for key in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"] {
            if let value = object.at("metadata", key) { metadata[key] = value }
        }
        var spec = JSONObject()
        if let replicas = object.at("spec", "replicas")?.integer, replicas != 0 { spec["replicas"] = .integer(replicas) }
        var status: JSONValue = ["replicas": .integer(object.at("status", "replicas")?.integer ?? 0)]
        if !selector.isEmpty { status["selector"] = .string(selector) }
        return ["kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": .object(metadata), "spec": .object(spec), "status": status]
    }

    /// The object that a written scale makes: as it was, with another number of copies. Throws 400, 409 or 422.
    public func prepareScale(old: JSONValue, new scale: JSONValue, _ context: RequestContext) throws(APIStatus) -> PreparedUpdate {
        try ResourceKind.scales.checkType(of: scale)
        let name = old.at("metadata", "name")?.string ?? ""
        try checkNames(of: scale, context)
        try checkVersion(of: scale, against: old, name: name, isPatch: context.isPatch)
        let replicas = scale.at("spec", "replicas")?.integer ?? 0
        guard replicas >= 0 else {
            throw .invalid(
                ResourceKind.scales, name: name, [.invalid("spec.replicas", replicas, "must be greater than or equal to 0")])
        }
        if old.at("spec", "replicas")?.integer == replicas { return .unchanged }
        var object = old
        object.set(.integer(replicas), at: "spec", "replicas")
        bumpGeneration(&object, old: old)
        return .write(object)
    }
}

extension APIStatus {
    /// 404 of a scale: `deployments/scale.apps "x" not found`; for the core group Kubernetes names the scale's own.
    public static func scaleNotFound(_ kind: ResourceKind, name: String) -> APIStatus {
        let group = kind.group.isEmpty ? "autoscaling" : kind.group
        return APIStatus(
            code: 404, reason: "NotFound", message: "\(kind.plural)/scale.\(group) \(goQuoted(name)) not found",
            details: Details(name: name, group: group, kind: kind.plural + "/scale"))
    }
}
