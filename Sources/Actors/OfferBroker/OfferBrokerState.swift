import ActorKit
import Core
import Scheduling

/// The offers that Mesos has made to us: how long they are kept, to whom they are lent, and when they go back.
///
/// What is not used in time is declined, for the longer the more often an agent's offers went unused. While nobody waits for a node,
/// Mesos is asked to make no offers (SUPPRESS); the first pod that waits ends that (REVIVE). Of what is held unused, no more than
/// our share is kept for longer than a plan needs, so that other frameworks get theirs.
public struct OfferBrokerState: ComponentState {
    /// How long things last, and how much is held.
    public struct Times: Sendable, Hashable {
        /// A live offer that nobody used is declined after this.
        public var timeToLive: Duration = .seconds(5)
        /// What is due so soon after what is due now goes with it: one call instead of many.
        public var slack: Duration = .milliseconds(200)
        /// Gone offers are remembered this long.
        public var memory: Duration = .seconds(120)
        /// A plan that holds an offer longer has lost it.
        public var longestClaim: Duration = .seconds(60)
        /// What is declined is not offered again for this long, unless REVIVE is called; it doubles with each further time that nothing
        /// of an agent was used, up to `longestRefuse`.
        public var refuse: Duration = .seconds(5)
        public var longestRefuse: Duration = .seconds(60)
        /// The same while nobody waits.
        public var refuseWhenIdle: Duration = .seconds(3600)
        /// The same for agents in maintenance or draining.
        public var refuseWhenAway: Duration = .seconds(60)
        /// At least this long between two REVIVEs.
        public var betweenRevives: Duration = .seconds(1)
        /// The same, at most, for pods that only try again.
        public var longestPause: Duration = .seconds(60)
        /// Offers of agents whose maintenance begins within this time are not used.
        public var maintenanceLead: Duration = .zero
        /// The largest part of the cluster, 0...1, that is held unused for longer than `grace`.
        public var share = 1.0
        /// What a plan needs to have seen an offer.
        public var grace: Duration = .seconds(1)
        public init() {}
    }

    private var book: OfferBook
    private var demand: OfferDemand
    private var now: Instant
    /// How often in a row an agent's offers went unused.
    private var unused: [AgentID: Int] = [:]
    private var draining: Set<AgentID> = []
    private var clusterTotal = Amounts.zero
    private let times: Times

    /// - Parameters:
    ///   - roles: all that the framework subscribes with.
    ///   - memoryLimit: gone offers beyond this many are forgotten, the oldest first.
    public init(roles: [String] = ["*"], times: Times = Times(), memoryLimit: Int = 10_000, startingAt now: Instant) {
        book = OfferBook(memoryLimit: memoryLimit, memory: times.memory)
        demand = OfferDemand(roles: roles, times: times, startingAt: now)
        (self.times, self.now) = (times, now)
    }

    /// The offers that a plan may claim, oldest first.
    public var live: [Offer] { book.liveInOrder }

    /// What became of them since a moment that an earlier answer led to; `nil`: all of them.
    public func changes(since: Int?) -> OfferChanges { book.changes(since: since) }

    /// Why `id` is not ours to use; `nil` when it is live.
    public func standing(of id: OfferID) -> GoneReason? { book.standing(of: id) }

    /// What became of offers since the last call.
    public mutating func takeNotes() -> [OfferNote] { book.takeNotes() }

    /// - Parameter gone: how many of the gone offers to show.
    public func report(gone: Int) -> OfferReport {
        OfferReport(
            live: book.liveCount, claimed: book.claimedCount, received: book.received, used: book.used, wasted: book.wasted,
            lastArrival: book.lastArrival, suppressed: demand.suppressed, gone: book.gone.newest(gone))
    }

    public var nextDeadline: Instant? {
        let oldest = book.oldestLive.map { $0.arrived + (isOverShare ? min(times.grace, times.timeToLive) : times.timeToLive) }
        return [oldest, book.firstClaimDeadline, book.gone.nextDeadline, demand.nextDeadline].compactMap(\.self).min()
    }

