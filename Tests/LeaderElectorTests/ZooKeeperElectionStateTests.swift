import ActorKit
import Core
import LeaderElector
import Testing

private let start = ContinuousClock.now
private func after(_ milliseconds: Int) -> Instant { start + .milliseconds(milliseconds) }

/// One candidate, and answers that a test gives by hand. The session's timeout is 6 s: the fence is at 4 s, a confirmation is due every second.
private struct Candidate {
    var state = ZooKeeperElectionState(identity: "me")
    var requests: [(id: UInt64, request: ElectionRequest)] = []
    var told: [ElectionEvent] = []
    var until: Instant?
    var opened: [UInt64] = []
    var closed: [UInt64] = []

    mutating func feed(_ input: ZooKeeperElectionState.Input) {
        for effect in state.handle(input) {
            switch effect {
            case .ask(let id, let request, _): requests.append((id, request))
            case .tell(let event): told.append(event)
            case .permit(_, _, let end): until = end
            case .open(let number): opened.append(number)
            case .close(let number): closed.append(number)
            case .report: break
            }
        }
    }

    var asked: ElectionRequest? { requests.last?.request }
    mutating func answer(_ answer: ElectionAnswer, at: Instant) { feed(.answered(requests.last?.id ?? 0, answer, at: at)) }
    mutating func connect(at: Instant) { feed(.session(state.currentSession, .connected(timeout: .seconds(6)), at: at)) }

    /// Enrolled as `name`, and asked for the queue.
    static func enrolled(_ name: String = "candidate-me.1.0-0000000007") -> Candidate {
        var candidate = Candidate()
        candidate.feed(.started(at: start))
        candidate.connect(at: start)
        candidate.answer(.prepared, at: start)
        candidate.answer(.enrolled(name), at: start)
        return candidate
    }

    /// Leads with term 5 since `start`.
    static func leader() -> Candidate {
        var candidate = enrolled()
        candidate.answer(.candidates(["candidate-me.1.0-0000000007"]), at: start)
        candidate.answer(.term(4, version: 9), at: start)
        candidate.answer(.raised(version: 10), at: start)
        return candidate
    }
}

@Suite struct ZooKeeperElectionStateTests {
    @Test func theFirstInTheQueueRaisesTheTermAndLeads() {
        var candidate = Candidate()
        candidate.feed(.started(at: start))
        #expect(candidate.opened == [1])
        candidate.connect(at: start)
        #expect(candidate.asked == .prepare)
        candidate.answer(.prepared, at: start)
        #expect(candidate.asked == .enroll(guid: "me.1.0"))
        candidate.answer(.enrolled("candidate-me.1.0-0000000007"), at: start)
        #expect(candidate.asked == .look)
        // By number, not by name.
        candidate.answer(.candidates(["candidate-a-0000000008", "candidate-me.1.0-0000000007"]), at: start)
        #expect(candidate.asked == .readTerm)
        candidate.answer(.term(4, version: 9), at: start)
        #expect(candidate.asked == .raiseTerm(own: "candidate-me.1.0-0000000007", to: 5, version: 9))
        candidate.answer(.raised(version: 10), at: after(30))
        #expect(candidate.told == [.elected(Term(5))])
        // Counted from the request, not from the answer.
        #expect(candidate.until == after(4000))
        #expect(candidate.state.nextDeadline == after(1000))
    }

    @Test func theOthersWatchOnlyTheOneBeforeThem() {
        var candidate = Candidate.enrolled()
        candidate.answer(.candidates(["candidate-b-0000000003", "candidate-c-0000000006", "candidate-me.1.0-0000000007", "candidate-a-0000000001"]), at: start)
        #expect(candidate.asked == .watch("candidate-c-0000000006"))
        let watch = candidate.requests.last?.id ?? 0
        candidate.answer(.watching(exists: true), at: start)
        #expect(candidate.requests.count == 4)
        candidate.feed(.watchFired(watch, at: after(10)))
        #expect(candidate.asked == .look)
    }

