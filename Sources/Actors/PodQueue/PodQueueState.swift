import ActorKit
import Core
import Scheduling

/// The pods that wait for a node: higher priority first, and first come, first served.
///
/// A pod is ready, or in flight (a plan has it), or launched (Mesos was asked; it leaves when it is bound), or it backs off after
/// a vain attempt: 1 s doubling to 60 s, with full jitter. New offers that suit its kind end the back-off of a pod that no agent
/// fitted; a failed launch waits its time. A changed pod keeps its place. Bound pods that lost their task go before all others. The
/// pods of a group are handed out together, once enough of them are there.
///
/// A fact costs O(log n), a batch of offers what there are kinds of pods that back off: see `PodKinds`.
public struct PodQueueState: ComponentState {
    public struct Times: Sendable, Hashable {
        public var firstBackoff: Duration = .seconds(1)
        public var longestBackoff: Duration = .seconds(60)
        /// When pods are ready and nobody has tried any for so long, they are told why.
        public var unexplained: Duration = .seconds(5)
        /// A pod whose reason is still the same is told it again after this.
        public var explainAgain: Duration = .seconds(300)
        /// So many explanations at once, and so many a second in the long run.
        public var explainBurst = 1000
        public var explainPerSecond = 100
        /// A pod that is launched again so soon after the last time backs off before.
        public var relaunchMemory: Duration = .seconds(600)
        /// So many pods of a kind are woken by a suitable offer; each that is launched wakes two more.
        public var wakeAtOnce = 64
        /// So many kinds are tried against a batch of offers.
        public var kindsPerJudgement = 1000
        public init() {}
    }

    /// What is handed out at a time.
    enum Unit: Sendable, Hashable { case pod(PodUID), group(GroupKey) }

    var entries: [PodUID: WaitingPod] = [:]
    var byKey: [PodKey: PodUID] = [:]
    /// What may be handed out now.
    var line = RankedKeys<Unit, QueueRank>()
    var wakeups = Deadlines<PodUID>()
    var kinds = PodKinds()
    var groups: PodGroups
    var explainer: Explainer
    private var counts = PhaseCounts()
    private var wishes = RoleWishes()
    /// Launched by an earlier leader; not waiting although not bound.
    private var underWay: Set<PodUID> = []
    /// Back-offs of pods that were launched again not long ago.
    private var relaunches: Memory<PodUID, Backoff>
    private var nextNumber: UInt64 = 0
    var now: Instant
    /// Since when pods are ready and nobody tries any.
    private var droughtSince: Instant?
    /// The ready pods are being told why they wait, plan after plan.
    private var explaining = false
    private var judging = false
    private var offersUnjudged = false
    private(set) var offersSeen: UInt64 = 0
    private(set) var lastOffer: Instant?
    /// Grows whenever a veto may have become untrue.
    private var news: UInt64 = 0
    private var notes: [AttemptNote] = []
    let times: Times

    public init(times: Times = Times(), startingAt now: Instant) {
        (self.times, self.now) = (times, now)
        groups = PodGroups(times: times)
        explainer = Explainer(burst: times.explainBurst, perSecond: times.explainPerSecond, startingAt: now)
        relaunches = Memory(limit: 10_000, age: times.relaunchMemory)
    }

    public var nextDeadline: Instant? {
        [
            wakeups.first?.rank, groups.nextDeadline, explainer.nextDeadline, relaunches.nextDeadline, droughtSince.map { $0 + times.unexplained },
        ].compactMap(\.self).min()
    }

    /// Whether a pod waits that is not launched.
    public var isWaiting: Bool { counts.waiting > 0 }
    /// Whose resources the waiting pods may use.
    public var roleWishes: Set<RoleWish> { wishes.all }
    public func count(in phase: QueuedPod.Phase) -> Int { counts[phase] }
    /// How attempts ended since the last call.
    public mutating func takeNotes() -> [AttemptNote] {
        defer { notes = [] }
        return notes
    }

