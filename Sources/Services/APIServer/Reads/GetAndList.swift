import HTTPKit
import JSON
import KubeAPI
import NIOCore
import Store

/// Gets and lists: answered from the cache, from bytes that were made when the object changed.
extension APIService {
    /// Tables and the like are made from trees; up to this many on the event loop, more in a task of their own.
    private static var treesOnEventLoop: Int { 20 }

    func get(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        if request.rawQuery != nil, isTrue(request.query.first("watch")) {
            return try watch(target, request, exchange)
        }
        if target.subresource == "scale" { return try getScale(target, request, exchange) }
        let form = try AnswerForm(request.headers)
        let object = try object(target)
        exchange.respond(try answer(.ok, object.clientBytes, of: target.kind, revision: object.modRevision, form, request))
    }

    func object(_ target: ResourceTarget) throws(APIStatus) -> CachedObject {
        guard let object = try cache(of: target.kind).get(target.storeKey) else {
            throw .notFound(target.kind, name: target.name ?? "")
        }
        return object
    }

    /// One object in the form that was asked for.
    func answer(
        _ status: HTTPResponseStatus, _ bytes: [UInt8], of kind: ResourceKind, revision: Revision, _ form: AnswerForm,
        _ request: HTTPRequest,
        warnings: [String] = []
    ) throws(APIStatus) -> HTTPResponse {
        var headers = HTTPHeaders()
        for warning in warnings { headers.add(name: "Warning", value: "299 - \(quoted(warning))") }
        switch form {
        case .json, .yaml:
            let shown = request.wantsPretty ? prettyJSON(bytes) : bytes
            return HTTPResponse(status, headers: headers, common: headerBlock(for: form), body: ByteBuffer(bytes: shown))
        case .table(let version):
            let metadata = ListMetadata(resourceVersion: revision > 0 ? String(revision) : "")
            return HTTPResponse(
                status, headers: headers, common: headerBlock(for: form),
                body: ByteBuffer(bytes: try table(kind, [bytes], metadata, version, request)))
        case .partialMetadata(let version):
            let partial = kind.partialMetadata(of: try tree(bytes), version: version)
            return HTTPResponse(
                status, headers: headers, common: headerBlock(for: form), body: ByteBuffer(bytes: partial.encoded()))
        }
    }

    /// Our own bytes as a tree; they were checked when they were written.
    func tree(_ bytes: [UInt8]) throws(APIStatus) -> JSONValue {
        do { return try JSONValue(parsing: bytes) } catch { throw .internalError("a stored object cannot be read: \(error)") }
    }

    func list(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        let options = try ListOptions(request.query, for: target.kind)
        if options.isWatch { return try watch(target, request, exchange) }
        let form = try AnswerForm(request.headers)
        let cache = try cache(of: target.kind)
        if let asked = options.resourceVersion, asked > 0, options.match == .exact || asked > cache.revision {
            return exchange.perform { [self] in
                do {
                    let list = try await listAt(asked, cache, target, options)
                    exchange.respond(try listAnswer(list, target.kind, form, request))
                } catch {
                    exchange.respond(apiStatus(of: error))
                }
            }
        }
        if let token = options.continueToken, token.revision > 0, (try? cache.snapshot(at: token.revision)) == nil {
            return exchange.perform { [self] in
                do { exchange.respond(try listAnswer(try await listPast(token, target, options), target.kind, form, request)) } catch {
                    exchange.respond(apiStatus(of: error))
                }
            }
        }
        let list = try listNow(cache, target, options)
        let isHeavy = (form != .json && list.objects.count > APIService.treesOnEventLoop) || list.objects.count > 5000
        if isHeavy {
            exchange.perform { [self] in
                do { exchange.respond(try listAnswer(list, target.kind, form, request)) } catch {
                    exchange.respond(apiStatus(of: error))
                }
            }
        } else {
            exchange.respond(try listAnswer(list, target.kind, form, request))
        }
    }

    private func listNow(_ cache: WatchCache, _ target: ResourceTarget, _ options: ListOptions) throws(APIStatus) -> CacheList {
        do {
            return try cache.list(options.filter(in: target.namespace), limit: options.limit, continuing: options.continueToken)
        } catch .tooOld {
            throw expired(options.continueToken)
        } catch {
            throw apiStatus(of: error)
        }
    }

