import Core
import Synchronization

/// What everything that a leader does asks before it acts: is this term still ours, by the clock?
///
/// The elector opens it, moves its end forward with each confirmation, and closes it. After its end nothing is let through, also when the elector
/// has not run since: a process that was frozen finds it shut when it goes on. The clock counts suspended time.
public final class LeadershipFence: Sendable {
    /// A leadership, when it was confirmed last, and the moment until which it may act; `nil`: without end.
    public struct Standing: Sendable, Hashable {
        public let term: Term
        public let confirmed: Instant
        public let until: Instant?
    }

    private let contents = Mutex<Standing?>(nil)
    private let now: @Sendable () -> Instant

    public init(now: @escaping @Sendable () -> Instant = { ContinuousClock.now }) { self.now = now }

    /// Whether what belongs to `term` may act at this moment.
    public func allows(_ term: Term) -> Bool {
        guard let standing = contents.withLock({ $0 }), standing.term == term else { return false }
        return standing.until.map { now() < $0 } ?? true
    }

    /// The term that may act at this moment.
    public var term: Term? {
        guard let standing = contents.withLock({ $0 }), standing.until.map({ now() < $0 }) ?? true else { return nil }
        return standing.term
    }

    public var standing: Standing? { contents.withLock { $0 } }

    /// Opens it for `term`, or moves its end.
    ///
    /// - Parameter confirmed: when the request was sent whose answer confirmed the leadership.
    public func permit(_ term: Term, confirmed: Instant, until: Instant?) {
        contents.withLock { $0 = Standing(term: term, confirmed: confirmed, until: until) }
    }

    /// Waits for a confirmation of `term` that was asked for after `moment`. `false`: the term is over.
    public func isConfirmed(_ term: Term, after moment: Instant, on time: any TimeSource = SystemTime()) async -> Bool {
        while allows(term), !Task.isCancelled {
            if let standing, standing.confirmed > moment { return true }
            try? await time.sleep(for: .milliseconds(50))
        }
        return false
    }

    public func close() { contents.withLock { $0 = nil } }
}
