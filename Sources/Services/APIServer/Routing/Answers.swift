import HTTPKit
import JSON
import KubeAPI
import NIOCore
import Store

extension HTTPResponse {
    /// A `Status` object.
    init(_ status: APIStatus) {
        self.init(HTTPResponseStatus(statusCode: status.code), headers: jsonHeaders, body: ByteBuffer(bytes: status.encoded()))
        if let seconds = status.details?.retryAfterSeconds, seconds > 0 { headers.add(name: "Retry-After", value: String(seconds)) }
    }

    init(_ status: HTTPResponseStatus, json: JSONValue) {
        self.init(status, headers: jsonHeaders, body: ByteBuffer(bytes: json.encoded()))
    }
}

/// What every answer with an object carries.
let jsonHeaders: HTTPHeaders = ["Cache-Control": "no-cache, private", "Content-Type": "application/json"]

/// The same, laid out once: what answers with objects begin with.
func headerBlock(for form: AnswerForm) -> HTTPHeaderBlock { form == .yaml ? yamlHeaderBlock : jsonHeaderBlock }

private let jsonHeaderBlock = HTTPHeaderBlock(jsonHeaders)
private let yamlHeaderBlock = HTTPHeaderBlock(["Cache-Control": "no-cache, private", "Content-Type": "application/yaml"])

extension HTTPExchange {
    func respond(_ status: APIStatus) { respond(HTTPResponse(status)) }
    func respond(_ status: HTTPResponseStatus, json: JSONValue) { respond(HTTPResponse(status, json: json)) }
}

extension HTTPRequest {
    /// People who look with curl get lines and indentation, as from a real server; `pretty=false` or `true` decides it.
    var wantsPretty: Bool {
        if rawQuery != nil, let pretty = query.first("pretty") { return isTrue(pretty) }
        guard let agent = headers.first(name: "user-agent") else { return false }
        return agent.hasPrefix("curl/") || agent.hasPrefix("Wget/") || agent.hasPrefix("Mozilla/")
    }
}

/// Lays JSON out in lines with two spaces of indentation; `bytes` are valid JSON.
func prettyJSON(_ bytes: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count * 2)
    var depth = 0
    var inString = false
    var isEscaped = false
    func newline(_ depth: Int) {
        out.append(10)
        out.append(contentsOf: repeatElement(32, count: depth * 2))
    }
    for (position, byte) in bytes.enumerated() {
        if inString {
            out.append(byte)
            if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true } else if byte == UInt8(ascii: "\"") { inString = false }
            continue
        }
        let next = position + 1 < bytes.count ? bytes[position + 1] : 0
        switch byte {
        case UInt8(ascii: "\""):
            inString = true
            out.append(byte)
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            out.append(byte)
            depth += 1
            if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { newline(depth) }
        case UInt8(ascii: "}"), UInt8(ascii: "]"):
            depth -= 1
            if let last = out.last, last != UInt8(ascii: "{"), last != UInt8(ascii: "[") { newline(depth) }
            out.append(byte)
        case UInt8(ascii: ","):
            out.append(byte)
            newline(depth)
        case UInt8(ascii: ":"):
            out.append(byte)
            out.append(32)
        case 10, 13, 32, 9: break
        default: out.append(byte)
        }
    }
    out.append(10)
    return out
}

/// Every failure of the store, as clients are told of it.
func apiStatus(of error: any Error) -> APIStatus {
    switch error {
    case let status as APIStatus: status
    case let error as StoreError:
        switch error {
        case .compacted: .expired("The resourceVersion for the provided list is too old.")
        case .futureRevision(let asked, let current): tooLargeResourceVersion(asked, current: current)
        case .watcherTooSlow: .tooManyRequests("the watch fell behind, please try again", retryAfter: 1)
        case .invalid(let why): .internalError("the store refused the change: \(why)")
        case .closed: .serviceUnavailable("the server is shutting down, please try again")
        case .damaged(let what): .internalError("the store is damaged: \(what)")
        case .locked(let what): .serviceUnavailable("the store is locked: \(what)")
        case .outcomeUnknown(let what):
            .timeout("nobody knows whether the change was made; look before it is made again: \(what)", retryAfter: 1)
        case .denied(let what): .internalError("the store refuses this server: \(what)")
        case .fenced(let fence, let term): LeaderTerm.refusal(fence, by: term)
        case .unavailable(let what): unavailable("the store does not answer, please try again: \(what)")
        }
    case let error as CacheError:
        switch error {
        case .tooOld(let asked, let oldest): .tooOldResourceVersion(asked, oldest: oldest)
        case .closed: .serviceUnavailable("the server is shutting down, please try again")
        }
    case is CancellationError: .timeout("request did not complete within the allotted time")
    default: .internalError(String(describing: error))
    }
}

private func unavailable(_ message: String) -> APIStatus {
    var status = APIStatus.serviceUnavailable(message)
    status.details = APIStatus.Details(retryAfterSeconds: 1)
    return status
}

func tooLargeResourceVersion(_ asked: Revision, current: Revision) -> APIStatus {
    var status = APIStatus.timeout("Too large resource version: \(asked), current: \(current)", retryAfter: 1)
    status.details?.causes = [APIStatus.Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")]
    return status
}
