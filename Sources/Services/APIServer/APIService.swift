import Core
import HTTPKit
import JSON
import KubeAPI
import Logging
import Store

/// The Kubernetes API over HTTP: finds out what a request asks for and has it done.
///
/// Reads are answered from the cache on the event loop; writes run in the exchange's own task.
final class APIService: HTTPService {
    let registry: Registry
    let store: any Store
    /// One for each kind, by the kind's `formKey`.
    let caches: [String: WatchCache]
    let time: any TimeSource
    let ids: any IDGenerator
    let logger: Logger
    let options: APIServerOptions
    let metrics = RequestMetrics()
    let allocator: ServiceAllocator
    /// The caches are filled.
    let isReady = Flag()
    let isStopping = Flag()
    let storeProbe: StoreProbe
    let priorityClasses = PriorityClassList()

    init(
        registry: Registry, store: any Store, caches: [String: WatchCache], time: any TimeSource, ids: any IDGenerator, logger: Logger,
        options: APIServerOptions
    ) {
        (self.registry, self.store, self.caches, self.time, self.ids) = (registry, store, caches, time, ids)
        (self.logger, self.options) = (logger, options)
        storeProbe = StoreProbe(time: time, logger: logger) { try await store.currentRevision() }
        allocator = ServiceAllocator(range: options.serviceAddresses, ports: options.nodePorts, store: store, ids: ids, logger: logger)
    }

    /// Every kind of the registry has one from the start.
    func cache(of kind: ResourceKind) throws(APIStatus) -> WatchCache {
        guard let cache = caches[kind.formKey] else { throw .noSuchResource }
        return cache
    }

    var bodyLimit: Int { options.bodyLimit }

    func answer(to refusal: HTTPRefusal) -> HTTPResponse {
        switch refusal {
        case .bodyTooLarge(let limit): HTTPResponse(.requestEntityTooLarge(limit: limit))
        case .unknownMethod: HTTPResponse(.methodNotAllowed)
        case .headersTooLarge, .timeout, .malformed:
            HTTPResponse(refusal.status, contentType: "text/plain; charset=utf-8", text: refusal.description)
        }
    }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        metrics.count(request.method)
        do throws(APIStatus) {
            try route(request, exchange)
        } catch {
            exchange.respond(error)
        }
    }

    private func route(_ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        switch Route(request, in: registry) {
        case .resource(let target): try resource(target, request, exchange)
        case .bindings(let namespace):
            guard request.method == .POST else { throw .methodNotAllowed }
            bindings(namespace: namespace, request, exchange)
        case .legacy(let path): legacy(path, request, exchange)
        case .noSuchResource: throw .noSuchResource
        case .noSuchPage: exchange.respond(.notFound, contentType: "text/plain; charset=utf-8", text: "404 page not found\n")
        case let other: try system(other, request, exchange)
        }
    }

    private func resource(_ target: ResourceTarget, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        guard let verb = ResourceVerb(request.method, target) else { throw .methodNotAllowed }
        if target.subresource == nil, !target.kind.allows(verb.verb) { throw .methodNotAllowed }
        switch verb {
        case .get: try read(target, request, exchange) { service throws(APIStatus) in try service.get(target, request, exchange) }
        case .list: try read(target, request, exchange) { service throws(APIStatus) in try service.list(target, request, exchange) }
        case .connect: try read(target, request, exchange) { service throws(APIStatus) in try service.connect(target, request, exchange) }
        case .create, .update, .patch, .delete, .deleteCollection, .post:
            write(verb, target, request, exchange)
        }
    }
}

/// What is to be done with a target.
enum ResourceVerb: Sendable {
    case get, list, create, update, patch, delete, deleteCollection
    /// POST to a subresource.
    case post
    /// log, exec, attach, portforward: the node answers.
    case connect

    /// `nil`: the method is not for such a target.
    init?(_ method: HTTPMethod, _ target: ResourceTarget) {
        if let subresource = target.subresource {
            switch (subresource, method) {
            case ("log", .GET), ("exec", .GET), ("exec", .POST), ("attach", .GET), ("attach", .POST), ("portforward", .GET),
                ("portforward", .POST):
                self = .connect
            case ("log", _), ("exec", _), ("attach", _), ("portforward", _): return nil
            case ("binding", .POST), ("eviction", .POST): self = .post
            case ("binding", _), ("eviction", _): return nil
            case ("status", .GET), ("scale", .GET): self = .get
            case (_, .PUT): self = .update
            case ("status", .PATCH), ("scale", .PATCH): self = .patch
            default: return nil
            }
            return
        }
        switch (method, target.name) {
        case (.GET, nil): self = .list
        case (.POST, nil): if target.kind.isNamespaced && target.namespace == nil { return nil } else { self = .create }
        case (.DELETE, nil): if target.kind.isNamespaced && target.namespace == nil { return nil } else { self = .deleteCollection }
        case (.GET, _?): self = .get
        case (.PUT, _?): self = .update
        case (.PATCH, _?): self = .patch
        case (.DELETE, _?): self = .delete
        default: return nil
        }
    }

    /// The word of discovery; a kind must allow it.
    var verb: Verb {
        switch self {
        case .get, .connect: .get
        case .list: .list
        case .create, .post: .create
        case .update: .update
        case .patch: .patch
        case .delete: .delete
        case .deleteCollection: .deletecollection
        }
    }
}
