import ActorKit
import Core
import Scheduling

/// The pods that wait for a node, first come, first served.
///
/// A pod is ready, or in flight (a plan has it), or launched (Mesos was asked; it leaves when it is bound), or it backs off after
/// a vain attempt: 1 s doubling to 60 s, with full jitter. A new offer that would fit ends the back-off of a pod that no agent
/// fitted; a failed launch waits its time. A changed pod keeps its place. Bound pods that lost their task go before all others.
public struct PodQueueState: ComponentState {
    public struct Times: Sendable, Hashable {
        public var firstBackoff: Duration = .seconds(1)
        public var longestBackoff: Duration = .seconds(60)
        /// A pod that was ready for so long without any attempt is told why.
        public var unexplained: Duration = .seconds(5)
        public init() {}
    }

    private enum Phase: Sendable, Hashable {
        case ready(since: Instant)
        case inFlight
        case launched
        case backingOff(until: Instant, afterVeto: Bool)
    }
    private struct Entry: Sendable {
        var demand: PodDemand
        let number: UInt64
        var isRelaunch: Bool
        var phase: Phase
        var backoff: Backoff
        var reason = ""
        /// Changed while in flight: the outcome of that attempt may be of the past.
        var changed = false
    }

    private var entries: [PodUID: Entry] = [:]
    /// Launched by an earlier leader; not waiting although not bound.
    private var underWay: Set<PodUID> = []
    private var nextNumber: UInt64 = 0
    private var now: Instant
    private var wanting = false
    private let times: Times
    private let fit: Fit

    /// - Parameter fit: the rules by which a new offer is judged to fit a pod that backs off.
    public init(fit: Fit, times: Times = Times(), startingAt now: Instant) {
        (self.fit, self.times, self.now) = (fit, times, now)
    }

    public var nextDeadline: Instant? {
        entries.values.compactMap { entry -> Instant? in
            switch entry.phase {
            case .ready(let since): since + times.unexplained
            case .backingOff(let until, _): until
            case .inFlight, .launched: nil
            }
        }.min()
    }

    /// All that is queued, in its order.
    public var queued: [QueuedPod] {
        inOrder.map { entry in
            let phase: QueuedPod.Phase =
                switch entry.phase {
                case .ready: .ready
                case .inFlight: .inFlight
                case .launched: .launched
                case .backingOff: .backingOff
                }
            return QueuedPod(
                key: entry.demand.key, uid: entry.demand.uid, phase: phase, attempts: entry.backoff.attempts,
                reason: entry.reason,
                isRelaunch: entry.isRelaunch)
        }
    }

    /// Hands out up to `limit` ready pods, in their order. They are in flight until `tried` tells how it ended.
    public mutating func take(limit: Int) -> [PodDemand] {
        let taken = inOrder.filter { if case .ready = $0.phase { true } else { false } }.prefix(limit)
        for entry in taken {
            entries[entry.demand.uid]?.phase = .inFlight
            entries[entry.demand.uid]?.changed = false
        }
        return taken.map(\.demand)
    }

    public mutating func handle(_ input: PodFact) -> [PodQueueEffect] {
        let effects = absorb(input)
        let waits = entries.values.contains { if case .launched = $0.phase { false } else { true } }
        guard waits != wanting else { return effects }
        wanting = waits
        return effects + [waits ? .offersWanted : .offersUnwanted]
    }

    private mutating func absorb(_ input: PodFact) -> [PodQueueEffect] {
        switch input {
        case .synced(let demands, let at): return sync(demands, at: at)
        case .waiting(let demand, let at):
            now = max(now, at)
            return add(demand) ? [.ready(explain: false), .offersWanted] : []
        case .bound(let uid):
            underWay.remove(uid)
            if entries[uid]?.isRelaunch == false { entries[uid] = nil }
            return []
        case .gone(let uid):
            underWay.remove(uid)
            entries[uid] = nil
            return []
        case .relaunch(let demand, let at): return relaunch(demand, at: at)
        case .underWay(let uids):
            underWay.formUnion(uids)
            for uid in uids { entries[uid] = nil }
            return []
        case .launchFailed(let uid, let reason, let at, let fraction):
            now = max(now, at)
            underWay.remove(uid)
            backOff(uid, reason, afterVeto: false, fraction)
            return []
        case .tried(let uid, let outcome, let at, let fraction):
            now = max(now, at)
            return note(outcome, of: uid, fraction)
        case .offered(let agents, let at): return wake(for: agents, at: at)
        case .timePassed(let to): return pass(to: to)
        }
    }

