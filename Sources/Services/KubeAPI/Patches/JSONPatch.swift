import JSON

/// RFC 6902: a list of operations, all or nothing.
public struct JSONPatch: Sendable {
    /// More operations than this are refused, as a real server does.
    public static let operationLimit = 10_000

    private let operations: [JSONValue]

    public init(_ patch: JSONValue) throws(APIStatus) {
        guard case .array(let operations) = patch else {
            throw .badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch")
        }
        if operations.count > JSONPatch.operationLimit {
            throw .requestEntityTooLarge(limit: JSONPatch.operationLimit)
        }
        self.operations = operations
    }

    func applied(to object: JSONValue, kind: ResourceKind) throws(APIStatus) -> JSONValue {
        .null
    }
}
