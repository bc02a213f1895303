import JSON

/// A Kubernetes `Status` object: the answer to every request that fails, and to some that succeed (a delete).
///
/// Thrown by everything in this module. The HTTP status is `code`; the body is `encoded()`. The wording is Kubernetes' own,
/// because people and programs match on it. Field order is that of the Go type.
public struct APIStatus: Error, Sendable, Hashable, CustomStringConvertible {
    /// One reason among several, in `details.causes`.
    public struct Cause: Sendable, Hashable {
        /// `FieldValueInvalid`, `FieldValueRequired`, … or empty.
        public var reason: String
        public var message: String
        /// The field's path, such as `spec.containers[0].image`; empty where no field is to blame.
        public var field: String

        public init(reason: String, message: String, field: String) {
            (self.reason, self.message, self.field) = (reason, message, field)
        }
    }

    /// What the failure is about.
    public struct Details: Sendable, Hashable {
        public var name = ""
        public var group = ""
        /// The plural resource for most reasons, the Kind for `Invalid`.
        public var kind = ""
        public var uid = ""
        public var causes: [Cause] = []
        /// Seconds to wait before another try; 0 = not said. The HTTP layer repeats it in `Retry-After`.
        public var retryAfterSeconds = 0

        public init(
            name: String = "", group: String = "", kind: String = "", uid: String = "", causes: [Cause] = [],
            retryAfterSeconds: Int = 0
        ) {
            (self.name, self.group, self.kind) = (name, group, kind)
            (self.uid, self.causes, self.retryAfterSeconds) = (uid, causes, retryAfterSeconds)
        }
    }

    /// The HTTP status code.
    public var code: Int
    /// A machine-readable word such as `NotFound`; empty where Kubernetes gives none.
    public var reason: String
    public var message: String
    /// Absent from the body when `nil`, `{}` when empty: real servers do either, depending on the failure.
    public var details: Details?
    /// `Failure`, or `Success` for the answer to a delete.
    public var isSuccess: Bool
    /// The `continue` token of an expired list, the one member of `metadata` that a Status may carry.
    public var continueToken: String

    public init(
        code: Int, reason: String, message: String, details: Details? = nil, isSuccess: Bool = false, continueToken: String = ""
    ) {
        (self.code, self.reason, self.message) = (code, reason, message)
        (self.details, self.isSuccess, self.continueToken) = (details, isSuccess, continueToken)
    }

    public var description: String { "\(code) \(reason): \(message)" }

    /// The object as JSON.
    public var json: JSONValue {
        var status: JSONValue = ["kind": "Status", "apiVersion": "v1"]
        status["metadata"] = .object(JSONObject())
        if !continueToken.isEmpty { status.set(.string(continueToken), at: "metadata", "continue") }
        status["status"] = isSuccess ? "Success" : "Failure"
        if !message.isEmpty { status["message"] = .string(message) }
        if !reason.isEmpty { status["reason"] = .string(reason) }
        if let details { status["details"] = details.json }
        if !isSuccess || code != 200 { status["code"] = .integer(Int64(code)) }
        return status
    }

    /// The body of the answer.
    public func encoded() -> [UInt8] { json.encoded() }
}

extension APIStatus.Details {
    var json: JSONValue {
        var object = JSONObject()
        if !name.isEmpty { object["name"] = .string(name) }
        if !group.isEmpty { object["group"] = .string(group) }
        if !kind.isEmpty { object["kind"] = .string(kind) }
        if !uid.isEmpty { object["uid"] = .string(uid) }
        if !causes.isEmpty { object["causes"] = .array(causes.map(\.json)) }
        if retryAfterSeconds != 0 { object["retryAfterSeconds"] = .integer(Int64(retryAfterSeconds)) }
        return .object(object)
    }
}

extension APIStatus.Cause {
    var json: JSONValue {
        var object = JSONObject()
        if !reason.isEmpty { object["reason"] = .string(reason) }
        if !message.isEmpty { object["message"] = .string(message) }
        if !field.isEmpty { object["field"] = .string(field) }
        return .object(object)
    }
}
