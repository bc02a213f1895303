import Core
import LeaderElector

/// One process of kmd on a master host: its candidacy, and while it leads, the scheduler of its term.
final class Replica {
    unowned let world: World
    let process: SimulatedProcess
    let endpoint: Endpoint
    private var candidacy: LeaseCandidacy?
    private var leadership: Leadership?
    /// As this process knows it since its start.
    var knownFramework: FrameworkID?

    init(_ world: World, process: SimulatedProcess, host: String) {
        (self.world, self.process) = (world, process)
        endpoint = Endpoint(process: process, host: host)
    }

    var leads: Bool { leadership != nil }
    /// Whether the election lets the leader act at this moment.
    var mayAct: Bool { world.planted == .noSelfFence || candidacy?.mayAct == true }

    func began() {
        knownFramework = nil
        let candidacy = LeaseCandidacy(self)
        self.candidacy = candidacy
        candidacy.begin()
    }

    func ended() {
        leadership?.end()
        (leadership, candidacy) = (nil, nil)
    }

    func absorb(_ event: ElectionEvent) {
        switch event {
        case .elected(let term):
            world.simulation.note("\(process.name) is elected, term \(term)")
            leadership?.end()
            let new = Leadership(term, of: self)
            leadership = new
            new.begin()
        case .deposed(let why):
            world.simulation.note("\(process.name) is deposed: \(why)")
            leadership?.end()
            leadership = nil
        }
    }

    /// The store knows a higher term: whatever the election says, this one's time is over.
    func fenced() { resign("a higher term has written") }
    /// Mesos has given the framework to another subscription.
    func displaced() { candidacy?.doubt() }

    private func resign(_ why: String) {
        guard leadership != nil else { return }
        world.simulation.note("\(process.name) gives up: \(why)")
        leadership?.end()
        leadership = nil
        candidacy?.doubt()
    }
}
