import HTTPKit
import KubeAPI

/// The form of an answer that `Accept` asks for.
enum AnswerForm: Sendable, Hashable {
    case json
    /// JSON text under YAML's name: JSON is YAML.
    case yaml
    case table(version: String)
    case partialMetadata(version: String)

    var contentType: String { self == .yaml ? "application/yaml" : "application/json" }

    /// The first form of the header that we have. Throws 406.
    init(_ headers: HTTPHeaders) throws(APIStatus) {
        // What most clients send, first or alone.
        if headers.first(name: "accept") == "application/json" {
            self = .json
            return
        }
        var refusedTransform = false
        var isEmpty = true
        for value in headers[canonicalForm: "accept"] {
            for clause in value.split(separator: ",") {
                isEmpty = false
                switch AnswerForm.read(clause) {
                case .form(let form):
                    self = form
                    return
                case .unknownTransform: refusedTransform = true
                case .unknownType: break
                }
            }
        }
        if isEmpty {
            self = .json
        } else {
            throw refusedTransform ? .notAcceptableTransform : .notAcceptable
        }
    }

    private enum Reading { case form(AnswerForm), unknownTransform, unknownType }

    private static func read(_ clause: Substring) -> Reading {
        let parts = clause.utf8.split(separator: UInt8(ascii: ";")).map { Substring($0).trimming() }
        var parameters: [(name: Substring, value: Substring)] = []
        for part in parts.dropFirst() {
            guard let equals = part.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            parameters.append((part[..<equals], part[part.utf8.index(after: equals)...]))
        }
        func parameter(_ name: Substring) -> String? { parameters.last { $0.name == name }.map { String($0.value) } }
        switch parts.first {
        case "application/json", "*/*", "application/*": break
        case "application/yaml": return parameter("as") == nil ? .form(.yaml) : .unknownTransform
        default: return .unknownType
        }
        guard let transform = parameter("as") else { return .form(.json) }
        let version = parameter("v") ?? ""
        guard parameter("g") == "meta.k8s.io", version == "v1" || version == "v1beta1" else { return .unknownTransform }
        switch transform {
        case "Table": return .form(.table(version: version))
        case "PartialObjectMetadata", "PartialObjectMetadataList": return .form(.partialMetadata(version: version))
        default: return .unknownTransform
        }
    }
}
