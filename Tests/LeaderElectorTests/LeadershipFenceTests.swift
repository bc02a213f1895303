import ActorKit
import Core
import LeaderElector
import Synchronization
import Testing

@Suite struct LeadershipFenceTests {
    private let start = ContinuousClock.now

    /// A clock that a test sets.
    private final class Hand: Sendable {
        let now: Mutex<Instant>
        init(_ now: Instant) { self.now = Mutex(now) }
        func set(_ instant: Instant) { now.withLock { $0 = instant } }
    }

    @Test func itIsShutAtItsEndAlthoughNobodyShutsIt() {
        let hand = Hand(start)
        let fence = LeadershipFence { hand.now.withLock { $0 } }
        #expect(!fence.allows(Term(1)))
        fence.permit(Term(1), confirmed: start, until: start + .seconds(4))
        hand.set(start + .milliseconds(3999))
        #expect(fence.allows(Term(1)))
        hand.set(start + .seconds(4))
        #expect(!fence.allows(Term(1)))
        #expect(fence.term == nil)
        fence.permit(Term(1), confirmed: start + .seconds(3), until: start + .seconds(7))
        #expect(fence.allows(Term(1)))
        fence.close()
        #expect(!fence.allows(Term(1)))
    }

    @Test func itOpensForItsTermAlone() {
        let fence = LeadershipFence()
        fence.permit(Term(2), confirmed: start, until: nil)
        #expect(fence.allows(Term(2)))
        #expect(!fence.allows(Term(1)))
        #expect(!fence.allows(Term(3)))
    }

    @Test func onlyAConfirmationAskedForLaterCounts() async {
        let fence = LeadershipFence()
        fence.permit(Term(2), confirmed: start, until: nil)
        let waiting = Task { await fence.isConfirmed(Term(2), after: start) }
        fence.permit(Term(2), confirmed: start + .milliseconds(1), until: nil)
        #expect(await waiting.value)
        let vain = Task { await fence.isConfirmed(Term(2), after: start + .milliseconds(1)) }
        fence.close()
        #expect(await vain.value == false)
    }
}
