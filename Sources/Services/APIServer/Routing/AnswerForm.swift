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
        let parts = clause.split(separator: ";").map { $0.filter { $0 != " " } }
        var parameters: [String: String] = [:]
        for part in parts.dropFirst() {
            let pair = part.split(separator: "=", maxSplits: 1)
            if pair.count == 2 { parameters[String(pair[0])] = String(pair[1]) }
        }
        switch parts.first {
        case "application/json", "*/*", "application/*": break
        case "application/yaml": return parameters["as"] == nil ? .form(.yaml) : .unknownTransform
        default: return .unknownType
        }
        guard let transform = parameters["as"] else { return .form(.json) }
        let version = parameters["v"] ?? ""
        guard parameters["g"] == "meta.k8s.io", version == "v1" || version == "v1beta1" else { return .unknownTransform }
        switch transform {
        case "Table": return .form(.table(version: version))
        case "PartialObjectMetadata", "PartialObjectMetadataList": return .form(.partialMetadata(version: version))
        default: return .unknownTransform
        }
    }
}
