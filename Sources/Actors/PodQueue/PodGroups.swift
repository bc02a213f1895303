import ActorKit
import Core
import Scheduling

/// The groups of the pods in the queue: who of a group is ready, under way or placed, and how long it has waited for the rest.
struct PodGroups: Sendable {
    private struct Group: Sendable {
        var shape: PodGroup
        var ready = RankedKeys<PodUID, QueueRank>()
        var inFlight: Set<PodUID> = []
        /// Launched or bound.
        var placed: Set<PodUID> = []
        /// All in the queue.
        var members: Set<PodUID> = []
        /// Since when members wait for others; `nil`: none does.
        var since: Instant?
        var backoff: Backoff
        /// When the members may be tried again; one draw for all of them.
        var until: Instant?
        var isComplete: Bool { ready.count + placed.count >= shape.minimum }
    }

    /// Members that wait for others, and for how long.
    struct Overdue: Sendable {
        let members: [PodUID]
        let text: String
    }

    private var groups: [GroupKey: Group] = [:]
    private var bound: [PodUID: GroupKey] = [:]
    /// When a group that is not complete is to be told of next.
    private var deadlines = Deadlines<GroupKey>()
    private let times: PodQueueState.Times

    init(times: PodQueueState.Times) { self.times = times }

    var nextDeadline: Instant? { deadlines.first?.rank }

    /// The rank of its first member, if the group can be handed out now.
    func rank(of key: GroupKey) -> QueueRank? {
        guard let group = groups[key], group.isComplete, group.inFlight.isEmpty else { return nil }
        return group.ready.first?.rank
    }

    func isIncomplete(_ key: GroupKey) -> Bool { groups[key].map { !$0.isComplete } ?? false }
    func readyMembers(of key: GroupKey) -> [PodUID] { groups[key]?.ready.inOrder ?? [] }
    func members(of key: GroupKey) -> [PodUID] { (groups[key]?.members ?? []).sorted() }

    mutating func enter(_ pod: WaitingPod, at now: Instant) {
        guard let key = pod.group, let shape = pod.demand.group else { return }
        change(key, shape) { group in
            group.shape = shape
            group.members.insert(pod.uid)
            switch pod.phase {
            case .ready: group.ready.put(pod.uid, pod.rank)
            case .inFlight: group.inFlight.insert(pod.uid)
            case .launched: group.placed.insert(pod.uid)
            case .backingOff: break
            }
        }
        watch(key, at: now)
    }

    mutating func leave(_ pod: WaitingPod, at now: Instant) {
        guard let key = pod.group, let shape = pod.demand.group, groups[key] != nil else { return }
        change(key, shape) { group in
            group.members.remove(pod.uid)
            group.ready.remove(pod.uid)
            group.inFlight.remove(pod.uid)
            group.placed.remove(pod.uid)
        }
        watch(key, at: now)
    }

    /// A pod that is bound counts for its group, whoever launched it.
    mutating func bind(_ uid: PodUID, to shape: PodGroup, at now: Instant) {
        let key = GroupKey(shape)
        guard bound[uid] != key else { return }
        change(key, shape) { $0.placed.insert(uid) }
        bound[uid] = key
        watch(key, at: now)
    }

    /// In place: a copy would cost what the group has members.
    private mutating func change(_ key: GroupKey, _ shape: PodGroup, _ body: (inout Group) -> Void) {
        body(&groups[key, default: Group(shape: shape, backoff: Backoff(base: times.firstBackoff, cap: times.longestBackoff))])
    }

    /// The group of a bound pod that is gone now.
    mutating func unbind(_ uid: PodUID, at now: Instant) -> GroupKey? {
        guard let key = bound.removeValue(forKey: uid) else { return nil }
        groups[key]?.placed.remove(uid)
        watch(key, at: now)
        return key
    }

    /// When the members of a vetoed group are tried again: the same moment for all.
    mutating func backOff(_ key: GroupKey, at now: Instant, _ fraction: Double) -> Instant {
        guard var group = groups[key] else { return now }
        if let until = group.until, until > now { return until }
        let until = now + group.backoff.next(fraction)
        group.until = until
        groups[key] = group
        return until
    }

    mutating func resetBackoff(_ key: GroupKey) {
        groups[key]?.backoff.reset()
        groups[key]?.until = nil
    }

    /// Groups that have waited long enough to be told so.
    mutating func overdue(at now: Instant) -> [Overdue] {
        deadlines.takeDue(by: now).compactMap { key in
            guard let group = groups[key], let since = group.since else { return nil }
            let there = group.ready.count + group.placed.count
            let failed = group.shape.deadline.map { since + $0 <= now } ?? false
            let missing = "\(there) of \(group.shape.minimum) pods of group \(key.name) are there"
            deadlines.put(key, failed ? now + times.explainAgain : nextTelling(group, after: now))
            return Overdue(
                members: group.ready.inOrder,
                text: failed ? "pod group \(key.name) failed: \(missing), after \(group.shape.deadline?.components.seconds ?? 0) s" : missing)
        }
    }

    private func nextTelling(_ group: Group, after now: Instant) -> Instant {
        guard let since = group.since, let deadline = group.shape.deadline, since + deadline > now else { return now + times.explainAgain }
        return since + deadline
    }

    /// Keeps the deadline of a group true, and forgets an empty one.
    private mutating func watch(_ key: GroupKey, at now: Instant) {
        guard let group = groups[key] else { return }
        if group.members.isEmpty, group.placed.isEmpty {
            groups[key] = nil
            deadlines.remove(key)
        } else if group.isComplete || group.ready.isEmpty {
            groups[key]?.since = nil
            deadlines.remove(key)
        } else if group.since == nil {
            groups[key]?.since = now
            let first = group.shape.deadline.map { min($0, times.unexplained) } ?? times.unexplained
            deadlines.put(key, now + first)
        }
    }
}
