import ActorKit
import ControllerKit
import Core
import HTTPKit
import KubeClient
import LeaderElector
import Logging
import ServiceRouting

/// How a controller manager is set up.
struct ControllerManagerOptions: Sendable {
    /// `http://host:port`, or `host:port`.
    var apiServer: String
    /// The same over restarts; what the lease names as its holder.
    var identity: String
    /// Who elects the one controller manager that acts; `nil`: this is the only one.
    var ensemble: ElectionEnsemble?
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
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-controller-manager", limits: .ofALeader)
        let probe = KubeClient(server: options.apiServer, userAgent: "kmd-controller-manager", limits: LeaderNeed.limits)
        let election = RoleElection(
            "controller-manager", ensemble: options.ensemble, identity: options.identity,
            url: "http://\(RoleWiring.reachable(options.address)):\(options.port)", kube: kube, log: log)
        let server = HTTPServer(host: options.address, port: options.port, service: HealthService(election: election), logger: log)
        do { started(try await server.start()) } catch {
            await kube.shutdown()
            await probe.shutdown()
            throw error
        }
        let log = log
        let coordinator = election.coordinator { term in
            let kube = await LeaderWrites.begin(kube, election, term: term, log: log)
            let events = EventRecorder(client: kube, component: "controllermanager")
            return [EventSender(recorder: events), manager(kube, events)]
        }
        await withTaskGroup(of: Void.self) { group in
            if let reach = election.reach([.store(probe)]) { group.addTask { await reach.run() } }
            await coordinator.run()
            group.cancelAll()
        }
        election.end()
        await server.shutdown(grace: .seconds(1))
        await kube.shutdown()
        await probe.shutdown()
    }

    private func manager(_ kube: KubeClient, _ events: EventRecorder) -> ControllerManager {
        let cache = ObjectCache()
        let table = ControllerTable(
            options: options, cache: cache, api: ControllerAPIAdapter(kube: kube, events: events), watcher: ControllerLog(log: log))
        return ControllerManager(table.controllers, cache: cache, feed: ControllerFeed(kube: kube, time: SystemTime(), log: log))
    }

    private struct HealthService: HTTPService {
        let election: RoleElection

        func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
            guard request.method == .GET || request.method == .HEAD else {
                return exchange.respond(.methodNotAllowed, contentType: "text/plain", text: "method not allowed\n")
            }
            switch request.path {
            case "/healthz", "/livez": exchange.respond(.ok, contentType: "text/plain", text: "ok")
            case "/readyz": exchange.respond(.ok, contentType: "text/plain", text: "ok\n\(election.standing)\n")
            case "/leader": exchange.respond(.ok, contentType: "text/plain", text: election.page)
            default: exchange.respond(.notFound, contentType: "text/plain", text: "404 page not found\n")
            }
        }
    }
}
