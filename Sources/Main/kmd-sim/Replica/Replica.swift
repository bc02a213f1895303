import Core
import LeaderElector

/// One process of kmd on a master host: its candidacy, and while it leads, the scheduler of its term.
final class Replica {
    unowned let world: World
    let process: SimulatedProcess
    let endpoint: Endpoint
    private var candidacy: (any Candidacy)?
    private var leadership: Leadership?
    private var tasks = 0

    init(_ world: World, process: SimulatedProcess, host: String) {
        (self.world, self.process) = (world, process)
        endpoint = Endpoint(process: process, host: host)
    }

    var leads: Bool { leadership != nil }

    /// Whether the election lets `term` act at this moment. Asked before each call.
    func mayAct(_ term: Term) -> Bool {
        guard candidacy?.allows(term) == true else { return false }
        world.checks.acts(term, process.name)
        return true
    }

    /// Unique among all tasks that ever were.
    func newTask(_ term: Term) -> TaskID {
        tasks += 1
        return TaskID("task-\(process.name.suffix(2)).\(process.incarnation)-\(term)-\(tasks)")
    }

    // MARK: Life

    func began() {
        tasks = 0
        let candidacy: any Candidacy = world.hasZooKeeper ? ZooKeeperCandidacy(self) : LeaseCandidacy(self)
        self.candidacy = candidacy
        candidacy.begin()
    }

    func ended() {
        leadership?.end()
        candidacy?.end()
        (leadership, candidacy) = (nil, nil)
    }

    func absorb(_ event: ElectionEvent) {
        switch event {
        case .elected(let term):
            world.simulation.note("\(process.name) is elected, term \(term)")
            begin(term)
        case .deposed(let why): giveUp(why)
        }
    }

    private func begin(_ term: Term) {
        leadership?.end()
        let new = Leadership(term, of: self)
        leadership = new
        new.begin()
    }

    func giveUp(_ why: String) {
        guard leadership != nil else { return }
        world.simulation.note("\(process.name) is deposed: \(why)")
        leadership?.end()
        leadership = nil
    }

    /// All that runs in the term begins anew: the framework was taken from it.
    func restart(_ term: Term) {
        guard leadership?.term == term else { return }
        world.simulation.note("\(process.name) takes the framework back, term \(term)")
        begin(term)
    }

    func resign() { candidacy?.resign() }

    /// The store knows a higher term: whatever the election says, this one's time is over.
    func fenced(by term: Term) { candidacy?.outranked(by: term) }
    /// Mesos has given the framework to another subscription.
    func displaced(_ term: Term) { candidacy?.displaced(term) }
}
