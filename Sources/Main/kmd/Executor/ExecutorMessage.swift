import Core
import JSON

/// What a scheduler says to its executors beside launches and kills. Mesos delivers messages at best once: each is asked again until it shows.
struct ExecutorMessage: Sendable, Equatable {
    enum Action: String, Sendable {
        /// End, and leave the containers running for the next executor.
        case leave
    }
    let term: Term
    let action: Action
    let reason: String

    init(_ action: Action, term: Term, reason: String) { (self.action, self.term, self.reason) = (action, term, reason) }

    /// `nil`: no message of a scheduler of ours, or one of a later version that this one does not understand.
    init?(_ bytes: [UInt8]) {
        guard bytes.count <= 64 << 10, let object = try? JSONValue(parsing: bytes), let term = object["term"]?.integer, term >= 0,
            let action = object["action"]?.string.flatMap(Action.init(rawValue:))
        else { return nil }
        self.init(action, term: Term(UInt64(term)), reason: object["reason"]?.string ?? "")
    }

    var bytes: [UInt8] {
        let object: JSONValue = ["term": .integer(Int64(clamping: term.number)), "action": .string(action.rawValue), "reason": .string(reason)]
        return object.encoded()
    }
}
