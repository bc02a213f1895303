import ActorKit
import Core
import OfferBroker
import Scheduling
import Testing

private func offer(_ id: OfferID, on agent: AgentID) -> Offer {
    Offer(id: id, agent: agent, hostname: agent.value, resources: Resources(milliCPU: 1000))
}

@Suite struct OfferBrokerStateTests {
    let start = ContinuousClock.now

    func state(_ offers: Offer...) -> OfferBrokerState {
        var state = OfferBrokerState(startingAt: start)
        _ = state.handle(.connected(at: start))
        _ = state.handle(.wanted(at: start))
        _ = state.handle(.offered(offers, at: start))
        return state
    }

    @Test func whoHasMissedTooMuchIsToldOfAllThatIsLive() {
        var state = state(offer("o1", on: "a1"))
        let seen = state.changes(since: nil).now
        for number in 2...3000 {
            _ = state.handle(.offered([offer(OfferID("o\(number)"), on: "a1")], at: start))
            _ = state.handle(.rescinded(OfferID("o\(number)")))
        }
        #expect(state.changes(since: seen).since == nil)
        #expect(state.changes(since: seen).live.map(\.id) == ["o1"])
        let now = state.changes(since: nil).now
        #expect(state.changes(since: now) == OfferChanges(since: now, now: now, live: [], liveCount: 1))
    }

    @Test func anUnusedOfferIsDeclinedWhenItsTimeIsUp() {
        var state = state(offer("o1", on: "a1"))
        #expect(state.nextDeadline == start + .seconds(5))
        #expect(state.handle(.timePassed(to: start + .seconds(4))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.decline(["o1"], because: .expired, refuse: .seconds(5))])
        #expect(state.claim(["o1"], by: 1) == .refused("o1", because: .expired))
    }

    @Test func aClaimedOfferOutlivesItsTimeUntilItIsReleased() {
        var state = state(offer("o1", on: "a1"))
        #expect(state.claim(["o1"], by: 1) == .granted)
        #expect(state.handle(.timePassed(to: start + .seconds(30))) == [])
        #expect(state.claim(["o1"], by: 2) == .refused("o1", because: .claimed(1)))
        #expect(state.handle(.released(["o1"], by: 2)) == [])
        #expect(state.handle(.released(["o1"], by: 1)) == [.decline(["o1"], because: .expired, refuse: .seconds(5))])
    }

    @Test func aClaimThatIsHeldTooLongIsTakenAway() {
        var state = state(offer("o1", on: "a1"))
        _ = state.claim(["o1"], by: 1)
        #expect(state.handle(.timePassed(to: start + .seconds(60))) == [.decline(["o1"], because: .heldTooLong, refuse: .seconds(5))])
        #expect(state.standing(of: "o1") == .heldTooLong)
    }

    @Test func aClaimIsAllOrNothing() {
        var state = state(offer("o1", on: "a1"), offer("o2", on: "a2"))
        _ = state.handle(.rescinded("o2"))
        #expect(state.claim(["o1", "o2"], by: 1) == .refused("o2", because: .rescinded))
        #expect(state.claim(["o1", "o9"], by: 1) == .refused("o9", because: .unknown))
        #expect(state.live.map(\.id) == ["o1"])
    }

    @Test func aLostAgentTakesItsOwnOffersOnly() {
        var state = state(offer("o1", on: "a1"), offer("o2", on: "a2"), offer("o3", on: "a1"))
        _ = state.handle(.agentLost("a1"))
        #expect(state.live.map(\.id) == ["o2"])
        #expect(state.standing(of: "o3") == .agentLost)
    }

    @Test func aDisconnectVoidsEveryOfferAlsoTheClaimed() {
        var state = state(offer("o1", on: "a1"), offer("o2", on: "a2"))
        _ = state.claim(["o1"], by: 1)
        #expect(state.handle(.disconnected(at: start + .seconds(1))) == [.voided])
        #expect(state.live.isEmpty)
        #expect(state.handle(.released(["o1"], by: 1)) == [])
        #expect(state.standing(of: "o1") == .disconnected)
    }

    @Test func aUsedOfferIsNotGivenBack() {
        var state = state(offer("o1", on: "a1"))
        _ = state.claim(["o1"], by: 1)
        _ = state.handle(.used(["o1"], by: 1))
        #expect(state.handle(.timePassed(to: start + .seconds(10))) == [])
        #expect(state.claim(["o1"], by: 2) == .refused("o1", because: .used))
    }

