import ActorKit
import Core
import Scheduling

/// The offers that Mesos has made to us and that are still ours to use.
///
/// One offer is live, then claimed by a plan, then used or given back; a gone offer is remembered for a while, so that a late
/// user is told why. While nobody waits for a node, Mesos is asked to make no offers (SUPPRESS); the first pod that waits ends
/// that (REVIVE).
public struct OfferBrokerState: ComponentState {
    /// How long things last.
    public struct Times: Sendable, Hashable {
        /// A live offer that nobody used is declined after this.
        public var timeToLive: Duration = .seconds(5)
        /// Gone offers are remembered this long.
        public var memory: Duration = .seconds(120)
        /// A plan that holds an offer longer has lost it.
        public var longestClaim: Duration = .seconds(60)
        /// What is declined is not offered again for this long, unless REVIVE is called.
        public var refuse: Duration = .seconds(5)
        /// The same while nobody waits.
        public var refuseWhenIdle: Duration = .seconds(3600)
        /// At least this long between two REVIVEs.
        public var betweenRevives: Duration = .seconds(1)
        public init() {}
    }

    private enum Standing: Sendable { case live, claimed(PlanID, since: Instant), gone(GoneReason, since: Instant) }
    private struct Entry: Sendable {
        let offer: Offer
        let arrived: Instant
        let number: UInt64
        var standing: Standing
        var isLive: Bool { if case .live = standing { true } else { false } }
        var isOurs: Bool { if case .gone = standing { false } else { true } }
    }

    private var entries: [OfferID: Entry] = [:]
    private var now: Instant
    private var nextNumber: UInt64 = 0
    private var connected = false
    private var wanted = false
    private var unwantedSince: Instant
    private var suppressed = false
    private var lastRevive: Instant?
    /// Asked for too soon after the last one: to be done now.
    private var reviveAt: Instant?
    private let times: Times
    /// Gone offers beyond this many are forgotten, the oldest first.
    private let memoryLimit: Int

    public init(times: Times = Times(), memoryLimit: Int = 10_000, startingAt now: Instant) {
        (self.times, self.memoryLimit, self.now, unwantedSince) = (times, memoryLimit, now, now)
    }

    /// The offers that a plan may claim, oldest first.
    public var live: [Offer] {
        entries.values.filter(\.isLive).sorted { $0.number < $1.number }.map(\.offer)
    }

    /// Why `id` is not ours to use; `nil` when it is live.
    public func standing(of id: OfferID) -> GoneReason? {
        switch entries[id]?.standing {
        case .live: nil
        case .claimed(let plan, _): .claimed(plan)
        case .gone(let why, _): why
        case nil: .unknown
        }
    }

    public var nextDeadline: Instant? {
        var deadlines: [Instant] = []
        for entry in entries.values {
            switch entry.standing {
            case .live: deadlines.append(entry.arrived + times.timeToLive)
            case .claimed(_, let since): deadlines.append(since + times.longestClaim)
            case .gone(_, let since): deadlines.append(since + times.memory)
            }
        }
        if connected, let reviveAt { deadlines.append(reviveAt) }
        if connected, !wanted, !suppressed { deadlines.append(unwantedSince + times.timeToLive) }
        return deadlines.min()
    }

    public mutating func handle(_ input: OfferFact) -> [OfferEffect] {
        switch input {
        case .connected(let at):
            now = max(now, at)
            // The master forgets SUPPRESS when a framework subscribes again.
            (connected, suppressed, lastRevive, reviveAt) = (true, false, nil, nil)
            unwantedSince = now
            return []
        case .disconnected(let at):
            now = max(now, at)
            connected = false
            lose(ids { $0.isOurs }, because: .disconnected)
            return []
        case .offered(let offers, let at): return add(offers, at: at)
        case .rescinded(let id): lose([id], because: .rescinded)
        case .agentLost(let agent): lose(ids { $0.offer.agent == agent }, because: .agentLost)
        case .released(let offered, let plan):
            for id in offered { if case .claimed(plan, _)? = entries[id]?.standing { entries[id]?.standing = .live } }
            return age(to: now)
        case .used(let offered, let plan):
            lose(offered.filter { if case .claimed(plan, _)? = entries[$0]?.standing { true } else { false } }, because: .used)
        case .unusable(let offered, let plan):
            let held = offered.filter { if case .claimed(plan, _)? = entries[$0]?.standing { true } else { false } }
            lose(held, because: .launchFailed)
            return held.isEmpty ? [] : [.decline(held, because: .launchFailed, refuse: .zero)]
        case .wanted(let at): return want(at: at)
        case .unwanted(let at):
            now = max(now, at)
            if wanted { (wanted, unwantedSince) = (false, now) }
        case .timePassed(let to): return age(to: to)
        }
        return []
    }

