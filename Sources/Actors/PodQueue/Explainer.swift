import ActorKit
import Core

/// Who is to be told why it waits, at a rate that the API server bears: an explanation is an event and a condition, and fifty
/// thousand pods may wait.
///
/// A burst at once, and then one after the other at the rate. Those who were never told come before those whose reason has changed,
/// and these before those who are only told again.
struct Explainer: Sendable {
    enum Urgency: Int, Sendable, Comparable {
        case never, changed, again
        static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
    }

    private var waiting = RankedKeys<PodUID, Urgency>()
    /// When the next explanation may be given.
    private var allowed: Instant
    private let interval: Duration
    private let burst: Int
    private let perSecond: Int

    init(burst: Int, perSecond: Int, startingAt now: Instant) {
        (self.burst, self.perSecond) = (max(1, burst), max(1, perSecond))
        interval = .seconds(1) / self.perSecond
        allowed = now - interval * (self.burst - 1)
    }

    mutating func add(_ uid: PodUID, _ urgency: Urgency) { waiting.put(uid, min(urgency, waiting[uid] ?? urgency)) }
    mutating func remove(_ uid: PodUID) { waiting.remove(uid) }

    /// Those whose turn it is.
    mutating func take(at now: Instant) -> [PodUID] {
        // What was not used is saved up, but no more than a burst.
        allowed = max(allowed, now - interval * (burst - 1))
        var turn: [PodUID] = []
        while allowed <= now, let (uid, _) = waiting.popFirst() {
            allowed = allowed + interval
            turn.append(uid)
        }
        return turn
    }

    /// When it is the turn of a good part of those that wait; a deadline for each would be a busy loop.
    var nextDeadline: Instant? {
        waiting.isEmpty ? nil : allowed + interval * (min(waiting.count, max(1, perSecond / 4)) - 1)
    }
}
