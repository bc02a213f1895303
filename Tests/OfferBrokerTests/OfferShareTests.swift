import ActorKit
import Core
import OfferBroker
import Scheduling
import Testing

private func offer(_ id: OfferID, on agent: AgentID, cpu: Int64 = 1000, away: Unavailability? = nil) -> Offer {
    Offer(id: id, agent: agent, hostname: agent.value, resources: Resources(milliCPU: cpu), unavailability: away)
}

/// What keeps us a good neighbour: what is refused for how long, what is not used at all, how much is held.
@Suite struct OfferShareTests {
    let start = ContinuousClock.now

    func state(_ change: (inout OfferBrokerState.Times) -> Void = { _ in }) -> OfferBrokerState {
        var times = OfferBrokerState.Times()
        change(&times)
        var state = OfferBrokerState(times: times, startingAt: start)
        _ = state.handle(.connected(at: start))
        _ = state.handle(.wanted(at: start))
        return state
    }

    @Test func anAgentWhoseOffersGoUnusedIsRefusedForLongerEachTime() {
        var state = state()
        var now = start
        var refused: [Duration] = []
        for round in 1...6 {
            _ = state.handle(.offered([offer(OfferID("o\(round)"), on: "a")], at: now))
            now = now + .seconds(5)
            for case .decline(_, because: .expired, let refuse) in state.handle(.timePassed(to: now)) { refused.append(refuse) }
        }
        #expect(refused == [5, 10, 20, 40, 60, 60].map { .seconds($0) })
        // Somebody asks for something new: all begins anew, and what is kept from us is asked for.
        #expect(state.handle(.wanted(fresh: true, at: now)) == [.revive()])
        _ = state.handle(.offered([offer("o7", on: "a")], at: now))
        #expect(state.handle(.timePassed(to: now + .seconds(5))).contains(.decline(["o7"], because: .expired, refuse: .seconds(5))))
    }