    private mutating func sync(_ demands: [PodDemand], at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        let present = Set(demands.map(\.uid))
        for (uid, entry) in entries where !entry.isRelaunch && !present.contains(uid) { entries[uid] = nil }
        var added = false
        for demand in demands where add(demand) { added = true }
        return added ? [.ready(explain: false), .offersWanted] : []
    }

    /// Whether a pod became ready by it.
    private mutating func add(_ demand: PodDemand) -> Bool {
        if underWay.contains(demand.uid) { return false }
        guard let known = entries[demand.uid] else {
            insert(demand, isRelaunch: false)
            return true
        }
        guard known.demand != demand, !known.isRelaunch else { return false }
        entries[demand.uid]?.demand = demand
        switch known.phase {
        case .backingOff(_, afterVeto: true):
            // It asks for something else now: what was said of it does not hold.
            entries[demand.uid]?.phase = .ready(since: now)
            return true
        case .inFlight:
            entries[demand.uid]?.changed = true
            return false
        default: return false
        }
    }

    private mutating func insert(_ demand: PodDemand, isRelaunch: Bool) {
        nextNumber += 1
        entries[demand.uid] = Entry(
            demand: demand, number: nextNumber, isRelaunch: isRelaunch, phase: .ready(since: now),
            backoff: Backoff(base: times.firstBackoff, cap: times.longestBackoff))
    }

    private mutating func relaunch(_ demand: PodDemand, at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        underWay.remove(demand.uid)
        switch entries[demand.uid]?.phase {
        case .inFlight?: return []
        case .backingOff? where entries[demand.uid]?.isRelaunch == true:
            entries[demand.uid]?.demand = demand
            return []
        default:
            insert(demand, isRelaunch: true)
            return [.ready(explain: false), .offersWanted]
        }
    }

    private mutating func note(_ outcome: AttemptOutcome, of uid: PodUID, _ fraction: Double) -> [PodQueueEffect] {
        guard let entry = entries[uid], case .inFlight = entry.phase else { return [] }
        switch outcome {
        case .launched:
            // A relaunched pod is bound already: nothing will announce it again.
            entries[uid]?.phase = .launched
            if entry.isRelaunch { entries[uid] = nil }
            return []
        case .putBack:
            entries[uid]?.phase = .ready(since: now)
            return []
        case .failed(let reason):
            backOff(uid, reason, afterVeto: false, fraction)
            return []
        case .vetoed(let explanation):
            let text = explanation.summary()
            if entry.changed {
                entries[uid]?.phase = .ready(since: now)
                return [.ready(explain: false)]
            }
            backOff(uid, text, afterVeto: true, fraction)
            return [.explain(entry.demand, text, changed: text != entry.reason)]
        }
    }

    private mutating func backOff(_ uid: PodUID, _ reason: String, afterVeto: Bool, _ fraction: Double) {
        guard var entry = entries[uid] else { return }
        entry.phase = .backingOff(until: now + entry.backoff.next(fraction), afterVeto: afterVeto)
        entry.reason = reason
        entries[uid] = entry
    }

    private mutating func wake(for agents: [AgentOffers], at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        for entry in inOrder {
            guard case .backingOff(_, afterVeto: true) = entry.phase,
                agents.contains(where: { fit.vetoes(of: entry.demand, on: $0).isEmpty })
            else { continue }
            entries[entry.demand.uid]?.phase = .ready(since: now)
        }
        return hasReady ? [.ready(explain: false)] : []
    }

    private mutating func pass(to instant: Instant) -> [PodQueueEffect] {
        now = max(now, instant)
        var (woken, unexplained) = (false, false)
        for entry in inOrder {
            switch entry.phase {
            case .backingOff(let until, _) where until <= now:
                entries[entry.demand.uid]?.phase = .ready(since: now)
                woken = true
            case .ready(let since) where since + times.unexplained <= now:
                entries[entry.demand.uid]?.phase = .ready(since: now)
                unexplained = true
            default: break
            }
        }
        if unexplained { return [.ready(explain: true), .offersWanted] }
        return woken ? [.ready(explain: false), .offersWanted] : []
    }

    private var hasReady: Bool { entries.values.contains { if case .ready = $0.phase { true } else { false } } }

    private var inOrder: [Entry] {
        entries.values.sorted { left, right in
            left.isRelaunch != right.isRelaunch ? left.isRelaunch : left.number < right.number
        }
    }
}
