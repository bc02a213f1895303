import ActorKit
import Core
import PodQueue
import Scheduling
import Testing

/// The queue as one would write it for ten pods: a list that is filtered and sorted at each step.
private struct QueueModel {
    enum Phase: Equatable { case ready, inFlight, launched, backingOff(until: Instant, afterVeto: Bool) }
    struct Item {
        var demand: PodDemand
        let number: Int
        let isRelaunch: Bool
        var phase: Phase
        var backoff: Backoff
        var changed = false
        var attempts = 0
        var group: PodGroup? { isRelaunch ? nil : demand.group }
    }
    var items: [Item] = []
    var underWay: Set<PodUID> = []
    var bound: [PodUID: PodGroup] = [:]
    var groupWaits: [String: (backoff: Backoff, until: Instant?)] = [:]
    var relaunches: [PodUID: (backoff: Backoff, at: Instant)] = [:]
    var number = 0
    var now: Instant
    static let fresh = Backoff(base: .seconds(1), cap: .seconds(60))

    var ordered: [Item] {
        items.sorted { left, right in
            if left.isRelaunch != right.isRelaunch { return left.isRelaunch }
            if left.demand.priority != right.demand.priority { return left.demand.priority > right.demand.priority }
            return left.number < right.number
        }
    }
    func ready(of group: String) -> [Item] { ordered.filter { $0.group?.name == group && $0.phase == .ready } }
    func minimum(of group: String) -> Int { (items.compactMap(\.group) + bound.values).first { $0.name == group }?.minimum ?? 0 }
    func isComplete(_ group: String) -> Bool {
        let launched = items.filter { $0.group?.name == group && $0.phase == .launched }.count
        return ready(of: group).count + launched + bound.values.filter { $0.name == group }.count >= minimum(of: group)
    }

    mutating func edit(_ uid: PodUID, _ body: (inout Item) -> Void) {
        if let index = items.firstIndex(where: { $0.demand.uid == uid }) { body(&items[index]) }
    }
    func item(_ uid: PodUID) -> Item? { items.first { $0.demand.uid == uid } }

    mutating func take(limit: Int) -> [PodDemand] {
        var taken: [PodDemand] = []
        while taken.count < limit {
            let next = ordered.first { item in
                guard item.phase == .ready, !taken.contains(item.demand) else { return false }
                guard let group = item.group?.name else { return true }
                return isComplete(group) && !items.contains { $0.group?.name == group && $0.phase == .inFlight }
            }
            guard let next else { break }
            let unit = next.group.map { ready(of: $0.name) } ?? [next]
            guard taken.isEmpty || taken.count + unit.count <= limit else { break }
            for member in unit {
                edit(member.demand.uid) { ($0.phase, $0.changed) = (.inFlight, false) }
                taken.append(member.demand)
            }
        }
        return taken
    }

    mutating func add(_ demand: PodDemand) {
        if underWay.contains(demand.uid) { return }
        guard let known = item(demand.uid) else { return insert(demand, isRelaunch: false, .init(base: .seconds(1), cap: .seconds(60))) }
        guard known.demand != demand, !known.isRelaunch else { return }
        edit(demand.uid) { item in
            item.demand = demand
            if case .backingOff(_, afterVeto: true) = item.phase { item.phase = .ready }
            if item.phase == .inFlight { item.changed = true }
        }
    }

    mutating func insert(_ demand: PodDemand, isRelaunch: Bool, _ backoff: Backoff) {
        number += 1
        var (backoff, phase) = (backoff, Phase.ready)
        if isRelaunch {
            if backoff.attempts > 0 { phase = .backingOff(until: now + backoff.limit, afterVeto: false) }
            _ = backoff.next(1)
            relaunches[demand.uid] = (backoff, now)
        }
        items.append(Item(demand: demand, number: number, isRelaunch: isRelaunch, phase: phase, backoff: backoff))
    }

    mutating func remove(_ uid: PodUID) { items.removeAll { $0.demand.uid == uid } }

