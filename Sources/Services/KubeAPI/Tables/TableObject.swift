import Core
import JSON

/// What a table row is made from.
public struct TableObject: Sendable {
    /// The object as clients read it.
    public let json: JSONValue
    /// The time of the answer, which ages are counted to.
    public let now: Timestamp

    public init(json: JSONValue, now: Timestamp) { (self.json, self.now) = (json, now) }

    var name: JSONValue { .string(json.at("metadata", "name")?.string ?? "") }
    var age: JSONValue { .string(HumanDuration.since(json.at("metadata", "creationTimestamp")?.string, now: now)) }
    func text(_ path: String...) -> String {
        var value: JSONValue? = json
        for key in path { value = value?[key] }
        return value?.string ?? ""
    }
}
