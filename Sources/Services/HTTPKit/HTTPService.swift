public import NIOCore
public import NIOHTTP1

/// What a server does with requests.
public protocol HTTPService: Sendable {
    /// Answers `request` through `exchange`, now or later, from any thread. Called on the connection's event loop: it must not
    /// block. An exchange that is never answered keeps its connection busy until the client goes away.
    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange)
    /// The longest request body that is read, in bytes; a longer one is refused with 413.
    var bodyLimit: Int { get }
    /// The answer to a request that never reaches `handle`.
    func answer(to refusal: HTTPRefusal) -> HTTPResponse
}

extension HTTPService {
    public var bodyLimit: Int { 1 << 20 }
    public func answer(to refusal: HTTPRefusal) -> HTTPResponse {
        HTTPResponse(refusal.status, contentType: "text/plain; charset=utf-8", text: refusal.description + "\n")
    }
}

/// Why a request was refused before a service saw it.
public enum HTTPRefusal: Sendable, Hashable, CustomStringConvertible {
    /// The body is longer than `limit` bytes.
    case bodyTooLarge(limit: Int)
    /// The headers are longer than the server reads.
    case headersTooLarge
    /// What came is not HTTP/1.1.
    case malformed(String)
    /// A method that HTTP does not have.
    case unknownMethod
    /// The request did not arrive whole within the time that the server grants.
    case timeout

    public var status: HTTPResponseStatus {
        switch self {
        case .bodyTooLarge: .payloadTooLarge
        case .headersTooLarge: .requestHeaderFieldsTooLarge
        case .malformed: .badRequest
        case .unknownMethod: .methodNotAllowed
        case .timeout: .requestTimeout
        }
    }

    public var description: String {
        switch self {
        case .bodyTooLarge(let limit): "Request entity too large: limit is \(limit)"
        case .headersTooLarge: "Request header fields too large"
        case .malformed(let why): "Bad Request: \(why)"
        case .unknownMethod: "Method Not Allowed"
        case .timeout: "Request Timeout"
        }
    }
}

/// A whole answer.
public struct HTTPResponse: Sendable {
    public var status: HTTPResponseStatus
    public var headers: HTTPHeaders
    /// Sent before `headers`.
    public var common: HTTPHeaderBlock?
    public var body: ByteBuffer

    public init(
        _ status: HTTPResponseStatus, headers: HTTPHeaders = [:], common: HTTPHeaderBlock? = nil, body: ByteBuffer = ByteBuffer()
    ) {
        (self.status, self.headers, self.common, self.body) = (status, headers, common, body)
    }

    public init(_ status: HTTPResponseStatus, contentType: String, text: String) {
        self.init(status, headers: ["Content-Type": contentType], body: ByteBuffer(string: text))
    }

    public init(_ status: HTTPResponseStatus, contentType: String, bytes: [UInt8]) {
        self.init(status, headers: ["Content-Type": contentType], body: ByteBuffer(bytes: bytes))
    }
}
