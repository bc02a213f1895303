import ActorKit
import Core
import LeaderElector
import Synchronization
import Testing

private let start = ContinuousClock.now
private let wall = Timestamp(secondsSinceEpoch: 1_000_000)

private func lease(_ holder: String, _ transitions: UInt64, renewed: Timestamp = wall, version: String = "7") -> LeaseRecord {
    LeaseRecord(holder: holder, transitions: transitions, acquired: wall, renewed: renewed, duration: .seconds(15), resourceVersion: version)
}

@Suite struct LeaderElectorStateTests {
    /// A leader of term 1.
    func leader() -> LeaderElectorState {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        _ = state.handle(.read(nil, at: start, wall: wall))
        _ = state.handle(.written(.stored(lease("me", 1)), at: start))
        return state
    }

    @Test func theFirstLeaderHasTermOne() {
        var state = LeaderElectorState(identity: "me")
        #expect(state.handle(.started(at: start, wall: wall)) == [.read])
        #expect(state.handle(.read(nil, at: start, wall: wall)) == [.write(lease("me", 1, version: ""))])
        #expect(state.handle(.written(.stored(lease("me", 1)), at: start)) == [.tell(.elected(Term(1)))])
    }

    @Test func eachStartHasAHigherTermWithoutWaitingForItsOwnOldLease() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        #expect(state.handle(.read(lease("me", 4), at: start, wall: wall)) == [.write(lease("me", 5))])
    }

    @Test func aLeaseOfAnotherIsRespectedUntilItHasStoodUnchangedForItsDuration() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        #expect(state.handle(.read(lease("other", 4), at: start, wall: wall)) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(1), wall: wall)) == [.read])
        #expect(state.handle(.read(lease("other", 4), at: start + .seconds(14), wall: wall)) == [])
        #expect(state.nextDeadline == start + .seconds(15))
        guard case .write(let taken)? = state.handle(.read(lease("other", 4), at: start + .seconds(15), wall: wall)).first else {
            Issue.record("not taken")
            return
        }
        #expect(taken.holder == "me")
        #expect(taken.transitions == 5)
    }

    @Test func aLeaseThatIsRenewedIsRespectedOnWhateverItsTimesSay() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        for second in stride(from: 0, through: 60, by: 10) {
            let renewed = lease("other", 4, renewed: Timestamp(secondsSinceEpoch: Int64(second)), version: String(second))
            #expect(state.handle(.read(renewed, at: start + .seconds(second), wall: wall)) == [])
        }
    }

    @Test func aDeadHoldersClockThatWasAheadDoesNotKeepTheLease() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        let ahead = lease("other", 4, renewed: wall.advanced(by: .seconds(3600)))
        #expect(state.handle(.read(ahead, at: start, wall: wall)) == [])
        #expect(state.handle(.read(ahead, at: start + .seconds(15), wall: wall)) == [.write(lease("me", 5))])
    }

    @Test func twoThatTakeItAtOnceAgreeOnOne() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        _ = state.handle(.read(nil, at: start, wall: wall))
        #expect(state.handle(.written(.conflict, at: start)) == [.read])
        #expect(state.handle(.read(lease("other", 1), at: start, wall: wall)) == [])
    }

    @Test func theLeaderRenewsWithoutChangingItsTerm() {
        var state = leader()
        #expect(state.nextDeadline == start + .seconds(5))
        let later = wall.advanced(by: .seconds(5))
        #expect(state.handle(.timePassed(to: start + .seconds(5), wall: later)) == [.write(lease("me", 1, renewed: later))])
        #expect(state.handle(.written(.stored(lease("me", 1, renewed: later, version: "8")), at: start + .seconds(5))) == [])
    }

    @Test func anAPIServerThatIsAwayDeposesNobody() {
        var state = leader()
        _ = state.handle(.timePassed(to: start + .seconds(5), wall: wall))
        #expect(state.handle(.written(.failed("refused"), at: start + .seconds(5))) == [])
        #expect(state.handle(.timePassed(to: start + .seconds(6), wall: wall)).count == 1)
    }

    @Test func anotherHolderDeposesTheLeader() {
        var state = leader()
        _ = state.handle(.timePassed(to: start + .seconds(5), wall: wall))
        #expect(state.handle(.written(.conflict, at: start + .seconds(5))) == [.read])
        #expect(
            state.handle(.read(lease("other", 2), at: start + .seconds(5), wall: wall)) == [
                .tell(.deposed("the lease is not ours any more: it is held by other, transition 2"))
            ])
    }

    @Test func aReadThatFailsIsRepeated() {
        var state = LeaderElectorState(identity: "me")
        _ = state.handle(.started(at: start, wall: wall))
        #expect(state.handle(.readFailed("refused", at: start)) == [])
        #expect(state.handle(.timePassed(to: start + .milliseconds(100), wall: wall)) == [.read])
    }
}