    /// Hands out up to `limit` ready pods, in their order; of a group all or none, even if it is larger. They are in flight until
    /// `tried` tells how it ended.
    public mutating func take(limit: Int) -> [PodDemand] {
        var taken: [PodDemand] = []
        while taken.count < limit, let (unit, _) = line.first {
            let uids: [PodUID]
            switch unit {
            case .pod(let uid): uids = [uid]
            case .group(let key): uids = groups.readyMembers(of: key)
            }
            guard taken.isEmpty || taken.count + uids.count <= limit, !uids.isEmpty else { break }
            for uid in uids {
                entries[uid]?.changed = false
                entries[uid]?.newsAtTake = news
                move(uid, to: .inFlight)
                if let demand = entries[uid]?.demand { taken.append(demand) }
            }
        }
        droughtSince = line.isEmpty ? nil : now
        return taken
    }

    public mutating func handle(_ input: PodFact) -> [PodQueueEffect] {
        let effects = absorb(input)
        if line.isEmpty { (droughtSince, explaining) = (nil, false) } else if droughtSince == nil { droughtSince = now }
        return effects + newsOfWishes(told: effects.contains { if case .offersWanted = $0 { true } else { false } })
    }

    /// Whoever asks for offers looks at all wishes whenever it is told of some.
    private mutating func newsOfWishes(told: Bool) -> [PodQueueEffect] {
        defer { wishes.told() }
        if told { return [] }
        if wishes.haveNew { return [.offersWanted(fresh: false)] }
        return wishes.haveEnded ? [.offersUnwanted] : []
    }

    private mutating func absorb(_ input: PodFact) -> [PodQueueEffect] {
        switch input {
        case .synced(let demands, let at): return sync(demands, at: at)
        case .waiting(let demand, let at):
            now = max(now, at)
            return add(demand) ? [.ready(explain: false), .offersWanted(fresh: true)] : []
        case .bound(let uid, let group):
            underWay.remove(uid)
            if entries[uid]?.isRelaunch == false { remove(uid) }
            if let group { groups.bind(uid, to: group, at: now) }
            return group.map { refresh(GroupKey($0)) ? [.ready(explain: false)] : [] } ?? []
        case .gone(let uid):
            underWay.remove(uid)
            relaunches.remove(uid)
            if let group = groups.unbind(uid, at: now) { refresh(group) }
            remove(uid)
            return []
        case .relaunch(let demand, let at): return relaunch(demand, at: at)
        case .underWay(let uids):
            underWay.formUnion(uids)
            for uid in uids { remove(uid) }
            return []
        case .launchFailed(let uid, let reason, let at, let fraction):
            now = max(now, at)
            underWay.remove(uid)
            fail(uid, reason, fraction)
            return []
        case .tried(let uid, let outcome, let at, let fraction):
            now = max(now, at)
            return note(outcome, of: uid, fraction)
        case .offered(let count, let at): return offered(count, at: at)
        case .reconsider(let at):
            now = max(now, at)
            news += 1
            return judge()
        case .judged(let suited, let at): return wake(suited, at: at)
        case .retry(let key, let at): return retry(key, at: at)
        case .timePassed(let to): return pass(to: to)
        }
    }

    // MARK: Coming and going

    private mutating func sync(_ demands: [PodDemand], at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        let present = Set(demands.map(\.uid))
        for uid in entries.values.filter({ !$0.isRelaunch && !present.contains($0.uid) }).map(\.uid).sorted() { remove(uid) }
        var added = false
        for demand in demands where add(demand) { added = true }
        return added ? [.ready(explain: false), .offersWanted(fresh: true)] : []
    }

    /// Whether a pod became ready by it.
    private mutating func add(_ demand: PodDemand) -> Bool {
        if underWay.contains(demand.uid) { return false }
        guard let known = entries[demand.uid] else {
            insert(demand, isRelaunch: false)
            return true
        }
        guard known.demand != demand, !known.isRelaunch else { return false }
        switch known.phase {
        case .backingOff(_, afterVeto: true):
            // It asks for something else now: what was said of it does not hold.
            change(demand, to: .ready)
            return true
        case .inFlight:
            change(demand, to: .inFlight)
            entries[demand.uid]?.changed = true
            return false
        default:
            change(demand, to: known.phase)
            return false
        }
    }

    private mutating func insert(_ demand: PodDemand, isRelaunch: Bool, after backoff: Backoff? = nil) {
        nextNumber += 1
        var backoff = backoff ?? Backoff(base: times.firstBackoff, cap: times.longestBackoff)
        var phase = WaitingPod.Phase.ready
        if isRelaunch {
            // The first time at once; who comes back soon waits, and longer each time.
            if backoff.attempts > 0 { phase = .backingOff(until: now + backoff.limit, afterVeto: false) }
            _ = backoff.next(1)
            relaunches.note(demand.uid, backoff, at: now)
        }
        enter(
            WaitingPod(
                demand, number: nextNumber, isRelaunch: isRelaunch, phase: phase, backoff: backoff, since: now, offersBefore: offersSeen))
    }

