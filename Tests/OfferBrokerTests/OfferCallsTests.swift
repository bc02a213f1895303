import ActorKit
import Core
import OfferBroker
import Testing

@Suite struct OfferCallsTests {
    let start = ContinuousClock.now
    let later = Duration.seconds(5)

    func decline(_ offers: OfferID..., because why: GoneReason = .expired) -> OfferEffect { .decline(offers, because: why, refuse: later) }
    func call(_ offers: OfferID..., because why: GoneReason = .expired) -> OfferCall { .decline(offers, because: why, refuse: later) }

    /// All that goes out if each call is taken, from what is to be sent first.
    func drained(_ calls: inout OfferCalls, _ first: [OfferCalls.Effect]) -> [OfferCall] {
        var (next, sent): ([OfferCalls.Effect], [OfferCall]) = (first, [])
        while case .send(let number, let call)? = next.first {
            sent.append(call)
            next = calls.handle(.answered(number, .taken, at: start))
        }
        return sent
    }

    @Test func aCallIsSentAtOnceAndTheNextWhenItIsTaken() {
        var calls = OfferCalls(roles: ["*"])
        #expect(calls.handle(.decided([decline("o1")])) == [.send(1, call("o1"))])
        #expect(calls.handle(.decided([.revive()])) == [])
        #expect(calls.handle(.answered(1, .taken, at: start)) == [.send(2, .revive([]))])
        #expect(calls.handle(.answered(2, .taken, at: start)) == [])
        #expect(calls.waiting == 0)
    }

    @Test func aLostCallIsSentAgainBeforeAllOthersAfterAPauseThatDoubles() {
        var calls = OfferCalls(roles: ["*"], backoff: Backoff(base: .seconds(1), cap: .seconds(3), jitter: 0))
        #expect(calls.handle(.decided([decline("o1"), .revive()])) == [.send(1, call("o1"))])
        var (now, number) = (start, UInt64(1))
        for pause in [1, 2, 3, 3] {
            #expect(calls.handle(.answered(number, .lost("no answer"), at: now)) == [])
            #expect(calls.nextDeadline == now + .seconds(pause))
            #expect(calls.handle(.timePassed(to: now + .seconds(pause) - .nanoseconds(1))) == [])
            now = now + .seconds(pause)
            number += 1
            #expect(calls.handle(.timePassed(to: now)) == [.send(number, call("o1"))])
        }
        #expect(calls.handle(.answered(number, .taken, at: now)) == [.send(number + 1, .revive([]))])
        // What is taken ends the suspicion.
        _ = calls.handle(.answered(number + 1, .lost("no answer"), at: now))
        #expect(calls.nextDeadline == now + .seconds(1))
    }

    @Test func whatTheMasterWillNeverTakeIsNotSentAgain() {
        var calls = OfferCalls(roles: ["*"])
        _ = calls.handle(.decided([decline("o1"), .suppress()]))
        #expect(calls.handle(.answered(1, .refused("400"), at: start)) == [.send(2, .suppress([]))])
        #expect(calls.nextDeadline == nil)
    }

    @Test func theEndOfTheSubscriptionVoidsWhatWaitsAndTheAnswerOfWhatIsUnderWay() {
        var calls = OfferCalls(roles: ["*"])
        _ = calls.handle(.decided([decline("o1"), .revive(), decline("o2")]))
        #expect(calls.handle(.decided([.voided])) == [])
        #expect(calls.waiting == 0)
        // The old call may hang for long: the new subscription does not wait for it.
        #expect(calls.handle(.decided([decline("n1")])) == [.send(2, call("n1"))])
        #expect(calls.handle(.answered(1, .lost("no answer"), at: start)) == [])
        #expect(calls.nextDeadline == nil)
        #expect(calls.handle(.answered(2, .taken, at: start)) == [])
    }

    @Test func aNewSubscriptionDoesNotWaitForThePauseOfTheOldOne() {
        var calls = OfferCalls(roles: ["*"])
        _ = calls.handle(.decided([decline("o1")]))
        _ = calls.handle(.answered(1, .lost("no answer"), at: start))
        #expect(calls.handle(.decided([.voided, .suppress()])) == [.send(2, .suppress([]))])
    }

    @Test func theLastWordOnARoleReplacesThoseThatWait() {
        var calls = OfferCalls(roles: ["a", "b", "c"])
        let first = calls.handle(.decided([decline("o1")]))
        _ = calls.handle(.decided([.suppress(["a", "b"]), .revive(["c"]), .suppress(["c"]), .revive(["b"])]))
        #expect(drained(&calls, first) == [call("o1"), .suppress(["a"]), .suppress(["c"]), .revive(["b"])])
        let again = calls.handle(.decided([decline("o2")]))
        _ = calls.handle(.decided([.suppress(["a"]), .revive(["b"]), .suppress()]))
        #expect(drained(&calls, again) == [call("o2"), .suppress([])])
    }