    mutating func handle(_ fact: PodFact) {
        switch fact {
        case .synced(let demands, _):
            items.removeAll { item in !item.isRelaunch && !demands.contains { $0.uid == item.demand.uid } }
            forgetGroups()
            for demand in demands { add(demand) }
        case .waiting(let demand, _): add(demand)
        case .bound(let uid, let group):
            underWay.remove(uid)
            if item(uid)?.isRelaunch == false { remove(uid) }
            // A group whose last member is bound begins anew.
            forgetGroups()
            if let group { bound[uid] = group }
        case .gone(let uid):
            underWay.remove(uid)
            bound[uid] = nil
            relaunches[uid] = nil
            remove(uid)
        case .relaunch(let demand, _):
            underWay.remove(demand.uid)
            if let known = item(demand.uid) {
                if known.phase == .inFlight { return }
                if known.isRelaunch { return edit(demand.uid) { $0.demand = demand } }
            }
            remove(demand.uid)
            forgetGroups()
            insert(demand, isRelaunch: true, relaunches[demand.uid]?.backoff ?? QueueModel.fresh)
        case .underWay(let uids):
            underWay.formUnion(uids)
            items.removeAll { uids.contains($0.demand.uid) }
        case .launchFailed(let uid, _, _, let fraction):
            underWay.remove(uid)
            fail(uid, fraction)
        case .tried(let uid, let outcome, _, let fraction): tried(uid, outcome, fraction)
        case .retry(let key, _):
            guard let item = items.first(where: { $0.demand.key == key }) else { return }
            if let group = item.group { groupWaits[group.name] = (QueueModel.fresh, nil) }
            for member in items where member.demand.uid == item.demand.uid || item.group != nil && member.group?.name == item.group?.name {
                edit(member.demand.uid) { item in
                    item.backoff.reset()
                    if case .backingOff = item.phase { item.phase = .ready }
                }
            }
        case .timePassed(let to):
            now = max(now, to)
            for item in items { if case .backingOff(let until, _) = item.phase, until <= now { edit(item.demand.uid) { $0.phase = .ready } } }
            relaunches = relaunches.filter { $0.value.at + .seconds(600) > now }
        case .offered, .reconsider, .judged: break
        }
        forgetGroups()
    }

    private mutating func forgetGroups() {
        for name in groupWaits.keys where !items.contains(where: { $0.group?.name == name }) && !bound.values.contains(where: { $0.name == name }) {
            groupWaits[name] = nil
        }
    }

    private mutating func fail(_ uid: PodUID, _ fraction: Double) {
        let now = now
        edit(uid) { $0.phase = .backingOff(until: now + $0.backoff.next(fraction), afterVeto: false) }
    }

    private mutating func tried(_ uid: PodUID, _ outcome: AttemptOutcome, _ fraction: Double) {
        guard let item = item(uid), item.phase == .inFlight else { return }
        if outcome != .putBack { edit(uid) { $0.attempts += 1 } }
        switch outcome {
        case .launched:
            if item.isRelaunch { remove(uid) } else { edit(uid) { $0.phase = .launched } }
            let same = ordered.filter { isAsleep($0) && kind($0.demand) == kind(item.demand) }.prefix(2)
            wake(same.map(\.demand.uid))
        case .putBack: edit(uid) { $0.phase = .ready }
        case .failed: fail(uid, fraction)
        case .vetoed:
            if item.changed { return edit(uid) { $0.phase = .ready } }
            let now = now
            var until = now
            if let group = item.group {
                var wait = groupWaits[group.name] ?? (QueueModel.fresh, nil)
                if let agreed = wait.until, agreed > now {
                    until = agreed
                } else {
                    until = now + wait.backoff.next(fraction)
                    wait.until = until
                }
                groupWaits[group.name] = wait
            } else {
                edit(uid) { until = now + $0.backoff.next(fraction) }
            }
            edit(uid) { $0.phase = .backingOff(until: until, afterVeto: true) }
        }
    }

    /// Offers came that suit all that ask for no more than `cpu`.
    mutating func offered(cpu: Int64) { wake(items.filter { isAsleep($0) && $0.demand.amounts.milliCPU <= cpu }.map(\.demand.uid)) }

    private mutating func wake(_ uids: [PodUID]) {
        for uid in uids {
            guard let item = item(uid) else { continue }
            for member in items where member.demand.uid == uid || item.group != nil && member.group?.name == item.group?.name {
                edit(member.demand.uid) { if case .backingOff(_, afterVeto: true) = $0.phase { $0.phase = .ready } }
            }
        }
    }
    private func isAsleep(_ item: Item) -> Bool { if case .backingOff(_, afterVeto: true) = item.phase { true } else { false } }
    private func kind(_ demand: PodDemand) -> PodDemand {
        var kind = demand
        (kind.key, kind.uid) = (PodKey(namespace: demand.key.namespace, name: ""), "")
        return kind
    }

    var queued: [String] {
        ordered.map { item in
            switch item.phase {
            case .ready: "\(item.demand.uid) \(item.group.map { isComplete($0.name) } == false ? "waitingForGroup" : "ready") \(item.attempts)"
            case .inFlight: "\(item.demand.uid) inFlight \(item.attempts)"
            case .launched: "\(item.demand.uid) launched \(item.attempts)"
            case .backingOff(let until, _): "\(item.demand.uid) until \(now.duration(to: until)) \(item.attempts)"
            }
        }
    }
}

/// Random facts, told to the state and to the model. A failure names its seed.
@Suite struct PodQueueModelTests {
    @Test(arguments: 1...16 as ClosedRange<UInt64>) func theStateDoesWhatTheModelDoes(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }
        var now = ContinuousClock.now
        var (state, model) = (PodQueueState(startingAt: now), QueueModel(now: now))
        let groups = (1...2).map { PodGroup(namespace: "default", name: "g\($0)", minimum: 2 + $0) }
        /// A pod belongs to its group for life, as its labels do.
        func demand(_ number: Int) -> PodDemand {
            var demand = PodDemand(
                key: PodKey(namespace: "default", name: "p\(number)"), uid: PodUID("p\(number)"), amounts: Amounts(milliCPU: Int64(100 * (1 + below(3)))))
            demand.priority = Int32(below(8) == 0 ? 1 : 0)
            demand.group = number % 3 == 0 ? groups[number / 3 % 2] : nil
            return demand
        }
        var inFlight: [PodUID] = []

