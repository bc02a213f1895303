/// Which labels are meant (`metav1.LabelSelector`, and the expressions of node affinity).
public struct LabelSelector: Sendable, Hashable {
    public enum Operator: String, Sendable, Hashable {
        case `in` = "In", notIn = "NotIn", exists = "Exists", doesNotExist = "DoesNotExist", gt = "Gt", lt = "Lt"
    }

    public struct Requirement: Sendable, Hashable {
        public let key: String
        public let `operator`: Operator
        public let values: [String]
        public init(_ key: String, _ operator: Operator, _ values: [String] = []) {
            (self.key, self.operator, self.values) = (key, `operator`, values)
        }

        /// A label that is not there satisfies `NotIn` and `DoesNotExist`; `Gt` and `Lt` compare whole numbers.
        public func holds(for value: String?) -> Bool {
            switch `operator` {
            case .in: value.map(values.contains) ?? false
            case .notIn: value.map { !values.contains($0) } ?? true
            case .exists: value != nil
            case .doesNotExist: value == nil
            case .gt: compare(value) { $0 > $1 }
            case .lt: compare(value) { $0 < $1 }
            }
        }

        private func compare(_ value: String?, _ holds: (Int64, Int64) -> Bool) -> Bool {
            guard let number = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) else { return false }
            return holds(number, bound)
        }
    }

    /// All must hold; none: everything is meant.
    public let requirements: [Requirement]
    public init(_ requirements: [Requirement] = []) { self.requirements = requirements }
    /// `matchLabels` alone.
    public init(labels: [String: String]) {
        requirements = labels.sorted { $0.key < $1.key }.map { Requirement($0.key, .in, [$0.value]) }
    }

    /// Means nothing at all, as an absent selector does.
    public static let nothing = LabelSelector([Requirement("", .in, [])])

    public func matches(_ labels: [String: String]) -> Bool { requirements.allSatisfy { $0.holds(for: labels[$0.key]) } }

    /// A label that everything meant must carry, if there is one: by it, selectors are found quickly.
    var pair: LabelPair? {
        for requirement in requirements where requirement.operator == .in && requirement.values.count == 1 {
            return LabelPair(key: requirement.key, value: requirement.values[0])
        }
        return nil
    }
}

/// One label.
struct LabelPair: Sendable, Hashable {
    let key: String
    let value: String
    init(key: String, value: String) { (self.key, self.value) = (key, value) }
    /// What all pods of a controller have in common; no label has an empty key.
    init(owner: String) { (key, value) = ("", owner) }
}

/// Which nodes are meant (`core/v1.NodeSelectorTerm`). A term without any requirement means none.
public struct NodeTerm: Sendable, Hashable {
    public let labels: LabelSelector
    /// On `metadata.name`, the one field that there is.
    public let fields: LabelSelector
    public init(labels: LabelSelector = LabelSelector(), fields: LabelSelector = LabelSelector()) { (self.labels, self.fields) = (labels, fields) }

    public func matches(name: String, labels nodeLabels: [String: String]) -> Bool {
        guard !labels.requirements.isEmpty || !fields.requirements.isEmpty else { return false }
        return labels.matches(nodeLabels) && fields.requirements.allSatisfy { $0.key == "metadata.name" && $0.holds(for: name) }
    }
}

/// What a pod's node must be like, and what it had better be like (`core/v1.NodeAffinity`).
public struct NodeAffinity: Sendable, Hashable {
    public struct Preference: Sendable, Hashable {
        /// 1...100.
        public let weight: Int
        public let term: NodeTerm
        public init(weight: Int, _ term: NodeTerm) { (self.weight, self.term) = (weight, term) }
    }
    /// One of them must match; `nil`: any node will do.
    public let required: [NodeTerm]?
    public let preferred: [Preference]
    public init(required: [NodeTerm]? = nil, preferred: [Preference] = []) { (self.required, self.preferred) = (required, preferred) }

