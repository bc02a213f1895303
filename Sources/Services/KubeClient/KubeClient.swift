import AsyncHTTPClient
import Core
import JSON
import NIOCore
import NIOHTTP1

/// Calls to the API servers of one cluster: what the scheduler and the executor know of the Kubernetes API.
///
/// A value that may be copied freely; the copies share one connection pool. Proxy variables of the environment are never read.
/// Each answer is bounded in size and time. Of several servers one is asked until it does not serve, then the next. A call that cannot
/// have arrived, and a read, are repeated there, once for each server; nothing else is retried here: `KubeClientError.isRetriable` says
/// what may be. A server that lets a call or a watch wait is asked for a sign of life, and left if it shows none (`SignsOfLife`).
public struct KubeClient: Sendable {
    /// How a PATCH body is meant.
    public enum PatchType: String, Sendable {
        case merge = "application/merge-patch+json"
        case strategic = "application/strategic-merge-patch+json"
        case json = "application/json-patch+json"
    }

    /// Limits of the client's calls.
    public struct Limits: Sendable {
        /// From the call to the end of its answer; a watch is not subject to it.
        public var answer: Duration = .seconds(15)
        /// How long a call waits until its server is asked for a sign of life.
        public var patience: Duration = .milliseconds(1500)
        /// How long a watch tells nothing until then.
        public var silence: Duration = .seconds(10)
        /// How long a sign of life may take.
        public var sign: Duration = .seconds(2)
        /// Until the TCP connection stands.
        public var connect: Duration = .seconds(5)
        /// Bytes of one answer.
        public var answerBytes = 512 << 20
        /// Bytes of one watch event.
        public var eventBytes = 16 << 20
        public init() {}
    }

    let servers: ServerList
    let transport: Transport
    let signs: SignsOfLife
    private(set) var headers: HTTPHeaders
    public let limits: Limits
    private var permit: @Sendable () -> Bool = { true }

    /// - Parameter server: `http://127.0.0.1:8888`, or several with commas; a bare `host:port` is taken as plain HTTP, as the guides write it.
    public init(server: String, userAgent: String = "kmd", limits: Limits = Limits()) {
        servers = ServerList(server)
        self.limits = limits
        self.headers = ["User-Agent": userAgent, "Accept": "application/json"]
        let transport = Transport(connect: limits.connect)
        self.transport = transport
        signs = SignsOfLife { server in await KubeClient.sign(of: server, transport, deadline: limits.sign) }
    }

    /// The server that is asked at present: `http://host:port`.
    public var server: String { servers.choice.url }

    /// The same client for calls that must not be made any more once `permit` says no: what is not a read is refused here then, as if no server
    /// could be reached. It is asked just before each call.
    public func permitted(by permit: @escaping @Sendable () -> Bool) -> KubeClient {
        var client = self
        client.permit = permit
        return client
    }

    /// The same client, all of whose writes are refused (`KubeClientError.isFenced`) once a leader of a higher term has written: for what a
    /// component does while it leads in `term`. A new leader's first act is `raiseFence`.
    public func leading(_ component: String, term: UInt64) -> KubeClient {
        var client = self
        client.headers.replaceOrAdd(name: "Kmd-Leader-Term", value: "\(component)/\(term)")
        return client
    }

