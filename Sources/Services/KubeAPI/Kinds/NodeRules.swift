import Core
import JSON

/// Nodes, which register themselves with their status.
struct NodeRules: ResourceRules {
    var hasStatus: Bool { true }
    var keepsStatusOnCreate: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            if object["spec"] == nil { object["spec"] = .object(JSONObject()) }
            object.update("status", default: .object(JSONObject())) { status in
                status.updateObject { status in
                    for key in ["capacity", "allocatable"] where status[key]?.object != nil {
                        status.update(key, default: .null, Quantities.canonicalise)
                    }
                    // What is not said to be allocatable is all of it.
                    if status["allocatable"] == nil, let capacity = status["capacity"] { status["allocatable"] = capacity }
                }
            }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        var seen: Set<String> = []
        for (position, taint) in (object.at("spec", "taints")?.array ?? []).enumerated() {
            let field = "spec.taints[\(position)]"
            let key = taint["key"]?.string ?? ""
            let effect = taint["effect"]?.string ?? ""
            for fault in Names.qualifiedNameFaults(key) { errors.append(.invalid(field + ".key", key, fault)) }
            let value = taint["value"]?.string ?? ""
            let faults = Names.labelValueFaults(value)
            if !faults.isEmpty { errors.append(.invalid(field + ".value", value, faults.joined(separator: ";"))) }
            if effect.isEmpty {
                errors.append(.required(field + ".effect"))
            } else if !["NoSchedule", "PreferNoSchedule", "NoExecute"].contains(effect) {
                errors.append(.notSupported(field + ".effect", effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]))
            }
            if !seen.insert(key + ":" + effect).inserted { errors.append(.duplicate(field, printed: taint.text)) }
        }
        for list in ["capacity", "allocatable"] {
            for (name, amount) in object.at("status", list)?.object ?? JSONObject() {
                let field = "status.\(list)[\(name)]"
                for fault in Names.qualifiedNameFaults(name) { errors.append(.invalid(field, name, fault)) }
                if Quantities.parse(amount)?.isNegative ?? false {
                    errors.append(.invalid(field, amount.string ?? amount.text, "must be greater than or equal to 0"))
                }
            }
        }
        return errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        var errors = validateCreate(object)
        for key in ["podCIDR", "providerID"] {
            let before = old.at("spec", key)?.string ?? ""
            if !before.isEmpty, object.at("spec", key)?.string != before {
                errors.append(.forbidden("spec.\(key)", "node updates may not change \(key) except from \"\" to valid"))
            }
        }
        return errors
    }

    func validateStatusUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { validateCreate(object) }
}