    @Test func aPredecessorThatWentBeforeTheWatchIsNotWaitedFor() {
        var candidate = Candidate.enrolled()
        candidate.answer(.candidates(["candidate-c-0000000006", "candidate-me.1.0-0000000007"]), at: start)
        candidate.answer(.watching(exists: false), at: start)
        #expect(candidate.asked == .look)
    }

    @Test func anEnrolmentWhoseAnswerWasLostIsLookedForAndNotRepeated() {
        var candidate = Candidate()
        candidate.feed(.started(at: start))
        candidate.connect(at: start)
        candidate.answer(.prepared, at: start)
        candidate.answer(.failed(.connectionLost), at: start)
        candidate.feed(.session(1, .disconnected, at: start))
        candidate.connect(at: after(500))
        #expect(candidate.asked == .find)
        candidate.answer(.candidates(["candidate-me.1.0-0000000007", "candidate-x-0000000001"]), at: after(500))
        #expect(candidate.asked == .look)
        #expect(candidate.requests.filter { $0.request == .enroll(guid: "me.1.0") }.count == 1)
    }

    @Test func anEnrolmentThatWasNotDoneIsRepeated() {
        var candidate = Candidate()
        candidate.feed(.started(at: start))
        candidate.connect(at: start)
        candidate.answer(.prepared, at: start)
        candidate.answer(.failed(.connectionLost), at: start)
        candidate.feed(.timePassed(to: after(50)))
        candidate.answer(.candidates(["candidate-x-0000000001"]), at: after(60))
        #expect(candidate.asked == .enroll(guid: "me.1.0"))
    }

    @Test func disconnectedIsNotDeposed() {
        var candidate = Candidate.leader()
        candidate.feed(.session(1, .disconnected, at: after(100)))
        candidate.feed(.timePassed(to: after(3900)))
        #expect(candidate.told == [.elected(Term(5))])
        candidate.connect(at: after(3950))
        #expect(candidate.asked == .confirm(own: "candidate-me.1.0-0000000007", version: 10))
        candidate.answer(.confirmed, at: after(3960))
        #expect(candidate.until == after(7950))
        #expect(candidate.told.count == 1)
    }

    @Test func theFenceFallsTwoThirdsOfTheTimeoutAfterTheLastConfirmedRequest() {
        var candidate = Candidate.leader()
        #expect(candidate.state.nextDeadline == after(1000))
        candidate.feed(.timePassed(to: after(1000)))
        candidate.answer(.confirmed, at: after(1200))
        #expect(candidate.until == after(5000))
        candidate.feed(.session(1, .disconnected, at: after(1300)))
        candidate.feed(.timePassed(to: after(4999)))
        #expect(candidate.told.count == 1)
        #expect(candidate.state.nextDeadline == after(5000))
        candidate.feed(.timePassed(to: after(5000)))
        guard case .deposed? = candidate.told.last else {
            Issue.record("not deposed: \(candidate.told)")
            return
        }
    }

    @Test func anAnswerThatComesAfterTheFenceDoesNotUndoIt() {
        var candidate = Candidate.leader()
        candidate.feed(.timePassed(to: after(1000)))
        candidate.answer(.confirmed, at: after(4000))
        #expect(candidate.told.count == 2)
        #expect(candidate.until == after(4000))
        // Nothing is asked before the components have stopped; then it may lead again, with a new term.
        let count = candidate.requests.count
        candidate.feed(.timePassed(to: after(4100)))
        #expect(candidate.requests.count == count)
        candidate.feed(.stopped(at: after(4200)))
        #expect(candidate.asked == .look)
        candidate.answer(.candidates(["candidate-me.1.0-0000000007"]), at: after(4210))
        candidate.answer(.term(5, version: 10), at: after(4220))
        candidate.answer(.raised(version: 11), at: after(4230))
        #expect(candidate.told.last == .elected(Term(6)))
    }

