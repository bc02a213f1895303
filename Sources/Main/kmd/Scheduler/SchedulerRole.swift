import ActorKit
import Binder
import Core
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
    private struct Status { var parts: SchedulerParts?; var port: Int?; var fault: String? }

    private let options: SchedulerOptions
    private let log: Logger
    private let kube: KubeClient
    private let events: EventRecorder
    private let metrics = SchedulerMetrics()
    private let status = Mutex(Status())

    init(options: SchedulerOptions, logger: Logger = Logger(label: "scheduler")) {
        (self.options, log) = (options, logger)
        kube = KubeClient(server: options.apiServer, userAgent: "kmd-scheduler")
        events = EventRecorder(client: kube, component: "kmd-scheduler")
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
        let coordinator = LeaderCoordinator(
            election: StandaloneElection(identity: options.identity, store: LeaseAdapter(kube: kube, name: "kmd-scheduler")),
            told: { [log] event in log.notice("election", metadata: ["event": "\(event)"]) },
            components: { term in await self.components(of: term) })
        await withDiscardingTaskGroup { group in
            group.addTask { await self.events.run() }
            await coordinator.run()
            group.cancelAll()
        }
        let parts = status.withLock { status in
            defer { status.parts = nil }
            return status.parts
        }
        parts?.unwire()
        await server.shutdown(grace: .seconds(1))
        await kube.shutdown()
    }

    /// What runs in a term, in the order of its start; it stops in the opposite order, so that launching ends first.
    private func components(of term: Term) async -> [any Component] {
        let identity = FrameworkIdentity(kube: kube, log: log)
        var configuration = MesosSchedulerClient.Configuration(masters: options.mesosMasters, framework: options.framework)
        configuration.frameworkID = await identity.stored()
        let mesos = MesosSchedulerClient(configuration, logger: log)
        let parts = SchedulerParts(options: options, term: term, kube: kube, events: events, metrics: metrics, log: log)
        var offerTimes = OfferBrokerState.Times()
        offerTimes.timeToLive = options.offerTimeToLive
        let random = SystemRandom()
        let actors = SchedulerParts.Actors(
            broker: OfferBroker(roles: options.roles, outlet: OfferAdapter(parts: parts), times: offerTimes),
            queue: PodQueue(outlet: QueueAdapter(parts: parts)),
            binder: Binder(term: term, fit: options.fit, outlet: BinderAdapter(parts: parts)) { TaskID("pod.\(random.uuid())") },
            reconciler: Reconciler(outlet: ReconcilerAdapter(parts: parts), times: options.reconciliation),
            registrar: NodeRegistrar(
                state: NodeRegistrarState(executorShare: options.executorShare, startingAt: .now), outlet: NodeAdapter(parts: parts)))
        parts.wire(actors, mesos)
        let before = status.withLock { status in
            defer { status.parts = parts }
            return status.parts
        }
        before?.unwire()
        let feed = MesosFeed(parts: parts, identity: identity) { [weak self] error in self?.mesosEnded(error) }
        let service = SchedulerService(address: options.address, port: port ?? options.port, clusterIP: options.serviceAddress)
        return [
            actors.broker, actors.queue, actors.reconciler, actors.registrar, NodeFeed(parts: parts), PodFeed(parts: parts),
            AgentFeed(parts: parts), feed, MesosSubscription(client: mesos), SchedulerServiceKeeper(wanted: service, parts: parts), actors.binder,
        ]
    }

    private func mesosEnded(_ error: SchedulerStreamError) {
        log.critical("Mesos ended the subscription for good; running tasks are left alone", metadata: ["because": "\(error)"])
        status.withLock { $0.fault = "Mesos: \(error)" }
    }

    // MARK: What the debug pages show

    /// `nil`: healthy.
    var fault: String? { status.withLock { $0.fault } }
    var metricsText: String { metrics.text }

    /// `nil` while this process does not lead.
    func queuedPods() async -> JSONValue? {
        guard let actors = status.withLock({ $0.parts?.actors }) else { return nil }
        return .array(
            await actors.queue.queued().map { pod in
                [
                    "pod": .string(pod.key.description), "uid": .string(pod.uid.value), "phase": .string(pod.phase.rawValue),
                    "attempts": .integer(Int64(pod.attempts)), "reason": .string(pod.reason), "relaunch": .bool(pod.isRelaunch),
                ]
            })
    }

    func knownTasks() async -> JSONValue? {
        guard let actors = status.withLock({ $0.parts?.actors }) else { return nil }
        return .array(
            await actors.reconciler.known().map { task in
                [
                    "task": .string(task.task.value), "pod": .string(task.pod.description), "uid": .string(task.uid.value),
                    "agent": .string(task.agent?.value ?? ""), "host": .string(task.hostname), "state": .string(task.state?.rawValue ?? ""),
                ]
            })
    }
}
