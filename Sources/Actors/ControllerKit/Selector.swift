import JSON

/// A label selector as it stands in objects: `matchLabels` and `matchExpressions`, or the bare map of services and replication controllers.
public struct Selector: Sendable, Hashable {
    private enum Test: Sendable, Hashable { case isIn([String]), isNotIn([String]), exists, doesNotExist }
    private struct Requirement: Sendable, Hashable {
        let key: String
        let test: Test
    }
    private let requirements: [Requirement]

    /// From `spec.selector` of replica sets, deployments and most others. `nil` for one that cannot be read;
    /// an empty selector selects everything, an absent one nothing.
    public init?(labelSelector: JSONValue?) {
        guard let labelSelector, !labelSelector.isNull else { return nil }
        var requirements = Selector.equalities(labelSelector["matchLabels"])
        for expression in labelSelector["matchExpressions"]?.array ?? [] {
            guard let key = expression["key"]?.string, let word = expression["operator"]?.string else { return nil }
            let values = expression["values"]?.array?.compactMap(\.string) ?? []
            switch word {
            case "In": requirements.append(Requirement(key: key, test: .isIn(values)))
            case "NotIn": requirements.append(Requirement(key: key, test: .isNotIn(values)))
            case "Exists": requirements.append(Requirement(key: key, test: .exists))
            case "DoesNotExist": requirements.append(Requirement(key: key, test: .doesNotExist))
            default: return nil
            }
        }
        self.requirements = requirements
    }

    /// From the bare map of labels in `spec.selector` of services and replication controllers. `nil` for an empty or absent one, which selects nothing.
    public init?(map: JSONValue?) {
        let requirements = Selector.equalities(map)
        guard !requirements.isEmpty else { return nil }
        self.requirements = requirements
    }

    private static func equalities(_ map: JSONValue?) -> [Requirement] {
        (map?.object ?? [:]).map { Requirement(key: $0.key, test: .isIn([$0.value.string ?? ""])) }
    }

    public var isEmpty: Bool { requirements.isEmpty }

    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { requirement in
            let value = labels[requirement.key]
            return switch requirement.test {
            case .isIn(let values): value.map(values.contains) ?? false
            case .isNotIn(let values): value.map { !values.contains($0) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            }
        }
    }
}
