import JSON
import KubeAPI
import KubeSchema

extension APIService {
    /// The body with only the fields that its kind has, and what to warn the client of (or, in strict validation, what to refuse).
    func checkStructure(_ read: ReadBody, _ write: WriteRequest) throws(APIStatus) -> (body: JSONValue, warnings: [String]) {
        let faults = read.duplicateKeys.map { "duplicate field \(quoted($0))" }
        switch write.validation {
        case .ignore: return (read.value, [])
        case .warn: return (read.value, faults)
        case .strict:
            guard faults.isEmpty else {
                throw .badRequest("\(write.kind.kind) in version \(quoted(write.kind.version)) cannot be handled as a \(write.kind.kind): "
                    + "strict decoding error: \(faults.joined(separator: ", "))")
            }
            return (read.value, [])
        }
    }
}
