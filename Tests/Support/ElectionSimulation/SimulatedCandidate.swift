import ActorKit
import Core
import LeaderElector
import SimulatedZooKeeper

/// One process: its state, what is open between it and the servers, and what it may do.
struct SimulatedCandidate {
    let index: Int
    var state = ZooKeeperElectionState(identity: "none")
    /// Counts the starts of the process: what belongs to an earlier one is dropped.
    var incarnation = 0
    var isRunning = false
    var isFrozen = false
    var isLinked = true
    /// Counts the cuts of the link: what was on the way is lost with it.
    var link = 0
    /// The number of the session for the state, and for the servers once it exists.
    var session: (number: UInt64, id: Int?)?
    var isConnected = false
    var seen = 0
    /// Requests on their way, by number.
    var underWay: [UInt64] = []
    var lastArrival = 0
    var lastDelivery = 0
    var watches: [(name: String, id: UInt64)] = []
    var fires: [UInt64] = []
    /// What arrived while it was frozen.
    var held: [ZooKeeperElectionState.Input] = []
    var term: UInt64?
    var until: Int?
    /// Whether what runs for the leader runs.
    var isLeading = false
    /// Its packets take long until then.
    var slowUntil = 0
    /// How long it was frozen, for a clock that does not count that.
    var frozenFor = 0
    var frozenSince = 0
    var nextWake: Int?
}

extension ElectionSimulation {
    func instant(_ time: Int) -> Instant { origin + .milliseconds(time) }

    mutating func happen(_ event: Event) {
        switch event {
        case .connect(let index, let incarnation, let session): connect(index, incarnation, session)
        case .arrive(let index, let incarnation, let session, let id, let request, let link): arrive(index, incarnation, session, id, request, link)
        case .deliver(let index, let incarnation, let input): if incarnation == candidates[index].incarnation { receive(index, input) }
        case .fire(let index, let incarnation, let watch): fire(index, incarnation, watch)
        case .wake(let index, let incarnation): wake(index, incarnation)
        case .stopped(let index, let incarnation):
            guard incarnation == candidates[index].incarnation else { return }
            candidates[index].isLeading = false
            receive(index, .stopped(at: instant(now)))
        case .ping(let index): ping(index)
        case .act(let index):
            act(index)
            queue.add(.act(index), at: now + 10 + chance(30))
        case .expiry(let session): expiry(session)
        case .disturb: disturb()
        case .thaw(let index): thaw(index)
        case .relink(let index): candidates[index].isLinked = true
        case .restart(let index): start(index)
        case .ensembleUp:
            servers.restart(now: now, forgettingTerms: fault == .termsForgotten)
            say("the ensemble is up again")
        }
    }

    // MARK: The process

    mutating func start(_ index: Int) {
        let link = candidates[index].link, incarnation = candidates[index].incarnation
        candidates[index] = SimulatedCandidate(index: index)
        candidates[index].incarnation = incarnation + 1
        candidates[index].link = link + 1
        candidates[index].isRunning = true
        candidates[index].state = ZooKeeperElectionState(identity: "c\(index).\(incarnation + 1)")
        say("candidate \(index) starts")
        receive(index, .started(at: instant(now)))
    }

    /// A fact for the state, now or when the process goes on.
    mutating func receive(_ index: Int, _ input: ZooKeeperElectionState.Input) {
        guard candidates[index].isRunning else { return }
        if candidates[index].isFrozen { return candidates[index].held.append(input) }
        let effects = candidates[index].state.handle(input)
        for effect in effects { perform(index, effect) }
        arrangeWake(index)
    }

