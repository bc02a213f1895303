import ActorKit
import Core
import Scheduling

/// The offers that are ours, by id, agent and age, and those that no longer are.
///
/// Each change costs O(log n), however many offers there are. An offer is live, then claimed by a plan, then gone; a gone one is
/// remembered, so that a late user is told why.
struct OfferBook: Sendable {
    struct Entry: Sendable {
        let offer: Offer
        let arrived: Instant
        /// By arrival.
        let number: UInt64
        /// Who holds it; `nil`: it is live.
        var plan: PlanID?
    }

    private(set) var entries: [OfferID: Entry] = [:]
    private var live = RankedKeys<OfferID, UInt64>()
    /// Offers that became live, or ceased to be.
    private var turns = Journal<OfferID>()
    private var claims = Deadlines<OfferID>()
    private var byAgent: [AgentID: [OfferID]] = [:]
    private(set) var gone: Memory<OfferID, GoneOffer>
    /// What the live offers hold together.
    private(set) var idle = Amounts.zero
    private(set) var (received, used, wasted): (UInt64, UInt64, UInt64) = (0, 0, 0)
    private(set) var lastArrival: Instant?
    private var notes: [OfferNote] = []

    init(memoryLimit: Int, memory: Duration) { gone = Memory(limit: memoryLimit, age: memory) }

    var liveCount: Int { live.count }
    var claimedCount: Int { claims.count }
    /// Sorted anew at each call: for who needs all of them.
    var liveInOrder: [Offer] { live.inOrder.compactMap { entries[$0]?.offer } }

    /// What became of the live offers since that moment of ours; all of them where that is not known any more. It costs what has changed.
    func changes(since: Int?) -> OfferChanges {
        guard let since, let turns = turns.since(since) else { return OfferChanges(since: nil, now: self.turns.end, live: liveInOrder, liveCount: liveCount) }
        var (live, gone): ([Entry], [OfferID]) = ([], [])
        for id in Set(turns) {
            if let entry = entries[id], entry.plan == nil { live.append(entry) } else { gone.append(id) }
        }
        live.sort { $0.number < $1.number }
        return OfferChanges(since: since, now: self.turns.end, live: live.map(\.offer), gone: gone.sorted(), liveCount: liveCount)
    }

    private mutating func turn(_ id: OfferID) {
        turns.note(id)
        // Who has missed more than this reads all of them as quickly.
        turns.trim(to: 4096 + 2 * entries.count)
    }

    var oldestLive: Entry? { live.first.flatMap { entries[$0.key] } }
    var firstClaimDeadline: Instant? { claims.first?.rank }

    func offers(of agent: AgentID) -> [OfferID] { byAgent[agent] ?? [] }
    /// In the order of their arrival.
    var all: [OfferID] { entries.values.sorted { $0.number < $1.number }.map(\.offer.id) }

    func standing(of id: OfferID) -> GoneReason? {
        if let entry = entries[id] { return entry.plan.map { .claimed($0) } }
        return gone[id]?.reason ?? .unknown
    }

    /// `false`: it is known, and one offer stays one.
    mutating func add(_ offer: Offer, at now: Instant) -> Bool {
        guard entries[offer.id] == nil, gone[offer.id] == nil else { return false }
        received += 1
        lastArrival = now
        entries[offer.id] = Entry(offer: offer, arrived: now, number: received)
        live.put(offer.id, received)
        turn(offer.id)
        byAgent[offer.agent, default: []].append(offer.id)
        idle += offer.resources.amounts
        return true
    }

    mutating func claim(_ id: OfferID, by plan: PlanID, until deadline: Instant) {
        guard let entry = entries[id], entry.plan == nil else { return }
        entries[id]?.plan = plan
        live.remove(id)
        turn(id)
        claims.put(id, deadline)
        idle -= entry.offer.resources.amounts
        notes.append(OfferNote(hostname: entry.offer.hostname, .acquired))
    }

    /// Makes it live again, at its old place.
    mutating func release(_ id: OfferID, by plan: PlanID) {
        guard let entry = entries[id], entry.plan == plan else { return }
        entries[id]?.plan = nil
        claims.remove(id)
        live.put(id, entry.number)
        turn(id)
        idle += entry.offer.resources.amounts
        notes.append(OfferNote(hostname: entry.offer.hostname, .released))
    }

    /// It is ours no more. `false`: it was not.
    @discardableResult mutating func end(_ id: OfferID, because why: GoneReason, at now: Instant) -> Bool {
        guard let entry = entries.removeValue(forKey: id) else { return false }
        if entry.plan == nil {
            live.remove(id)
            turn(id)
            idle -= entry.offer.resources.amounts
        } else {
            claims.remove(id)
        }
        let agent = entry.offer.agent
        byAgent[agent]?.removeAll { $0 == id }
        if byAgent[agent]?.isEmpty == true { byAgent[agent] = nil }
        if why == .used { used += 1 } else { wasted += 1 }
        let held = entry.arrived.duration(to: now)
        gone.note(id, GoneOffer(id: id, agent: agent, hostname: entry.offer.hostname, reason: why, at: now, held: held), at: now)
        notes.append(OfferNote(hostname: entry.offer.hostname, .ended(why, held: held)))
        return true
    }

    mutating func noteAccepted(_ newest: Entry, at now: Instant) {
        notes.append(OfferNote(hostname: newest.offer.hostname, .accepted(after: newest.arrived.duration(to: now))))
    }

    /// Takes out the claims that are overdue.
    mutating func overdueClaims(at now: Instant) -> [OfferID] { claims.takeDue(by: now) }

    mutating func forget(at now: Instant) { gone.forget(at: now) }

    mutating func takeNotes() -> [OfferNote] {
        defer { notes = [] }
        return notes
    }
}
