import Foundation
import JSON

/// A conversation with a real master or agent, one step a line: calls with their answers, the events of each stream, and how streams ended.
///
/// Made from recordings of Mesos 1.12, in the order of their clock; headers that say nothing are left out.
struct Recording: Sendable {
    struct Step: Sendable, CustomStringConvertible {
        let line: Int
        let json: JSONValue
        var kind: String { json["kind"]?.string ?? "" }
        /// The event stream that it belongs to.
        var stream: String? { json["stream"]?.string }
        /// A call's own number; the call that an answer is for.
        var number: Int64 { json["id"]?.integer ?? json["to"]?.integer ?? -1 }
        var body: JSONValue { json["body"] ?? .null }
        var type: String { body["type"]?.string ?? "" }
        var status: Int { Int(json["status"]?.integer ?? 0) }
        var text: String { json["text"]?.string ?? "" }
        var description: String { "line \(line): \(kind) \(type)\(status == 0 ? "" : String(status)) \(stream ?? "")" }
    }

    let name: String
    let steps: [Step]
    /// An executor's environment.
    let environment: [String: String]

    init(_ name: String) throws {
        let tests = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: tests.appending(path: "Fixtures/mesos/conversations/\(name).jsonl"), encoding: .utf8)
        var steps: [Step] = []
        var environment: [String: String] = [:]
        for (index, line) in text.split(separator: "\n").enumerated() {
            let step = Step(line: index + 1, json: try JSONValue(parsing: Array(line.utf8)))
            if step.kind == "environment" {
                for (name, value) in step.json["variables"]?.object ?? [:] { environment[name] = value.string }
            } else {
                steps.append(step)
            }
        }
        (self.name, self.steps, self.environment) = (name, steps, environment)
    }
}

/// What a replay met that the recording does not have.
struct ReplayFailure: Error, CustomStringConvertible {
    let description: String
    init(_ step: Recording.Step, _ what: String) { description = "\(step): \(what)" }
    init(_ what: String) { description = what }
}

extension JSONValue {
    /// A number of either form.
    var double: Double? { integer.map(Double.init) ?? number }
    private var number: Double? { Double(String(decoding: encoded(), as: UTF8.self)) }
    /// The value of `{"value": …}`.
    var value: String? { self["value"]?.string }
}
