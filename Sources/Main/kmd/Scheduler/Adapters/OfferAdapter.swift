import Binder
import Core
import JSON
import KubeClient
import KubeObjects
import LeaderElector
import Logging
import Mesos
import NodeRegistrar
import OfferBroker
import PodQueue
import Reconciler
import Scheduling

struct OfferAdapter: OfferOutlet {
    let parts: SchedulerParts

    func decline(_ offers: [OfferID], because why: GoneReason, refuse: Duration) async {
        parts.metrics.count("offers_declined", Int64(offers.count), ["reason": "\(why)"])
        await parts.attempt("DECLINE") { mesos throws(MesosCallError) in try await mesos.decline(offers, refuse: refuse) }
    }
    func suppress() async { await parts.attempt("SUPPRESS") { mesos throws(MesosCallError) in try await mesos.suppress() } }
    func revive() async { await parts.attempt("REVIVE") { mesos throws(MesosCallError) in try await mesos.revive() } }

    func offersArrived() async {
        guard let actors = parts.actors else { return }
        let views = parts.agents.views(of: await actors.broker.live(), all: false, executor: SchedulerOptions.executorID)
        await actors.queue.tell(.offered(views, at: parts.time.now))
        actors.binder.stimulate()
    }
}
