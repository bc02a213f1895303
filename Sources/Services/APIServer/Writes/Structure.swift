import JSON
import KubeAPI
import KubeSchema

extension APIService {
    /// The body as a Go server would hold it after decoding, and what to warn the client of; in strict validation that is refused instead.
    /// Values of a wrong type are refused always. A body of another kind is let through: preparation says what is wrong with it.
    ///
    /// `other` is the kind of the body where it is not the target's (a `Scale`).
    func checkStructure(
        _ read: ReadBody, _ write: WriteRequest, isPatch: Bool = false, as other: ResourceKind? = nil
    ) throws(APIStatus) -> (body: JSONValue, warnings: [String]) {
        let kind = other ?? write.kind
        let given = (read.value["apiVersion"]?.string ?? "", read.value["kind"]?.string ?? "")
        let isOurs = (given.0.isEmpty || given.0 == kind.apiVersion) && (given.1.isEmpty || given.1 == kind.kind)
        guard isOurs, case .object = read.value, let type = Schema.shared.type(forKind: kind.group, kind.version, kind.kind) else {
            return (read.value, [])
        }
        let decoded = Schema.shared.decode(read.value, as: type)
        let expected = GroupVersionKind(group: kind.group, version: kind.version, kind: kind.kind)
        if let error = SchemaProblem.typeError(decoded.problems) {
            throw .badRequest(SchemaProblem.cannotBeHandled(expected, as: kind.kind, because: error))
        }
        let problems = decoded.problems + read.duplicateKeys.map(SchemaProblem.duplicateField)
        switch write.validation {
        case .ignore: return (decoded.value, [])
        case .warn: return (decoded.value, problems.map(\.message))
        case .strict:
            guard let error = SchemaProblem.strictDecodingError(problems) else { return (decoded.value, []) }
            if isPatch {
                throw .invalid(kindName: "", group: "", name: "", [.invalid("patch", printed: quoted("patch"), error)])
            }
            throw .badRequest(SchemaProblem.cannotBeHandled(expected, as: kind.kind, because: error))
        }
    }
}