    @Test func aLostReviveThatASuppressHasOvertakenIsNotSentAgain() {
        var calls = OfferCalls(roles: ["a", "b"])
        #expect(calls.handle(.decided([.revive()])) == [.send(1, .revive([]))])
        #expect(calls.handle(.decided([.suppress(["a"])])) == [])
        _ = calls.handle(.answered(1, .lost("no answer"), at: start))
        #expect(drained(&calls, calls.handle(.timePassed(to: start + .seconds(1)))) == [.revive(["b"]), .suppress(["a"])])
    }

    @Test func declinesOfOneKindGoTogetherButNeverPastARevive() {
        var calls = OfferCalls(roles: ["*"], offersPerCall: 3)
        let first = calls.handle(.decided([.suppress()]))
        _ = calls.handle(.decided([decline("o1"), decline("x", because: .draining), decline("o2"), .revive(), decline("o3", "o4"), decline("o5", "o6")]))
        #expect(
            drained(&calls, first) == [
                .suppress([]), call("o1", "o2"), call("x", because: .draining), .revive([]), call("o3", "o4", "o5"), call("o6"),
            ])
    }

    @Test func whatWasDeclinedBeforeAReviveThatIsReplacedGoesBeforeTheOtherOne() {
        var calls = OfferCalls(roles: ["*"])
        let first = calls.handle(.decided([.suppress()]))
        _ = calls.handle(.decided([.revive(), decline("o1"), .suppress(), decline("o2"), .revive(), decline("o3")]))
        #expect(drained(&calls, first) == [.suppress([]), call("o1", "o2"), .revive([]), call("o3")])
    }

    @Test func tooManyOffersThatWaitAreGivenUpTheFirstOnesFirst() {
        var calls = OfferCalls(roles: ["*"], offersPerCall: 2, limit: 3)
        let first = calls.handle(.decided([.suppress()]))
        _ = calls.handle(.decided([decline("o1", "o2"), .revive(), decline("o3", "o4", "o5")]))
        #expect(calls.abandoned == 2)
        #expect(drained(&calls, first) == [.suppress([]), .revive([]), call("o3", "o4"), call("o5")])
    }

    /// Whatever is lost: in the end the master has seen each decline, and of each role the last word, and nothing of the subscription before.
    @Test(arguments: 1...20 as ClosedRange<UInt64>) func nothingIsLostForGood(seed: UInt64) {
        let random = SeededRandom(seed: seed)
        let names = ["a", "b", "c"]
        var calls = OfferCalls(roles: names, offersPerCall: 3)
        var (now, made, flight): (Instant, Int, [OfferCalls.Effect]) = (start, 0, [])
        var (wanted, word): (Set<OfferID>, [String: Bool]) = ([], [:])
        var (declined, heard): (Set<OfferID>, [String: Bool]) = ([], [:])

        func take(_ call: OfferCall) {
            switch call {
            case .decline(let offers, _, _): declined.formUnion(offers)
            case .suppress(let roles): for role in roles.isEmpty ? names : roles { heard[role] = false }
            case .revive(let roles): for role in roles.isEmpty ? names : roles { heard[role] = true }
            }
        }
        func some() -> [String] { names.filter { _ in random.next() % 2 == 0 } }

        for _ in 0..<400 {
            switch random.next() % 8 {
            case 0, 1, 2:
                let offers = (0..<(1 + random.next() % 4)).map { OfferID("o\(made + Int($0))") }
                made += offers.count
                wanted.formUnion(offers)
                flight += calls.handle(.decided([.decline(offers, because: random.next() % 2 == 0 ? .expired : .overShare, refuse: later)]))
            case 3:
                let (roles, revives) = (some(), random.next() % 2 == 0)
                for role in roles.isEmpty ? names : roles { word[role] = revives }
                flight += calls.handle(.decided([revives ? .revive(roles) : .suppress(roles)]))
            case 4, 5, 6:
                guard case .send(let number, let call)? = flight.first else { break }
                flight.removeFirst()
                let isLost = random.next() % 2 == 0
                // The answer of a call that was taken may be lost, too.
                if !isLost || random.next() % 2 == 0 { take(call) }
                flight += calls.handle(.answered(number, isLost ? .lost("no answer") : .taken, at: now))
            default:
                if random.next() % 10 == 0 {
                    (wanted, word, declined, heard, flight) = ([], [:], [], [:], [])
                    flight += calls.handle(.decided([.voided]))
                }
                now = now + .seconds(Int(random.next() % 12))
                flight += calls.handle(.timePassed(to: now))
            }
            #expect(flight.count <= 1, "seed \(seed)")
        }
        for _ in 0..<1000 {
            now = now + .seconds(20)
            flight += calls.handle(.timePassed(to: now))
            guard case .send(let number, let call)? = flight.popLast() else { break }
            take(call)
            flight += calls.handle(.answered(number, .taken, at: now))
        }
        #expect(declined == wanted, "seed \(seed)")
        #expect(heard == word, "seed \(seed)")
        #expect(calls.waiting == 0 && calls.abandoned == 0, "seed \(seed)")
    }
}
