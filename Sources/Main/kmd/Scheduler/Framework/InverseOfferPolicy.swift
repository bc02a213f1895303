import Core
import Mesos

/// What kmd answers when the master asks for an agent back, before its maintenance.
///
/// An inverse offer is accepted when nothing of ours runs on the agent: then its resources are free when the maintenance begins. It is
/// declined while pods run there, for kmd does not move them by itself: that is `kubectl drain`. A declined one comes again, and is
/// accepted once the agent is empty.
enum InverseOfferPolicy {
    struct Answer: Sendable, Equatable {
        let offer: OfferID
        let accepts: Bool
        /// For the log.
        let reason: String
    }

    /// How long until the master asks again what was declined, and what was accepted.
    static let (askAgain, confirmAgain): (Duration, Duration) = (.seconds(30), .seconds(300))

    /// - Parameter tasks: how many of our tasks may live on each agent.
    static func answers(to offers: [MesosInverseOffer], tasks: [AgentID: Int]) -> [Answer] {
        offers.map { offer in
            guard let agent = offer.agentID else {
                return Answer(offer: offer.id, accepts: false, reason: "it names no agent")
            }
            let count = tasks[agent] ?? 0
            return count == 0
                ? Answer(offer: offer.id, accepts: true, reason: "nothing of ours runs on \(agent)")
                : Answer(offer: offer.id, accepts: false, reason: "\(count) pods run on \(agent); kubectl drain moves them")
        }
    }
}
