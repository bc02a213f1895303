import Core
import JSON

extension ResourceKind {
    public static let priorityClasses = ResourceKind(
        group: "scheduling.k8s.io", plural: "priorityclasses", singular: "priorityclass", kind: "PriorityClass", shortNames: ["pc"],
        isNamespaced: false,
        columns: [
            nameColumn, TableColumn("Value", type: "integer", "The priority of pods that name this class."),
            TableColumn("Global-Default", type: "boolean", "Whether pods that name no class have this one."), ageColumn,
            TableColumn("PreemptionPolicy", "Whether pods of this class may take the room of pods of lower priority."),
        ],
        cells: { object in
            [
                object.name, .integer(object.json["value"]?.integer ?? 0), .bool(object.json["globalDefault"]?.bool ?? false), object.age,
                .string(object.text("preemptionPolicy")),
            ]
        },
        rules: PriorityClassRules())
}

/// Priority classes: values of users are bounded, names of the system's are its own, and what pods were given by a class never changes.
struct PriorityClassRules: ResourceRules {
    /// The classes that every cluster has, with their values.
    static let builtIn: [(name: String, value: Int64, description: String)] = [
        ("system-cluster-critical", 2_000_000_000, "Used for system critical pods that must run in the cluster, but can be moved to another node if necessary."),
        ("system-node-critical", 2_000_001_000, "Used for system critical pods that must not be moved from their current node."),
    ]
    /// Users' classes stay below the system's.
    static let highestOfUsers: Int64 = 1_000_000_000
    private static let policies = ["Never", "PreemptLowerPriority"]

    /// 1 from the start, and never another, as in Kubernetes.
    var hasGeneration: Bool { true }
    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool { false }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { PodDefaults.setIfMissing(&$0, "preemptionPolicy", "PreemptLowerPriority") }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let name = object.at("metadata", "name")?.string ?? ""
        let value = object["value"]?.integer ?? 0
        if name.hasPrefix("system-") {
            if let problem = problem(ofSystemClass: name, value, isDefault: object["globalDefault"]?.bool ?? false) {
                errors.append(.forbidden("metadata.name", "priority class names with 'system-' prefix are reserved for system use only. error: \(problem)"))
            }
        } else if value > PriorityClassRules.highestOfUsers {
            errors.append(.forbidden("value", "maximum allowed value of a user defined priority is \(PriorityClassRules.highestOfUsers)"))
        }
        let policy = object["preemptionPolicy"]?.string ?? ""
        if policy.isEmpty {
            errors.append(.required("preemptionPolicy"))
        } else if !PriorityClassRules.policies.contains(policy) {
            errors.append(.notSupported("preemptionPolicy", policy, PriorityClassRules.policies))
        }
        return errors
    }

    private func problem(ofSystemClass name: String, _ value: Int64, isDefault: Bool) -> String? {
        guard let known = PriorityClassRules.builtIn.first(where: { $0.name == name }) else { return "\(name) is not a known system priority class" }
        if known.value != value { return "value of \(name) PriorityClass must be \(known.value)" }
        return isDefault ? "globalDefault of \(name) PriorityClass must be false" : nil
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        if object["value"]?.integer ?? 0 != old["value"]?.integer ?? 0 { errors.append(.forbidden("value", "may not be changed in an update.")) }
        if let policy = object["preemptionPolicy"]?.string, policy != old["preemptionPolicy"]?.string {
            errors.append(.invalid("preemptionPolicy", policy, "field is immutable"))
        }
        return errors
    }
}

extension PriorityClassRules {
    /// Refuses a second default. Two servers that are asked at the same moment may let two through; then the lower one counts.
    ///
    /// - Parameter others: all other classes that there are.
    static func checkDefault(_ object: JSONValue, among others: [PodPriority.Class]) throws(APIStatus) {
        guard object["globalDefault"]?.bool == true else { return }
        let name = object.at("metadata", "name")?.string ?? ""
        guard let present = others.first(where: { $0.isDefault && $0.name != name }) else { return }
        throw .forbidden(.priorityClasses, name: name, because: "PriorityClass \(present.name) is already marked as default. Only one default can exist")
    }
}
