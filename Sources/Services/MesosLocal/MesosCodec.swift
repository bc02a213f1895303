import HTTPKit
import JSON
import Mesos
import NIOCore
import NIOHTTP1
import SwiftProtobuf

/// The two forms of a message: protobuf, or JSON with proto field names, numbers as numbers and base64 bytes.
enum MesosFormat: Sendable, Hashable {
    case protobuf, json

    var contentType: String { self == .protobuf ? "application/x-protobuf" : "application/json" }

    func encode(_ message: some Message) -> [UInt8] {
        switch self {
        case .protobuf: return (try? message.serializedBytes(partial: true)) ?? []
        case .json:
            var options = JSONEncodingOptions()
            options.preserveProtoFieldNames = true
            options.alwaysPrintInt64sAsNumbers = true
            return (try? message.jsonUTF8Bytes(options: options)) ?? []
        }
    }

    func record(_ message: some Message) -> ByteBuffer { RecordIO.encode(encode(message)) }
}

/// Why a request was not read, with Mesos' status and words.
struct RequestProblem: Error, Sendable, Hashable {
    var status: Int
    var text: String
}

enum MesosRequest {
    /// The form of the request's body: exactly one of the two types, without parameters.
    static func format(of request: HTTPRequest) throws(RequestProblem) -> MesosFormat {
        switch request.headers.first(name: "Content-Type") {
        case "application/json": return .json
        case "application/x-protobuf": return .protobuf
        case nil: throw RequestProblem(status: 400, text: "Expecting 'Content-Type' to be present")
        default:
            throw RequestProblem(status: 415, text: "Expecting 'Content-Type' of application/json or application/x-protobuf")
        }
    }

    /// The form that the client wants back; JSON when it does not mind.
    static func acceptedFormat(of request: HTTPRequest) throws(RequestProblem) -> MesosFormat {
        let accepted = request.headers["Accept"].flatMap { $0.split(separator: ",") }
            .map { $0.split(separator: ";").first.map { $0.filter { $0 != " " } } ?? "" }
        if accepted.isEmpty || accepted.contains(where: { ["*/*", "application/*", "application/json"].contains($0) }) { return .json }
        if accepted.contains("application/x-protobuf") { return .protobuf }
        throw RequestProblem(status: 406, text: "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
    }

    static func decode<Call: Message>(_ type: Call.Type, _ request: HTTPRequest, as format: MesosFormat) throws(RequestProblem) -> Call {
        let bytes = Array(request.body.readableBytesView)
        guard format == .json else {
            guard let call = try? Call(serializedBytes: bytes) else {
                throw RequestProblem(status: 400, text: "Failed to parse body into Call protobuf")
            }
            return call
        }
        let object: JSONObject?
        let type: JSONValue?
        do throws(JSONError) {
            object = try JSONValue(parsing: bytes).object
            type = object?["type"]
        } catch {
            let near = String(decoding: bytes.dropFirst(min(error.offset, bytes.count)).prefix(200), as: UTF8.self)
            throw RequestProblem(status: 400, text: "Failed to parse body into JSON: syntax error at line \(error.line) near: \(near)")
        }
        guard object != nil else {
            throw RequestProblem(status: 400, text: "Failed to convert JSON into Call protobuf: Expecting a JSON object")
        }
        // SwiftProtobuf would take an enum's number; Mesos does not.
        if type?.double != nil || type?.integer != nil {
            throw RequestProblem(status: 400, text: "Failed to convert JSON into Call protobuf: Not expecting a JSON number for field 'type'")
        }
        var options = JSONDecodingOptions()
        options.ignoreUnknownFields = true
        do {
            let call = try Call(jsonUTF8Bytes: bytes, options: options)
            guard call.isInitialized else {
                throw RequestProblem(status: 400, text: "Failed to convert JSON into Call protobuf: Missing required fields")
            }
            return call
        } catch let problem as RequestProblem {
            throw problem
        } catch {
            throw RequestProblem(status: 400, text: "Failed to convert JSON into Call protobuf: \(error)")
        }
    }
}

extension HTTPExchange {
    /// Answers as Mesos does: 202 and 200 without a body, errors as plain text.
    func answer(_ answer: HTTPAnswer, headers: HTTPHeaders = [:]) {
        let status = HTTPResponseStatus(statusCode: answer.status)
        if answer.text.isEmpty {
            respond(status, headers: headers)
        } else {
            var headers = headers
            headers.replaceOrAdd(name: "Content-Type", value: "text/plain; charset=utf-8")
            respond(status, headers: headers, body: ByteBuffer(string: answer.text))
        }
    }

    func answer(_ problem: RequestProblem) { answer(HTTPAnswer(status: problem.status, text: problem.text)) }

    func answerMethodNotAllowed(_ method: HTTPMethod) {
        answer(
            HTTPAnswer(status: 405, text: "405 Method Not Allowed. Expecting one of { 'POST' }, but received '\(method.rawValue)'."),
            headers: ["Allow": "POST"])
    }
}