    @Test func aTermWhoseRaiseTookTooLongIsNotUsed() {
        var candidate = Candidate.enrolled()
        candidate.answer(.candidates(["candidate-me.1.0-0000000007"]), at: start)
        candidate.answer(.term(4, version: 9), at: after(10))
        candidate.answer(.raised(version: 10), at: after(4010))
        #expect(candidate.told == [])
        #expect(candidate.asked == .look)
    }

    @Test func aRaiseWhoseAnswerWasLostIsNotTakenForDone() {
        var candidate = Candidate.enrolled()
        candidate.answer(.candidates(["candidate-me.1.0-0000000007"]), at: start)
        candidate.answer(.term(4, version: 9), at: start)
        candidate.answer(.failed(.connectionLost), at: start)
        candidate.feed(.timePassed(to: after(50)))
        #expect(candidate.asked == .look)
        candidate.answer(.candidates(["candidate-me.1.0-0000000007"]), at: after(60))
        candidate.answer(.term(5, version: 10), at: after(60))
        #expect(candidate.asked == .raiseTerm(own: "candidate-me.1.0-0000000007", to: 6, version: 10))
    }

    @Test func anExpiredSessionDeposesAndANewOneIsOpened() {
        var candidate = Candidate.leader()
        candidate.feed(.session(1, .ended("it has expired"), at: after(500)))
        #expect(candidate.told.last == .deposed("it has expired"))
        #expect(candidate.closed == [1])
        candidate.feed(.stopped(at: after(510)))
        candidate.feed(.timePassed(to: after(600)))
        #expect(candidate.opened == [1, 2])
        // Of the old session nothing is heard any more.
        candidate.feed(.session(1, .connected(timeout: .seconds(6)), at: after(610)))
        candidate.connect(at: after(620))
        candidate.answer(.prepared, at: after(620))
        #expect(candidate.asked == .enroll(guid: "me.2.0"))
    }

    @Test func whoResignsLeavesTheQueueOnlyAfterAllHasStopped() {
        var candidate = Candidate.leader()
        candidate.feed(.resign("asked", at: after(100)))
        #expect(candidate.told.last == .deposed("asked"))
        let count = candidate.requests.count
        candidate.feed(.timePassed(to: after(200)))
        #expect(candidate.requests.count == count)
        candidate.feed(.stopped(at: after(300)))
        #expect(candidate.asked == .withdraw("candidate-me.1.0-0000000007"))
        candidate.answer(.withdrawn, at: after(310))
        #expect(candidate.asked == .enroll(guid: "me.1.1"))
    }

    @Test func whoDoesNotLeadDoesNotResign() {
        var candidate = Candidate.enrolled()
        candidate.feed(.resign("asked", at: after(100)))
        #expect(candidate.told == [])
    }

    @Test func aTermThatSomebodyElseHadIsExceeded() {
        var candidate = Candidate.leader()
        candidate.feed(.outranked(by: Term(40), at: after(100)))
        candidate.feed(.stopped(at: after(110)))
        candidate.answer(.withdrawn, at: after(120))
        candidate.answer(.enrolled("candidate-me.1.1-0000000008"), at: after(120))
        candidate.answer(.candidates(["candidate-me.1.1-0000000008"]), at: after(120))
        candidate.answer(.term(5, version: 10), at: after(120))
        #expect(candidate.asked == .raiseTerm(own: "candidate-me.1.1-0000000008", to: 41, version: 10))
    }

    @Test func whoseNodeIsGoneDoesNotLead() {
        var candidate = Candidate.leader()
        candidate.feed(.timePassed(to: after(1000)))
        candidate.answer(.failed(.ownNodeGone), at: after(1010))
        #expect(candidate.told.last == .deposed("its election node is gone"))
        candidate.feed(.stopped(at: after(1020)))
        #expect(candidate.asked == .enroll(guid: "me.1.1"))
    }

    @Test func whoseTermIsNotTheHighestDoesNotLead() {
        var candidate = Candidate.leader()
        candidate.feed(.timePassed(to: after(1000)))
        candidate.answer(.failed(.termChanged), at: after(1010))
        #expect(candidate.told.last == .deposed("there is a higher term"))
    }
}
