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
    /// The highest term that an election was won with.
    private var highestElected = Term(0)
    /// A fault has ended sessions before their time: then a leader's own fence is too long, and the others must do.
    var sessionsEndedEarly = false
    /// The highest term whose launch an executor has carried out, by node.
    private var highestActor: [String: Term] = [:]
    private var usedOffers: Set<OfferID> = []
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

    func elected(_ term: Term) {
        if term <= highestElected { fail(.termsGrow, "term \(term) was won after term \(highestElected)") }
        highestElected = max(highestElected, term)
    }

    /// A leader is about to call somebody. Of elections through ZooKeeper only: `elected` was told.
    func acts(_ term: Term, _ who: String) {
        if term < highestElected, !sessionsEndedEarly { fail(.actsAlone, "\(who) acts in term \(term), and term \(highestElected) was won") }
    }

    /// An executor did what a scheduler asked for.
    func executorObeyed(_ term: Term, on node: String, _ what: String) {
        let highest = highestActor[node] ?? Term(0)
        if term < highest { fail(.twoActed, "\(what) of term \(term) on \(node), after term \(highest) had acted there") }
        highestActor[node] = max(highest, term)
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

    // MARK: Tasks

    /// - Parameter other: a live task of the same pod, on an agent that answers.
    func launched(_ task: TaskID, of pod: PodUID, beside other: TaskID?) {
        if let other { fail(.oneTask, "\(task) was launched for \(pod), and \(other) lives") }
    }

    func used(_ offer: OfferID) {
        if !usedOffers.insert(offer).inserted { fail(.offerOnce, "\(offer) was accepted again") }
    }

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
