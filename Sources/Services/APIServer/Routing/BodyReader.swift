import HTTPKit
import JSON
import KubeAPI
import NIOCore

/// A request's body as a tree, and what the client is to be warned of.
struct ReadBody: Sendable {
    var value: JSONValue
    /// Keys that occur twice in an object: an error in strict validation, else a warning.
    var duplicateKeys: [String] = []
}

/// How a body is written.
enum BodyFormat: Sendable, Hashable {
    case json, yaml, protobuf

    /// From `Content-Type`; a body without one is taken for JSON. `nil` for another type.
    init?(_ headers: HTTPHeaders) {
        switch mediaType(headers) {
        case "", "application/json": self = .json
        case "application/yaml", "text/yaml", "application/x-yaml": self = .yaml
        case "application/vnd.kubernetes.protobuf": self = .protobuf
        default: return nil
        }
    }
}

/// The media type of `Content-Type`, without its parameters.
func mediaType(_ headers: HTTPHeaders) -> String {
    guard let value = headers.first(name: "content-type") else { return "" }
    return value.prefix { $0 != ";" }.trimming().lowercased()
}

extension Substring {
    func trimming() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}

/// Reads bodies of creates and updates.
struct BodyReader: Sendable {
    /// What Kubernetes calls the kind that is expected here, for its messages.
    let expectedKind: String

    func read(_ request: HTTPRequest) throws(APIStatus) -> ReadBody {
        guard let format = BodyFormat(request.headers) else { throw .unsupportedMediaType }
        let bytes = Array(buffer: request.body)
        switch format {
        case .json: return try json(bytes)
        case .yaml: return ReadBody(value: try yaml(bytes))
        case .protobuf:
            // The schema names the kind that the envelope holds.
            return ReadBody(value: try ProtobufBody.decode(bytes, expectedKind: expectedKind))
        }
    }

    func json(_ bytes: [UInt8]) throws(APIStatus) -> ReadBody {
        do {
            let parsed = try JSONValue.parse(bytes)
            return ReadBody(value: parsed.value, duplicateKeys: parsed.duplicateKeys)
        } catch {
            throw unrecognized("couldn't get version/kind; json parse error: \(GoJSONError.text(error, bytes))", bytes)
        }
    }

    func yaml(_ bytes: [UInt8]) throws(APIStatus) -> JSONValue {
        do {
            return try YAMLBody.decode(String(decoding: bytes, as: UTF8.self))
        } catch {
            throw unrecognized("yaml: \(error.message)", bytes)
        }
    }

    private func unrecognized(_ why: String, _ bytes: [UInt8]) -> APIStatus {
        .badRequest("the object provided is unrecognized (must be of type \(expectedKind)): \(why) (\(BodyReader.beginning(of: bytes)))")
    }

    /// The beginning of a body for a message: as it is when it looks like JSON, else in hexadecimal digits.
    private static func beginning(of bytes: [UInt8]) -> String {
        guard let first = bytes.first else { return "<empty>" }
        let shown = bytes.prefix(30)
        let rest = shown.count < bytes.count ? " ..." : ""
        if first == UInt8(ascii: "{") { return String(decoding: shown, as: UTF8.self) + rest }
        return shown.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + rest
    }
}

/// The words of Go's JSON decoder, which clients of a real server see.
enum GoJSONError {
    static func text(_ error: JSONError, _ bytes: [UInt8]) -> String {
        guard bytes.contains(where: { $0 > 32 }), error.offset < bytes.count else { return "unexpected end of JSON input" }
        let character = String(decoding: bytes[error.offset...].prefix(1), as: UTF8.self)
        let before = bytes[..<error.offset].last { $0 > 32 }
        let place: String
        switch before {
        case UInt8(ascii: "{"): place = "looking for beginning of object key string"
        case UInt8(ascii: "["), UInt8(ascii: ":"), nil: place = "looking for beginning of value"
        case UInt8(ascii: ","): place = "looking for beginning of value"
        default: return "invalid character '\(character)' (\(error.message))"
        }
        return "invalid character '\(character)' \(place)"
    }
}
