import JSON

/// Why a call to the API server did not do what was asked.
public struct KubeClientError: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// The API server answered with a `Status` (or with an HTTP error that carries none).
        case refused
        /// No connection, or it broke: whether the call took effect is not known.
        case unreachable
        /// No answer in time: whether the call took effect is not known.
        case timedOut
        /// The caller's task was cancelled.
        case cancelled
        /// It was not sent: the leader in whose name it was made must not act any more.
        case notPermitted
        /// The answer is not what the protocol allows, or larger than we accept.
        case malformed
    }

    public let kind: Kind
    /// The HTTP status, or the code of the `Status`; 0 when there was no answer.
    public let code: Int
    /// The machine-readable reason of the `Status`, e.g. `NotFound`, `AlreadyExists`, `Conflict`; empty when there is none.
    public let reason: String
    /// What to show to a person.
    public let message: String
    /// `false`: there was no connection, so the server cannot have done what was asked.
    public let mayHaveArrived: Bool

    /// With `isFenced`: the term of the leader that has written.
    public let higherTerm: UInt64?

    public init(kind: Kind, code: Int = 0, reason: String = "", message: String, mayHaveArrived: Bool = true, higherTerm: UInt64? = nil) {
        (self.kind, self.code, self.reason, self.message) = (kind, code, reason, message)
        (self.mayHaveArrived, self.higherTerm) = (mayHaveArrived, higherTerm)
    }

    /// Reads a `Status` body; any other body becomes the message.
    public init(httpStatus: Int, body: [UInt8]) {
        let status = try? JSONValue(parsing: body)
        let isStatus = status?["kind"]?.string == "Status"
        let text = String(decoding: body.prefix(512), as: UTF8.self)
        self.init(
            kind: .refused,
            code: (isStatus ? status?["code"]?.integer.map { Int($0) } : nil) ?? httpStatus,
            reason: (isStatus ? status?["reason"]?.string : nil) ?? "",
            message: (isStatus ? status?["message"]?.string : nil) ?? (text.isEmpty ? "HTTP status \(httpStatus)" : text),
            higherTerm: status?.at("details", "causes")?.array?.first { $0["reason"]?.string == "HigherTerm" }?["message"]?.string.flatMap { UInt64($0) })
    }

    public var isNotFound: Bool { kind == .refused && code == 404 }
    /// The object changed meanwhile (409, other than `AlreadyExists` and a fence's).
    public var isConflict: Bool { kind == .refused && code == 409 && reason != "AlreadyExists" && !isFenced }
    /// The caller leads no more: a leader of a higher term has written. Nothing that it does in this term will succeed.
    public var isFenced: Bool { kind == .refused && code == 409 && reason == "StaleLeaderTerm" }
    public var isAlreadyExists: Bool { kind == .refused && code == 409 && reason == "AlreadyExists" }
    /// The resource version is too old: list again (410).
    public var isGone: Bool { kind == .refused && code == 410 }
    public var isCancelled: Bool { kind == .cancelled }
    /// The server does not know what is asked of it: it is older than its caller.
    public var isRefusedAsUnknown: Bool { kind == .refused && (code == 400 || code == 404 || code == 405) }
    /// Whether the same call may succeed later: no connection, no answer in time, 5xx, or 429.
    public var isRetriable: Bool {
        switch kind {
        case .unreachable, .timedOut, .notPermitted: true
        case .refused: code >= 500 || code == 429
        case .cancelled, .malformed: false
        }
    }

    /// Whether another server of the same cluster may do better: this one is away, silent, or says that it cannot serve now (502 to 504).
    var speaksAgainstServer: Bool {
        switch kind {
        case .unreachable, .timedOut: true
        case .refused: (502...504).contains(code)
        case .cancelled, .malformed, .notPermitted: false
        }
    }

    public var description: String {
        switch kind {
        case .refused: reason.isEmpty ? "\(code): \(message)" : "\(code) \(reason): \(message)"
        case .unreachable: "API server not reachable: \(message)"
        case .timedOut: "no answer from the API server in time: \(message)"
        case .cancelled: "cancelled"
        case .notPermitted: "not sent: \(message)"
        case .malformed: "unusable answer from the API server: \(message)"
        }
    }
}
