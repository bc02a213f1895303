import JSON

/// What makes two pod templates the same, and the short name of one.
enum TemplateHash {
    /// The label that tells the pods of a deployment's replica sets apart.
    static let label = "pod-template-hash"

    /// Up to ten characters, stable for the same template however its members are ordered.
    /// - Parameter collisionCount: how often a name made this way was taken already.
    static func hash(of template: JSONValue, collisionCount: Int64?) -> String {
        var text = canonical(template).text
        if let collisionCount { text += "\n\(collisionCount)" }
        // 32 bits: short names matter more than collisions, which are counted.
        return String(String(Names.hash(text)).utf8.map { Names.letters[Int($0) % Names.letters.count] })
    }

    /// Whether both templates make the same pods; the hash's label does not count.
    static func areEqual(_ one: JSONValue, _ other: JSONValue) -> Bool { canonical(one) == canonical(other) }

    /// A template without what does not matter, its members in one order.
    static func canonical(_ template: JSONValue) -> JSONValue {
        var template = template
        template.remove(at: "metadata", "creationTimestamp")
        template.remove(at: "metadata", "labels", label)
        return sorted(template)
    }

    private static func sorted(_ value: JSONValue) -> JSONValue {
        switch value {
        case .array(let elements): return .array(elements.map(sorted))
        case .object(let object):
            var result = object.sortedByKey()
            result.removeAll { _, member in member.isNull }
            result.mapValuesInPlace { _, member in member = sorted(member) }
            return .object(result)
        default: return value
        }
    }
}