    @Test func whatALaunchCouldNotUseGoesBackAtOnce() {
        var state = state(offer("o1", on: "a1"))
        _ = state.claim(["o1"], by: 1)
        #expect(state.handle(.unusable(["o1"], by: 1)) == [.decline(["o1"], because: .launchFailed, refuse: .zero)])
    }

    @Test func aGoneOfferIsForgottenInTheEnd() {
        var state = state(offer("o1", on: "a1"))
        _ = state.handle(.rescinded("o1"))
        _ = state.handle(.timePassed(to: start + .seconds(121)))
        #expect(state.standing(of: "o1") == .unknown)
        #expect(state.nextDeadline == nil)
    }

    @Test func theMemoryOfGoneOffersIsBounded() {
        var state = OfferBrokerState(memoryLimit: 2, startingAt: start)
        _ = state.handle(.offered((1...5).map { offer(OfferID("o\($0)"), on: "a") }, at: start))
        _ = state.handle(.agentLost("a"))
        _ = state.handle(.timePassed(to: start))
        #expect((1...5).map { state.standing(of: OfferID("o\($0)")) } == [.unknown, .unknown, .unknown, .agentLost, .agentLost])
    }

    @Test func anOfferThatIsToldTwiceIsOneOffer() {
        var state = state(offer("o1", on: "a1"))
        _ = state.claim(["o1"], by: 1)
        #expect(state.handle(.offered([offer("o1", on: "a1")], at: start)) == [])
        #expect(state.live.isEmpty)
    }

    @Test func newOffersAreAnnouncedWithTheirAgents() {
        var state = state()
        #expect(state.handle(.offered([offer("o2", on: "a2"), offer("o1", on: "a1")], at: start)) == [.arrived(["a1", "a2"])])
        #expect(state.live.map(\.id) == ["o2", "o1"])
    }
}

@Suite struct OfferDemandTests {
    let start = ContinuousClock.now

    @Test func offersStopWhenNobodyWaitsAndComeBackForTheNextPod() {
        var state = OfferBrokerState(startingAt: start)
        _ = state.handle(.connected(at: start))
        #expect(state.nextDeadline == start + .seconds(5))
        _ = state.handle(.offered([offer("o1", on: "a1")], at: start))
        #expect(
            state.handle(.timePassed(to: start + .seconds(5))) == [.suppress(), .decline(["o1"], because: .expired, refuse: .seconds(3600))])
        #expect(state.handle(.timePassed(to: start + .seconds(9))) == [])
        #expect(state.handle(.wanted(at: start + .seconds(10))) == [.revive()])
        #expect(state.handle(.wanted(at: start + .seconds(10))) == [])
    }

    @Test func aPodThatFindsNoOfferAsksForOnesButNotTooOften() {
        var state = OfferBrokerState(startingAt: start)
        _ = state.handle(.connected(at: start))
        #expect(state.handle(.wanted(at: start)) == [.revive()])
        #expect(state.handle(.wanted(at: start + .milliseconds(999))) == [])
        #expect(state.nextDeadline == start + .seconds(1))
        #expect(state.handle(.timePassed(to: start + .seconds(1))) == [.revive()])
        _ = state.handle(.offered([offer("o1", on: "a1")], at: start + .seconds(2)))
        #expect(state.handle(.wanted(at: start + .seconds(3))) == [])
    }

    @Test func aShortLullDoesNotSuppress() {
        var state = OfferBrokerState(startingAt: start)
        _ = state.handle(.connected(at: start))
        _ = state.handle(.wanted(at: start))
        _ = state.handle(.unwanted(at: start + .seconds(1)))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [])
        _ = state.handle(.wanted(at: start + .seconds(5)))
        #expect(state.handle(.timePassed(to: start + .seconds(60))) == [])
    }

    @Test func nothingIsAskedOfAMasterThatIsNotThere() {
        var state = OfferBrokerState(startingAt: start)
        #expect(state.handle(.wanted(at: start)) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(60))) == [])
    }

    @Test func aNewSubscriptionForgetsTheSuppression() {
        var state = OfferBrokerState(startingAt: start)
        _ = state.handle(.connected(at: start))
        #expect(state.handle(.timePassed(to: start + .seconds(5))) == [.suppress()])
        _ = state.handle(.disconnected(at: start + .seconds(6)))
        _ = state.handle(.connected(at: start + .seconds(7)))
        #expect(state.handle(.timePassed(to: start + .seconds(12))) == [.suppress()])
    }
}
