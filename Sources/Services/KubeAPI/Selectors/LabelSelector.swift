/// A label selector: `app=web,tier in (a,b),!canary`. All its requirements must hold.
public struct LabelSelector: Sendable, Equatable {
    enum Operator: Sendable, Equatable { case isIn, isNotIn, exists, doesNotExist, greaterThan, lessThan }

    struct Requirement: Sendable, Equatable {
        let key: String
        let test: Operator
        let values: [String]

        func holds(_ value: String?) -> Bool {
            switch test {
            case .isIn: value.map { values.contains($0) } ?? false
            case .isNotIn: value.map { !values.contains($0) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            case .greaterThan, .lessThan:
                if let number = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) {
                    test == .greaterThan ? number > bound : number < bound
                } else {
                    false
                }
            }
        }
    }

    let requirements: [Requirement]

    /// Selects everything.
    public static let everything = LabelSelector(requirements: [])

    init(requirements: [Requirement]) { self.requirements = requirements }

    /// Throws 400 in Kubernetes' words for what cannot be read.
    public init(parsing text: String) throws(APIStatus) {
        var parser = LabelSelectorParser(text)
        requirements = try parser.requirements()
    }

    public var isEmpty: Bool { requirements.isEmpty }

    public func matches(_ index: ObjectIndex) -> Bool {
        for requirement in requirements where !requirement.holds(index.label(requirement.key)) { return false }
        return true
    }
}
