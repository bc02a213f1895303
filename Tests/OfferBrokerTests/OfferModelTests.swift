import ActorKit
import Core
import OfferBroker
import Scheduling
import Testing

/// The broker as one would write it for ten offers: a list that is searched and sorted at each step.
private struct OfferModel {
    struct Item { let offer: Offer; let arrived: Instant; var standing: GoneReason? }
    var items: [Item] = []
    var (connected, wanted, unwantedSince): (Bool, Bool, Instant)
    var now: Instant
    var claims: [OfferID: (at: Instant, number: Int)] = [:]
    var unused: [AgentID: Int] = [:]
    var draining: Set<AgentID> = []
    var total = Amounts.zero
    let times: OfferBrokerState.Times

    init(times: OfferBrokerState.Times, now: Instant) { (self.times, self.now, connected, wanted, unwantedSince) = (times, now, false, false, now) }

    var live: [Offer] { items.filter { $0.standing == nil }.map(\.offer) }
    func standing(of id: OfferID) -> GoneReason? {
        guard let item = items.first(where: { $0.offer.id == id }) else { return .unknown }
        return item.standing
    }
    private func isOurs(_ item: Item) -> Bool { if case .claimed? = item.standing { true } else { item.standing == nil } }

    /// The declines that must happen.
    mutating func handle(_ fact: OfferFact) -> [OfferEffect] {
        switch fact {
        case .connected(let at): (now, connected, unwantedSince, unused) = (max(now, at), true, max(now, at), [:])
        case .disconnected(let at):
            (now, connected) = (max(now, at), false)
            end(because: .disconnected) { _ in true }
        case .offered(let offers, let at, _):
            now = max(now, at)
            var away: [OfferID] = []
            for offer in offers where standing(of: offer.id) == .unknown {
                let drained = draining.contains(offer.agent)
                items.append(Item(offer: offer, arrived: now, standing: drained ? .draining : nil))
                if drained { away.append(offer.id) }
            }
            return away.isEmpty ? [] : [.decline(away, because: .draining, refuse: times.refuseWhenAway)]
        case .rescinded(let id): end(because: .rescinded) { $0.offer.id == id }
        case .agentLost(let agent):
            unused[agent] = nil
            end(because: .agentLost) { $0.offer.agent == agent }
        case .draining(let agents):
            let new = agents.subtracting(draining)
            draining = agents
            let ids = new.sorted().flatMap { agent in live.filter { $0.agent == agent }.map(\.id) }
            end(because: .draining) { ids.contains($0.offer.id) }
            return ids.isEmpty ? [] : [.decline(ids, because: .draining, refuse: times.refuseWhenAway)]
        case .clusterTotal(let amounts):
            total = amounts
            return age()
        case .released(let ids, let plan):
            for index in items.indices where ids.contains(items[index].offer.id) && items[index].standing == .claimed(plan) { items[index].standing = nil }
            return age()
        case .used(let ids, let plan):
            for item in items where ids.contains(item.offer.id) && item.standing == .claimed(plan) { unused[item.offer.agent] = nil }
            end(because: .used) { ids.contains($0.offer.id) && $0.standing == .claimed(plan) }
        case .unusable(let ids, let plan):
            let held = ids.filter { standing(of: $0) == .claimed(plan) }
            end(because: .launchFailed) { held.contains($0.offer.id) }
            return held.isEmpty ? [] : [.decline(held, because: .launchFailed, refuse: .zero)]
        case .wanted(let fresh, _, let at):
            (now, wanted) = (max(now, at), true)
            if fresh { unused = [:] }
        case .unwanted(_, let at):
            now = max(now, at)
            if wanted { (wanted, unwantedSince) = (false, now) }
        case .timePassed(let to):
            now = max(now, to)
            return age()
        }
        return []
    }

