import JSON

/// The pod that a controller makes copies of: `spec.template` of replication controllers, replica sets and deployments.
enum PodTemplate {
    static func setDefaults(in spec: inout JSONObject) {
        guard spec["template"]?.object != nil else { return }
        spec.update("template", default: .null) { template in
            template.updateObject { template in
                template.update("metadata", default: .object(JSONObject())) { metadata in
                    metadata.updateObject { metadata in
                        metadata.removeValue(forKey: "creationTimestamp")
                        metadata.prepend("creationTimestamp", .null)
                    }
                }
                template.update("spec", default: .object(JSONObject())) { $0.updateObject(PodDefaults.apply(toSpec:)) }
            }
        }
    }

    /// Faults of the template of a kind whose pods run for ever; `kind` names it in one of the messages.
    static func errors(_ template: JSONValue?, selector: LabelSelector?, _ field: String, kind: String) -> [FieldError] {
        guard let template, case .object = template else { return [.required(field)] }
        var errors: [FieldError] = []
        let labels = template.at("metadata", "labels")
        if let selector, !selector.isEmpty, !selector.matches(labels: labels) {
            errors.append(
                .invalid(
                    field + ".metadata.labels", printed: LabelSelector.printedMap(labels),
                    "`selector` does not match template `labels`"))
        }
        errors += MetadataValidation.labelErrors(labels, field + ".labels")
        if let annotations = template.at("metadata", "annotations")?.object {
            errors += MetadataValidation.annotationErrors(annotations, field + ".annotations")
        }
        var validation = PodValidation(base: field + ".spec")
        let spec = template["spec"] ?? .null
        validation.validate(spec: spec)
        errors += validation.errors
        let policy = spec["restartPolicy"]?.string ?? ""
        if policy != "Always" { errors.append(.notSupported(field + ".spec.restartPolicy", policy, ["Always"])) }
        if spec["activeDeadlineSeconds"] != nil {
            errors.append(.forbidden(field + ".spec.activeDeadlineSeconds", "activeDeadlineSeconds in \(kind) is not Supported"))
        }
        return errors
    }
}

/// Numbers that may not be below zero, or above each other.
enum CountValidation {
    static func errors(_ object: JSONValue?, _ keys: [String], _ field: String) -> [FieldError] {
        keys.compactMap { key in
            guard let number = object?[key]?.integer, number < 0 else { return nil }
            return .invalid("\(field).\(key)", number, "must be greater than or equal to 0")
        }
    }

    /// Of a controller's status: none of `keys` is more than `replicas`, and no more are available than ready.
    static func statusErrors(_ status: JSONValue?, notAboveReplicas keys: [String]) -> [FieldError] {
        var errors: [FieldError] = []
        let replicas = status?["replicas"]?.integer ?? 0
        for key in keys {
            guard let number = status?[key]?.integer, number > replicas else { continue }
            errors.append(.invalid("status.\(key)", number, "cannot be greater than status.replicas"))
        }
        if let available = status?["availableReplicas"]?.integer, available > status?["readyReplicas"]?.integer ?? 0 {
            errors.append(.invalid("status.availableReplicas", available, "cannot be greater than readyReplicas"))
        }
        return errors
    }
}
