import ActorKit
import Core
import Scheduling

/// Keeps the offers: takes in what Mesos says, lends them to plans, and gives back what is not used in time.
///
/// Facts wait in an inbox of 4,096; a Mesos stream that finds it full stops reading. A slow DECLINE never delays a fact: effects
/// are performed in order by a loop of their own, and those that gathered meanwhile go in one call. A failed DECLINE, SUPPRESS or
/// REVIVE is not repeated: the subscription that follows voids all offers.
public actor OfferBroker: Component {
    public nonisolated let name = "offer-broker"
    private var state: OfferBrokerState
    private let inbox = Inbox<OfferFact>(capacity: 4096)
    private let effects = Inbox<OfferEffect>(capacity: 1)
    private let outlet: any OfferOutlet
    private let time: any TimeSource

    /// - Parameter roles: all that the framework subscribes with.
    public init(
        roles: [String] = ["*"], outlet: any OfferOutlet, times: OfferBrokerState.Times = .init(), time: any TimeSource = SystemTime()
    ) {
        (self.outlet, self.time) = (outlet, time)
        state = OfferBrokerState(roles: roles, times: times, startingAt: time.now)
    }

    /// Tells what Mesos said; waits when too much is waiting.
    public nonisolated func tell(_ fact: OfferFact) async {
        if case .offered(let offers, let at, nil) = fact {
            await inbox.send(.offered(offers, at: at, wallClock: time.wallClock))
        } else {
            await inbox.send(fact)
        }
    }

    /// A pod waits for a node. `fresh`: it has not been tried yet as it is; else it tries again, or room may have appeared.
    /// `roles`: whose resources those that wait may use; `nil`: all.
    public nonisolated func want(fresh: Bool = false, roles: Set<String>? = nil) { inbox.feed(.wanted(fresh: fresh, roles: roles, at: time.now)) }
    /// No pod waits.
    public nonisolated func unwant() { inbox.feed(.unwanted(at: time.now)) }

    /// The offers that may be claimed, oldest first, as of all that was told.
    public func live() -> [Offer] {
        absorb()
        return state.live
    }

    public func report(gone: Int = 20) -> OfferReport {
        absorb()
        return state.report(gone: gone)
    }

    /// Claims all of `offers` or none, as of all that was told.
    public func claim(_ offers: [OfferID], by plan: PlanID) -> ClaimAnswer {
        absorb()
        defer { perform([]) }
        return state.claim(offers, by: plan)
    }

    public func release(_ offers: [OfferID], by plan: PlanID) { perform(state.handle(.released(offers, by: plan))) }
    public func used(_ offers: [OfferID], by plan: PlanID) { perform(state.handle(.used(offers, by: plan))) }
    public func unusable(_ offers: [OfferID], by plan: PlanID) { perform(state.handle(.unusable(offers, by: plan))) }

    public func run() async {
        await inbox.consume(until: { state.nextDeadline }, on: time, beside: [performEffects]) { facts in
            perform(state.handle(all: facts))
            perform(state.handle(.timePassed(to: time.now)))
        }
    }

    private func absorb() {
        perform(state.handle(all: inbox.drain()))
        perform(state.handle(.timePassed(to: time.now)))
    }

    private func perform(_ new: [OfferEffect]) {
        for effect in new { effects.feed(effect) }
        let notes = state.takeNotes()
        if !notes.isEmpty { effects.feed(.noted(notes)) }
    }

    @Sendable private nonisolated func performEffects() async {
        while let batch = await effects.batch(limit: .max, on: time) {
            for effect in OfferBroker.merged(batch) {
                switch effect {
                case .decline(let offers, let why, let refuse): await outlet.decline(offers, because: why, refuse: refuse)
                case .suppress(let roles): await outlet.suppress(roles)
                case .revive(let roles): await outlet.revive(roles)
                case .arrived(let agents): await outlet.offersArrived(on: agents)
                case .noted(let notes): await outlet.note(notes)
                }
            }
        }
    }

    /// Declines of one kind go together, and so do arrivals and notes, but never past a SUPPRESS or REVIVE: what is declined after a
    /// REVIVE is refused, what is declined before is not.
    static func merged(_ batch: [OfferEffect]) -> [OfferEffect] {
        var result: [OfferEffect] = []
        var (declines, agents, notes): (Declines, Set<AgentID>, [OfferNote]) = (Declines(), [], [])
        func close() {
            result += declines.effects
            if !agents.isEmpty { result.append(.arrived(agents.sorted())) }
            if !notes.isEmpty { result.append(.noted(notes)) }
            (declines, agents, notes) = (Declines(), [], [])
        }
        for effect in batch {
            switch effect {
            case .suppress, .revive:
                close()
                result.append(effect)
            case .decline(let offers, let why, let refuse): for id in offers { declines.add(id, because: why, refuse: refuse) }
            case .arrived(let new): agents.formUnion(new)
            case .noted(let new): notes += new
            }
        }
        close()
        return result
    }
}