    mutating func claim(_ ids: [OfferID], by plan: PlanID) -> ClaimAnswer {
        for id in ids { if let why = standing(of: id) { return .refused(id, because: why) } }
        for index in items.indices where ids.contains(items[index].offer.id) {
            items[index].standing = .claimed(plan)
        }
        for id in ids { claims[id] = (now, claims.count) }
        return .granted
    }

    private mutating func end(because why: GoneReason, _ which: (Item) -> Bool) {
        for index in items.indices where isOurs(items[index]) && which(items[index]) { items[index].standing = why }
    }

    private mutating func age() -> [OfferEffect] {
        var declines: [(why: GoneReason, refuse: Duration, ids: [OfferID])] = []
        func give(_ id: OfferID, _ why: GoneReason, _ refuse: Duration) {
            if let index = declines.firstIndex(where: { $0.why == why && $0.refuse == refuse }) { declines[index].ids.append(id) } else { declines.append((why, refuse, [id])) }
        }
        let idle = connected && !wanted && unwantedSince + times.timeToLive <= now
        let anyExpired = items.contains { $0.standing == nil && $0.arrived + times.timeToLive <= now }
        let limit = anyExpired ? now + times.slack : now
        var counted: Set<AgentID> = []
        for index in items.indices where items[index].standing == nil {
            let expired = items[index].arrived + times.timeToLive <= limit
            let held = live.reduce(Int64(0)) { $0 + $1.resources.amounts.milliCPU }
            let over = total.milliCPU > 0 && Double(held) > Double(total.milliCPU) * times.share && items[index].arrived + times.grace <= now
            guard expired || over else { continue }
            let agent = items[index].offer.agent
            if counted.insert(agent).inserted { unused[agent, default: 0] += 1 }
            items[index].standing = expired ? .expired : .overShare
            var refuse = times.refuse
            for _ in 1..<max(1, unused[agent] ?? 1) where refuse < times.longestRefuse { refuse = refuse * 2 }
            give(items[index].offer.id, expired ? .expired : .overShare, idle ? times.refuseWhenIdle : min(refuse, times.longestRefuse))
        }
        let overdue = items.compactMap { item -> (item: Item, at: Instant, number: Int)? in
            guard case .claimed? = item.standing, let claim = claims[item.offer.id], claim.at + times.longestClaim <= now else { return nil }
            return (item, claim.at, claim.number)
        }
        for (item, _, _) in overdue.sorted(by: { ($0.at, $0.number) < ($1.at, $1.number) }) {
            give(item.offer.id, .heldTooLong, times.refuse)
            end(because: .heldTooLong) { $0.offer.id == item.offer.id }
        }
        return declines.map { .decline($0.ids, because: $0.why, refuse: $0.refuse) }
    }
}