    /// All of `wanted`, or none of it and the first reason.
    public mutating func claim(_ offers: [OfferID], by plan: PlanID) -> ClaimAnswer {
        for id in offers {
            if let why = standing(of: id) { return .refused(id, because: why) }
        }
        for id in offers { entries[id]?.standing = .claimed(plan, since: now) }
        return .granted
    }

    private mutating func add(_ offers: [Offer], at: Instant) -> [OfferEffect] {
        now = max(now, at)
        var agents: Set<AgentID> = []
        for offer in offers where entries[offer.id] == nil {
            nextNumber += 1
            entries[offer.id] = Entry(offer: offer, arrived: now, number: nextNumber, standing: .live)
            agents.insert(offer.agent)
        }
        return agents.isEmpty ? [] : [.arrived(agents.sorted())]
    }

    private mutating func want(at: Instant) -> [OfferEffect] {
        now = max(now, at)
        wanted = true
        guard connected else { return [] }
        guard suppressed || !entries.values.contains(where: \.isLive) else { return [] }
        if !suppressed, let lastRevive, now < lastRevive + times.betweenRevives {
            reviveAt = lastRevive + times.betweenRevives
            return []
        }
        (suppressed, lastRevive, reviveAt) = (false, now, nil)
        return [.revive]
    }

    private mutating func age(to instant: Instant) -> [OfferEffect] {
        now = max(now, instant)
        let expired = ids { entry in entry.isLive && entry.arrived + times.timeToLive <= now }
        let held = ids { entry in
            if case .claimed(_, let since) = entry.standing { since + times.longestClaim <= now } else { false }
        }
        lose(expired, because: .expired)
        lose(held, because: .heldTooLong)
        forget()
        var effects: [OfferEffect] = []
        if let due = reviveAt, due <= now {
            reviveAt = nil
            if wanted { effects += want(at: now) }
        }
        let idle = connected && !wanted && unwantedSince + times.timeToLive <= now
        if idle, !suppressed {
            suppressed = true
            effects.append(.suppress)
        }
        if !expired.isEmpty {
            effects.append(.decline(expired, because: .expired, refuse: idle ? times.refuseWhenIdle : times.refuse))
        }
        if !held.isEmpty { effects.append(.decline(held, because: .heldTooLong, refuse: times.refuse)) }
        return effects
    }

    private mutating func forget() {
        entries = entries.filter { _, entry in
            if case .gone(_, let since) = entry.standing { since + times.memory > now } else { true }
        }
        let gone = entries.values.filter { if case .gone = $0.standing { true } else { false } }
        guard gone.count > memoryLimit else { return }
        for entry in gone.sorted(by: { $0.number < $1.number }).prefix(gone.count - memoryLimit) { entries[entry.offer.id] = nil }
    }

    private mutating func lose(_ lost: [OfferID], because why: GoneReason) {
        for id in lost {
            if case .gone? = entries[id]?.standing { continue }
            entries[id]?.standing = .gone(why, since: now)
        }
    }

    /// Ids in the order of their arrival, so that the same inputs give the same effects in every run.
    private func ids(where matches: (Entry) -> Bool) -> [OfferID] {
        entries.values.filter(matches).sorted { $0.number < $1.number }.map(\.offer.id)
    }
}