    private mutating func arrangeWake(_ index: Int) {
        guard let due = candidates[index].state.nextDeadline else { return }
        let (seconds, attoseconds) = origin.duration(to: due).components
        let time = max(now, Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000))
        if let planned = candidates[index].nextWake, planned <= time, planned > now { return }
        candidates[index].nextWake = time
        queue.add(.wake(index, incarnation: candidates[index].incarnation), at: time)
    }

    private mutating func wake(_ index: Int, _ incarnation: Int) {
        guard incarnation == candidates[index].incarnation, candidates[index].isRunning else { return }
        candidates[index].nextWake = nil
        // A frozen process asks the clock when it goes on.
        if !candidates[index].isFrozen { receive(index, .timePassed(to: instant(now))) }
    }

    private mutating func perform(_ index: Int, _ effect: ZooKeeperElectionState.Effect) {
        switch effect {
        case .open(let number):
            candidates[index].session = (number, nil)
            candidates[index].isConnected = false
            queue.add(.connect(index, incarnation: candidates[index].incarnation, session: number), at: now + latency(index))
        case .close(let number): if candidates[index].session?.number == number { candidates[index].session = nil }
        case .ask(let id, let request, _):
            candidates[index].underWay.append(id)
            let time = max(now + latency(index), candidates[index].lastArrival)
            candidates[index].lastArrival = time
            queue.add(
                .arrive(
                    index, incarnation: candidates[index].incarnation, session: candidates[index].session?.number ?? 0, id: id, request,
                    link: candidates[index].link), at: time)
        case .permit(let term, _, let until):
            let (seconds, attoseconds) = origin.duration(to: until).components
            candidates[index].term = term.number
            candidates[index].until = switch fault {
            case .fenceTooLong: now + timeout * 3 / 2
            case .clockWithoutSleep: Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000) - candidates[index].frozenFor
            default: Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000)
            }
        case .tell(.elected(let term)):
            candidates[index].isLeading = true
            say("candidate \(index) leads, term \(term)")
            elected(index, term.number)
        case .tell(.deposed(let why)):
            say("candidate \(index) does not lead any more: \(why)")
            if fault != .notAwaited { candidates[index].until = nil }
            let incarnation = candidates[index].incarnation
            let stop = now + chance(300)
            if fault == .notAwaited { queue.add(.deliver(index, incarnation: incarnation, .stopped(at: instant(now))), at: now) }
            queue.add(.stopped(index, incarnation: incarnation), at: stop)
        case .report: break
        }
    }

    mutating func act(_ index: Int) {
        let candidate = candidates[index]
        guard candidate.isRunning, !candidate.isFrozen, candidate.isLeading, let term = candidate.term else { return }
        let clock = fault == .clockWithoutSleep ? now - candidate.frozenFor : now
        if fault != .noFence {
            guard let until = candidate.until, clock < until else { return }
        }
        acts(index, term)
    }

    // MARK: The network

    private mutating func connect(_ index: Int, _ incarnation: Int, _ number: UInt64) {
        let candidate = candidates[index]
        guard incarnation == candidate.incarnation, candidate.isRunning, candidate.session?.number == number, !candidate.isConnected else { return }
        guard servers.isUp, candidate.isLinked, !candidate.isFrozen else {
            return queue.add(.connect(index, incarnation: incarnation, session: number), at: now + 30 + chance(100))
        }
        guard let id = candidate.session?.id else {
            let id = servers.begin(timeout: timeout, now: now)
            candidates[index].session = (number, id)
            queue.add(.expiry(id), at: servers.end(of: id))
            return connected(index, number)
        }
        guard servers.isAlive(id) else {
            say("candidate \(index) hears that its session has expired")
            return receive(index, .session(number, .ended("expired"), at: instant(now)))
        }
        servers.touch(id, now: now)
        connected(index, number)
    }

    private mutating func connected(_ index: Int, _ number: UInt64) {
        candidates[index].isConnected = true
        // The client sets its watches again, and those that were missed fire.
        let fires = candidates[index].fires
        candidates[index].fires = []
        receive(index, .session(number, .connected(timeout: .milliseconds(timeout)), at: instant(now)))
        for watch in fires { plan(fire: watch, index) }
    }

    /// The client notices that its connection is gone: what was on the way is lost.
    mutating func disconnect(_ index: Int) {
        guard candidates[index].isConnected, let number = candidates[index].session?.number else { return }
        candidates[index].isConnected = false
        candidates[index].link += 1
        let lost = candidates[index].underWay
        candidates[index].underWay = []
        receive(index, .session(number, .disconnected, at: instant(now)))
        for id in lost { receive(index, .answered(id, .failed(.connectionLost), at: instant(now))) }
        queue.add(.connect(index, incarnation: candidates[index].incarnation, session: number), at: now + latency(index))
    }

    private mutating func arrive(_ index: Int, _ incarnation: Int, _ number: UInt64, _ id: UInt64, _ request: ElectionRequest, _ link: Int) {
        let candidate = candidates[index]
        guard incarnation == candidate.incarnation, candidate.session?.number == number, let session = candidate.session?.id else { return }
        guard candidate.isConnected, candidate.isLinked, servers.isUp, link == candidate.link, servers.isAlive(session) else {
            guard fault == .confirmedByOneServer, case .confirm = request, candidate.isConnected else { return lose(index, id) }
            candidates[index].underWay.removeAll { $0 == id }
            return receive(index, .answered(id, .confirmed, at: instant(now)))
        }
        servers.touch(session, now: now)
        // Lost on the way to the servers, one in five.
        if fault == .unknownTakenForDone, case .raiseTerm(_, _, let version) = request, chance(5) == 0 {
            candidates[index].underWay.removeAll { $0 == id }
            return receive(index, .answered(id, .raised(version: version + 1), at: instant(now)))
        }
        let (answer, gone) = servers.perform(request, session: session, seen: candidate.seen, age: chance(2) == 0 ? 0 : chance(4))
        candidates[index].seen = servers.written
        for name in gone { fireWatches(of: name) }
        if case .watch(let name) = request, case .watching(true) = answer { candidates[index].watches.append((name, id)) }
        // The write is done, and its answer may be lost.
        if chance(100) == 0 { return disconnect(index) }
        candidates[index].underWay.removeAll { $0 == id }
        let time = max(now + latency(index), candidates[index].lastDelivery)
        candidates[index].lastDelivery = time
        queue.add(.deliver(index, incarnation: incarnation, .answered(id, changed(answer, to: request), at: instant(time))), at: time)
    }

    private mutating func lose(_ index: Int, _ id: UInt64) {
        guard candidates[index].underWay.contains(id) else { return }
        candidates[index].underWay.removeAll { $0 == id }
        receive(index, .answered(id, .failed(.connectionLost), at: instant(now)))
    }

    /// The answer, as a planted fault sees it.
    private mutating func changed(_ answer: ElectionAnswer, to request: ElectionRequest) -> ElectionAnswer {
        switch (fault, request) {
        case (.watchSetTooLate, .watch): .watching(exists: true)
        case (.ownNodeNotFound, .find): .candidates([])
        default: answer
        }
    }

    private mutating func fire(_ index: Int, _ incarnation: Int, _ watch: UInt64) {
        guard incarnation == candidates[index].incarnation else { return }
        guard candidates[index].isConnected else { return candidates[index].fires.append(watch) }
        receive(index, .watchFired(watch, at: instant(now)))
    }

    /// In order with the answers: ZooKeeper never tells of a change before it has answered the read that set the watch.
    private mutating func plan(fire watch: UInt64, _ index: Int) {
        let time = max(now + latency(index), candidates[index].lastDelivery)
        candidates[index].lastDelivery = time
        queue.add(.fire(index, incarnation: candidates[index].incarnation, watch: watch), at: time)
    }

    mutating func fireWatches(of name: String) {
        for index in candidates.indices {
            for watch in candidates[index].watches where watch.name == name {
                plan(fire: watch.id, index)
            }
            candidates[index].watches.removeAll { $0.name == name }
        }
    }

    private mutating func ping(_ index: Int) {
        let candidate = candidates[index]
        queue.add(.ping(index), at: now + timeout / 3)
        guard candidate.isRunning, !candidate.isFrozen, candidate.isConnected, let session = candidate.session?.id else { return }
        if candidate.isLinked, servers.isUp { servers.touch(session, now: now) } else if fault != .confirmedByOneServer { disconnect(index) }
    }

    private mutating func expiry(_ session: Int) {
        guard servers.isAlive(session) else { return }
        guard servers.isUp else { return queue.add(.expiry(session), at: now + 100) }
        let due = servers.end(of: session)
        guard due <= now else { return queue.add(.expiry(session), at: due) }
        for name in servers.expire(session) {
            say("the servers end the session of \(name)")
            fireWatches(of: name)
        }
    }
}
