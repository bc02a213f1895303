import ActorKit
import Core
import Scheduling

/// Who comes first: pods that must be launched again on their own node, then higher priority, then who came first.
struct QueueRank: Sendable, Comparable {
    let isRelaunch: Bool
    let priority: Int32
    let number: UInt64

    static func < (left: Self, right: Self) -> Bool {
        if left.isRelaunch != right.isRelaunch { return left.isRelaunch }
        if left.priority != right.priority { return left.priority > right.priority }
        return left.number < right.number
    }
}

/// Names a group of pods.
struct GroupKey: Sendable, Hashable {
    let namespace: String
    let name: String
    init(_ group: PodGroup) { (namespace, name) = (group.namespace, group.name) }
}

/// A pod in the queue.
struct WaitingPod: Sendable {
    enum Phase: Sendable, Hashable {
        case ready
        case inFlight
        case launched
        case backingOff(until: Instant, afterVeto: Bool)
    }
    /// Why it waits, as far as is known.
    enum Why: Sendable {
        case unknown, vetoed(Explanation), failed(String), group(String)
    }

    var demand: PodDemand
    let number: UInt64
    let isRelaunch: Bool
    var phase: Phase
    var backoff: Backoff
    let since: Instant
    /// How many offers had come before it.
    let offersBefore: UInt64
    /// How much news there had been when it was handed out last.
    var newsAtTake: UInt64 = 0
    var why = Why.unknown
    /// What the user was told last: its substance, and when.
    var told: (substance: String, at: Instant)?
    /// Changed while in flight: the outcome of that attempt may be of the past.
    var changed = false
    private(set) var attempts = 0
    /// The last ones.
    private(set) var history: [PodAccount.Attempt] = []
    private static let longestHistory = 5

    init(_ demand: PodDemand, number: UInt64, isRelaunch: Bool, phase: Phase, backoff: Backoff, since: Instant, offersBefore: UInt64) {
        (self.demand, self.number, self.isRelaunch, self.phase) = (demand, number, isRelaunch, phase)
        (self.backoff, self.since, self.offersBefore) = (backoff, since, offersBefore)
    }

    var uid: PodUID { demand.uid }
    var rank: QueueRank { QueueRank(isRelaunch: isRelaunch, priority: demand.priority, number: number) }
    var group: GroupKey? { isRelaunch ? nil : demand.group.map(GroupKey.init) }
    var isWaiting: Bool { phase != .launched }

    mutating func note(_ outcome: AttemptOutcome, at now: Instant) {
        attempts += 1
        if let last = history.last, last.outcome == outcome {
            history[history.count - 1].count += 1
            history[history.count - 1].last = now
        } else {
            history.append(PodAccount.Attempt(outcome: outcome, count: 1, first: now, last: now))
            if history.count > Self.longestHistory { history.removeFirst() }
        }
    }

    /// What people read.
    func reason(lastOffer: Duration?) -> String {
        switch why {
        case .unknown: ""
        case .vetoed(let explanation): explanation.summary(lastOffer: lastOffer)
        case .failed(let text), .group(let text): text
        }
    }

    /// The reason without its figures.
    var substance: String {
        switch why {
        case .unknown: ""
        case .vetoed(let explanation): explanation.substance
        case .failed(let text), .group(let text): text
        }
    }
}