    /// Writes the term that this client leads in, so that nothing of a lower term takes effect any more: to be done, with an answer, before a new
    /// leader reads what it will act on. The writing is a mark on the component's lease, made if it is missing.
    public func raiseFence(lease: String, term: UInt64) async throws(KubeClientError) {
        let collection = "/apis/coordination.k8s.io/v1/namespaces/kube-system/leases"
        let metadata: JSONValue = ["name": .string(lease), "annotations": ["kmd.dev/term": .string(String(term))]]
        do {
            try await patch("\(collection)/\(lease)", ["metadata": metadata])
        } catch {
            guard error.isNotFound else { throw error }
            try await create(collection, ["apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "metadata": metadata])
        }
    }

    /// Closes the connections. Calls under way fail; later ones too. Not needed before the last copy goes.
    public func shutdown() async { await transport.shutdown() }

    // MARK: Calls

    /// GET of one object (or of anything that answers JSON).
    public func get(_ path: String, query: [(String, String)] = []) async throws(KubeClientError) -> JSONValue {
        try await json(.GET, path, query: query, body: nil, contentType: nil)
    }

    /// GET of a collection: all its items, in the server's order, and the resource version to watch from.
    /// The items of a Kubernetes list carry no `apiVersion` and `kind`.
    public func list(
        _ path: String, query: [(String, String)] = []
    ) async throws(KubeClientError) -> (items: [JSONValue], resourceVersion: String) {
        var items: [JSONValue] = []
        var more = ""
        while true {
            let page = try await get(path, query: more.isEmpty ? query : query + [("continue", more)])
            guard let part = page["items"]?.array ?? (page["items"]?.isNull == true ? [] : nil) else {
                throw KubeClientError(kind: .malformed, message: "\(path) answered no list")
            }
            items += part
            more = page.at("metadata", "continue")?.string ?? ""
            if more.isEmpty { return (items, page.at("metadata", "resourceVersion")?.string ?? "") }
        }
    }

    /// POST. Answers the object as the server made it.
    @discardableResult public func create(
        _ path: String, _ body: JSONValue, query: [(String, String)] = []
    ) async throws(KubeClientError) -> JSONValue {
        try await json(.POST, path, query: query, body: body.encoded(), contentType: "application/json")
    }

    /// PUT of a whole object; with `metadata.resourceVersion` it is refused (409) if the object changed meanwhile.
    @discardableResult public func update(_ path: String, _ body: JSONValue) async throws(KubeClientError) -> JSONValue {
        try await json(.PUT, path, query: [], body: body.encoded(), contentType: "application/json")
    }

    @discardableResult public func patch(
        _ path: String, _ body: JSONValue, type: PatchType = .merge
    ) async throws(KubeClientError) -> JSONValue {
        try await json(.PATCH, path, query: [], body: body.encoded(), contentType: type.rawValue)
    }

    /// DELETE, with `DeleteOptions` if given. Answers the object as it is now, or a `Status`.
    @discardableResult public func delete(_ path: String, options: JSONValue? = nil) async throws(KubeClientError) -> JSONValue {
        try await json(.DELETE, path, query: [], body: options?.encoded(), contentType: options == nil ? nil : "application/json")
    }

    /// Any call with bytes in and out, for what is not JSON. 2xx answers only; others are thrown.
    public func call(
        _ method: HTTPMethod, _ path: String, query: [(String, String)] = [], body: [UInt8]? = nil, contentType: String? = nil
    ) async throws(KubeClientError) -> [UInt8] {
        let isRead = method == .GET || method == .HEAD
        return try await onAnyServer(isRead: isRead) { choice throws(KubeClientError) in
            guard isRead || permit() else {
                throw KubeClientError(kind: .notPermitted, message: "\(method) \(path): this leader's term is over", mayHaveArrived: false)
            }
            let request = self.request(method, choice.url, path, query: query, body: body, contentType: contentType)
            return try await answer(to: request, of: choice.url)
        }
    }

    /// Performs `attempt` with the present server, and with the others where that server does not serve and nothing speaks against it.
    func onAnyServer<Answer>(
        isRead: Bool, _ attempt: (_ server: ServerList.Choice) async throws(KubeClientError) -> Answer
    ) async throws(KubeClientError) -> Answer {
        var untried = servers.urls.count
        while true {
            let choice = servers.choice
            do throws(KubeClientError) { return try await attempt(choice) } catch {
                guard error.speaksAgainstServer else { throw error }
                servers.leave(choice)
                untried -= 1
                guard untried > 0, isRead || !error.mayHaveArrived else { throw error }
            }
        }
    }

    private func answer(to request: HTTPClientRequest, of server: String) async throws(KubeClientError) -> [UInt8] {
        let (limits, transport, began) = (limits, transport, ContinuousClock.now)
        let outcome: Result<[UInt8], KubeClientError> = await firstOf([
            {
                do throws(KubeClientError) {
                    let response = try await transport.execute(request, deadline: limits.answer)
                    let bytes = try await transport.collect(response.body, limit: limits.answerBytes)
                    guard (200..<300).contains(Int(response.status.code)) else {
                        throw KubeClientError(httpStatus: Int(response.status.code), body: bytes)
                    }
                    return .success(bytes)
                } catch { return .failure(error) }
            },
            {
                let loss = await loss(of: server, after: limits.patience, until: began + limits.answer) { began }
                return .failure(loss ?? KubeClientError(kind: .timedOut, message: "\(request.method) \(request.url)"))
            },
        ])
        if Task.isCancelled { throw KubeClientError(kind: .cancelled, message: "\(request.method) \(request.url)") }
        return try outcome.get()
    }

    private func json(
        _ method: HTTPMethod, _ path: String, query: [(String, String)], body: [UInt8]?, contentType: String?
    ) async throws(KubeClientError) -> JSONValue {
        let bytes = try await call(method, path, query: query, body: body, contentType: contentType)
        do { return try JSONValue(parsing: bytes) } catch {
            throw KubeClientError(kind: .malformed, message: "\(method) \(path): \(error)")
        }
    }

    func request(
        _ method: HTTPMethod, _ server: String, _ path: String, query: [(String, String)], body: [UInt8]?, contentType: String?
    ) -> HTTPClientRequest {
        var request = HTTPClientRequest(url: server + path + KubeClient.queryText(query))
        request.method = method
        request.headers = headers
        if let contentType { request.headers.replaceOrAdd(name: "Content-Type", value: contentType) }
        if let body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return request
    }

    /// `?a=b&c=d`, percent-encoded; empty for no query.
    static func queryText(_ query: [(String, String)]) -> String {
        query.isEmpty ? "" : "?" + query.map { "\(escaped($0.0))=\(escaped($0.1))" }.joined(separator: "&")
    }

    /// Percent-encodes all but RFC 3986's unreserved characters: for one segment of a path, or a part of a query.
    public static func escaped(_ text: String) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16, uppercase: true)
                result += digits.count == 1 ? "%0\(digits)" : "%\(digits)"
            }
        }
        return result
    }
}

/// The outcome of the first of them that ends; the others are then cancelled and awaited. There must be one.
func firstOf<Value: Sendable>(_ works: [@Sendable () async -> Value]) async -> Value {
    await withTaskGroup(of: Value.self) { group in
        for work in works { group.addTask { await work() } }
        defer { group.cancelAll() }
        return if let outcome = await group.next() { outcome } else { await works[0]() }
    }
}