/// Random facts, told to the state and to the model. A failure names its seed.
@Suite struct OfferModelTests {
    @Test(arguments: 1...12 as ClosedRange<UInt64>) func theStateDoesWhatTheModelDoes(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        func below(_ bound: UInt64) -> Int { Int(random.next() % bound) }
        var times = OfferBrokerState.Times()
        (times.longestClaim, times.share, times.memory) = (.seconds(9), seed % 2 == 0 ? 0.4 : 1, .seconds(100_000))
        var now = ContinuousClock.now
        var (state, model) = (OfferBrokerState(times: times, startingAt: now), OfferModel(times: times, now: now))
        var (made, plan): (Int, PlanID) = (0, 0)
        var claimed: [(plan: PlanID, ids: [OfferID])] = []
        var reader: (seen: Int?, live: Set<Offer>) = (nil, [])
        for step in 0..<300 {
            func known() -> OfferID { OfferID("o\(max(0, made - below(12)))") }
            var fact: OfferFact?
            switch below(15) {
            case 0...3:
                let offers = (0..<(1 + below(3))).map { _ in
                    made += 1
                    let agent = AgentID("a\(below(6))")
                    return Offer(id: OfferID("o\(made)"), agent: agent, hostname: agent.value, resources: Resources(milliCPU: Int64(100 * (1 + below(5)))))
                }
                fact = .offered(offers, at: now)
            case 4: fact = .rescinded(known())
            case 5: fact = below(4) == 0 ? .agentLost(AgentID("a\(below(6))")) : .wanted(fresh: below(3) == 0, at: now)
            case 6, 7:
                plan += 1
                let live = state.live.map(\.id)
                let ids = live.isEmpty || below(5) == 0 ? [known()] : Array(live.prefix(1 + below(3)))
                let answer = state.claim(ids, by: plan)
                #expect(answer == model.claim(ids, by: plan), "seed \(seed), step \(step)")
                if answer == .granted { claimed.append((plan, ids)) }
            case 8 where !claimed.isEmpty:
                let one = claimed.remove(at: below(UInt64(claimed.count)))
                fact = [.released(one.ids, by: one.plan), .used(one.ids, by: one.plan), .unusable(one.ids, by: one.plan)][below(3)]
            case 9: fact = below(6) == 0 ? .disconnected(at: now) : .connected(at: now)
            case 10: fact = below(3) == 0 ? .unwanted(at: now) : .wanted(fresh: false, at: now)
            case 11: fact = .draining(Set((0..<below(3)).map { _ in AgentID("a\(below(6))") }))
            case 12: fact = .clusterTotal(Amounts(milliCPU: Int64(1000 * below(4))))
            default:
                now = now + .milliseconds(50 * below(40))
                fact = .timePassed(to: now)
            }
            if let fact {
                let declines = state.handle(fact).filter { if case .decline = $0 { true } else { false } }
                #expect(declines == model.handle(fact), "seed \(seed), step \(step): \(fact)")
            }
            #expect(state.live == model.live, "seed \(seed), step \(step)")
            if below(4) == 0 {
                // One who reads now and then knows what is live from the changes alone.
                let changes = state.changes(since: reader.seen)
                #expect(changes.since == reader.seen && changes.liveCount == model.live.count, "seed \(seed), step \(step)")
                if changes.since == nil { reader.live = [] }
                reader.live = reader.live.filter { !changes.gone.contains($0.id) }.union(changes.live)
                reader.seen = changes.now
                #expect(reader.live == Set(model.live), "seed \(seed), step \(step)")
            }
            for number in max(0, made - 9)...(made + 1) {
                let id = OfferID("o\(number)")
                #expect(state.standing(of: id) == model.standing(of: id), "seed \(seed), step \(step): \(id)")
            }
        }
    }

    /// Who sleeps until `nextDeadline` misses nothing, and never spins.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func nothingIsDueBeforeItsDeadlineNorAtItTwice(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        var now = ContinuousClock.now
        var times = OfferBrokerState.Times()
        times.share = 0.3
        var state = OfferBrokerState(roles: ["a", "b"], times: times, startingAt: now)
        _ = state.handle(.connected(at: now))
        _ = state.handle(.clusterTotal(Amounts(milliCPU: 2000)))
        for number in 0..<300 {
            switch random.next() % 5 {
            case 0: _ = state.handle(.offered([Offer(id: OfferID("o\(number)"), agent: "x", hostname: "x", resources: Resources(milliCPU: 400))], at: now))
            case 1: _ = state.handle(.wanted(fresh: random.next() % 2 == 0, roles: ["a"], at: now))
            case 2: _ = state.handle(.unwanted(at: now))
            default: break
            }
            guard let deadline = state.nextDeadline else { continue }
            if deadline > now {
                var early = state
                #expect(early.handle(.timePassed(to: deadline - .nanoseconds(1))) == [], "seed \(seed), step \(number)")
            }
            now = max(now, deadline)
            _ = state.handle(.timePassed(to: now))
            #expect(state.nextDeadline.map { $0 > now } ?? true, "seed \(seed), step \(number)")
        }
    }
}
