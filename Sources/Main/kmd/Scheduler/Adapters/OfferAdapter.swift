import Core
import Logging
import Mesos
import OfferBroker
import Scheduling

/// Tells Mesos which offers we do not want, and the planner which there are.
struct OfferAdapter: OfferOutlet {
    let parts: SchedulerParts

    func call(_ call: OfferCall) async -> OfferCallAnswer {
        guard let mesos = parts.mesos else { return .refused("stopping") }
        do throws(MesosCallError) {
            switch call {
            case .decline(let offers, _, let refuse): try await mesos.decline(offers, refuse: refuse)
            case .suppress(let roles): try await mesos.suppress(roles: roles)
            case .revive(let roles): try await mesos.revive(roles: roles)
            }
            return .taken
        } catch {
            let answer = OfferAdapter.answer(to: error)
            let level: Logger.Level = if case .refused = answer { .warning } else { .debug }
            parts.log.log(level: level, "\(OfferAdapter.name(of: call)) failed", metadata: ["because": "\(error)"])
            return answer
        }
    }

    /// A master that is overloaded, elected, or about to end the subscription may answer another attempt, or the next subscription voids it.
    static func answer(to error: MesosCallError) -> OfferCallAnswer {
        if case .refused(let status, let message) = error, !error.isRetriable, status != 429, status < 500 { return .refused("\(status): \(message)") }
        return .lost(error.description)
    }

    private static func name(of call: OfferCall) -> String {
        switch call {
        case .decline: "DECLINE"
        case .suppress: "SUPPRESS"
        case .revive: "REVIVE"
        }
    }

    func offersArrived(on agents: [AgentID]) async {
        guard let actors = parts.actors else { return }
        await actors.queue.tell(.offered(count: agents.count, at: parts.time.now))
        actors.binder.stimulate()
    }

    func note(_ notes: [OfferNote]) async { parts.metrics.note(notes) }
}
