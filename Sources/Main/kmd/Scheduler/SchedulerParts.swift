import Binder
import Core
import ExecutorKeeper
import KubeClient
import KubeObjects
import Logging
import Mesos
import OfferBroker
import PodQueue
import NodeRegistrar
import Reconciler
import Scheduling
import Synchronization

/// The components of one term, and what their adapters share. The components are set once, before any of them runs.
final class SchedulerParts: Sendable {
    struct Actors: Sendable {
        let broker: OfferBroker
        let queue: PodQueue
        let binder: Binder
        let reconciler: Reconciler
        let registrar: NodeRegistrar
        let executors: ExecutorKeeper
    }

    let options: SchedulerOptions
    let term: Term
    let kube: KubeClient
    let events: EventRecorder
    let log: Logger
    let time: any TimeSource = SystemTime()
    let pods = PodTable()
    let agents = AgentTable()
    let judge: PlacementJudge
    let mesosStatus = MesosStatus()
    let metrics: SchedulerMetrics
    let intents: IntentStore
    private let wired = Mutex<(actors: Actors?, mesos: MesosSchedulerClient?)>((nil, nil))

    init(options: SchedulerOptions, term: Term, kube: KubeClient, events: EventRecorder, metrics: SchedulerMetrics, log: Logger) {
        (judge, intents) = (PlacementJudge(fit: options.fit), IntentStore(kube: kube))
        (self.options, self.term, self.kube, self.events, self.metrics, self.log) = (options, term, kube, events, metrics, log)
    }

    var actors: Actors? { wired.withLock { $0.actors } }
    var mesos: MesosSchedulerClient? { wired.withLock { $0.mesos } }
    func wire(_ actors: Actors, _ mesos: MesosSchedulerClient) { wired.withLock { $0 = (actors, mesos) } }
    /// Breaks the cycles between components and adapters, once the components have stopped.
    func unwire() { wired.withLock { $0 = (nil, nil) } }

    /// Notes how the framework stands with Mesos, and says it where it is looked for when that needs a person.
    func report(_ standing: MesosStanding) {
        guard mesosStatus.set(standing, at: time.wallClock) else { return }
        metrics.mesosStandings.with(standing.name).add()
        let identity = EventSubject(kind: "ConfigMap", namespace: "kube-system", name: FrameworkIdentity.name)
        guard let fault = standing.fault, let remedy = standing.remedy else {
            log.info("Mesos", metadata: ["standing": "\(standing.name)"])
            if standing.isSubscribed { events.record(identity, reason: standing.name, message: "subscribed to Mesos") }
            return
        }
        log.critical("nothing is launched; running tasks are left alone", metadata: ["because": "\(fault)", "remedy": "\(remedy)"])
        events.record(identity, .warning, reason: standing.name, message: "\(fault). To resolve: \(remedy)")
    }

    func demand(of pod: Pod) -> PodDemand { SchedulerConversions.demand(of: pod, share: options.containerShare) }

    /// Counts the pod where it is, or is about to be.
    func count(_ pod: Pod) { agents.count(pod, demand: demand) }

    /// Brings the picture of the cluster up to the offers of this moment. How many there are.
    func seeOffers() async -> Int {
        guard let broker = actors?.broker else { return 0 }
        // Plans and questions may look at the same time: who finds that another was faster, and knew less, asks again.
        while true {
            let changes = await broker.changes(since: agents.offersSeen)
            if agents.apply(changes) { return changes.liveCount }
        }
    }

    /// Pods that were refused may fit now, on live offers or on others. `fresh`: what was declined is wanted again.
    func reconsider(fresh: Bool) async {
        guard let actors, await actors.queue.isWaiting() else { return }
        await actors.queue.tell(.reconsider(at: time.now))
        await wantOffers(fresh: fresh)
    }

    /// Asks Mesos for what the waiting pods may use, and for no more. `fresh`: also for what was declined.
    func wantOffers(fresh: Bool) async {
        guard let actors else { return }
        var (told, fresh): (Set<RoleWish>?, Bool) = (nil, fresh)
        // Several may ask at the same time: who tells last makes sure that it is still so.
        while case let wishes = await actors.queue.roleWishes(), wishes != told {
            if wishes.isEmpty { actors.broker.unwant() } else { actors.broker.want(fresh: fresh, roles: roles(of: wishes)) }
            (told, fresh) = (wishes, false)
        }
    }

    /// The same when fewer pods wait than before.
    func wantFewerOffers() async {
        guard let actors else { return }
        var told: Set<RoleWish>?
        while case let wishes = await actors.queue.roleWishes(), wishes != told {
            actors.broker.unwant(except: roles(of: wishes))
            told = wishes
        }
    }

    private func roles(of wishes: Set<RoleWish>) -> Set<String> {
        let ours = Set(options.framework.roles)
        return wishes.reduce(into: []) { roles, wish in
            let usable = ours.intersection(wish.roles ?? agents.roles(ofNamespace: wish.namespace) ?? options.roles)
            // Who may use none of our roles is told so by what is offered to them.
            roles.formUnion(usable.isEmpty ? ours : usable)
        }
    }

    /// A call to Mesos whose failure needs no answer: what it was about is told anew after the next subscription.
    func attempt(_ name: String, _ call: @Sendable (MesosSchedulerClient) async throws(MesosCallError) -> Void) async {
        guard let mesos else { return }
        do throws(MesosCallError) { try await call(mesos) } catch {
            log.debug("\(name) failed", metadata: ["because": "\(error)"])
        }
    }

}