        /// Tells both; questions to the planner are answered at once: what asks for 200 or less fits.
        func tell(_ fact: PodFact, cpu: Int64 = 200) {
            model.handle(fact)
            var effects = state.handle(fact)
            var judged = false
            while let kinds = effects.lazy.compactMap({ effect -> [PodKind]? in if case .judge(let kinds) = effect { kinds } else { nil } }).first {
                judged = true
                effects = state.handle(.judged(suited: kinds.filter { $0.demand.amounts.milliCPU <= cpu }.map(\.number), at: now))
            }
            if judged { model.offered(cpu: cpu) }
        }

        for step in 0..<400 {
            let uid = PodUID("p\(below(18))")
            let fraction = Double(below(1000)) / 1000
            switch below(16) {
            case 0...3:
                // What is bound never waits again.
                let one = demand(below(18))
                if model.bound[one.uid] == nil { tell(.waiting(one, at: now)) }
            case 4: tell(.bound(uid, group: model.item(uid)?.demand.group))
            case 5: tell(.gone(uid))
            case 6: if below(3) == 0 { tell(.relaunch(demand(below(18)), at: now)) }
            case 7: if below(4) == 0 { tell(.underWay([uid])) } else { tell(.launchFailed(uid, reason: "x", at: now, fraction: fraction)) }
            case 8, 9:
                let limit = 1 + below(5)
                let taken = state.take(limit: limit)
                #expect(taken == model.take(limit: limit), "seed \(seed), step \(step)")
                inFlight += taken.map(\.uid)
            case 10, 11:
                while let uid = inFlight.popLast() {
                    let outcome: AttemptOutcome = [
                        .launched, .putBack, .failed("x"), .vetoed(Explanation([AgentVeto(agent: "a", reasons: [.unschedulable])])),
                    ][below(4)]
                    tell(.tried(uid, outcome, at: now, fraction: fraction), cpu: 0)
                }
            case 12: tell(below(2) == 0 ? .offered(count: 1, at: now) : .reconsider(at: now), cpu: Int64(100 * below(4)))
            case 13: tell(.retry(PodKey(namespace: "default", name: uid.value), at: now))
            case 14: if below(5) == 0 { tell(.synced((0..<18).filter { _ in below(2) == 0 }.map(demand).filter { model.bound[$0.uid] == nil }, at: now)) }
            default:
                now = now + .milliseconds(100 * below(60))
                tell(.timePassed(to: now))
            }
            let shown = state.queued.map { pod in
                pod.nextTry.map { "\(pod.uid) until \(now.duration(to: $0)) \(pod.attempts)" } ?? "\(pod.uid) \(pod.phase.rawValue) \(pod.attempts)"
            }
            #expect(shown == model.queued, "seed \(seed), step \(step)")
            #expect(state.isWaiting == model.items.contains { $0.phase != .launched })
            guard shown == model.queued else { return }
        }
    }

    /// Who sleeps until `nextDeadline` misses nothing, and never spins.
    @Test(arguments: 1...10 as ClosedRange<UInt64>) func nothingIsDueBeforeItsDeadlineNorAtItTwice(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        var now = ContinuousClock.now
        var times = PodQueueState.Times()
        (times.explainBurst, times.explainPerSecond) = (2, 3)
        var state = PodQueueState(times: times, startingAt: now)
        let group = PodGroup(namespace: "default", name: "g", minimum: 4, deadline: .seconds(7))
        for step in 0..<300 {
            let number = Int(random.next() % 12)
            var demand = PodDemand(key: PodKey(namespace: "default", name: "p\(number)"), uid: PodUID("p\(number)"))
            demand.group = number < 3 ? group : nil
            switch random.next() % 4 {
            case 0: _ = state.handle(.waiting(demand, at: now))
            case 1: _ = state.handle(.gone(demand.uid))
            default:
                for pod in state.take(limit: 3) {
                    let veto = Explanation([AgentVeto(agent: "a", reasons: [random.next() % 2 == 0 ? .unschedulable : .noOffer])])
                    _ = state.handle(.tried(pod.uid, .vetoed(veto), at: now, fraction: random.fraction()))
                }
            }
            guard let deadline = state.nextDeadline else { continue }
            if deadline > now {
                var early = state
                #expect(early.handle(.timePassed(to: deadline - .nanoseconds(1))) == [], "seed \(seed), step \(step)")
            }
            now = max(now, deadline)
            _ = state.handle(.timePassed(to: now))
            #expect(state.nextDeadline.map { $0 > now } ?? true, "seed \(seed), step \(step)")
        }
    }
}
