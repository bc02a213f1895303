import Core
import HTTPKit
import JSON
import KubeAPI
import Store

/// What all writes of one request share.
struct WriteRequest: Sendable {
    enum FieldValidation: String, Sendable { case ignore = "Ignore", warn = "Warn", strict = "Strict" }

    let target: ResourceTarget
    let request: HTTPRequest
    let form: AnswerForm
    let query: HTTPQuery
    let isDryRun: Bool
    let validation: FieldValidation

    init(_ target: ResourceTarget, _ request: HTTPRequest) throws(APIStatus) {
        (self.target, self.request) = (target, request)
        form = try AnswerForm(request.headers)
        query = request.query
        let dryRun = query.all("dryRun").filter { !$0.isEmpty }
        if let wrong = dryRun.first(where: { $0 != "All" }) {
            throw .invalid(kindName: "CreateOptions", group: "meta.k8s.io", name: "", [.notSupported("dryRun", wrong, ["All"])])
        }
        isDryRun = !dryRun.isEmpty
        let text = query.first("fieldValidation") ?? ""
        guard let validation = text.isEmpty ? .warn : FieldValidation(rawValue: text) else {
            throw .invalid(
                kindName: "CreateOptions", group: "meta.k8s.io", name: "",
                [.notSupported("fieldValidation", text, ["Ignore", "Strict", "Warn"])])
        }
        self.validation = validation
    }

    var kind: ResourceKind { target.kind }
    var namespace: String { target.namespace ?? "" }
    var name: String { target.name ?? "" }
}

extension APIService {
    /// Runs a write in the exchange's own task and answers with what comes of it.
    func write(_ verb: ResourceVerb, _ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        exchange.perform { [self] in
            do {
                let write = try WriteRequest(target, request)
                exchange.respond(try await LeaderTerm.holding(request) { try await perform(verb, write) })
            } catch {
                let status = apiStatus(of: error)
                if status.code >= 500 || status.reason == LeaderTerm.reason { logger.warning("\(request.method) \(request.path): \(status.message)") }
                exchange.respond(status)
            }
        }
    }

    private func perform(_ verb: ResourceVerb, _ write: WriteRequest) async throws -> HTTPResponse {
        switch verb {
        case .create: try await create(write)
        case .update: try await update(write)
        case .patch: try await patch(write)
        case .delete: try await delete(write)
        case .deleteCollection: try await deleteCollection(write)
        case .post: try await postSubresource(write)
        case .get, .list, .connect: throw APIStatus.methodNotAllowed
        }
    }

    func context(_ write: WriteRequest) -> RequestContext {
        RequestContext(
            namespace: write.namespace, name: write.name, now: time.wallClock, uid: ids.uuid(), nameSuffix: ids.nameSuffix(), user: "admin")
    }

    /// Commits, if the leader who asks still leads, and returns when reads see it: a client reads its own writes.
    func commit(_ transaction: Transaction, _ kind: ResourceKind) async throws -> TransactionResult {
        let result = try await store.commit(transaction, fencedBy: LeaderTerm.current)
        if result.succeeded { try await settle(result.revision, kind) }
        return result
    }

    /// What the store holds now: for when the cache's state led to a refusal or a lost race.
    func stored(_ key: String) async throws -> KeyValue? {
        try await store.read(KeyRange(key: key), at: nil, limit: 1).items.first
    }

    /// The answer with an object that is in the store.
    func answer(
        _ status: HTTPResponseStatus, stored bytes: [UInt8], revision: Revision, _ write: WriteRequest, warnings: [String] = []
    ) throws(APIStatus) -> HTTPResponse {
        try answer(
            status, try clientBytes(bytes, revision, write.kind), of: write.kind, revision: revision, write.form, write.request,
            warnings: warnings)
    }

    /// The answer with an object that is not stored (a dry run, a removal).
    func answer(
        _ status: HTTPResponseStatus, object: JSONValue, _ write: WriteRequest, warnings: [String] = []
    ) throws(APIStatus) -> HTTPResponse {
        try answer(status, object.encoded(), of: write.kind, revision: 0, write.form, write.request, warnings: warnings)
    }

    /// `Status` Success, as the answer to creates that leave no object of their own.
    func success(_ code: Int = 201) -> HTTPResponse {
        var json = APIStatus(code: code, reason: "", message: "", isSuccess: true).json
        json["code"] = .integer(Int64(code))
        return HTTPResponse(HTTPResponseStatus(statusCode: code), json: json)
    }
}

/// Stored bytes as clients read them; they were checked when they were written.
private func clientBytes(_ stored: [UInt8], _ revision: Revision, _ kind: ResourceKind) throws(APIStatus) -> [UInt8] {
    do { return try kind.clientBytes(stored: stored, revision: revision) } catch {
        throw .internalError("a stored object cannot be read: \(error)")
    }
}

/// An object as it was read for a change, with the revision that the change is conditional on.
struct CurrentObject: Sendable {
    let tree: JSONValue
    let revision: Revision
    /// As clients read it.
    let bytes: [UInt8]

    init(_ object: CachedObject) throws(APIStatus) { try self.init(bytes: object.clientBytes, revision: object.modRevision) }

    init(_ item: KeyValue, _ kind: ResourceKind) throws(APIStatus) {
        try self.init(bytes: clientBytes(item.value, item.modRevision, kind), revision: item.modRevision)
    }

    private init(bytes: [UInt8], revision: Revision) throws(APIStatus) {
        (self.bytes, self.revision) = (bytes, revision)
        do { tree = try JSONValue(parsing: bytes) } catch { throw .internalError("a stored object cannot be read: \(error)") }
    }
}

extension APIService {
    /// The optimistic loop of every change: reads the object, lets `change` try, and tries again with what is really there when the cache
    /// was behind or another writer was first.
    ///
    /// `change` returns `nil` when its commit lost the race. A refusal that a stale read may have caused is believed only when the store says
    /// the same.
    func changing<T: Sendable>(
        _ target: ResourceTarget, _ change: (CurrentObject?) async throws -> T?
    ) async throws -> T {
        var current = try cache(of: target.kind).get(target.storeKey).map { object throws(APIStatus) in try CurrentObject(object) }
        for _ in 0..<8 {
            do {
                if let result = try await change(current) { return result }
                current = try await stored(target.storeKey).map { item throws(APIStatus) in try CurrentObject(item, target.kind) }
            } catch let status as APIStatus where status.code < 500 {
                let now = try await stored(target.storeKey).map { item throws(APIStatus) in try CurrentObject(item, target.kind) }
                if now?.revision == current?.revision { throw status }
                current = now
            }
        }
        throw APIStatus.modified(target.kind, name: target.name ?? "")
    }
}
