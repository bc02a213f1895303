import ActorKit
import Core
import KubeClient
import Logging

/// How a leader's writes are held to its term.
enum LeaderWrites {
    /// The client of a component that begins to lead: its writes carry the term, and none is sent once the term is over. Returns when the term is
    /// written, so that what the component reads next is not changed any more by the leader before; or when the term is over, or a higher one has
    /// written, for then every write will be refused.
    static func begin(_ kube: KubeClient, _ election: RoleElection, term: Term, log: Logger) async -> KubeClient {
        let component = "kmd-\(election.component)"
        let leading = election.guarded(kube, term).leading(component, term: term.number)
        var wait = Duration.milliseconds(100)
        while !Task.isCancelled, election.fence.allows(term) {
            do throws(KubeClientError) {
                try await leading.raiseFence(lease: component, term: term.number)
                break
            } catch {
                log.warning("the term is not written", metadata: ["component": "\(component)", "term": "\(term)", "because": "\(error)"])
                guard error.isRetriable else { break }
            }
            try? await SystemTime().sleep(for: wait)
            wait = min(wait * 2, .seconds(2))
        }
        return leading
    }
}

/// Sends a leader's events, in its term like all that it writes.
struct EventSender: Component {
    let name = "events"
    let recorder: EventRecorder
    func run() async { await recorder.run() }
}
