public import Core
import HTTPKit
import JSON
public import KubeAPI
public import Logging
public import Store
import Synchronization

/// How the API server is to run.
public struct APIServerOptions: Sendable {
    /// The address to listen on; loopback unless the user says otherwise, since nobody is asked who they are.
    public var host = "127.0.0.1"
    /// 0: any free port.
    public var port = 8888
    /// Bytes of a request's body, as in Kubernetes.
    public var bodyLimit = 3 << 20
    /// Objects of one bulk create or delete. Clients know it (`KubeClient.bulkLimit`): a server that took fewer would refuse what they send.
    public var bulkLimit = 500
    /// What `/version` says.
    public var version = APIVersion()
    /// Event loop threads.
    public var threads = 2
    /// `host:port` as clients reach this server, for discovery; filled in at the start when empty.
    public var advertisedAddress = ""
    /// The addresses that services get.
    public var serviceAddresses = ServiceAddressRange.standard
    /// The ports of each node that services get.
    public var nodePorts = NodePortRange.standard
    /// Keeps the service `kubernetes` at the first of those addresses, and this server among its endpoints.
    public var keepsKubernetesService = false
    /// The IPv4 address at which pods and nodes reach this server. When empty: the one it listens on or, if that is every one, the machine's first.
    public var advertiseAddress = ""
    /// How long a shutdown waits for requests under way.
    public var shutdownGrace = Duration.seconds(5)
    public init() {}
}

/// The Kubernetes API over a store: caches of every kind, the HTTP server, and the workers that end namespaces and expire events.
public final class APIServer: Sendable {
    private let options: APIServerOptions
    private let service: APIService
    private let logger: Logger
    private let time: any TimeSource
    private let state = Mutex(State())

    private struct State {
        var http: HTTPServer?
        var caches: [Task<Void, Never>] = []
        var workers: [Task<Void, Never>] = []
        var keeper: KubernetesServiceKeeper?
    }

    public init(
        options: APIServerOptions = APIServerOptions(), store: any Store, registry: Registry = .standard, logger: Logger,
        time: any TimeSource = SystemTime(), ids: any IDGenerator = RandomIDs()
    ) {
        var options = options
        if options.advertisedAddress.isEmpty { options.advertisedAddress = "\(options.host):\(options.port)" }
        var caches: [String: WatchCache] = [:]
        for kind in registry.kinds { caches[kind.formKey] = WatchCache(kind, time: time, logger: logger) }
        (self.options, self.logger, self.time) = (options, logger, time)
        service = APIService(
            registry: registry, store: store, caches: caches, time: time, ids: ids, logger: logger, options: options)
    }

    /// Fills the caches, makes what must always be there, listens; returns the port. After a throw, call `shutdown` all the same.
    public func start() async throws -> Int {
        let service = service
        let caches = service.caches.values.sorted { $0.kind.formKey < $1.kind.formKey }
        let tasks = caches.map { cache in Task { await cache.run(service.store) } }
        state.withLock { $0.caches = tasks }
        for cache in caches { try await cache.ready() }
        try await service.repairAllocations()
        try await service.bootstrap()
        try await service.bootstrapPriorityClasses()
        service.isReady.set()
        var workers: [Task<Void, Never>] = []
        if let events = service.registry.kind(group: "", version: "v1", plural: "events") {
            let expiry = EventExpiry(service: service, events: events, logger: logger, time: time)
            workers.append(Task { await expiry.run() })
        }
        let upkeep = AllocationUpkeep(service: service, logger: logger, time: time)
        workers.append(Task { await upkeep.run() })
        state.withLock { $0.workers = workers }
        var httpOptions = HTTPServerOptions()
        httpOptions.threads = options.threads
        let http = HTTPServer(host: options.host, port: options.port, service: service, logger: logger, options: httpOptions)
        state.withLock { $0.http = http }
        let port = try await http.start()
        if let keeper = kubernetesServiceKeeper(port: port) {
            let worker = Task { await keeper.run() }
            state.withLock { state in
                state.keeper = keeper
                state.workers.append(worker)
            }
        }
        return port
    }

    private func kubernetesServiceKeeper(port: Int) -> KubernetesServiceKeeper? {
        guard options.keepsKubernetesService else { return nil }
        let advertised = options.advertiseAddress.isEmpty ? OwnAddress.reachable(listening: options.host) : options.advertiseAddress
        guard let advertised else {
            logger.warning(
                "the service kubernetes does not lead here: no IPv4 address of this server is known", metadata: ["address": "\(options.host)"])
            return nil
        }
        let wanted = KubernetesService(clusterIP: options.serviceAddresses.first, own: KubernetesService.Server(address: advertised, port: port))
        return KubernetesServiceKeeper(service: service, wanted: wanted, logger: logger, time: time)
    }

    /// Ends in order: no new requests, those under way finish, watches end; then the workers, then the caches. The store is the caller's.
    public func shutdown() async {
        service.isStopping.set()
        let (http, workers, caches, keeper) = state.withLock { ($0.http, $0.workers, $0.caches, $0.keeper) }
        if let keeper {
            // While watches are still told of it.
            for worker in workers { worker.cancel() }
            for worker in workers { await worker.value }
            // Our own task may have been cancelled, which is why we stop: that must not cut the farewell short.
            await Task { await keeper.leave() }.value
        }
        await http?.shutdown(grace: options.shutdownGrace)
        for worker in workers { worker.cancel() }
        for worker in workers { await worker.value }
        for cache in caches { cache.cancel() }
        for cache in caches { await cache.value }
        state.withLock { $0 = State() }
    }
}

extension APIService {
    static let bootstrapNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"]

    /// The namespaces that every cluster has.
    func bootstrap() async throws {
        guard let kind = registry.kind(group: "", version: "v1", plural: "namespaces") else { return }
        for name in APIService.bootstrapNamespaces where try cache(of: kind).get(namespace: "", name: name) == nil {
            _ = try await make(["metadata": ["name": .string(name)]], kind, namespace: "")
        }
    }

    /// Creates what the server itself must have, as a client would: checked, defaulted, with addresses. `nil` when the name is taken.
    func make(_ body: JSONValue, _ kind: ResourceKind, namespace: String) async throws -> JSONValue? {
        let context = RequestContext(
            namespace: namespace, now: time.wallClock, uid: ids.uuid(), nameSuffix: ids.nameSuffix(), user: "system:apiserver")
        let object = try kind.prepareCreate(body, context)
        let key = kind.storeKey(namespace: namespace, name: object.at("metadata", "name")?.string ?? "")
        for _ in 0..<8 {
            if try await stored(key) != nil { return nil }
            let plan = try await allocation(kind, old: nil, new: object)
            var complete = plan?.object ?? object
            let put = Operation.put(key: key, value: kind.storedBytes(of: complete))
            let result = try await commit(Transaction(if: [.absent(key)], then: [put]), with: plan, kind)
            guard result.succeeded else { continue }
            complete.set(.string(String(result.revision)), at: "metadata", "resourceVersion")
            return complete
        }
        throw APIStatus.timeout("the object could not be created, please try again", retryAfter: 1)
    }
}
