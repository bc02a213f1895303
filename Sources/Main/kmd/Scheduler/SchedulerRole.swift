import ActorKit
import Binder
import Core
import ExecutorKeeper
import HTTPKit
import JSON
import KubeClient
import LeaderElector
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling
import Synchronization

/// The scheduler: Mesos' framework "Kubernetes". Offers in, placements out; the leader alone acts.
///
/// `run` lives until its task is cancelled; then the launching stops first, the Mesos stream closes (without TEARDOWN: tasks run on),
/// and the rest follows.
final class SchedulerRole: Sendable {
    private struct Status {
        var parts: SchedulerParts?
        var port: Int?
        var election: RoleElection?
        var coordinator: LeaderCoordinator?
        /// How often this process has taken the framework back.
        var takeBacks = Backoff(base: .seconds(1), cap: .seconds(60), jitter: 0)
    }

    private let options: SchedulerOptions
    private let log: Logger
    private let kube: KubeClient
    /// For what somebody waits at a screen.
    private let quick: KubeClient
    /// Asks only whether the store is reached.
    private let probe: KubeClient
    private let metrics = SchedulerMetrics()
    private let status = Mutex(Status())

    init(options: SchedulerOptions, logger: Logger = Logger(label: "scheduler")) {
        (self.options, log) = (options, logger)
        kube = KubeClient(server: options.apiServer, userAgent: "kmd-scheduler", limits: .ofALeader)
        quick = KubeClient(server: options.apiServer, userAgent: "kmd-scheduler", limits: StatusGatherer.limits)
        probe = KubeClient(server: options.apiServer, userAgent: "kmd-scheduler", limits: LeaderNeed.limits)
    }

    /// The port of /healthz and /debug, once it is bound.
    var port: Int? { status.withLock { $0.port } }

    /// - Parameter started: called once with the bound port.
    /// - Throws: when the debug port cannot be had.
    func run(started: @Sendable (Int) -> Void = { _ in }) async throws {
        let server = HTTPServer(host: options.address, port: options.port, service: SchedulerDebugService(role: self), logger: log)
        let port = try await server.start()
        status.withLock { $0.port = port }
        started(port)
        let election = RoleElection(
            "scheduler", ensemble: options.ensemble, identity: options.identity,
            url: options.advertised ?? "http://\(RoleWiring.reachable(options.address)):\(port)", kube: kube, log: log)
        let coordinator = election.coordinator { term in await self.components(of: term, election) }
        status.withLock { ($0.election, $0.coordinator) = (election, coordinator) }
        await withTaskGroup(of: Void.self) { group in
            // Standbys too: they know the master when they come to lead, and say how Mesos is when they are asked.
            group.addTask { [options] in await options.masters.run() }
            if let reach = election.reach([.store(probe), .mesos(options.masters, options.access)]) { group.addTask { await reach.run() } }
            await coordinator.run()
            group.cancelAll()
        }
        election.end()
        let parts = status.withLock { status in
            defer { (status.parts, status.election, status.coordinator) = (nil, nil, nil) }
            return status.parts
        }
        parts?.unwire()
        await server.shutdown(grace: .seconds(1))
        await kube.shutdown()
        await quick.shutdown()
        await probe.shutdown()
    }