    @Test func aUsedOfferEndsTheSuspicionAgainstItsAgentOnly() {
        var state = state()
        _ = state.handle(.offered([offer("o1", on: "a"), offer("o2", on: "b")], at: start))
        _ = state.handle(.timePassed(to: start + .seconds(5)))
        _ = state.handle(.offered([offer("o3", on: "a"), offer("o4", on: "b")], at: start + .seconds(10)))
        _ = state.claim(["o3"], by: 1)
        _ = state.handle(.used(["o3"], by: 1))
        _ = state.handle(.offered([offer("o5", on: "a")], at: start + .seconds(10)))
        #expect(
            state.handle(.timePassed(to: start + .seconds(15))) == [
                .decline(["o4"], because: .expired, refuse: .seconds(10)), .decline(["o5"], because: .expired, refuse: .seconds(5)),
            ])
    }

    @Test func whatIsDueAtAlmostTheSameTimeGoesInOneCall() {
        var state = state()
        for number in 0..<4 { _ = state.handle(.offered([offer(OfferID("o\(number)"), on: AgentID("a\(number)"))], at: start + .milliseconds(100 * number))) }
        let effects = state.handle(.timePassed(to: start + .seconds(5)))
        #expect(effects == [.decline(["o0", "o1", "o2"], because: .expired, refuse: .seconds(5))])
        #expect(state.nextDeadline == start + .milliseconds(5300))
    }

    @Test func ofWhatNobodyUsesNoMoreThanOurShareIsKept() {
        var state = state { $0.share = 0.5 }
        _ = state.handle(.clusterTotal(Amounts(milliCPU: 4000)))
        _ = state.handle(.offered((1...4).map { offer(OfferID("o\($0)"), on: AgentID("a\($0)")) }, at: start))
        #expect(state.nextDeadline == start + .seconds(1))
        #expect(state.handle(.timePassed(to: start + .milliseconds(999))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(1))) == [.decline(["o1", "o2"], because: .overShare, refuse: .seconds(5))])
        #expect(state.live.map(\.id) == ["o3", "o4"])
        #expect(state.nextDeadline == start + .seconds(5))
    }

    @Test func whatAPlanHoldsIsNotHeldUnused() {
        var state = state { $0.share = 0.5 }
        _ = state.handle(.clusterTotal(Amounts(milliCPU: 4000)))
        _ = state.handle(.offered((1...4).map { offer(OfferID("o\($0)"), on: AgentID("a\($0)")) }, at: start))
        _ = state.claim(["o1", "o2"], by: 1)
        #expect(state.handle(.timePassed(to: start + .seconds(2))) == [])
        #expect(state.handle(.released(["o1"], by: 1)) == [.decline(["o1"], because: .overShare, refuse: .seconds(5))])
    }

    @Test func offersOfAgentsInMaintenanceGoBackAtOnce() {
        var state = state { $0.maintenanceLead = .seconds(600) }
        let noon = Timestamp(secondsSinceEpoch: 1_700_000_000)
        let offers = [
            offer("soon", on: "a1", away: Unavailability(start: noon.advanced(by: .seconds(600)))),
            offer("over", on: "a2", away: Unavailability(start: noon.advanced(by: .seconds(-60)), duration: .seconds(60))),
            offer("far", on: "a3", away: Unavailability(start: noon.advanced(by: .seconds(601)))),
        ]
        #expect(
            state.handle(.offered(offers, at: start, wallClock: noon)) == [
                .decline(["soon"], because: .maintenance, refuse: .seconds(60)), .arrived(["a2", "a3"]),
            ])
        #expect(state.standing(of: "soon") == .maintenance)
    }

    @Test func offersOfADrainingAgentGoBackAndComeAgainWhenItIsDone() {
        var state = state()
        _ = state.handle(.offered([offer("o1", on: "a"), offer("o2", on: "a"), offer("o3", on: "b")], at: start))
        _ = state.claim(["o2"], by: 1)
        #expect(state.handle(.draining(["a"])) == [.decline(["o1"], because: .draining, refuse: .seconds(60))])
        #expect(state.handle(.draining(["a"])) == [])
        #expect(state.handle(.offered([offer("o4", on: "a")], at: start)) == [.decline(["o4"], because: .draining, refuse: .seconds(60))])
        _ = state.handle(.draining([]))
        #expect(state.handle(.offered([offer("o5", on: "a")], at: start)) == [.arrived(["a"])])
    }

    @Test func thoseWhoOnlyTryAgainAskForOffersEverMoreSeldom() {
        var state = state()
        var now = start
        var pauses: [Duration] = []
        var last = start
        while pauses.count < 8 {
            now = now + .milliseconds(250)
            let effects = state.handle(.wanted(fresh: false, at: now)) + state.handle(.timePassed(to: now))
            if effects.contains(.revive()) {
                pauses.append(last.duration(to: now))
                last = now
            }
        }
        #expect(pauses == [1, 2, 4, 8, 16, 32, 60, 60].map { .seconds($0) })
        #expect(state.handle(.wanted(fresh: true, at: now + .seconds(1))) == [.revive()])
    }

    @Test func eachRoleIsSuppressedAndRevivedByItself() {
        var state = OfferBrokerState(roles: ["batch", "web"], startingAt: start)
        _ = state.handle(.connected(at: start))
        #expect(state.handle(.wanted(roles: ["web"], at: start)) == [.revive(["web"])])
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.suppress(["batch"])])
        #expect(state.handle(.wanted(roles: ["web", "batch"], at: start + .seconds(6))) == [.revive()])
        _ = state.handle(.wanted(roles: ["batch"], at: start + .seconds(7)))
        #expect(state.handle(.timePassed(to: start + .seconds(12))) == [.suppress(["web"])])
        _ = state.handle(.unwanted(at: start + .seconds(13)))
        #expect(state.handle(.timePassed(to: start + .seconds(18))) == [.suppress(["batch"])])
    }

    @Test func aRoleThatIsWantedAgainIsRevivedAloneWhenThereAreOffersOfTheOthers() {
        var state = OfferBrokerState(roles: ["batch", "web"], startingAt: start)
        _ = state.handle(.connected(at: start))
        _ = state.handle(.wanted(roles: ["web"], at: start))
        _ = state.handle(.timePassed(to: start + .seconds(5)))
        _ = state.handle(.offered([offer("o1", on: "a")], at: start + .seconds(6)))
        #expect(state.handle(.wanted(roles: ["web", "batch"], at: start + .seconds(6))) == [.revive(["batch"])])
        #expect(state.report(gone: 0).suppressed == [])
    }

    @Test func aRoleThatNobodyMayUseAnyMoreIsSuppressedAloneAndAsksForNothing() {
        var state = OfferBrokerState(roles: ["batch", "web"], startingAt: start)
        _ = state.handle(.connected(at: start))
        _ = state.handle(.wanted(roles: ["batch", "web"], at: start))
        #expect(state.handle(.unwanted(except: ["web"], at: start + .seconds(2))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(6))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(7))) == [.suppress(["batch"])])
    }

    @Test func theReportCountsWhatWasUsedAndWhatWasWasted() {
        var state = state()
        _ = state.handle(.offered((1...3).map { offer(OfferID("o\($0)"), on: "a") }, at: start))
        _ = state.claim(["o1"], by: 1)
        _ = state.handle(.used(["o1"], by: 1))
        _ = state.handle(.timePassed(to: start + .seconds(1)))
        _ = state.handle(.rescinded("o2"))
        let report = state.report(gone: 1)
        #expect((report.live, report.received, report.used, report.wasted) == (1, 3, 1, 1))
        #expect(report.gone == [GoneOffer(id: "o2", agent: "a", hostname: "a", reason: .rescinded, at: start + .seconds(1), held: .seconds(1))])
        #expect(
            state.takeNotes() == [
                OfferNote(hostname: "a", .acquired), OfferNote(hostname: "a", .accepted(after: .zero)),
                OfferNote(hostname: "a", .ended(.used, held: .zero)),
                OfferNote(hostname: "a", .ended(.rescinded, held: .seconds(1))),
            ])
    }

    @Test func aLaunchHasWaitedSinceTheNewestOfItsOffers() {
        var state = state()
        _ = state.handle(.offered([offer("o1", on: "a")], at: start))
        _ = state.handle(.offered([offer("o2", on: "a"), offer("o3", on: "a")], at: start + .seconds(2)))
        _ = state.claim(["o2", "o1"], by: 1)
        _ = state.handle(.timePassed(to: start + .seconds(3)))
        _ = state.takeNotes()
        _ = state.handle(.used(["o2", "o1"], by: 1))
        #expect(
            state.takeNotes() == [
                OfferNote(hostname: "a", .accepted(after: .seconds(1))), OfferNote(hostname: "a", .ended(.used, held: .seconds(1))),
                OfferNote(hostname: "a", .ended(.used, held: .seconds(3))),
            ])
        // What is not this plan's is not used.
        _ = state.handle(.used(["o3"], by: 1))
        #expect(state.takeNotes() == [])
    }
}
