import ActorKit
import Core

/// Holds one Lease, standalone: for the one scheduler of one data directory.
///
/// Each start takes the lease anew and raises its transitions: that number is the term. A lease of another holder is respected as long as it
/// is renewed: until it has stood unchanged before our eyes for its duration. The times of day in it are for people; a holder whose clock is
/// wrong neither keeps the lease for ever nor loses it. An API server that is away does not depose the leader (it is the same process, or
/// comes back); another holder does.
public struct LeaderElectorState: ComponentState {
    public enum Input: Sendable, Hashable {
        case started(at: Instant, wall: Timestamp)
        case read(LeaseRecord?, at: Instant, wall: Timestamp)
        case readFailed(String, at: Instant)
        case written(LeaseAnswer, at: Instant)
        case timePassed(to: Instant, wall: Timestamp)
    }
    public enum Effect: Sendable, Hashable {
        case read
        case write(LeaseRecord)
        case tell(ElectionEvent)
    }
    private enum Standing: Sendable { case candidate, leader(LeaseRecord) }

    private let identity: String
    private let duration: Duration
    private var standing = Standing.candidate
    private var nextAt: Instant?
    /// The lease of another, as it was last seen to change, and when that was.
    private var observed: (record: LeaseRecord, since: Instant)?
    private var retry = Backoff(base: .milliseconds(100), cap: .seconds(2), jitter: 0)
    private var wall = Timestamp(secondsSinceEpoch: 0)

    /// - Parameters:
    ///   - identity: the same over restarts, so that a restart need not wait for its own old lease to run out.
    ///   - duration: of the lease; it is renewed at a third of it.
    public init(identity: String, duration: Duration = .seconds(15)) { (self.identity, self.duration) = (identity, duration) }

    public var nextDeadline: Instant? { nextAt }

    public mutating func handle(_ input: Input) -> [Effect] {
        switch input {
        case .started(_, let wall):
            self.wall = wall
            return [.read]
        case .read(let record, let at, let wall):
            self.wall = wall
            return consider(record, at: at)
        case .readFailed(_, let at):
            nextAt = at + retry.next(0)
            return []
        case .written(let answer, let at): return written(answer, at: at)
        case .timePassed(let to, let wall):
            self.wall = wall
            guard let due = nextAt, due <= to else { return [] }
            nextAt = nil
            guard case .leader(var record) = standing else { return [.read] }
            record.renewed = wall
            return [.write(record)]
        }
    }

    private mutating func consider(_ record: LeaseRecord?, at: Instant) -> [Effect] {
        if case .leader(let mine) = standing {
            if let record, record.holder == identity, record.transitions == mine.transitions {
                standing = .leader(record)
                nextAt = at + duration / 3
                return []
            }
            standing = .candidate
            nextAt = at + retry.next(0)
            let holder = record.map { "it is held by \($0.holder), transition \($0.transitions)" } ?? "it was deleted"
            return [.tell(.deposed("the lease is not ours any more: \(holder)"))]
        }
        if let record, record.holder != identity, !record.holder.isEmpty {
            let since = observed?.record == record ? observed?.since ?? at : at
            observed = (record, since)
            if at < since + record.duration {
                nextAt = min(at + .seconds(1), since + record.duration)
                return []
            }
        }
        observed = nil
        return [
            .write(
                LeaseRecord(
                    holder: identity, transitions: (record?.transitions ?? 0) + 1, acquired: wall, renewed: wall, duration: duration,
                    resourceVersion: record?.resourceVersion ?? ""))
        ]
    }

    private mutating func written(_ answer: LeaseAnswer, at: Instant) -> [Effect] {
        switch answer {
        case .stored(let record):
            retry.reset()
            nextAt = at + duration / 3
            let wasLeader = if case .leader = standing { true } else { false }
            standing = .leader(record)
            return wasLeader ? [] : [.tell(.elected(Term(record.transitions)))]
        case .conflict, .fenced: return [.read]
        case .failed:
            nextAt = at + retry.next(0)
            // As a candidate we read again; as the leader we write again.
            return []
        }
    }
}