    /// How well a node is liked, 0...100.
    func liking(name: String, labels: [String: String]) -> Int {
        var (all, matched) = (0, 0)
        for preference in preferred {
            all += preference.weight
            if preference.term.matches(name: name, labels: labels) { matched += preference.weight }
        }
        return all > 0 ? matched * 100 / all : 0
    }
}

/// Which namespaces are meant: those named, and those whose labels are selected.
public struct NamespaceScope: Sendable, Hashable {
    public let names: [String]
    /// An empty selector means every namespace.
    public let selector: LabelSelector?
    public init(_ names: [String], selector: LabelSelector? = nil) { (self.names, self.selector) = (names.sorted(), selector) }

    func contains(_ namespace: String, _ facts: [String: NamespaceFacts]) -> Bool {
        if names.contains(namespace) { return true }
        guard let selector else { return false }
        return selector.requirements.isEmpty || selector.matches(facts[namespace]?.labels ?? [:])
    }
}

/// Which pods are meant.
public struct PodSelection: Sendable, Hashable {
    public let namespaces: NamespaceScope
    public let labels: LabelSelector
    public init(namespaces: NamespaceScope, labels: LabelSelector) { (self.namespaces, self.labels) = (namespaces, labels) }
}

/// Near whom a pod wants to be, or does not (`core/v1.PodAffinityTerm`).
public struct PodAffinityTerm: Sendable, Hashable {
    public let selection: PodSelection
    /// Nodes with the same value of this label are one place.
    public let topologyKey: String
    public init(_ selection: PodSelection, topologyKey: String) { (self.selection, self.topologyKey) = (selection, topologyKey) }
}

/// Pod affinity and anti-affinity.
public struct PodAffinity: Sendable, Hashable {
    public struct Preference: Sendable, Hashable {
        /// 1...100 for affinity, -100...-1 for anti-affinity.
        public let weight: Int
        public let term: PodAffinityTerm
        public init(weight: Int, _ term: PodAffinityTerm) { (self.weight, self.term) = (weight, term) }
    }
    /// All must be satisfied by the same pods.
    public var near: [PodAffinityTerm]
    /// None may be.
    public var apart: [PodAffinityTerm]
    public var preferred: [Preference]
    public init(near: [PodAffinityTerm] = [], apart: [PodAffinityTerm] = [], preferred: [Preference] = []) {
        (self.near, self.apart, self.preferred) = (near, apart, preferred)
    }
    var isEmpty: Bool { near.isEmpty && apart.isEmpty && preferred.isEmpty }
}

/// How evenly pods are spread over places (`core/v1.TopologySpreadConstraint`).
public struct SpreadConstraint: Sendable, Hashable {
    public let topologyKey: String
    /// At least 1.
    public let maxSkew: Int
    /// Of the pod's own namespace.
    public let labels: LabelSelector
    /// With fewer places than this, the emptiest counts as having none of the pods.
    public let minDomains: Int
    /// `DoNotSchedule`; else it is a wish (`ScheduleAnyway`).
    public let isRequired: Bool
    /// Nodes that selector and affinity exclude are no places (`nodeAffinityPolicy: Honor`, the default).
    public let honorsAffinity: Bool
    /// Nodes whose taints exclude the pod are no places (`nodeTaintsPolicy: Honor`; the default is `Ignore`).
    public let honorsTaints: Bool
    public init(
        topologyKey: String, maxSkew: Int, labels: LabelSelector, minDomains: Int = 1, isRequired: Bool = true, honorsAffinity: Bool = true,
        honorsTaints: Bool = false
    ) {
        (self.topologyKey, self.maxSkew, self.labels) = (topologyKey, max(1, maxSkew), labels)
        (self.minDomains, self.isRequired, self.honorsAffinity, self.honorsTaints) = (max(1, minDomains), isRequired, honorsAffinity, honorsTaints)
    }
}