    public mutating func handle(_ input: OfferFact) -> [OfferEffect] {
        switch input {
        case .connected(let at):
            now = max(now, at)
            demand.connect(at: now)
            unused = [:]
        case .disconnected(let at):
            now = max(now, at)
            demand.disconnect()
            for id in book.all { book.end(id, because: .disconnected, at: now) }
            return [.voided]
        case .offered(let offers, let at, let wallClock): return add(offers, at: at, wallClock)
        case .rescinded(let id): book.end(id, because: .rescinded, at: now)
        case .agentLost(let agent):
            for id in book.offers(of: agent) { book.end(id, because: .agentLost, at: now) }
            unused[agent] = nil
        case .draining(let agents): return drain(agents)
        case .clusterTotal(let total):
            clusterTotal = total
            return age(to: now)
        case .released(let offers, let plan):
            let held = offers.filter { book.entries[$0]?.plan == plan }
            for id in held { book.release(id, by: plan) }
            // What is still live is there for others.
            let effects = age(to: now)
            let agents = Set(held.compactMap { book.entries[$0]?.offer.agent })
            return effects + (agents.isEmpty ? [] : [.arrived(agents.sorted())])
        case .used(let offers, let plan): use(offers.filter { book.entries[$0]?.plan == plan })
        case .unusable(let offers, let plan):
            let held = offers.filter { book.entries[$0]?.plan == plan }
            for id in held { book.end(id, because: .launchFailed, at: now) }
            return held.isEmpty ? [] : [.decline(held, because: .launchFailed, refuse: .zero)]
        case .wanted(let fresh, let roles, let at):
            now = max(now, at)
            if fresh { unused = [:] }
            return demand.want(fresh: fresh, roles: roles, haveOffers: book.liveCount > 0, at: now)
        case .unwanted(let others, let at):
            now = max(now, at)
            demand.unwant(except: others, at: now)
        case .timePassed(let to): return age(to: to)
        }
        return []
    }

    /// All of `offers`, or none of them and the first reason.
    public mutating func claim(_ offers: [OfferID], by plan: PlanID) -> ClaimAnswer {
        for id in offers {
            if let why = standing(of: id) { return .refused(id, because: why) }
        }
        for id in offers { book.claim(id, by: plan, until: now + times.longestClaim) }
        return .granted
    }

    private mutating func add(_ offers: [Offer], at: Instant, _ wallClock: Timestamp?) -> [OfferEffect] {
        now = max(now, at)
        var agents: Set<AgentID> = []
        var declines = Declines()
        for offer in offers where book.add(offer, at: now) {
            if let why = absence(of: offer, wallClock) {
                give(offer.id, back: why, for: times.refuseWhenAway, &declines)
            } else {
                agents.insert(offer.agent)
            }
        }
        return declines.effects + (agents.isEmpty ? [] : [.arrived(agents.sorted())])
    }

    /// Why an agent's offers are not to be used at all.
    private func absence(of offer: Offer, _ wallClock: Timestamp?) -> GoneReason? {
        if draining.contains(offer.agent) { return .draining }
        guard let wallClock, let window = offer.unavailability else { return nil }
        return window.meets(wallClock, lead: times.maintenanceLead) ? .maintenance : nil
    }

    private mutating func drain(_ agents: Set<AgentID>) -> [OfferEffect] {
        let new = agents.subtracting(draining)
        draining = agents
        var declines = Declines()
        for agent in new.sorted() {
            for id in book.offers(of: agent) where book.entries[id]?.plan == nil { give(id, back: .draining, for: times.refuseWhenAway, &declines) }
        }
        return declines.effects
    }

    private mutating func use(_ offers: [OfferID]) {
        if let newest = offers.compactMap({ book.entries[$0] }).max(by: { $0.number < $1.number }) { book.noteAccepted(newest, at: now) }
        for id in offers {
            if let agent = book.entries[id]?.offer.agent { unused[agent] = nil }
            book.end(id, because: .used, at: now)
        }
        if !offers.isEmpty { demand.used() }
    }

    private mutating func age(to instant: Instant) -> [OfferEffect] {
        now = max(now, instant)
        var declines = Declines()
        returnUnused(&declines)
        for id in book.overdueClaims(at: now) { give(id, back: .heldTooLong, for: times.refuse, &declines) }
        book.forget(at: now)
        return demand.pass(to: now, haveOffers: book.liveCount > 0) + declines.effects
    }

    /// What is too old goes back, and what is beyond our share once a plan has seen it.
    private mutating func returnUnused(_ declines: inout Declines) {
        let idle = demand.isIdle(at: now)
        var counted: Set<AgentID> = []
        var limit = now
        while let oldest = book.oldestLive {
            let expires = oldest.arrived + times.timeToLive
            guard expires <= limit || isOverShare && oldest.arrived + times.grace <= now else { break }
            let agent = oldest.offer.agent
            if counted.insert(agent).inserted { unused[agent, default: 0] += 1 }
            if expires <= now { limit = now + times.slack }
            give(oldest.offer.id, back: expires <= limit ? .expired : .overShare, for: idle ? times.refuseWhenIdle : refuse(for: agent), &declines)
        }
    }

    private mutating func give(_ id: OfferID, back why: GoneReason, for refuse: Duration, _ declines: inout Declines) {
        book.end(id, because: why, at: now)
        demand.declined(for: refuse, at: now)
        declines.add(id, because: why, refuse: refuse)
    }

    private func refuse(for agent: AgentID) -> Duration {
        min(times.longestRefuse, times.refuse * (1 << min(max(0, (unused[agent] ?? 1) - 1), 20)))
    }

    private var isOverShare: Bool {
        func exceeds(_ part: Int64, _ whole: Int64) -> Bool { whole > 0 && Double(part) > Double(whole) * times.share }
        return exceeds(book.idle.milliCPU, clusterTotal.milliCPU) || exceeds(book.idle.memory, clusterTotal.memory)
    }
}
