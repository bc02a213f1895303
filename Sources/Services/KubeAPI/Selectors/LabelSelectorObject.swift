import JSON

/// Selectors as objects carry them: a plain map (`spec.selector` of services and replication controllers), or `matchLabels` with
/// `matchExpressions` (replica sets, deployments).
extension LabelSelector {
    /// From a plain map: all of its labels. An empty or missing map selects everything; its owner says what that means.
    public init(map: JSONValue?) {
        let labels = map?.object?.sortedByKey() ?? JSONObject()
        requirements = labels.map { Requirement(key: $0.key, test: .isIn, values: [$0.value.string ?? ""]) }
    }

    /// From `{matchLabels, matchExpressions}`; `nil` for an operator that there is not, or values that do not fit it.
    public init?(object: JSONValue?) {
        var requirements = LabelSelector(map: object?["matchLabels"]).requirements
        for expression in object?["matchExpressions"]?.array ?? [] {
            let key = expression["key"]?.string ?? ""
            let values = (expression["values"]?.array ?? []).compactMap(\.string)
            guard Names.qualifiedNameFaults(key).isEmpty else { return nil }
            switch expression["operator"]?.string {
            case "In" where !values.isEmpty: requirements.append(Requirement(key: key, test: .isIn, values: values))
            case "NotIn" where !values.isEmpty: requirements.append(Requirement(key: key, test: .isNotIn, values: values))
            case "Exists" where values.isEmpty: requirements.append(Requirement(key: key, test: .exists, values: []))
            case "DoesNotExist" where values.isEmpty: requirements.append(Requirement(key: key, test: .doesNotExist, values: []))
            default: return nil
            }
        }
        self.requirements = requirements
    }

    /// Whether an object's `metadata.labels` has what is asked for.
    public func matches(labels: JSONValue?) -> Bool {
        for requirement in requirements where !requirement.holds(labels?[requirement.key]?.string) { return false }
        return true
    }

    /// As selectors are written in one line, sorted by key: `app=web,tier in (a,b),!canary`; empty for everything.
    public var text: String {
        requirements.sorted { $0.key < $1.key }.map(\.text).joined(separator: ",")
    }

    /// Faults of `{matchLabels, matchExpressions}`, in Kubernetes' words.
    static func errors(of selector: JSONValue, _ field: String) -> [FieldError] {
        var errors = MetadataValidation.labelErrors(selector["matchLabels"], field + ".matchLabels")
        for (position, expression) in (selector["matchExpressions"]?.array ?? []).enumerated() {
            let place = "\(field).matchExpressions[\(position)]"
            let values = expression["values"]?.array ?? []
            let operation = expression["operator"]?.string ?? ""
            switch operation {
            case "In", "NotIn":
                if values.isEmpty {
                    errors.append(.required(place + ".values", "must be specified when `operator` is 'In' or 'NotIn'"))
                }
            case "Exists", "DoesNotExist":
                if !values.isEmpty {
                    errors.append(.forbidden(place + ".values", "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"))
                }
            default: errors.append(.invalid(place + ".operator", operation, "not a valid selector operator"))
            }
            let key = expression["key"]?.string ?? ""
            for fault in Names.qualifiedNameFaults(key) { errors.append(.invalid(place + ".key", key, fault)) }
            for (index, value) in values.enumerated() {
                let text = value.string ?? ""
                for fault in Names.labelValueFaults(text) { errors.append(.invalid("\(place).values[\(index)]", text, fault)) }
            }
        }
        return errors
    }

    /// `{matchLabels, matchExpressions}` as Go prints the struct, for the messages that quote it.
    static func printed(_ selector: JSONValue?) -> String {
        let expressions = (selector?["matchExpressions"]?.array ?? []).map { expression in
            let values = (expression["values"]?.array ?? []).compactMap(\.string).map { goQuoted($0) }
            let list = values.isEmpty ? "[]string(nil)" : "[]string{\(values.joined(separator: ", "))}"
            return "v1.LabelSelectorRequirement{Key:\(goQuoted(expression["key"]?.string ?? "")), "
                + "Operator:\(goQuoted(expression["operator"]?.string ?? "")), Values:\(list)}"
        }
        let all = expressions.isEmpty ? "(nil)" : "{\(expressions.joined(separator: ", "))}"
        return "v1.LabelSelector{MatchLabels:\(printedMap(selector?["matchLabels"])), MatchExpressions:[]v1.LabelSelectorRequirement\(all)}"
    }

    /// `map[string]string{"a":"b"}`.
    static func printedMap(_ map: JSONValue?) -> String {
        guard let members = map?.object, !members.isEmpty else { return "map[string]string(nil)" }
        let entries = members.sortedByKey().map { "\(goQuoted($0.key)):\(goQuoted($0.value.string ?? ""))" }
        return "map[string]string{\(entries.joined(separator: ", "))}"
    }
}

extension LabelSelector.Requirement {
    var text: String {
        let list = values.sorted().joined(separator: ",")
        switch test {
        case .isIn: return values.count == 1 ? "\(key)=\(list)" : "\(key) in (\(list))"
        case .isNotIn: return "\(key) notin (\(list))"
        case .exists: return key
        case .doesNotExist: return "!\(key)"
        case .greaterThan: return "\(key)>\(list)"
        case .lessThan: return "\(key)<\(list)"
        }
    }
}
