import JSON

/// One fault of an object, at one field: what Kubernetes calls a `field.Error`.
public struct FieldError: Sendable, Hashable, CustomStringConvertible {
    /// The sorts of fault; each has a fixed text and a reason for `details.causes`.
    public enum Sort: Sendable, Hashable {
        case required, invalid, notSupported, duplicate, tooLong, tooMany, forbidden, notFound, internalError
    }

    public let sort: Sort
    /// The path, such as `spec.containers[0].image`.
    public let field: String
    /// Sort, value and detail: the text without the field.
    public let body: String

    /// `value` is text as Go prints it (already quoted if a string).
    init(_ sort: Sort, _ field: String, value: String? = nil, detail: String = "") {
        (self.sort, self.field) = (sort, field)
        var body = sort.text
        if let value { body += ": " + value }
        if !detail.isEmpty { body += ": " + detail }
        self.body = body
    }

    public var description: String { "\(field): \(body)" }
    var cause: APIStatus.Cause { APIStatus.Cause(reason: sort.reason, message: body, field: field) }

    public static func required(_ field: String, _ detail: String = "") -> FieldError {
        FieldError(.required, field, detail: detail)
    }
    public static func forbidden(_ field: String, _ detail: String) -> FieldError {
        FieldError(.forbidden, field, detail: detail)
    }
    public static func invalid(_ field: String, _ value: String, _ detail: String) -> FieldError {
        FieldError(.invalid, field, value: goQuoted(value), detail: detail)
    }
    public static func invalid(_ field: String, _ value: Int64, _ detail: String) -> FieldError {
        FieldError(.invalid, field, value: String(value), detail: detail)
    }
    /// `value` already as Go prints it.
    public static func invalid(_ field: String, printed value: String, _ detail: String) -> FieldError {
        FieldError(.invalid, field, value: value, detail: detail)
    }
    public static func duplicate(_ field: String, _ value: String) -> FieldError {
        FieldError(.duplicate, field, value: goQuoted(value))
    }
    public static func duplicate(_ field: String, printed value: String) -> FieldError {
        FieldError(.duplicate, field, value: value)
    }
    public static func notFound(_ field: String, _ value: String) -> FieldError {
        FieldError(.notFound, field, value: goQuoted(value))
    }
    /// The supported values are listed as given: Kubernetes sorts them itself where they come from a set.
    public static func notSupported(_ field: String, _ value: String, _ supported: [String]) -> FieldError {
        let list = supported.map { goQuoted($0) }.joined(separator: ", ")
        return FieldError(
            .notSupported, field, value: goQuoted(value), detail: supported.isEmpty ? "" : "supported values: \(list)")
    }
    /// `limit` in bytes.
    public static func tooLong(_ field: String, limit: Int) -> FieldError {
        FieldError(.tooLong, field, detail: "must have at most \(limit) bytes")
    }
    /// More elements than the list may have.
    public static func tooMany(_ field: String, _ count: Int, limit: Int) -> FieldError {
        FieldError(.tooMany, field, value: String(count), detail: "must have at most \(limit) items")
    }
    public static func internalError(_ field: String, _ detail: String) -> FieldError {
        FieldError(.internalError, field, detail: detail)
    }
}

extension FieldError.Sort {
    var text: String {
        switch self {
        case .required: "Required value"
        case .invalid: "Invalid value"
        case .notSupported: "Unsupported value"
        case .duplicate: "Duplicate value"
        case .tooLong: "Too long"
        case .tooMany: "Too many"
        case .forbidden: "Forbidden"
        case .notFound: "Not found"
        case .internalError: "Internal error"
        }
    }

    var reason: String {
        switch self {
        case .required: "FieldValueRequired"
        case .invalid: "FieldValueInvalid"
        case .notSupported: "FieldValueNotSupported"
        case .duplicate: "FieldValueDuplicate"
        case .tooLong: "FieldValueTooLong"
        case .tooMany: "FieldValueTooMany"
        case .forbidden: "FieldValueForbidden"
        case .notFound: "FieldValueNotFound"
        case .internalError: "InternalError"
        }
    }
}
