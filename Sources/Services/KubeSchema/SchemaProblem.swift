/// What is wrong with an object's shape. The messages are worded as a Kubernetes API server (1.27 and later) words them.
public struct SchemaProblem: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: Sendable, Hashable {
        /// Reported under strict validation, dropped without a word otherwise.
        case unknownField
        /// Reported under strict validation; otherwise the last one wins.
        case duplicateField
        /// Always an error.
        case wrongType
    }

    public let kind: Kind
    /// `spec.containers[0].image`
    public let path: String
    /// `unknown field "spec.foo"`, or what Go's decoder says of the value.
    public let message: String

    public var description: String { message }

    public static func unknownField(_ path: String) -> SchemaProblem {
        SchemaProblem(kind: .unknownField, path: path, message: "unknown field \"\(path)\"")
    }

    public static func duplicateField(_ path: String) -> SchemaProblem {
        SchemaProblem(kind: .duplicateField, path: path, message: "duplicate field \"\(path)\"")
    }

    /// What `fieldValidation=Strict` refuses with: `strict decoding error: unknown field "spec.foo", unknown field "spec.bar"`; nil
    /// where there is nothing to say.
    public static func strictDecodingError(_ problems: [SchemaProblem]) -> String? {
        let said = problems.filter { $0.kind != .wrongType }.map(\.message)
        return said.isEmpty ? nil : "strict decoding error: \(said.joined(separator: ", "))"
    }

    /// The first value of a wrong type, which Go's decoder reports alone; nil where there is none.
    public static func typeError(_ problems: [SchemaProblem]) -> String? {
        problems.first { $0.kind == .wrongType }?.message
    }

    /// `Pod in version "v1" cannot be handled as a Pod: …`: the message of the 400 for a body that cannot be read.
    public static func cannotBeHandled(_ kind: GroupVersionKind, as expected: String, because reason: String) -> String {
        "\(kind.kind) in version \"\(kind.version)\" cannot be handled as a \(expected): \(reason)"
    }
}
