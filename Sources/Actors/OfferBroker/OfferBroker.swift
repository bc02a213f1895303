import ActorKit
import Core
import Scheduling

/// Keeps the offers: takes in what Mesos says, lends them to plans, and gives back what is not used in time.
///
/// Facts wait in an inbox of 4,096; a Mesos stream that finds it full stops reading. A slow DECLINE never delays a fact: calls to Mesos
/// are made beside the loop, one at a time and each until it is taken (`OfferCalls`), and so is what others are told.
public actor OfferBroker: Component {
    public nonisolated let name = "offer-broker"
    private var state: OfferBrokerState
    private let inbox = Inbox<OfferFact>(capacity: 4096)
    private var calls: OfferCalls
    private let effects = Inbox<OfferEffect>(capacity: 1)
    /// At most one call of a subscription is under way; one of an ended subscription ends by its own time-out.
    private let sends = Inbox<OfferCalls.Effect>(capacity: 1)
    private let outlet: any OfferOutlet
    private let time: any TimeSource

    /// - Parameter roles: all that the framework subscribes with.
    public init(
        roles: [String] = ["*"], outlet: any OfferOutlet, times: OfferBrokerState.Times = .init(), time: any TimeSource = SystemTime()
    ) {
        (self.outlet, self.time) = (outlet, time)
        state = OfferBrokerState(roles: roles, times: times, startingAt: time.now)
        calls = OfferCalls(roles: roles)
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
    /// No pod waits, but for those that may use resources of `others`.
    public nonisolated func unwant(except others: Set<String> = []) { inbox.feed(.unwanted(except: others, at: time.now)) }

    /// What became of the offers that may be claimed since a moment that an earlier answer led to, as of all that was told; `nil`: all of them.
    public func changes(since: Int?) -> OfferChanges {
        absorb()
        return state.changes(since: since)
    }

    public func report(gone: Int = 20) -> OfferReport {
        absorb()
        var report = state.report(gone: gone)
        (report.callsWaiting, report.abandoned) = (calls.waiting, calls.abandoned)
        return report
    }

    /// Claims all of `offers` or none, as of all that was told.
    public func claim(_ offers: [OfferID], by plan: PlanID) -> ClaimAnswer {
        absorb()
        defer { perform([]) }
        return state.claim(offers, by: plan)
    }

    public func release(_ offers: [OfferID], by plan: PlanID) { perform(state.handle(.released(offers, by: plan))) }
    public func used(_ offers: [OfferID], by plan: PlanID) {
        passTime()
        perform(state.handle(.used(offers, by: plan)))
    }
    public func unusable(_ offers: [OfferID], by plan: PlanID) { perform(state.handle(.unusable(offers, by: plan))) }

    public func run() async {
        await inbox.consume(until: { nextDeadline }, on: time, beside: [performEffects, performCalls]) { facts in
            perform(state.handle(all: facts))
            passTime()
        }
    }

    private var nextDeadline: Instant? { [state.nextDeadline, calls.nextDeadline].compactMap(\.self).min() }

    private func absorb() {
        perform(state.handle(all: inbox.drain()))
        passTime()
    }

    private func passTime() {
        let now = time.now
        perform(state.handle(.timePassed(to: now)))
        send(calls.handle(.timePassed(to: now)))
    }

    private func perform(_ new: [OfferEffect]) {
        send(calls.handle(.decided(new)))
        for effect in new { if case .arrived = effect { effects.feed(effect) } }
        let notes = state.takeNotes()
        if !notes.isEmpty { effects.feed(.noted(notes)) }
    }

    private func send(_ new: [OfferCalls.Effect]) { for effect in new { sends.feed(effect) } }

    private func answered(_ number: UInt64, _ answer: OfferCallAnswer) {
        send(calls.handle(.answered(number, answer, at: time.now)))
        // The deadline may have moved.
        inbox.feed(.timePassed(to: time.now))
    }

    @Sendable private nonisolated func performCalls() async {
        await withDiscardingTaskGroup { group in
            while let batch = await sends.batch(on: time) {
                for case .send(let number, let call) in batch {
                    group.addTask { await self.answered(number, await self.outlet.call(call)) }
                }
            }
            group.cancelAll()
        }
    }

    @Sendable private nonisolated func performEffects() async {
        while let batch = await effects.batch(limit: .max, on: time) {
            var (agents, notes): (Set<AgentID>, [OfferNote]) = ([], [])
            for effect in batch {
                switch effect {
                case .arrived(let new): agents.formUnion(new)
                case .noted(let new): notes += new
                case .decline, .suppress, .revive, .voided: break
                }
            }
            if !agents.isEmpty { await outlet.offersArrived(on: agents.sorted()) }
            if !notes.isEmpty { await outlet.note(notes) }
        }
    }
}
