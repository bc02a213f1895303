import JSON

/// Finds objects by `key=value`: pods and slices by their labels, services by their selectors. Without it each service would be held
/// against each pod of its namespace.
struct PairIndex: Sendable {
    /// By kind, namespace and pair.
    private var names: [ObjectKind: [String: [String: Set<String>]]] = [:]

    /// Where the pairs of an object of this kind stand; `nil` for kinds that nobody looks for so.
    private static func source(_ kind: ObjectKind, _ object: JSONValue?) -> JSONValue? {
        switch kind {
        case .pods, .endpointSlices: object?.at("metadata", "labels")
        case .services: object?.at("spec", "selector")
        default: nil
        }
    }

    private static func pair(_ key: String, _ value: String) -> String { key + "=" + value }

    private static func pairs(_ source: JSONValue?) -> [String] {
        (source?.object ?? [:]).map { pair($0.key, $0.value.string ?? "") }
    }

    mutating func change(_ kind: ObjectKind, _ name: ObjectName, from old: JSONValue?, to new: JSONValue?) {
        let (before, after) = (PairIndex.source(kind, old), PairIndex.source(kind, new))
        guard before != after else { return }
        for pair in PairIndex.pairs(before) {
            names[kind]?[name.namespace]?[pair]?.remove(name.name)
            if names[kind]?[name.namespace]?[pair]?.isEmpty == true { names[kind]?[name.namespace]?[pair] = nil }
        }
        for pair in PairIndex.pairs(after) { names[kind, default: [:]][name.namespace, default: [:]][pair, default: []].insert(name.name) }
    }

    /// The names of those that have all of these pairs, sorted; none for no pairs.
    func names(_ kind: ObjectKind, _ namespace: String, withAll pairs: [String: String]) -> [String] {
        let sets = pairs.map { names[kind]?[namespace]?[PairIndex.pair($0.key, $0.value)] ?? [] }.sorted { $0.count < $1.count }
        guard let smallest = sets.first else { return [] }
        return smallest.filter { name in sets.dropFirst().allSatisfy { $0.contains(name) } }.sorted()
    }

    /// The names of those that have at least one of these pairs, sorted.
    func names(_ kind: ObjectKind, _ namespace: String, withAny pairs: [String: String]) -> [String] {
        pairs.reduce(into: Set<String>()) { found, pair in
            found.formUnion(names[kind]?[namespace]?[PairIndex.pair(pair.key, pair.value)] ?? [])
        }.sorted()
    }
}
