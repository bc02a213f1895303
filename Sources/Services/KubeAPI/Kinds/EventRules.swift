import Core
import JSON

/// Events: about an object, in that object's namespace.
struct EventRules: ResourceRules {
    var allowsCreateOnUpdate: Bool { true }
    var canOwn: Bool { false }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            for key in ["firstTimestamp", "lastTimestamp", "eventTime"] where object[key] == nil { object[key] = .null }
            if object["source"] == nil { object["source"] = .object(JSONObject()) }
            for key in ["reportingComponent", "reportingInstance"] where object[key] == nil { object[key] = "" }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let namespace = object.at("metadata", "namespace")?.string ?? ""
        let involved = object.at("involvedObject", "namespace")?.string ?? ""
        if involved.isEmpty {
            // Of a cluster-scoped object: those events live in default (and, by some controllers' habit, in kube-system).
            if namespace != "default", namespace != "kube-system" {
                errors.append(.invalid("involvedObject.namespace", involved, "does not match event.namespace"))
            }
        } else if involved != namespace {
            errors.append(.invalid("involvedObject.namespace", involved, "does not match event.namespace"))
        }
        if let time = object["eventTime"], !time.isNull { errors += EventRules.newStyleErrors(object) }
        return errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { validateCreate(object) }

    /// An event with an `eventTime` is of the newer form, which asks for more.
    static func newStyleErrors(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        let controller = object["reportingComponent"]?.string ?? ""
        if controller.isEmpty { errors.append(.required("reportingController")) }
        for fault in controller.isEmpty ? [] : Names.qualifiedNameFaults(controller) {
            errors.append(.invalid("reportingController", controller, fault))
        }
        for (key, limit) in [("reportingInstance", 128), ("action", 128), ("reason", 128)] {
            let text = object[key]?.string ?? ""
            if text.isEmpty { errors.append(.required(key)) }
            if text.utf8.count > limit { errors.append(.invalid(key, text, "can have at most \(limit) characters")) }
        }
        let message = object["message"]?.string ?? ""
        if message.utf8.count > 1024 { errors.append(.invalid("message", message, "can have at most 1024 characters")) }
        return errors
    }
}
