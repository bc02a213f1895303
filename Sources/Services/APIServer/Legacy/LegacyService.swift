import HTTPKit
import JSON
import KubeAPI
import NIOCore

/// `/api/v1beta1/…`: POST, GET, list and DELETE, done by the v1 path; only bodies and answers are translated.
extension APIService {
    /// - Parameter path: what stands after the version: the resource, and an id.
    func legacy(_ path: [String], _ request: HTTPRequest, _ exchange: HTTPExchange) {
        exchange.perform { [self] in
            do {
                let (status, json) = try await LeaderTerm.holding(request) { try await legacyAnswer(path, request) }
                respond(json, status, request, exchange)
            } catch {
                let status = apiStatus(of: error)
                if status.code >= 500 { logger.warning("\(request.method) \(request.path): \(status.message)") }
                respond(Legacy.status(status.json), HTTPResponseStatus(statusCode: status.code), request, exchange)
            }
        }
    }

    private func respond(_ json: JSONValue, _ status: HTTPResponseStatus, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        let bytes = json.encoded()
        exchange.respond(status, headers: jsonHeaders, body: ByteBuffer(bytes: request.wantsPretty ? prettyJSON(bytes) : bytes))
    }

    private func legacyAnswer(_ path: [String], _ request: HTTPRequest) async throws -> (HTTPResponseStatus, JSONValue) {
        guard let plural = path.first, path.count <= 2, let resource = Legacy.resources.first(where: { $0.plural == plural }),
            let kind = registry.kind(group: "", version: "v1", plural: resource.modern)
        else { throw APIStatus.noSuchResource }
        let namespace = request.query.first("namespace").flatMap { $0.isEmpty ? nil : $0 } ?? "default"
        let name = path.count > 1 ? Legacy.name(ofID: path[1]) : nil
        let target = ResourceTarget(kind: kind, namespace: namespace, name: name, subresource: nil)
        if request.method == .GET { try await freshen(try cache(of: kind)) }
        switch (request.method, name) {
        case (.GET, nil): return (.ok, try legacyList(resource, target, request))
        case (.GET, _?): return (.ok, resource.downgrade(try tree(try object(target).clientBytes), false))
        case (.POST, nil): return (.created, try await legacyCreate(resource, target, request))
        case (.DELETE, _?):
            _ = try await delete(target, DeleteOptions())
            return (.ok, Legacy.status(APIStatus(code: 200, reason: "", message: "", isSuccess: true).json))
        default: throw APIStatus.methodNotAllowed
        }
    }

    private func legacyList(_ resource: Legacy.Resource, _ target: ResourceTarget, _ request: HTTPRequest) throws(APIStatus) -> JSONValue {
        var options = ListOptions()
        if let labels = request.query.first("labels"), !labels.isEmpty { options.labels = try LabelSelector(parsing: labels) }
        let cache = try cache(of: target.kind)
        let list: CacheList
        do { list = try cache.list(options.filter(in: target.namespace), limit: 0, continuing: nil) } catch { throw apiStatus(of: error) }
        var items: [JSONValue] = []
        for object in list.objects { items.append(resource.downgrade(try tree(object.clientBytes), true)) }
        return Legacy.list(resource.kind + "List", items, resourceVersion: String(list.revision))
    }

    /// The body is JSON, whatever its `Content-Type` says: `curl -d` says that it is a form.
    private func legacyCreate(_ resource: Legacy.Resource, _ target: ResourceTarget, _ request: HTTPRequest) async throws -> JSONValue {
        let read = try BodyReader(expectedKind: resource.kind).json(Array(buffer: request.body))
        for (member, expected) in [("kind", resource.kind), ("apiVersion", Legacy.version)] {
            guard let given = read.value[member], given != "", given != .string(expected) else { continue }
            throw APIStatus.badRequest("the object's \(member) is \(given.text), but \(expected) is expected here")
        }
        guard read.value.object != nil else { throw APIStatus.badRequest("the body is no object of kind \(resource.kind)") }
        if let given = read.value["namespace"]?.string, !given.isEmpty, given != target.namespace {
            throw APIStatus.badRequest("the namespace of the object (\(given)) is not the namespace of the request (\(target.namespace ?? ""))")
        }
        let upgraded = resource.upgrade(read.value, target.namespace ?? "")
        let write = try WriteRequest(target, HTTPRequest(method: .POST, uri: "/"))
        let (body, _) = try checkStructure(ReadBody(value: upgraded), write)
        let made = try await create(body, write, warnings: [])
        return resource.downgrade(try tree(Array(buffer: made.body)), false)
    }
}
