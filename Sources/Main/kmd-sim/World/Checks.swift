import Core
import Scheduling

/// Watches the promises of the design while a run goes on: it sees what really happens, which no part of the cluster does.
///
/// The first promise that is broken ends the run.
final class Checks {
    private(set) var violation: Violation?
    private let simulation: Simulation
    /// The highest term that has written to the store.
    private var highestWriter = Term(0)
    /// The highest term whose launch or kill an executor has carried out.
    private var highestActor = Term(0)
    /// Where the containers of each pod run.
    private var running: [PodUID: Set<String>] = [:]

    init(_ simulation: Simulation) { self.simulation = simulation }

    func fail(_ promise: Violation.Promise, _ what: String) {
        guard violation == nil else { return }
        violation = Violation(promise: promise, what: what)
        simulation.note("BROKEN: \(promise.rawValue): \(what)")
    }

    // MARK: Terms

    func leaderWrote(_ term: Term, _ what: String) {
        if term < highestWriter { fail(.lowerTermWrites, "\(what) of term \(term) took effect after term \(highestWriter) had written") }
        highestWriter = max(highestWriter, term)
    }

    /// An executor did what a scheduler asked for.
    func executorObeyed(_ term: Term, on node: String, _ what: String) {
        if term < highestActor { fail(.twoActed, "\(what) of term \(term) on \(node), after term \(highestActor) had acted there") }
        highestActor = max(highestActor, term)
    }

    // MARK: Containers

    func started(_ pod: PodUID, on node: String) {
        running[pod, default: []].insert(node)
        guard let nodes = running[pod], nodes.count > 1 else { return }
        fail(.oneTask, "the containers of \(pod) run on \(nodes.sorted().joined(separator: " and "))")
    }

    /// - Parameter wanted: its pod was deleted or has ended, or is bound elsewhere.
    func stopped(_ pod: PodUID, on node: String, wanted: Bool) {
        running[pod]?.remove(node)
        if running[pod]?.isEmpty == true { running[pod] = nil }
        if !wanted { fail(.killedWell, "the containers of \(pod) on \(node) were stopped although it is wanted there") }
    }

    var runningPods: [PodUID: Set<String>] { running }

    // MARK: Resources

    func launched(on agent: AgentID, uses used: Amounts, of total: Amounts, sharedPorts: [Int]) {
        if !used.fits(in: total) { fail(.overcommitted, "\(agent) has \(total), and \(used) is launched on it") }
        if let port = sharedPorts.first { fail(.overcommitted, "port \(port) of \(agent) is held twice") }
    }

    // MARK: Updates

    /// - Parameter isDurable: what it says stands in the store.
    func acknowledged(_ task: TaskID, _ state: String, isDurable: Bool) {
        if !isDurable { fail(.acknowledgedTooSoon, "\(state) of \(task) was acknowledged, and a crash now would forget it") }
    }

    func framework(_ id: FrameworkID, before: FrameworkID?) {
        if let before, before != id { fail(.frameworkLost, "\(before) became \(id)") }
    }
}
