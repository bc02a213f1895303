import JSON
import KubeObjects

/// Requests and limits of a container.
enum ResourceValidation {
    static func errors(of resources: JSONValue, _ field: String) -> [FieldError] {
        var errors: [FieldError] = []
        let limits = resources["limits"]?.object ?? JSONObject()
        for (name, amount) in limits where !isPlain(name, amount) {
            errors += valueErrors(name, amount, "\(field).limits[\(name)]")
        }
        for (name, amount) in resources["requests"]?.object ?? JSONObject() {
            if isPlain(name, amount) {
                if let limit = limits[name] { if limit == amount { continue } } else { continue }
            } else {
                errors += valueErrors(name, amount, "\(field).requests[\(name)]")
            }
            guard let requested = Quantities.parse(amount) else { continue }
            let isShared = isOvercommitAllowed(name)
            if let limit = Quantities.parse(limits[name]) {
                if isShared, limit < requested {
                    errors.append(
                        .invalid(
                            field + ".requests", requested.description, "must be less than or equal to \(name) limit"))
                } else if !isShared, limit != requested {
                    errors.append(.invalid(field + ".requests", requested.description, "must be equal to \(name) limit"))
                }
            } else if !isShared {
                errors.append(.required(field + ".limits", "Limit must be set for non overcommitable resources"))
            }
        }
        return errors
    }

    /// The usual case, which needs no arithmetic: cpu or memory in a usual spelling, none of which is negative.
    private static func isPlain(_ name: String, _ amount: JSONValue) -> Bool {
        guard name == "cpu" || name == "memory", case .string(let text) = amount else { return false }
        return Quantities.isPlainlyCanonical(text)
    }

    private static func valueErrors(_ name: String, _ amount: JSONValue, _ field: String) -> [FieldError] {
        var errors: [FieldError] = []
        for fault in Names.qualifiedNameFaults(name) { errors.append(.invalid(field, name, fault)) }
        if errors.isEmpty, !name.utf8.contains(UInt8(ascii: "/")), !isStandard(name) {
            errors.append(.invalid(field, name, "must be a standard resource type or fully qualified"))
            errors.append(.invalid(field, name, "must be a standard resource for containers"))
        }
        guard let quantity = Quantities.parse(amount) else {
            errors.append(.invalid(field, amount.string ?? amount.text, "must be a quantity such as 500m or 64Mi"))
            return errors
        }
        if quantity.isNegative { errors.append(.invalid(field, quantity.description, "must be greater than or equal to 0")) }
        return errors
    }

    private static func isStandard(_ name: String) -> Bool {
        name == "cpu" || name == "memory" || name == "ephemeral-storage" || name.hasPrefix("hugepages-")
    }

    /// Whether a container may request less than its limit: not of devices and huge pages.
    private static func isOvercommitAllowed(_ name: String) -> Bool {
        name == "cpu" || name == "memory" || name == "ephemeral-storage" || Names.holds(name, "kubernetes.io/")
    }
}
