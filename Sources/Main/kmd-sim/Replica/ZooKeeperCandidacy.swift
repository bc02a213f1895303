import ActorKit
import Core
import LeaderElector

/// The election through ZooKeeper, and the fence of who was elected: the program's own `ZooKeeperElectionState` over a session.
final class ZooKeeperCandidacy: Candidacy {
    private unowned let replica: Replica
    private var state: ZooKeeperElectionState
    private var session: ZooKeeperSession?
    /// `LeadershipFence`: who may act, until when, by what was asked when.
    private var standing: (term: Term, confirmed: Instant, until: Instant)?
    private var timer: Instant?
    private var takeBacks = Backoff(base: .seconds(1), cap: .seconds(60), jitter: 0)

    init(_ replica: Replica) {
        self.replica = replica
        state = ZooKeeperElectionState(identity: "\(replica.process.name).\(replica.process.incarnation)")
    }

    private var simulation: Simulation { replica.world.simulation }

    func allows(_ term: Term) -> Bool {
        guard let standing, standing.term == term else { return false }
        return replica.world.planted == .noSelfFence || simulation.now < standing.until
    }

    func begin() { tell(.started(at: simulation.now)) }

    /// The guardian, where there is one, ends the session soon; else the servers do when it has been silent for long enough.
    func end() {
        guard let id = session?.id, replica.world.hasGuardians else { return }
        let (ensemble, host) = (replica.world.ensemble, replica.endpoint.host)
        simulation.after(simulation.delay(.milliseconds(30) ... .seconds(1))) { ensemble.close(id, from: host) }
    }

    func resign() { if state.term != nil { tell(.resign("asked", at: simulation.now)) } }

    /// The keeper of the Lease sees it when it looks next.
    func outranked(by term: Term) {
        simulation.after(simulation.delay(.milliseconds(100) ... .seconds(5)), on: replica.process) { [self] in
            tell(.outranked(by: term, at: simulation.now))
        }
    }

    /// Whether its right is better, only a confirmation says that was asked for after that.
    func displaced(_ term: Term) { claim(term, since: simulation.now) }

    private func claim(_ term: Term, since moment: Instant) {
        simulation.after(.milliseconds(50), on: replica.process) { [self] in
            guard let standing, allows(term) else { return }
            guard standing.confirmed > moment else { return claim(term, since: moment) }
            simulation.after(takeBacks.next(0), on: replica.process) { [self] in
                if allows(term) { replica.restart(term) }
            }
        }
    }

    // MARK: The state

    private func tell(_ input: ZooKeeperElectionState.Input) {
        for effect in state.handle(input) { perform(effect) }
        guard let due = state.nextDeadline else { return }
        let moment = max(due, simulation.now + .microseconds(100))
        guard timer.map({ moment < $0 || $0 <= simulation.now }) ?? true else { return }
        timer = moment
        simulation.at(moment, on: replica.process) { [self] in
            guard timer == moment else { return }
            timer = nil
            tell(.timePassed(to: simulation.now))
        }
    }

    private func perform(_ effect: ZooKeeperElectionState.Effect) {
        switch effect {
        case .open(let number): open(number)
        case .close(let number): if session?.number == number { session?.close() }
        case .ask(let id, let request, let number): if session?.number == number { session?.ask(id, request) }
        case .permit(let term, let confirmed, let until): standing = (term, confirmed, until)
        case .tell(.elected(let term)):
            replica.world.checks.elected(term)
            replica.absorb(.elected(term))
        case .tell(.deposed(let why)):
            if replica.world.planted != .noSelfFence { standing = nil }
            replica.absorb(.deposed(why))
            // What ran in the term has stopped.
            simulation.after(simulation.delay(.milliseconds(1) ... .milliseconds(300)), on: replica.process) { [self] in
                tell(.stopped(at: simulation.now))
            }
        case .report(let words): simulation.note("\(replica.process.name): \(words)")
        }
    }

    private func open(_ number: UInt64) {
        let forgets = replica.world.planted == .forgottenCandidate
        session = ZooKeeperSession(number, replica) { [weak self] news in
            guard let self, session?.number == number else { return }
            let now = simulation.now
            switch news {
            case .session(let news): tell(.session(number, news, at: now))
            case .answered(let id, .candidates, .find) where forgets: tell(.answered(id, .candidates([]), at: now))
            case .answered(let id, let answer, _): tell(.answered(id, answer, at: now))
            case .fired(let id): tell(.watchFired(id, at: now))
            }
        }
    }
}
