import Core
import JSON

/// Deployments: a template, and how to get from one to the next.
struct DeploymentRules: ResourceRules {
    var hasGeneration: Bool { true }
    var hasStatus: Bool { true }

    func scaleSelector(of object: JSONValue) -> String? { LabelSelector(object: object.at("spec", "selector"))?.text ?? "" }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            object.update("spec", default: .object(JSONObject())) { spec in
                spec.updateObject { spec in
                    PodDefaults.setIfMissing(&spec, "replicas", 1)
                    PodTemplate.setDefaults(in: &spec)
                    spec.update("strategy", default: .object(JSONObject()), setStrategyDefaults)
                    PodDefaults.setIfMissing(&spec, "revisionHistoryLimit", 10)
                    PodDefaults.setIfMissing(&spec, "progressDeadlineSeconds", 600)
                }
            }
        }
    }

    private func setStrategyDefaults(_ strategy: inout JSONValue) {
        strategy.updateObject { strategy in
            PodDefaults.setIfMissing(&strategy, "type", "RollingUpdate")
            guard strategy["type"] == "RollingUpdate" else { return }
            strategy.update("rollingUpdate", default: .object(JSONObject())) { update in
                update.updateObject { update in
                    PodDefaults.setIfMissing(&update, "maxUnavailable", "25%")
                    PodDefaults.setIfMissing(&update, "maxSurge", "25%")
                }
            }
        }
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) { object["status"] = .object(JSONObject()) }

    /// Annotations count, too: a controller copies them to the replica sets.
    func changesGeneration(_ object: JSONValue, old: JSONValue) -> Bool {
        object["spec"] != old["spec"] || object.at("metadata", "annotations") != old.at("metadata", "annotations")
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        let spec = object["spec"]
        var errors = CountValidation.errors(spec, ["replicas"], "spec")
        errors += SelectorAndTemplate.errors(spec)
        errors += strategyErrors(spec?["strategy"])
        errors += CountValidation.errors(spec, ["minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"], "spec")
        if let deadline = spec?["progressDeadlineSeconds"]?.integer, deadline <= spec?["minReadySeconds"]?.integer ?? 0 {
            errors.append(.invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds"))
        }
        return errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        validateCreate(object) + SelectorAndTemplate.changeErrors(object["spec"], old: old["spec"])
    }

    func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        let status = object["status"]
        var errors = CountValidation.errors(
            status,
            [
                "observedGeneration", "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
                "collisionCount",
            ], "status")
        errors += CountValidation.statusErrors(
            status, notAboveReplicas: ["updatedReplicas", "readyReplicas", "availableReplicas"])
        if let before = old.at("status", "collisionCount")?.integer, status?["collisionCount"]?.integer ?? 0 < before {
            let printed = status?["collisionCount"]?.text ?? "null"
            errors.append(.invalid("status.collisionCount", printed: printed, "cannot be decremented"))
        }
        return errors
    }

    private func strategyErrors(_ strategy: JSONValue?) -> [FieldError] {
        let type = strategy?["type"]?.string ?? ""
        let update = strategy?["rollingUpdate"]
        switch type {
        case "Recreate":
            if update == nil || update?.isNull == true { return [] }
            return [.forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")]
        case "RollingUpdate":
            let unavailable = Share(update?["maxUnavailable"])
            let surge = Share(update?["maxSurge"])
            let field = "spec.strategy.rollingUpdate"
            var errors = unavailable.errors(field + ".maxUnavailable") + surge.errors(field + ".maxSurge")
            if unavailable.isZero, surge.isZero {
                errors.append(
                    .invalid(field + ".maxUnavailable", printed: unavailable.printed, "may not be 0 when `maxSurge` is 0"))
            }
            if let percent = unavailable.percent, percent > 100 {
                errors.append(.invalid(field + ".maxUnavailable", printed: unavailable.printed, "must not be greater than 100%"))
            }
            return errors
        default: return [.notSupported("spec.strategy.type", type, ["Recreate", "RollingUpdate"])]
        }
    }
}

/// A number of pods, or a percentage of them.
struct Share {
    let value: JSONValue?

    init(_ value: JSONValue?) { self.value = value }

    /// `nil` for a number, and for what is no percentage.
    var percent: Int64? {
        guard let text = value?.string, text.hasSuffix("%"), text.utf8.count > 1 else { return nil }
        let digits = text.utf8.dropLast()
        guard digits.allSatisfy({ (48...57).contains($0) }) else { return nil }
        return Int64(String(decoding: digits, as: UTF8.self)) ?? Int64.max
    }

    var isZero: Bool { value?.string == nil ? (value?.integer ?? 0) == 0 : percent == 0 }

    /// As Go prints an `IntOrString`.
    var printed: String {
        if let text = value?.string { return "intstr.IntOrString{Type:1, IntVal:0, StrVal:\(goQuoted(text))}" }
        return "intstr.IntOrString{Type:0, IntVal:\(value?.integer ?? 0), StrVal:\"\"}"
    }

    func errors(_ field: String) -> [FieldError] {
        if value?.string != nil {
            if percent != nil { return [] }
            let text =
                "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for "
                + "validation is '[0-9]+%')"
            return [.invalid(field, printed: printed, text)]
        }
        guard let number = value?.integer, number < 0 else { return [] }
        return [.invalid(field, number, "must be greater than or equal to 0")]
    }
}