    /// A list at a revision that is not the cache's present: waits a little for one that is to come, reads the store for one that
    /// is past.
    private func listAt(
        _ asked: Revision, _ cache: WatchCache, _ target: ResourceTarget, _ options: ListOptions
    ) async throws -> CacheList {
        if asked > cache.revision {
            let current = try await store.currentRevision()
            guard asked <= current else { throw tooLargeResourceVersion(asked, current: current) }
            if options.match != .exact {
                try await freshen(cache)
                return try listNow(cache, target, options)
            }
        }
        let range = KeyRange(prefix: target.kind.storePrefix(namespace: target.namespace))
        let found = try await store.read(range, at: asked, limit: 0)
        var objects = SortedMap<CachedObject>()
        for item in found.items { objects[item.key] = try? CachedObject(target.kind, item) }
        let snapshot = CacheSnapshot(revision: asked, objects: objects)
        return snapshot.list(target.kind, options.filter(in: target.namespace), limit: options.limit, after: nil)
    }

    /// The client may go on with what is current, at the price of a list that was never so at one moment.
    private func expired(_ token: ContinueToken?) -> APIStatus {
        .expiredContinue(token: ContinueToken(revision: 0, after: token?.after ?? "").encoded())
    }

    /// Goes on with a list whose first page another server gave, or whose snapshot was dropped: the store knows how it was then.
    private func listPast(_ token: ContinueToken, _ target: ResourceTarget, _ options: ListOptions) async throws -> CacheList {
        let kind = target.kind
        let filter = options.filter(in: target.namespace)
        let range = KeyRange(prefix: kind.storePrefix(namespace: filter.namespace))
        let next = kind.storePrefix + token.after + "\0"
        var start = utf8Order(next, range.start) >= 0 ? next : range.start
        var selected: [CachedObject] = []
        while true {
            let page: RangeResult
            let want = filter.isFixed && options.limit > 0 ? options.limit - selected.count : 500
            do {
                page = try await store.read(KeyRange(start: start, end: range.end ?? start), at: token.revision, limit: want)
            } catch StoreError.compacted { throw expired(token) }
            for item in page.items {
                guard let object = try? CachedObject(kind, item), filter.isFixed || filter.matches(object) else { continue }
                selected.append(object)
            }
            let isFull = options.limit > 0 && selected.count >= (filter.isFixed ? options.limit : options.limit + 1)
            guard !isFull, page.more, let last = page.items.last else {
                return pageOfPast(selected, token.revision, kind, options, left: filter.isFixed ? page.count - page.items.count : nil)
            }
            start = last.key + "\0"
        }
    }

    /// - Parameter left: how many objects come after `selected`; `nil` where nobody counts them, and one too many was selected to show that there are.
    private func pageOfPast(
        _ selected: [CachedObject], _ revision: Revision, _ kind: ResourceKind, _ options: ListOptions, left: Int?
    ) -> CacheList {
        let isCut = options.limit > 0 && selected.count > options.limit
        let shown = isCut ? Array(selected.prefix(options.limit)) : selected
        let goesOn = isCut || (left ?? 0) > 0
        let next = goesOn ? shown.last.map { ContinueToken(revision: revision, after: String($0.key.dropFirst(kind.storePrefix.count))) } : nil
        return CacheList(objects: shown, revision: revision, next: next, remaining: goesOn ? left : nil)
    }

    private func listAnswer(
        _ list: CacheList, _ kind: ResourceKind, _ form: AnswerForm, _ request: HTTPRequest
    ) throws(APIStatus) -> HTTPResponse {
        let metadata = ListMetadata(
            resourceVersion: String(list.revision), continueToken: list.next?.encoded() ?? "",
            remainingItemCount: list.remaining.map { Int64($0) })
        let body: ByteBuffer
        switch form {
        case .json, .yaml:
            let bytes = list.bytes(kind)
            body = request.wantsPretty ? ByteBuffer(bytes: prettyJSON(Array(buffer: bytes))) : bytes
        case .table(let version):
            body = ByteBuffer(bytes: try table(kind, list.objects.lazy.map(\.clientBytes), metadata, version, request))
        case .partialMetadata(let version):
            body = ByteBuffer(
                bytes: kind.partialMetadataList(of: try trees(list), metadata: metadata, version: version).encoded())
        }
        return HTTPResponse(.ok, common: headerBlock(for: form), body: body)
    }

    /// A Table made from the objects' bytes, of which only what the cells show becomes a tree.
    private func table(
        _ kind: ResourceKind, _ objects: some Sequence<[UInt8]>, _ metadata: ListMetadata, _ version: String,
        _ request: HTTPRequest
    ) throws(APIStatus) -> [UInt8] {
        let included = try IncludedObject(parameter: request.query.first("includeObject"))
        do {
            return try kind.tableBytes(
                ofClientBytes: objects, metadata: metadata, including: included, version: version, now: time.wallClock)
        } catch {
            throw .internalError("a stored object cannot be read: \(error)")
        }
    }

    private func trees(_ list: CacheList) throws(APIStatus) -> [JSONValue] {
        var trees: [JSONValue] = []
        trees.reserveCapacity(list.objects.count)
        for object in list.objects { trees.append(try tree(object.clientBytes)) }
        return trees
    }
}