    private mutating func relaunch(_ demand: PodDemand, at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        underWay.remove(demand.uid)
        switch entries[demand.uid] {
        case let entry? where entry.phase == .inFlight: return []
        case let entry? where entry.isRelaunch:
            change(demand, to: entry.phase)
            return []
        default:
            remove(demand.uid)
            insert(demand, isRelaunch: true, after: relaunches[demand.uid])
            return entries[demand.uid]?.phase == .ready ? [.ready(explain: false), .offersWanted(fresh: true)] : []
        }
    }

    // MARK: Attempts

    private mutating func note(_ outcome: AttemptOutcome, of uid: PodUID, _ fraction: Double) -> [PodQueueEffect] {
        guard let entry = entries[uid], entry.phase == .inFlight else { return [] }
        if outcome != .putBack { entries[uid]?.note(outcome, at: now) }
        notes.append(AttemptNote(outcome: outcome, waited: outcome == .launched ? entry.since.duration(to: now) : nil))
        switch outcome {
        case .launched:
            // A relaunched pod is bound already: nothing will announce it again.
            if entry.isRelaunch { remove(uid) } else { move(uid, to: .launched) }
            explainer.remove(uid)
            // Where one found room, others of its kind may.
            return wake(kinds.first(2, like: entry)) ? [.ready(explain: false)] : []
        case .putBack:
            return move(uid, to: .ready) ? [.ready(explain: false)] : []
        case .failed(let reason):
            fail(uid, reason, fraction)
            return []
        case .vetoed(let explanation):
            if entry.changed { return move(uid, to: .ready) ? [.ready(explain: false)] : [] }
            veto(uid, explanation, fraction)
            // What came or changed while the plan was made was not asked.
            let judgement = entry.newsAtTake < news ? judge() : []
            return explain() + judgement + (explaining && !line.isEmpty ? [.ready(explain: true)] : [])
        }
    }

    private mutating func veto(_ uid: PodUID, _ explanation: Explanation, _ fraction: Double) {
        guard let entry = entries[uid] else { return }
        if case .vetoed(explanation) = entry.why {} else { entries[uid]?.why = .vetoed(explanation) }
        let until: Instant
        if let group = entry.group {
            until = groups.backOff(group, at: now, fraction)
        } else {
            until = now + (entries[uid]?.backoff.next(fraction) ?? .zero)
        }
        move(uid, to: .backingOff(until: until, afterVeto: true))
        tell(uid)
    }

    private mutating func fail(_ uid: PodUID, _ reason: String, _ fraction: Double) {
        guard entries[uid] != nil else { return }
        let wait = entries[uid]?.backoff.next(fraction) ?? .zero
        entries[uid]?.why = .failed(reason)
        move(uid, to: .backingOff(until: now + wait, afterVeto: false))
    }

    // MARK: Waking

    private mutating func offered(_ count: Int, at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        guard count > 0 else { return [] }
        offersSeen += UInt64(count)
        news += 1
        (lastOffer, explaining) = (now, false)
        return (line.isEmpty ? [] : [.ready(explain: false)]) + judge()
    }

    private mutating func judge() -> [PodQueueEffect] {
        guard !kinds.isEmpty else { return [] }
        offersUnjudged = judging
        guard !judging else { return [] }
        judging = true
        return [.judge(kinds.toJudge(limit: times.kindsPerJudgement))]
    }

    private mutating func wake(_ suited: [KindNumber], at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        judging = false
        var woken = false
        for kind in suited where wake(kinds.first(times.wakeAtOnce, of: kind)) { woken = true }
        return (woken ? [.ready(explain: false)] : []) + (offersUnjudged ? judge() : [])
    }

    /// Ends the back-off of these pods, and of the rest of their groups. Whether something can be handed out by it.
    private mutating func wake(_ uids: [PodUID]) -> Bool {
        var woken = false
        for uid in uids {
            let group = entries[uid].flatMap(\.group)
            for member in group.map({ groups.members(of: $0) }) ?? [uid] {
                guard case .backingOff(_, afterVeto: true)? = entries[member]?.phase else { continue }
                if move(member, to: .ready) { woken = true }
            }
        }
        return woken
    }

