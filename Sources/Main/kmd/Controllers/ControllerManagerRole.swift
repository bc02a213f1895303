import ActorKit
import ControllerKit
import Core
import HTTPKit
import KubeClient
import LeaderElector
import Logging
import ServiceRouting
import Synchronization

/// How a controller manager is set up.
struct ControllerManagerOptions: Sendable {
    /// `http://host:port`, or `host:port`.
    var apiServer: String
    /// The same over restarts; what the lease names as its holder.
    var identity: String
    var address = "127.0.0.1"
    /// Of /healthz; 0 takes any free one.
    var port = 10252
    /// Endpoints are host addresses and host ports, for clusters whose pods cannot be reached by their own addresses.
    var hostPortEndpoints = false
    /// How long a node may be silent until it is Unknown.
    var nodeGrace: Duration = .seconds(40)
    /// Of which range each node gets a part for its pods, and the prefix of a part; `nil`: nobody is given any.
    var podRanges: (cluster: IPv4Range, prefix: Int)?
}

/// The controllers, which only the elected leader of all controller managers runs.
struct ControllerManagerRole: Sendable {
    let options: ControllerManagerOptions
    let log: Logger

    init(options: ControllerManagerOptions, log: Logger = Logger(label: "controller-manager")) { (self.options, self.log) = (options, log) }

    /// - Parameter started: called once with the bound port.
    /// - Throws: when the port cannot be had.
    func run(started: @Sendable (Int) -> Void = { _ in }) async throws {
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-controller-manager")
        let events = EventRecorder(client: kube, component: "controllermanager")
        let standing = Standing()
        let server = HTTPServer(host: options.address, port: options.port, service: HealthService(standing: standing), logger: log)
        do { started(try await server.start()) } catch {
            await kube.shutdown()
            throw error
        }
        let log = log
        let coordinator = LeaderCoordinator(
            election: StandaloneElection(identity: options.identity, store: LeaseAdapter(kube: kube, name: "kmd-controller-manager")),
            told: { event in
                standing.note(event)
                log.notice("election", metadata: ["event": "\(event)"])
            },
            components: { _ in [manager(kube, events)] })
        await withDiscardingTaskGroup { group in
            group.addTask { await events.run() }
            await coordinator.run()
            group.cancelAll()
        }
        await server.shutdown(grace: .seconds(1))
        await kube.shutdown()
    }

    private func manager(_ kube: KubeClient, _ events: EventRecorder) -> ControllerManager {
        let cache = ObjectCache()
        let table = ControllerTable(
            options: options, cache: cache, api: ControllerAPIAdapter(kube: kube, events: events), watcher: ControllerLog(log: log))
        return ControllerManager(table.controllers, cache: cache, feed: ControllerFeed(kube: kube, time: SystemTime(), log: log))
    }

    /// Whether this process leads, for /healthz.
    fileprivate final class Standing: Sendable {
        private let words = Mutex("standby")
        func note(_ event: ElectionEvent) {
            words.withLock { words in
                switch event {
                case .elected(let term): words = "leading, term \(term)"
                case .deposed(let why): words = "standby: \(why)"
                }
            }
        }
        var text: String { words.withLock { $0 } }
    }

    private struct HealthService: HTTPService {
        let standing: Standing

        func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            guard request.method == .GET || request.method == .HEAD else {
                return exchange.respond(.methodNotAllowed, contentType: "text/plain", text: "method not allowed\n")
            }
            switch request.path {
            case "/healthz", "/livez", "/readyz": exchange.respond(.ok, contentType: "text/plain", text: "ok")
            case "/leader": exchange.respond(.ok, contentType: "text/plain", text: standing.text + "\n")
            default: exchange.respond(.notFound, contentType: "text/plain", text: "404 page not found\n")
            }
        }
    }
}
