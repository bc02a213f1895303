import Core
import Mesos
import OfferBroker
import Scheduling

/// Tells Mesos which offers we do not want, and the planner which there are.
struct OfferAdapter: OfferOutlet {
    /// One DECLINE names no more offers than that.
    private static let offersPerCall = 1000
    let parts: SchedulerParts

    func decline(_ offers: [OfferID], because why: GoneReason, refuse: Duration) async {
        var rest = offers[...]
        while !rest.isEmpty {
            let call = Array(rest.prefix(Self.offersPerCall))
            rest = rest.dropFirst(call.count)
            await parts.attempt("DECLINE") { mesos throws(MesosCallError) in try await mesos.decline(call, refuse: refuse) }
        }
    }
    func suppress(_ roles: [String]) async { await parts.attempt("SUPPRESS") { mesos throws(MesosCallError) in try await mesos.suppress(roles: roles) } }
    func revive(_ roles: [String]) async { await parts.attempt("REVIVE") { mesos throws(MesosCallError) in try await mesos.revive(roles: roles) } }

    func offersArrived(on agents: [AgentID]) async {
        guard let actors = parts.actors else { return }
        await actors.queue.tell(.offered(count: agents.count, at: parts.time.now))
        actors.binder.stimulate()
    }

    func note(_ notes: [OfferNote]) async { parts.metrics.note(notes) }
}
