import Core
import JSON

/// What a pod is given by the priority class that it names, or by the cluster's default one.
public struct PodPriority: Sendable, Hashable {
    /// A class, as far as pods are concerned.
    public struct Class: Sendable, Hashable {
        public let name: String
        public let value: Int64
        public let isDefault: Bool
        public let preemptionPolicy: String
        public init(_ json: JSONValue) {
            name = json.at("metadata", "name")?.string ?? ""
            value = json["value"]?.integer ?? 0
            isDefault = json["globalDefault"]?.bool ?? false
            preemptionPolicy = json["preemptionPolicy"]?.string ?? "PreemptLowerPriority"
        }
    }

    /// The classes that every cluster has, as their creation asks for them, and their names.
    public static var builtIn: [(object: JSONValue, name: String)] {
        PriorityClassRules.builtIn.map { item in
            (["metadata": ["name": .string(item.name)], "value": .integer(item.value), "description": .string(item.description)], item.name)
        }
    }

    /// What an object's write shall hold, by what classes there are: a new pod gets the priority of its class, a class may not be a second default.
    ///
    /// - Parameters:
    ///   - isNew: it is being created.
    /// - Throws: 403, in the words of Kubernetes' admission.
    public static func admit(_ object: JSONValue, _ kind: ResourceKind, isNew: Bool, classes: [Class]) throws(APIStatus) -> JSONValue {
        if kind.formKey == ResourceKind.priorityClasses.formKey { try PriorityClassRules.checkDefault(object, among: classes) }
        guard isNew, kind.formKey == ResourceKind.pods.formKey, object["spec"]?.object != nil else { return object }
        return try apply(classes, to: object, name: object.at("metadata", "name")?.string ?? "")
    }

    /// Whether writes of this kind ask for the classes at all.
    public static func concerns(_ kind: ResourceKind, isNew: Bool) -> Bool {
        kind.formKey == ResourceKind.priorityClasses.formKey || (isNew && kind.formKey == ResourceKind.pods.formKey)
    }

    /// The pod with the priority that its class gives it.
    ///
    /// - Parameters:
    ///   - classes: all that there are.
    ///   - name: the pod's, for the refusal.
    /// - Throws: 403 where the class is unknown, or the pod says another priority than its class.
    public static func apply(_ classes: [Class], to pod: JSONValue, name: String) throws(APIStatus) -> JSONValue {
        let named = pod.at("spec", "priorityClassName")?.string ?? ""
        var chosen: Class?
        if named.isEmpty {
            // Of several defaults, the lowest: the one that does least.
            chosen = classes.filter(\.isDefault).min { ($0.value, $0.name) < ($1.value, $1.name) }
        } else {
            chosen = classes.first { $0.name == named }
            guard chosen != nil else {
                throw .forbidden(.pods, name: name, because: "no PriorityClass with name \(named) was found")
            }
        }
        let (priority, policy) = (chosen?.value ?? 0, chosen?.preemptionPolicy ?? "PreemptLowerPriority")
        if let said = pod.at("spec", "priority")?.integer, said != priority {
            throw .forbidden(
                .pods, name: name,
                because: "the integer value of priority (\(said)) must not be provided in pod spec; priority admission controller computed \(priority)"
                    + " from the given PriorityClass name")
        }
        if let said = pod.at("spec", "preemptionPolicy")?.string, said != policy {
            throw .forbidden(
                .pods, name: name,
                because: "the string value of PreemptionPolicy (\(said)) must not be provided in pod spec; priority admission controller computed \(policy)"
                    + " from the given PriorityClass name")
        }
        var pod = pod
        pod.set(.integer(priority), at: "spec", "priority")
        pod.set(.string(policy), at: "spec", "preemptionPolicy")
        if let chosen { pod.set(.string(chosen.name), at: "spec", "priorityClassName") }
        return pod
    }
}