    private mutating func retry(_ key: PodKey, at: Instant) -> [PodQueueEffect] {
        now = max(now, at)
        guard let uid = byKey[key], let entry = entries[uid] else { return [] }
        if let group = entry.group { groups.resetBackoff(group) }
        for member in entry.group.map({ groups.members(of: $0) }) ?? [uid] {
            entries[member]?.backoff.reset()
            if case .backingOff? = entries[member]?.phase { move(member, to: .ready) }
        }
        return line.isEmpty ? [] : [.ready(explain: true), .offersWanted(fresh: true)]
    }

    private mutating func pass(to instant: Instant) -> [PodQueueEffect] {
        now = max(now, instant)
        relaunches.forget(at: now)
        // Who failed for another reason than room has not been refused by the offers that there are: it may need those that were declined.
        var (woken, fresh) = (false, false)
        for uid in wakeups.takeDue(by: now) {
            if case .backingOff(_, afterVeto: false)? = entries[uid]?.phase { fresh = true }
            if move(uid, to: .ready) { woken = true }
        }
        for late in groups.overdue(at: now) {
            for uid in late.members {
                entries[uid]?.why = .group(late.text)
                tell(uid)
            }
        }
        let told = explain()
        if let since = droughtSince, since + times.unexplained <= now, !line.isEmpty {
            (droughtSince, explaining) = (now, true)
            return told + [.ready(explain: true), .offersWanted(fresh: false)]
        }
        return told + (woken ? [.ready(explain: false), .offersWanted(fresh: fresh)] : [])
    }

    // MARK: The indexes

    /// Moves a pod into another phase. Whether something can be handed out by it that could not before.
    @discardableResult mutating func move(_ uid: PodUID, to phase: WaitingPod.Phase) -> Bool {
        guard var entry = entries[uid] else { return false }
        leave(entry)
        let waited = entry.isWaiting
        entry.phase = phase
        entries[uid]?.phase = phase
        if waited != entry.isWaiting { if waited { wishes.remove(entry.demand) } else { wishes.add(entry.demand) } }
        return settle(entry)
    }

    private mutating func change(_ demand: PodDemand, to phase: WaitingPod.Phase) {
        guard var entry = entries[demand.uid] else { return }
        leave(entry)
        if entry.isWaiting { wishes.remove(entry.demand) }
        (entry.demand, entry.phase) = (demand, phase)
        entries[demand.uid] = entry
        if entry.isWaiting { wishes.add(demand) }
        settle(entry)
    }

    private mutating func enter(_ entry: WaitingPod) {
        entries[entry.uid] = entry
        byKey[entry.demand.key] = entry.uid
        if entry.isWaiting { wishes.add(entry.demand) }
        settle(entry)
    }

    private mutating func remove(_ uid: PodUID) {
        guard let entry = entries[uid] else { return }
        leave(entry)
        if entry.isWaiting { wishes.remove(entry.demand) }
        entries[uid] = nil
        explainer.remove(uid)
        if byKey[entry.demand.key] == uid { byKey[entry.demand.key] = nil }
    }

    @discardableResult private mutating func settle(_ entry: WaitingPod) -> Bool {
        counts.add(entry.phase, 1)
        groups.enter(entry, at: now)
        if case .backingOff(let until, let afterVeto) = entry.phase {
            wakeups.put(entry.uid, until)
            if afterVeto { kinds.sleep(entry) }
        }
        if let group = entry.group { return refresh(group) }
        guard entry.phase == .ready else { return false }
        line.put(.pod(entry.uid), entry.rank)
        return true
    }

    private mutating func leave(_ entry: WaitingPod) {
        counts.add(entry.phase, -1)
        groups.leave(entry, at: now)
        if case .backingOff(_, let afterVeto) = entry.phase {
            wakeups.remove(entry.uid)
            if afterVeto { kinds.wake(entry) }
        }
        if let group = entry.group { refresh(group) } else { line.remove(.pod(entry.uid)) }
    }

    /// Puts a group in the line when it can be handed out, and takes it out when not. Whether it can.
    @discardableResult private mutating func refresh(_ group: GroupKey) -> Bool {
        guard let rank = groups.rank(of: group) else {
            line.remove(.group(group))
            return false
        }
        line.put(.group(group), rank)
        return true
    }
}
