import ActorKit
import Core
import LeaderElector

/// Takes the framework back when another process has subscribed with its id although this leader's term is the highest.
///
/// A subscription takes the framework from whoever has it, and the master does not ask whose right is better. Whether ours is, ZooKeeper says: only
/// a confirmation that was asked for after the displacement counts. A leader whose term is over never gets one.
struct FrameworkClaim: Component {
    let name = "framework-claim"
    let term: Term
    let fence: LeadershipFence
    /// Bounded by itself: a subscription is displaced once, and the next one belongs to the next components.
    let displaced = Inbox<Void>(capacity: 1)
    let time: any TimeSource = SystemTime()
    let takeBack: @Sendable () async -> Void

    init(term: Term, fence: LeadershipFence, takeBack: @escaping @Sendable () async -> Void) {
        (self.term, self.fence, self.takeBack) = (term, fence, takeBack)
    }

    func run() async {
        while await displaced.batch(on: time) != nil {
            guard await fence.isConfirmed(term, after: time.now, on: time) else { continue }
            await takeBack()
        }
    }
}
