import Core
import JSON

/// Replication controllers: the first form, whose selector is a plain map and may be left out.
struct ReplicationControllerRules: ResourceRules {
    var hasGeneration: Bool { true }
    var hasStatus: Bool { true }
    var orphansByDefault: Bool { true }

    func scaleSelector(of object: JSONValue) -> String? { LabelSelector(map: object.at("spec", "selector")).text }

    func setDefaults(_ object: inout JSONValue) {
        let labels = object.at("spec", "template", "metadata", "labels")
        if let labels, labels.object?.isEmpty == false {
            if object.at("spec", "selector")?.object?.isEmpty ?? true { object.set(labels, at: "spec", "selector") }
            if object.at("metadata", "labels")?.object?.isEmpty ?? true { object.set(labels, at: "metadata", "labels") }
        }
        ReplicaDefaults.set(&object)
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) { object["status"] = ["replicas": 0] }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        let spec = object["spec"]
        var errors = CountValidation.errors(spec, ["minReadySeconds"], "spec")
        let selector = LabelSelector(map: spec?["selector"])
        if selector.isEmpty { errors.append(.required("spec.selector")) }
        if spec?["replicas"] == nil { errors.append(.required("spec.replicas")) }
        errors += CountValidation.errors(spec, ["replicas"], "spec")
        return errors + PodTemplate.errors(spec?["template"], selector: selector, "spec.template", kind: "ReplicationController")
    }

    func prepareForStatusUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        ReplicaDefaults.completeStatus(&object)
    }

    func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { ReplicaDefaults.statusErrors(object["status"]) }
}

/// Replica sets.
struct ReplicaSetRules: ResourceRules {
    var hasGeneration: Bool { true }
    var hasStatus: Bool { true }

    func scaleSelector(of object: JSONValue) -> String? { LabelSelector(object: object.at("spec", "selector"))?.text ?? "" }

    func setDefaults(_ object: inout JSONValue) { ReplicaDefaults.set(&object) }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) { object["status"] = ["replicas": 0] }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        let spec = object["spec"]
        let errors = CountValidation.errors(spec, ["replicas", "minReadySeconds"], "spec")
        return errors + SelectorAndTemplate.errors(spec)
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        validateCreate(object) + SelectorAndTemplate.changeErrors(object["spec"], old: old["spec"])
    }

    func prepareForStatusUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        ReplicaDefaults.completeStatus(&object)
    }

    func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { ReplicaDefaults.statusErrors(object["status"]) }
}

/// What replication controllers and replica sets share.
enum ReplicaDefaults {
    static func set(_ object: inout JSONValue) {
        object.updateObject { object in
            object.update("spec", default: .object(JSONObject())) { spec in
                spec.updateObject { spec in
                    PodDefaults.setIfMissing(&spec, "replicas", 1)
                    PodTemplate.setDefaults(in: &spec)
                }
            }
        }
    }

    /// `replicas` is always there, even at 0.
    static func completeStatus(_ object: inout JSONValue) {
        if object.at("status", "replicas") == nil { object.set(0, at: "status", "replicas") }
    }

    static func statusErrors(_ status: JSONValue?) -> [FieldError] {
        CountValidation.errors(
            status, ["replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas", "observedGeneration"], "status")
            + CountValidation.statusErrors(status, notAboveReplicas: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"])
    }
}

/// The selector of replica sets and deployments, which must be there, fit the template, and never change.
enum SelectorAndTemplate {
    static func errors(_ spec: JSONValue?) -> [FieldError] {
        var errors: [FieldError] = []
        let selector = spec?["selector"]
        let isEmpty = (selector?["matchLabels"]?.object?.isEmpty ?? true) && (selector?["matchExpressions"]?.array?.isEmpty ?? true)
        if selector?.object == nil {
            errors.append(.required("spec.selector"))
        } else {
            errors += LabelSelector.errors(of: selector ?? .null, "spec.selector")
            if isEmpty {
                errors.append(
                    .invalid("spec.selector", printed: LabelSelector.printed(selector), "empty selector is invalid for deployment"))
            }
        }
        guard let parsed = LabelSelector(object: selector) else {
            return errors + [.invalid("spec.selector", printed: LabelSelector.printed(selector), "invalid label selector")]
        }
        return errors + PodTemplate.errors(spec?["template"], selector: parsed, "spec.template", kind: "ReplicaSet")
    }

    static func changeErrors(_ spec: JSONValue?, old: JSONValue?) -> [FieldError] {
        if spec?["selector"] == old?["selector"] { return [] }
        return [.invalid("spec.selector", printed: LabelSelector.printed(spec?["selector"]), "field is immutable")]
    }
}