/// Says what it is told to, in order.
private struct Script: Election {
    let events: Inbox<ElectionEvent>
    func campaign(_ handle: @escaping @Sendable (ElectionEvent) async -> Void) async {
        while let batch = await events.batch(on: SystemTime()) {
            for event in batch { await handle(event) }
        }
    }
}

private struct Piece: Component {
    let name: String
    let log: Inbox<String>
    func run() async {
        log.feed("+\(name)")
        let forever = Inbox<Int>(capacity: 1)
        _ = await forever.batch(on: SystemTime())
        log.feed("-\(name)")
    }
}

@Suite struct LeaderCoordinatorTests {
    @Test func whatALeaderRunsIsStoppedInTheOppositeOrder() async {
        let script = Script(events: Inbox(capacity: 8))
        let log = Inbox<String>(capacity: 8)
        let coordinator = LeaderCoordinator(election: script) { term in ["a", "b", "c"].map { Piece(name: "\($0)\(term)", log: log) } }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.run() }
            script.events.feed(.elected(Term(1)))
            var started: [String] = []
            while started.count < 3, let more = await log.batch(on: SystemTime()) { started += more }
            #expect(started.sorted() == ["+a1", "+b1", "+c1"])
            #expect(await coordinator.term == Term(1))
            script.events.feed(.deposed("test"))
            var stopped: [String] = []
            while stopped.count < 3, let more = await log.batch(on: SystemTime()) { stopped += more }
            #expect(stopped == ["-c1", "-b1", "-a1"])
            group.cancelAll()
        }
        #expect(await coordinator.term == nil)
    }
}

/// Does not stop before it is let.
private struct Stubborn: Component {
    let name = "stubborn"
    let released: Inbox<Int>
    func run() async {
        // Not cancelled with this task.
        await Task { _ = await released.batch(on: SystemTime()) }.value
    }
}

@Suite struct LeaderCoordinatorLimitTests {
    @Test func aComponentThatDoesNotStopInTimeIsNamed() async {
        let script = Script(events: Inbox(capacity: 8))
        let released = Inbox<Int>(capacity: 1)
        let named = Inbox<String>(capacity: 1)
        let coordinator = LeaderCoordinator(election: script, stopLimit: .milliseconds(20), stuck: { named.feed($0) }) { _ in [Stubborn(released: released)] }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.run() }
            script.events.feed(.elected(Term(1)))
            script.events.feed(.deposed("test"))
            #expect(await named.batch(on: SystemTime()) == ["stubborn"])
            released.feed(1)
            script.events.close()
        }
    }

    @Test func aTermThatEndsWhileItsComponentsAreMadeStartsNone() async {
        let script = Script(events: Inbox(capacity: 8))
        let making = Inbox<Int>(capacity: 1)
        let log = Inbox<String>(capacity: 8)
        let coordinator = LeaderCoordinator(election: script) { _ in
            making.feed(1)
            // As a call to an API server that does not answer: ends when the task is cancelled.
            let forever = Inbox<Int>(capacity: 1)
            _ = await forever.batch(on: SystemTime())
            return [Piece(name: "late", log: log)]
        }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.run() }
            script.events.feed(.elected(Term(1)))
            _ = await making.batch(on: SystemTime())
            script.events.feed(.deposed("test"))
            script.events.close()
        }
        #expect(log.drain() == [])
    }

    @Test func aRestartStopsAndStartsTheSameTerm() async {
        let script = Script(events: Inbox(capacity: 8))
        let log = Inbox<String>(capacity: 8)
        let coordinator = LeaderCoordinator(election: script) { term in [Piece(name: "a\(term)", log: log)] }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await coordinator.run() }
            script.events.feed(.elected(Term(3)))
            #expect(await log.batch(on: SystemTime()) == ["+a3"])
            await coordinator.restart(Term(2))
            await coordinator.restart(Term(3))
            var seen: [String] = []
            while seen.count < 2, let more = await log.batch(on: SystemTime()) { seen += more }
            #expect(seen == ["-a3", "+a3"])
            script.events.close()
        }
    }
}
