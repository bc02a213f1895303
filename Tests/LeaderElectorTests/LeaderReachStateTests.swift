import Core
import LeaderElector
import Testing

@Suite struct LeaderReachStateTests {
    private static let begin = ContinuousClock.now
    private static func at(_ seconds: Double) -> Instant { begin + .milliseconds(Int64(seconds * 1000)) }
    private typealias State = LeaderReachState

    /// A leader that looks once a second and is told by the board at once. `lost`: when it does not reach Mesos; `able`: who says at that second that
    /// it lacks nothing.
    private func resignations(seconds: Int = 60, lost: (Int) -> Bool, leads: (Int) -> Bool = { _ in true }, able: (Int) -> [String]?) -> [Int] {
        var state = State(patience: .seconds(6))
        var found: [Int] = []
        for second in 0..<seconds {
            let moment = Self.at(Double(second))
            var effects = state.handle(.looked("Mesos", because: lost(second) ? "refused" : nil, leads: leads(second), at: moment))
            effects += state.handle(.looked("the store", because: nil, leads: leads(second), at: moment)) + state.handle(.timePassed(to: moment))
            for effect in effects {
                switch effect {
                case .declare: _ = state.handle(.declared(true))
                case .ask:
                    let answer = state.handle(.able(able(second), leads: leads(second), at: moment))
                    found += answer.contains { if case .resign = $0 { true } else { false } } ? [second] : []
                case .resign: Issue.record("nobody was asked")
                }
            }
        }
        return found
    }

    @Test func whoReachesEverythingStaysWhateverTheOthersSay() {
        #expect(resignations(lost: { _ in false }, able: { _ in ["b", "c"] }) == [])
    }

    @Test func aLeaderThatAloneDoesNotReachMesosResigns() {
        #expect(resignations(seconds: 16, lost: { $0 >= 10 }, able: { _ in ["b"] }) == [15])
    }

    @Test func aShortLossMovesNobody() {
        #expect(resignations(lost: { (10..<15).contains($0) || (20..<25).contains($0) }, able: { _ in ["b"] }) == [])
    }

    @Test func whatNobodyReachesMovesNobody() {
        #expect(resignations(lost: { $0 >= 10 }, able: { _ in [] }) == [])
        #expect(resignations(lost: { $0 >= 10 }, able: { _ in nil }) == [])
    }

    /// As in an election of etcd: all lose it and get it back, one a little sooner than another.
    @Test(arguments: [-3, -2, -1, 0, 1, 2, 3]) func whatComesBackToAllMovesNobody(skew: Int) {
        #expect(resignations(lost: { (10..<30).contains($0) }, able: { second in (10 + skew..<30 + skew).contains(second) ? [] : ["b"] }) == [])
    }

    @Test func anotherThatComesAndGoesIsNotReliedOn() {
        #expect(resignations(lost: { $0 >= 10 }, able: { $0 % 5 == 0 ? [] : ["b"] }) == [])
        // One after the other is not one for all the time.
        #expect(resignations(lost: { $0 >= 10 }, able: { [$0 % 6 < 3 ? "b" : "c"] }) == [])
    }

    @Test func whoComesToLeadWithoutMesosGivesItTheSameTime() {
        #expect(resignations(seconds: 45, lost: { $0 >= 10 }, leads: { $0 >= 40 }, able: { _ in ["b"] }) == [44])
    }

    @Test func resignationsAreNoLoop() {
        // The others only say that they can: each time they lead, this one is back.
        let found = resignations(seconds: 200, lost: { $0 >= 10 }, able: { _ in ["b"] })
        #expect(zip(found, found.dropFirst()).allSatisfy { $1 - $0 >= 4 })
    }

    @Test func aStandbyShowsWhatItLacksAndAsksNobody() {
        var state = State(patience: .seconds(6))
        #expect(state.handle(.looked("Mesos", because: nil, leads: false, at: Self.at(0))) == [.declare("")])
        _ = state.handle(.declared(true))
        #expect(state.handle(.looked("Mesos", because: "refused", leads: false, at: Self.at(1))) == [.declare("Mesos")])
        _ = state.handle(.declared(true))
        #expect(state.handle(.looked("the store", because: "503", leads: false, at: Self.at(2))) == [.declare("Mesos, the store")])
        #expect(state.nextDeadline == nil)
    }

    @Test func whatWasNotShownIsShownAfterTheNextLook() {
        var state = State(patience: .seconds(6))
        #expect(state.handle(.looked("Mesos", because: "refused", leads: false, at: Self.at(0))) == [.declare("Mesos")])
        // One at a time.
        #expect(state.handle(.looked("Mesos", because: nil, leads: false, at: Self.at(1))) == [])
        _ = state.handle(.declared(false))
        #expect(state.handle(.looked("Mesos", because: nil, leads: false, at: Self.at(2))) == [.declare("")])
        _ = state.handle(.declared(true))
        #expect(state.handle(.looked("Mesos", because: nil, leads: false, at: Self.at(3))) == [])
    }

    @Test func theReasonNamesWhatIsLackedAndWhoHasIt() {
        var state = State(patience: .seconds(6))
        var effects: [State.Effect] = []
        for second in 0..<10 where effects.isEmpty {
            _ = state.handle(.looked("Mesos", because: "no route to 10.0.0.1:5050", leads: true, at: Self.at(Double(second))))
            effects = state.handle(.able(["c", "b"], leads: true, at: Self.at(Double(second))))
        }
        #expect(effects == [.resign("Mesos has been out of reach for 6.0 seconds (no route to 10.0.0.1:5050), and b reaches it")])
    }
}
