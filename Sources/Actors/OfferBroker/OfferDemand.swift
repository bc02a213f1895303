import Core

/// Whether Mesos shall make offers: per role, SUPPRESS when nobody has waited for a while, REVIVE when somebody does.
///
/// REVIVE makes the master offer everything again, also what was declined, which costs it and us much in a large cluster. So it is
/// called at once for a suppressed role; else, when there is nothing to plan with or new wishes meet long declines, and then not
/// more often than `betweenRevives`; for those who only try again the pause doubles up to `longestPause`.
struct OfferDemand: Sendable {
    private struct Role: Sendable {
        let name: String
        var wanted = false
        var unwantedSince: Instant
        var suppressed = false
    }

    private var roles: [Role]
    private var connected = false
    private var lastRevive: Instant?
    /// Asked for too soon after the last one: to be done then.
    private var reviveAt: Instant?
    /// Since the last new wish or used offer: how often offers were asked for in vain.
    private var vain = 0
    /// What was declined may be kept from us until then.
    private var filteredUntil: Instant
    private let times: OfferBrokerState.Times

    init(roles: [String], times: OfferBrokerState.Times, startingAt now: Instant) {
        self.roles = roles.map { Role(name: $0, unwantedSince: now) }
        (self.times, filteredUntil) = (times, now)
    }

    /// Nobody has waited, for any role, for a while.
    func isIdle(at now: Instant) -> Bool { connected && roles.allSatisfy { !$0.wanted && $0.unwantedSince + times.timeToLive <= now } }
    var suppressed: [String] { roles.filter(\.suppressed).map(\.name) }

    var nextDeadline: Instant? {
        guard connected else { return nil }
        let lulls = roles.lazy.filter { !$0.wanted && !$0.suppressed }.map { $0.unwantedSince + times.timeToLive }
        return [reviveAt, lulls.min()].compactMap(\.self).min()
    }

    mutating func connect(at now: Instant) {
        // The master forgets SUPPRESS, and what was declined, when a framework subscribes again.
        (connected, lastRevive, reviveAt, vain, filteredUntil) = (true, nil, nil, 0, now)
        for index in roles.indices { (roles[index].suppressed, roles[index].unwantedSince) = (false, now) }
    }

    mutating func disconnect() { connected = false }

    mutating func declined(for refuse: Duration, at now: Instant) { filteredUntil = max(filteredUntil, now + refuse) }
    mutating func used() { vain = 0 }

    mutating func want(fresh: Bool, roles wanted: Set<String>?, haveOffers: Bool, at now: Instant) -> [OfferEffect] {
        for index in roles.indices {
            let wants = wanted?.contains(roles[index].name) ?? true
            if !wants, roles[index].wanted { roles[index].unwantedSince = now }
            roles[index].wanted = wants
        }
        if fresh { vain = 0 }
        guard connected else { return [] }
        let waking = roles.contains { $0.wanted && $0.suppressed }
        let missing = fresh && filteredUntil > now + times.refuse
        guard missing || !haveOffers else { return waking ? [wake()] : [] }
        return revive(atOnce: waking, at: now)
    }

    mutating func unwant(except others: Set<String>, at now: Instant) {
        for index in roles.indices where roles[index].wanted && !others.contains(roles[index].name) {
            (roles[index].wanted, roles[index].unwantedSince) = (false, now)
        }
    }

    /// What is due at `now`.
    mutating func pass(to now: Instant, haveOffers: Bool) -> [OfferEffect] {
        guard connected else { return [] }
        var effects: [OfferEffect] = []
        if let due = reviveAt, due <= now {
            reviveAt = nil
            if roles.contains(where: \.wanted), !haveOffers || filteredUntil > now + times.refuse { effects += revive(atOnce: true, at: now) }
        }
        var quiet: [String] = []
        for index in roles.indices where !roles[index].wanted && !roles[index].suppressed && roles[index].unwantedSince + times.timeToLive <= now {
            roles[index].suppressed = true
            quiet.append(roles[index].name)
        }
        if !quiet.isEmpty { effects.append(.suppress(quiet.count == roles.count ? [] : quiet)) }
        return effects
    }

    /// Only for the roles that were suppressed: what the others declined stays declined.
    private mutating func wake() -> OfferEffect {
        var names: [String] = []
        for index in roles.indices where roles[index].wanted && roles[index].suppressed {
            roles[index].suppressed = false
            names.append(roles[index].name)
        }
        return .revive(names.count == roles.count ? [] : names)
    }

    private mutating func revive(atOnce: Bool, at now: Instant) -> [OfferEffect] {
        if !atOnce, let lastRevive, now < lastRevive + pause {
            reviveAt = min(reviveAt ?? lastRevive + pause, lastRevive + pause)
            return []
        }
        (lastRevive, reviveAt, filteredUntil) = (now, nil, now)
        vain += 1
        var names: [String] = []
        for index in roles.indices where roles[index].wanted {
            roles[index].suppressed = false
            names.append(roles[index].name)
        }
        return [.revive(names.count == roles.count ? [] : names)]
    }

    private var pause: Duration { min(times.longestPause, times.betweenRevives * (1 << min(max(0, vain - 1), 20))) }
}
