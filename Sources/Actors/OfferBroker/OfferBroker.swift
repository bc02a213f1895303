import ActorKit
import Core
import Scheduling

/// Keeps the offers: takes in what Mesos says, lends them to plans, and gives back what is not used in time.
///
/// Facts wait in an inbox of 4,096; a Mesos stream that finds it full stops reading. A slow DECLINE never delays a fact: effects
/// are performed in order by a loop of their own. A failed DECLINE, SUPPRESS or REVIVE is not repeated: the subscription that
/// follows voids all offers.
public actor OfferBroker: Component {
    public nonisolated let name = "offer-broker"
    private var state: OfferBrokerState
    private let inbox = Inbox<OfferFact>(capacity: 4096)
    private let effects = Inbox<OfferEffect>(capacity: 1)
    private let outlet: any OfferOutlet
    private let time: any TimeSource

    public init(outlet: any OfferOutlet, times: OfferBrokerState.Times = .init(), time: any TimeSource = SystemTime()) {
        self.outlet = outlet
        self.time = time
        state = OfferBrokerState(times: times, startingAt: time.now)
    }

    /// Tells what Mesos said; waits when too much is waiting.
    public nonisolated func tell(_ fact: OfferFact) async { await inbox.send(fact) }

    /// A pod waits for a node, or room may have appeared.
    public nonisolated func want() { inbox.feed(.wanted(at: time.now)) }
    /// No pod waits.
    public nonisolated func unwant() { inbox.feed(.unwanted(at: time.now)) }

    /// The offers that may be claimed, oldest first, as of all that was told.
    public func live() -> [Offer] {
        absorb()
        return state.live
    }

    /// Claims all of `offers` or none, as of all that was told.
    public func claim(_ offers: [OfferID], by plan: PlanID) -> ClaimAnswer {
        absorb()
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
    }

    @Sendable private nonisolated func performEffects() async {
        await effects.perform(on: time) { effect in
            switch effect {
            case .decline(let offers, let why, let refuse): await outlet.decline(offers, because: why, refuse: refuse)
            case .suppress: await outlet.suppress()
            case .revive: await outlet.revive()
            case .arrived: await outlet.offersArrived()
            }
        }
    }
}
