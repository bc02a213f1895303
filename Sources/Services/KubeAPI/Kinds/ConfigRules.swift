import Core
import JSON

/// Config maps: keys and size; nothing of an immutable one may change.
struct ConfigMapRules: ResourceRules {
    /// Bytes of all values together.
    static let sizeLimit = 1 << 20

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        let data = object["data"]?.object ?? JSONObject()
        let binary = object["binaryData"]?.object ?? JSONObject()
        for (key, value) in data {
            for fault in Names.configKeyFaults(key) { errors.append(.invalid("data[\(key)]", key, fault)) }
            if binary.contains(key) { errors.append(.invalid("data[\(key)]", key, "duplicate of key present in binaryData")) }
            size += value.string?.utf8.count ?? 0
        }
        for (key, value) in binary {
            for fault in Names.configKeyFaults(key) { errors.append(.invalid("binaryData[\(key)]", key, fault)) }
            size += Base64.decodedCount(value.string ?? "")
        }
        if size > ConfigMapRules.sizeLimit { errors.append(.tooLong("[]", limit: ConfigMapRules.sizeLimit)) }
        return errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        ImmutableData.errors(object, old: old, ["data", "binaryData"]) + validateCreate(object)
    }
}

/// Secrets: as config maps, with a type that never changes; `stringData` is a way to write only.
struct SecretRules: ResourceRules {
    static let requiredKeys: [String: [String]] = [
        "kubernetes.io/dockercfg": [".dockercfg"], "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
        "kubernetes.io/ssh-auth": ["ssh-privatekey"], "kubernetes.io/tls": ["tls.crt", "tls.key"],
    ]

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            PodDefaults.setIfMissing(&object, "type", "Opaque")
            guard let strings = object["stringData"]?.object else {
                object["stringData"] = nil
                return
            }
            object["stringData"] = nil
            object.update("data", default: .object(JSONObject())) { data in
                for (key, value) in strings { data[key] = .string(Base64.encode(Array((value.string ?? "").utf8))) }
            }
        }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        let data = object["data"]?.object ?? JSONObject()
        for (key, value) in data {
            for fault in Names.configKeyFaults(key) { errors.append(.invalid("data[\(key)]", key, fault)) }
            size += Base64.decodedCount(value.string ?? "")
        }
        if size > ConfigMapRules.sizeLimit { errors.append(.tooLong("data", limit: ConfigMapRules.sizeLimit)) }
        let type = object["type"]?.string ?? ""
        for key in SecretRules.requiredKeys[type] ?? [] where !data.contains(key) { errors.append(.required("data[\(key)]")) }
        if type == "kubernetes.io/basic-auth", !data.contains("username"), !data.contains("password") {
            errors.append(.required("data[username]"))
            errors.append(.required("data[password]"))
        }
        if type == "kubernetes.io/service-account-token",
            (object.at("metadata", "annotations", "kubernetes.io/service-account.name")?.string ?? "").isEmpty
        {
            errors.append(.required("metadata.annotations[kubernetes.io/service-account.name]"))
        }
        return errors
    }

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        if object["type"]?.string == "Opaque", let type = old["type"] { object["type"] = type }
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        if object["type"] != old["type"] { errors.append(.invalid("type", object["type"]?.string ?? "", "field is immutable")) }
        return errors + ImmutableData.errors(object, old: old, ["data"]) + validateCreate(object)
    }
}

/// `immutable: true` of config maps and secrets.
enum ImmutableData {
    static func errors(_ object: JSONValue, old: JSONValue, _ fields: [String]) -> [FieldError] {
        guard old["immutable"]?.bool == true else { return [] }
        var errors: [FieldError] = []
        if object["immutable"]?.bool != true {
            errors.append(.forbidden("immutable", "field is immutable when `immutable` is set"))
        }
        for field in fields where object[field] != old[field] {
            errors.append(.forbidden(field, "field is immutable when `immutable` is set"))
        }
        return errors
    }
}

/// Service accounts: stored, and no more yet.
struct ServiceAccountRules: ResourceRules {
    var returnsDeletedObject: Bool { true }
}

/// Leases: who does what, until when.
struct LeaseRules: ResourceRules {
    var allowsCreateOnUpdate: Bool { true }
    var allowsUnconditionalUpdate: Bool { false }

    func setDefaults(_ object: inout JSONValue) {
        if object["spec"] == nil { object["spec"] = .object(JSONObject()) }
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var errors: [FieldError] = []
        if let seconds = object.at("spec", "leaseDurationSeconds")?.integer, seconds <= 0 {
            errors.append(.invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"))
        }
        if let transitions = object.at("spec", "leaseTransitions")?.integer, transitions < 0 {
            errors.append(.invalid("spec.leaseTransitions", transitions, "must to be greater or equal than 0"))
        }
        return errors
    }
}

/// Launch intents, written by the scheduler for itself: what it must not lose is required.
struct LaunchIntentRules: ResourceRules {
    func validateCreate(_ object: JSONValue) -> [FieldError] {
        ["podNamespace", "podName", "podUID", "agentID"].compactMap { key in
            (object.at("spec", key)?.string ?? "").isEmpty ? .required("spec.\(key)") : nil
        }
    }
}

/// A kind without rules of its own.
struct PlainRules: ResourceRules {}
