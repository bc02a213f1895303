import ActorKit
import Core
import LeaderElector
import Logging

/// Shows in the API who leads: `kubectl get leases -n kube-system`. The election is ZooKeeper's; the Lease says what came of it, and remembers the
/// highest term beside the ensemble.
struct LeaseKeeper: Component {
    let name = "lease-keeper"
    let identity: String
    let term: Term
    let store: any LeaseStore
    /// Another had a term as high as this one: this leader must have a higher one.
    let outranked: @Sendable (Term) -> Void
    var time: any TimeSource = SystemTime()
    var duration: Duration = .seconds(15)

    func run() async {
        let acquired = time.wallClock
        while !Task.isCancelled {
            let isWritten = await write(acquired)
            try? await time.sleep(for: isWritten ? duration / 3 : .milliseconds(500))
        }
    }

    private func write(_ acquired: Timestamp) async -> Bool {
        guard case .success(let present) = await store.read() else { return false }
        if let present, present.transitions > term.number || (present.transitions == term.number && present.holder != identity) {
            outranked(Term(present.transitions))
            return false
        }
        let record = LeaseRecord(
            holder: identity, transitions: term.number, acquired: acquired, renewed: time.wallClock, duration: duration,
            resourceVersion: present?.resourceVersion ?? "")
        switch await store.write(record) {
        case .stored: return true
        case .fenced(let higher):
            // The lease may never have been written in that term, so reading it does not tell.
            outranked(higher)
            return false
        case .conflict, .failed: return false
        }
    }
}
