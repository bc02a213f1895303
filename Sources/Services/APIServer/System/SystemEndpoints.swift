import HTTPKit
import JSON
import KubeAPI
import KubeSchema
import NIOCore
import Synchronization

/// What the server says of itself: discovery, version, health, schema, metrics.
extension APIService {
    func system(_ route: Route, _ request: HTTPRequest, _ exchange: HTTPExchange) throws(APIStatus) {
        if case .health(let endpoint, let check) = route { return health(endpoint, check, request, exchange) }
        guard request.method == .GET || request.method == .HEAD else { throw .methodNotAllowed }
        switch route {
        case .root where request.method == .HEAD: serving(exchange)
        case .root: document(.ok, pathList, request, exchange)
        case .apiVersions:
            document(.ok, registry.apiVersions(serverAddress: options.advertisedAddress), request, exchange)
        case .apiGroups: document(.ok, registry.apiGroupList(), request, exchange)
        case .apiGroup(let group):
            guard let body = registry.apiGroup(group) else { throw .noSuchResource }
            document(.ok, body, request, exchange)
        case .apiResources(let group, let version):
            guard let body = registry.apiResourceList(group: group, version: version) else { throw .noSuchResource }
            document(.ok, body, request, exchange)
        case .version: document(.ok, options.version.json, request, exchange)
        case .openAPIv2: openAPI(request, exchange)
        case .metrics: exchange.respond(.ok, contentType: "text/plain; version=0.0.4; charset=utf-8", text: metrics.text(caches))
        default: document(.notFound, pathList, request, exchange)
        }
    }

    private func document(_ status: HTTPResponseStatus, _ json: JSONValue, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        let bytes = json.encoded()
        exchange.respond(status, headers: jsonHeaders, body: ByteBuffer(bytes: request.wantsPretty ? prettyJSON(bytes) : bytes))
    }

    /// Every path that there is besides objects.
    private var pathList: JSONValue {
        var paths = ["/api", "/api/v1", "/apis", "/apis/", "/healthz", "/livez", "/metrics", "/openapi/v2", "/readyz", "/version"]
        for kind in registry.kinds where !kind.group.isEmpty { paths += ["/apis/\(kind.group)", "/apis/\(kind.group)/\(kind.version)"] }
        for endpoint in ["healthz", "livez", "readyz"] { paths += healthChecks.map { "/\(endpoint)/\($0.name)" } }
        var seen = Set<String>()
        return ["paths": .array(paths.sorted().filter { seen.insert($0).inserted }.map { .string($0) })]
    }

    // MARK: Health

    private struct HealthCheck: Sendable {
        let name: String
        let isWell: @Sendable () async -> Bool
    }

    private var healthChecks: [HealthCheck] {
        [
            HealthCheck(name: "ping") { true }, HealthCheck(name: "log") { true },
            HealthCheck(name: "etcd") { [isReady, storeProbe] in isReady.value ? await storeProbe.fault() == nil : false },
        ]
    }

    private func health(_ endpoint: String, _ check: String?, _ request: HTTPRequest, _ exchange: HTTPExchange) {
        var checks = healthChecks
        if endpoint == "readyz" { checks.append(HealthCheck(name: "shutdown") { [isStopping] in !isStopping.value }) }
        if let check {
            guard let found = checks.first(where: { $0.name == check }) else { return document(.notFound, pathList, request, exchange) }
            checks = [found]
        }
        let isVerbose = request.rawQuery.map { $0.contains("verbose") } ?? false
        exchange.perform { [checks] in
            var text = ""
            var isWell = true
            for check in checks {
                let passes = await check.isWell()
                isWell = isWell && passes
                text += passes ? "[+]\(check.name) ok\n" : "[-]\(check.name) failed: reason withheld\n"
            }
            text += isWell ? "\(endpoint) check passed\n" : "\(endpoint) check failed\n"
            exchange.respond(
                isWell ? .ok : .internalServerError, contentType: "text/plain; charset=utf-8", text: isVerbose || !isWell ? text : "ok")
        }
    }

    /// `HEAD /`, with which the three-master guide's haproxy asks whether requests shall be sent here.
    private func serving(_ exchange: HTTPExchange) {
        exchange.perform { [isReady, isStopping, storeProbe] in
            let serves = isReady.value && !isStopping.value ? await storeProbe.fault() == nil : false
            exchange.respond(serves ? .ok : .serviceUnavailable, contentType: "text/plain; charset=utf-8", text: serves ? "ok" : "not now")
        }
    }

    // MARK: Schema

    private func openAPI(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        let accept = request.headers.first(name: "accept") ?? ""
        let isProtobuf = accept.contains("proto-openapi.spec.v2")
        let etag = OpenAPIv2.etag
        if request.headers[canonicalForm: "if-none-match"].contains(where: { $0 == etag }) {
            return exchange.respond(.notModified, headers: ["Etag": etag])
        }
        exchange.respond(
            .ok,
            headers: [
                "Cache-Control": "no-cache, private", "Etag": etag, "Vary": "Accept",
                "Content-Type": isProtobuf ? OpenAPIv2.protobufContentType : "application/json",
            ],
            body: ByteBuffer(bytes: isProtobuf ? OpenAPIv2.protobuf : OpenAPIv2.json))
    }
}

/// What `/version` says, in the fields of a real server.
public struct APIVersion: Sendable, Hashable {
    public var major = "1"
    public var minor = "33"
    public var gitVersion = "v1.33.1+kmd"
    public var gitCommit = "unknown"
    public var gitTreeState = "clean"
    public var buildDate = "1970-01-01T00:00:00Z"
    /// The field's name is the API's; what we are built with is not Go, and says so.
    public var goVersion = "swift-6"
    public var compiler = "swiftc"
    public var platform = "linux/amd64"
    public init() {
        #if arch(arm64)
        platform = "linux/arm64"
        #endif
    }

    var json: JSONValue {
        [
            "major": .string(major), "minor": .string(minor), "gitVersion": .string(gitVersion), "gitCommit": .string(gitCommit),
            "gitTreeState": .string(gitTreeState), "buildDate": .string(buildDate), "goVersion": .string(goVersion), "compiler": .string(compiler),
            "platform": .string(platform),
        ]
    }
}

/// Counts for `/metrics`.
final class RequestMetrics: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ method: HTTPMethod) { counts.withLock { $0[method.rawValue, default: 0] += 1 } }

    func text(_ caches: [String: WatchCache]) -> String {
        var text = "# HELP apiserver_request_total Requests by method.\n# TYPE apiserver_request_total counter\n"
        for (method, count) in counts.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            text += "apiserver_request_total{verb=\"\(method.filter { $0.isLetter })\"} \(count)\n"
        }
        let sorted = caches.values.sorted { $0.kind.formKey < $1.kind.formKey }
        text += "# HELP apiserver_storage_objects Stored objects by resource.\n# TYPE apiserver_storage_objects gauge\n"
        for cache in sorted {
            text += "apiserver_storage_objects{resource=\"\(cache.kind.qualifiedPlural)\"} \(cache.snapshot().objects.count)\n"
        }
        text += "# HELP apiserver_registered_watchers Open watches by resource.\n# TYPE apiserver_registered_watchers gauge\n"
        for cache in sorted { text += "apiserver_registered_watchers{resource=\"\(cache.kind.qualifiedPlural)\"} \(cache.watcherCount)\n" }
        return text
    }
}

/// A flag that is set once.
final class Flag: Sendable {
    private let state = Atomic(false)
    var value: Bool { state.load(ordering: .relaxed) }
    func set() { state.store(true, ordering: .relaxed) }
}