    /// What runs in a term, in the order of its start; it stops in the opposite order, so that launching ends first.
    private func components(of term: Term, _ election: RoleElection) async -> [any Component] {
        let kube = await LeaderWrites.begin(kube, election, term: term, log: log)
        let events = EventRecorder(client: kube, component: "kmd-scheduler")
        var configuration = MesosSchedulerClient.Configuration(masters: options.masters, framework: options.framework)
        configuration.access = options.access
        configuration.mayAct = { election.fence.allows(term) }
        let mesos = MesosSchedulerClient(configuration, logger: log)
        let parts = SchedulerParts(options: options, term: term, kube: kube, events: events, metrics: metrics, log: log)
        let random = SystemRandom()
        let identity = FrameworkIdentity(kube: kube, log: log) { FrameworkID("kmd-\(random.uuid())") }
        let actors = SchedulerParts.Actors(
            broker: OfferBroker(roles: options.framework.roles, outlet: OfferAdapter(parts: parts), times: options.offers),
            queue: PodQueue(outlet: QueueAdapter(parts: parts)),
            binder: Binder(term: term, fit: options.fit, outlet: BinderAdapter(parts: parts)) { TaskID("pod.\(random.uuid())") },
            reconciler: Reconciler(outlet: ReconcilerAdapter(parts: parts), times: options.reconciliation),
            registrar: NodeRegistrar(
                state: NodeRegistrarState(executorShare: options.executorShare, startingAt: .now), outlet: NodeAdapter(parts: parts)),
            executors: ExecutorKeeper(revision: options.executorRevision, outlet: ExecutorAdapter(parts: parts)))
        parts.wire(actors, mesos)
        let before = status.withLock { status in
            defer { status.parts = parts }
            return status.parts
        }
        before?.unwire()
        let claim = FrameworkClaim(term: term, fence: election.fence) { [weak self] in await self?.takeBack(term) }
        let subscription = MesosSubscription(client: mesos, identity: identity, parts: parts) {
            // Where several may lead, the term says who is right.
            guard election.isContested else { return false }
            claim.displaced.feed(())
            return true
        }
        let service = SchedulerService(address: options.address, port: port ?? options.port, clusterIP: options.serviceAddress)
        return [
            EventSender(recorder: events), actors.broker, actors.queue, actors.reconciler, actors.registrar, actors.executors, NodeFeed(parts: parts),
            NamespaceFeed(parts: parts), PodFeed(parts: parts), AgentFeed(parts: parts), claim,
            MesosFeed(parts: parts, identity: identity), subscription, SchedulerServiceKeeper(wanted: service, parts: parts), actors.binder,
        ]
    }

    /// Another process has subscribed as our framework, and this one's term is the highest: it was a leader of an earlier term, or is none at all.
    private func takeBack(_ term: Term) async {
        let (wait, coordinator) = status.withLock { ($0.takeBacks.next(0), $0.coordinator) }
        log.error("displaced in Mesos although this term is the highest: taking the framework back", metadata: ["term": "\(term)", "in": "\(wait)"])
        try? await SystemTime().sleep(for: wait)
        await coordinator?.restart(term)
    }

    // MARK: What the debug pages show

    /// Whether this process leads, in words.
    var standing: String { status.withLock { $0.election }?.standing ?? "starting" }
    var leaderPage: String { status.withLock { $0.election }?.page ?? "starting\n" }

    /// What is wrong, with the command that resolves it; `nil`: healthy, or not leading.
    var fault: String? {
        guard let standing = leading?.mesosStatus.standing, let fault = standing.fault else { return nil }
        return fault + (standing.remedy.map { ". To resolve: \($0)" } ?? "")
    }
    /// How the framework stands with Mesos; `nil` while this process does not lead.
    var mesosStanding: JSONValue? { leading?.mesosStatus.json }

    /// `nil` while this process does not lead.
    var pages: SchedulerPages? {
        guard let parts = leading, let actors = parts.actors else { return nil }
        return SchedulerPages(parts: parts, actors: actors)
    }
    var explainer: PodExplainer { PodExplainer(kube: kube, parts: leading, identity: options.identity) }
    var leading: SchedulerParts? { status.withLock { status in status.parts.flatMap { $0.term == status.election?.fence.term ? $0 : nil } } }

    /// How the control plane stands; `nil` while this process starts.
    func statusReport() async -> StatusReport? {
        guard let election = status.withLock({ $0.election }) else { return nil }
        return await StatusGatherer(
            kube: quick, election: election, masters: options.masters, access: options.access, standing: mesosStanding
        ).gather()
    }

    /// What agents fetch from here.
    var artifact: ExecutorArtifact? { options.executorArtifact?.file }

    func metricsText() async -> String {
        let pages = pages
        metrics.leads.set(pages == nil ? 0 : 1)
        metrics.eventsDropped.set(Double(status.withLock { $0.parts?.events.dropped ?? 0 }))
        await pages?.measure()
        return metrics.text
    }
}
