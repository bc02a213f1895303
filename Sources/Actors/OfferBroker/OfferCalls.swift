import ActorKit
import Core

/// A call to Mesos about offers.
public enum OfferCall: Sendable, Hashable {
    /// Gives offers back; `refuse`: for how long what is in them is not to be offered again.
    case decline([OfferID], because: GoneReason, refuse: Duration)
    /// Empty: all roles.
    case suppress([String])
    /// Empty: all roles.
    case revive([String])
}

/// How a call ended.
public enum OfferCallAnswer: Sendable, Hashable {
    case taken
    /// There was no answer, or one that another attempt may change. The master may have taken the call.
    case lost(String)
    /// The master will not take it, however often it is asked.
    case refused(String)
}

/// The calls of one subscription about offers, each until the master has taken it: one at a time, in the order in which they were decided.
///
/// A DECLINE that is lost would strand its offers until the next subscription, a lost REVIVE would leave pods waiting; so what is lost is sent
/// again, after a pause that doubles. A second DECLINE or SUPPRESS does no harm. What is not sent when the subscription ends is void, and so is
/// the answer of what is under way: the next subscription begins with no offers out and nothing suppressed. A later SUPPRESS or REVIVE replaces
/// an earlier one of the same roles that waits. Declines of one kind go together, but never past a SUPPRESS or REVIVE: REVIVE ends the refusals
/// that came before it, not those that follow.
public struct OfferCalls: ComponentState {
    public enum Fact: Sendable, Hashable {
        /// What the broker has decided, in order: its calls, and the end of the subscription.
        case decided([OfferEffect])
        case answered(UInt64, OfferCallAnswer, at: Instant)
        case timePassed(to: Instant)
    }
    public enum Effect: Sendable, Hashable {
        /// The answer carries the same number.
        case send(UInt64, OfferCall)
    }

    /// At most one SUPPRESS or REVIVE, and then what is declined after it.
    private struct Step: Sendable {
        var demand: Demand?
        var declines = Declines()
    }
    private struct Demand: Sendable {
        let isRevive: Bool
        var roles: [String]
    }

    private let roles: [String]
    private let offersPerCall: Int
    private let limit: Int
    /// Never empty. No step but the first is without a demand, so there are at most as many as there are roles, and one.
    private var steps = [Step()]
    private var underWay: (number: UInt64, call: OfferCall)?
    private var number: UInt64 = 0
    private var backoff: Backoff
    /// Nothing is sent before this.
    private var pausedUntil: Instant?
    /// How many offers were left to the master's own devices, because too many waited.
    public private(set) var abandoned: UInt64 = 0

    /// - Parameters:
    ///   - roles: all that the framework subscribes with.
    ///   - offersPerCall: one DECLINE names no more offers than that.
    ///   - limit: so many offers may wait for their DECLINE; beyond it the first ones are given up, and are void with the subscription.
    public init(
        roles: [String], offersPerCall: Int = 1000, limit: Int = 100_000,
        backoff: Backoff = Backoff(base: .milliseconds(250), cap: .seconds(10), jitter: 0)
    ) {
        (self.roles, self.offersPerCall, self.limit, self.backoff) = (roles, max(1, offersPerCall), max(1, limit), backoff)
    }

    public var nextDeadline: Instant? { pausedUntil }

    /// How many calls the master has not taken yet, at least.
    public var waiting: Int {
        steps.reduce(underWay == nil ? 0 : 1) { $0 + ($1.demand == nil ? 0 : 1) + ($1.declines.count + offersPerCall - 1) / offersPerCall }
    }

    public mutating func handle(_ input: Fact) -> [Effect] {
        switch input {
        case .decided(let effects): for effect in effects { add(effect) }
        case .answered(let number, let answer, let at):
            guard let sent = underWay, sent.number == number else { return [] }
            underWay = nil
            if case .lost = answer {
                putBack(sent.call)
                pausedUntil = at + backoff.next(1)
            } else {
                backoff.reset()
            }
        case .timePassed(let to): if let until = pausedUntil, until <= to { pausedUntil = nil }
        }
        return send()
    }

    private mutating func add(_ effect: OfferEffect) {
        switch effect {
        case .decline(let offers, let why, let refuse):
            steps[steps.count - 1].declines.add(offers, because: why, refuse: refuse)
            shed()
        case .suppress(let roles): add(Demand(isRevive: false, roles: named(roles)))
        case .revive(let roles): add(Demand(isRevive: true, roles: named(roles)))
        case .voided:
            (steps, underWay, pausedUntil) = ([Step()], nil, nil)
            backoff.reset()
        case .arrived, .noted: break
        }
    }

    /// The last word on a role is the one that counts.
    private mutating func add(_ demand: Demand) {
        for index in steps.indices.reversed() {
            guard var old = steps[index].demand else { continue }
            old.roles.removeAll { demand.roles.contains($0) }
            steps[index].demand = old.roles.isEmpty ? nil : old
            guard old.roles.isEmpty, index > 0 else { continue }
            steps[index - 1].declines.add(steps.remove(at: index).declines)
        }
        steps.append(Step(demand: demand))
    }

    private mutating func putBack(_ call: OfferCall) {
        switch call {
        case .decline(let offers, let why, let refuse): steps[0].declines.add(offers, because: why, refuse: refuse)
        case .suppress(let roles): putBack(Demand(isRevive: false, roles: named(roles)))
        case .revive(let roles): putBack(Demand(isRevive: true, roles: named(roles)))
        }
    }

    private mutating func putBack(_ demand: Demand) {
        let later = Set(steps.compactMap(\.demand).flatMap(\.roles))
        let roles = demand.roles.filter { !later.contains($0) }
        if !roles.isEmpty { steps.insert(Step(demand: Demand(isRevive: demand.isRevive, roles: roles)), at: 0) }
        merge()
    }

    /// The first step may have been left without a demand before another one.
    private mutating func merge() {
        guard steps.count > 1, steps[1].demand == nil else { return }
        steps[0].declines.add(steps.remove(at: 1).declines)
    }

    private mutating func shed() {
        var excess = steps.reduce(0) { $0 + $1.declines.count } - limit
        for index in steps.indices {
            while excess > 0, let given = steps[index].declines.take(excess) {
                excess -= given.offers.count
                abandoned += UInt64(given.offers.count)
            }
        }
    }

    private mutating func send() -> [Effect] {
        guard underWay == nil, pausedUntil == nil, let call = takeFirst() else { return [] }
        number += 1
        underWay = (number, call)
        return [.send(number, call)]
    }

    private mutating func takeFirst() -> OfferCall? {
        if steps[0].demand == nil, steps[0].declines.isEmpty, steps.count > 1 { steps.removeFirst() }
        if let demand = steps[0].demand {
            steps[0].demand = nil
            let names = demand.roles.count == roles.count ? [] : demand.roles
            return demand.isRevive ? .revive(names) : .suppress(names)
        }
        return steps[0].declines.take(offersPerCall).map { .decline($0.offers, because: $0.why, refuse: $0.refuse) }
    }

    private func named(_ roles: [String]) -> [String] { roles.isEmpty ? self.roles : roles }
}
