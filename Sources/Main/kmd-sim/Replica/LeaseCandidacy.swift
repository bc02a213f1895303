import Core
import LeaderElector

/// The standalone election, used by several processes, which kmd never does: a lease in the store, held by the program's own `LeaderElectorState`. A
/// leader that went silent acts on here until it hears of its end, so the fences are all there is.
final class LeaseCandidacy: Candidacy {
    private unowned let replica: Replica
    private var state: LeaderElectorState
    private var isOver = false
    private var timer: Instant?

    init(_ replica: Replica) {
        self.replica = replica
        state = LeaderElectorState(identity: "\(replica.process.name)-\(replica.process.incarnation)")
    }

    private var simulation: Simulation { replica.world.simulation }
    private var wall: Timestamp { simulation.wallClock(of: replica.process) }

    /// The lease is no fence by itself: the store, Mesos and the executors are, and here they stand alone.
    func allows(_ term: Term) -> Bool { true }

    func begin() { tell(.started(at: simulation.now, wall: wall)) }

    func end() { isOver = true }
    func resign() {}

    func outranked(by term: Term) {
        replica.giveUp("term \(term) has written")
        doubt()
    }

    func displaced(_ term: Term) { doubt() }

    /// Something speaks against this leadership: look at the lease.
    private func doubt() {
        let world = replica.world
        world.network.call("read the lease", from: replica.endpoint, to: world.store.endpoint) { world.store.lease } answered: { [self] result in
            if case .success(let record) = result { tell(.read(record, at: simulation.now, wall: wall)) }
        }
    }

    private func tell(_ input: LeaderElectorState.Input) {
        guard replica.process.isUp, !isOver else { return }
        for effect in state.handle(input) { perform(effect) }
        guard let due = state.nextDeadline, timer != due else { return }
        timer = due
        simulation.at(due, on: replica.process) { [self] in
            guard timer == due else { return }
            timer = nil
            tell(.timePassed(to: simulation.now, wall: wall))
        }
    }

    private func perform(_ effect: LeaderElectorState.Effect) {
        let world = replica.world
        switch effect {
        case .read:
            world.network.call("read the lease", from: replica.endpoint, to: world.store.endpoint) { world.store.lease } answered: { [self] result in
                switch result {
                case .success(let record): tell(.read(record, at: simulation.now, wall: wall))
                case .failure(let why): tell(.readFailed("\(why)", at: simulation.now))
                }
            }
        case .write(let record):
            world.network.call("write the lease", from: replica.endpoint, to: world.store.endpoint) { world.store.write(lease: record) } answered: {
                [self] result in
                switch result {
                case .success(let answer): tell(.written(answer, at: simulation.now))
                case .failure(let why): tell(.written(.failed("\(why)"), at: simulation.now))
                }
            }
        case .tell(let event): replica.absorb(event)
        }
    }
}
