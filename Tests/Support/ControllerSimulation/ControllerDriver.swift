import ControllerKit
import Core
import JSON

/// One controller in a simulation, its key type hidden.
public protocol DrivenController: AnyObject {
    var name: String { get }
    var kinds: [ObjectKind] { get }
    /// When it wants to look at something unasked.
    var nextDeadline: Instant? { get }
    /// Whether it could do something now.
    var hasWork: Bool { get }
    func begin(at now: Instant)
    func observe(_ kind: ObjectKind, _ changes: [ClusterView.Change], in view: ClusterView, at now: Instant)
    func pass(to now: Instant)
    /// Goes on with one of its tasks, the `choice`-th: a look at a key, or the next step of a plan.
    func act(_ choice: UInt64, _ simulation: ControllerSimulation)
    /// Forgets everything, as a new process.
    func restart()
    /// Keys for which there would still be something to do.
    func unfinished(in view: ClusterView, at now: Timestamp) -> [String]
}

/// Drives a logic by the kit's own state: its queue, its retries, and its rule that own writes are seen before the next look.
public final class ControllerDriver<Logic: ControllerLogic>: DrivenController {
    private struct Task {
        let key: Logic.Key
        let expectations: [OwnWrite]
        let failure: StepFailure?
        var plan: Plan?
        var next = 0
        var written: [OwnWrite] = []
    }

    private let logic: Logic
    private var state: ControllerState<Logic.Key>
    private var tasks: [Task] = []
    private var seen: Set<Logic.Key> = []
    private var isReady = false

    public init(_ logic: Logic) {
        self.logic = logic
        state = ControllerState()
    }

    public var name: String { logic.name }
    public var kinds: [ObjectKind] { logic.watches.map(\.kind) }
    public var nextDeadline: Instant? { state.nextDeadline }
    public var hasWork: Bool { !tasks.isEmpty }

    public func begin(at now: Instant) {
        isReady = true
        take(state.handle(.ready(at: now)))
    }

    public func observe(_ kind: ObjectKind, _ changes: [ClusterView.Change], in view: ClusterView, at now: Instant) {
        var keys: Set<Logic.Key> = []
        for watch in logic.watches where watch.kind == kind {
            for change in changes { keys.formUnion(watch.keys(change.old, change.new, view)) }
        }
        seen.formUnion(keys)
        take(state.handle(.observed(kind, keys.sorted(), at: now)))
    }

    public func pass(to now: Instant) { take(state.handle(.timePassed(to: now))) }

    public func restart() {
        (state, tasks, isReady) = (ControllerState(), [], false)
    }

    private func take(_ effects: [ControllerState<Logic.Key>.Effect]) {
        for effect in effects {
            if case .work(let key, let expectations, let failure) = effect {
                tasks.append(Task(key: key, expectations: expectations, failure: failure))
            }
        }
    }

    public func act(_ choice: UInt64, _ simulation: ControllerSimulation) {
        guard !tasks.isEmpty else { return }
        let index = Int(choice % UInt64(tasks.count))
        guard tasks[index].plan != nil else { return look(index, simulation) }
        step(index, simulation)
    }

    private func look(_ index: Int, _ simulation: ControllerSimulation) {
        let task = tasks[index]
        let unmet = task.expectations.filter { !$0.isMet(in: simulation.view) }.map(\.kind)
        guard unmet.isEmpty else { return finish(index, .waits(for: unmet), simulation) }
        let plan = logic.reconcile(task.key, in: simulation.view, at: simulation.now, after: task.failure)
        simulation.note("\(name) \(task.key): \(plan.steps.count) steps\(task.failure.map { " after \($0)" } ?? "")")
        tasks[index].plan = plan
        if plan.steps.isEmpty { finish(index, .done([], lookAgain: plan.lookAgain), simulation) }
    }

    private func step(_ index: Int, _ simulation: ControllerSimulation) {
        guard let plan = tasks[index].plan else { return }
        let step = plan.steps[tasks[index].next]
        switch simulation.perform(step, for: name) {
        case .failure(let failure):
            let told = StepFailure(step: step, reason: failure.reason, message: failure.message, done: tasks[index].next)
            finish(index, .failed(told, tasks[index].written), simulation)
        case .success(let answer):
            if let written = OwnWrite.after(step, answer: answer) { tasks[index].written.append(written) }
            tasks[index].next += 1
            if tasks[index].next == plan.steps.count {
                finish(index, .done(tasks[index].written, lookAgain: plan.lookAgain), simulation)
            }
        }
    }

    private func finish(_ index: Int, _ outcome: ControllerState<Logic.Key>.Outcome, _ simulation: ControllerSimulation) {
        let key = tasks.remove(at: index).key
        take(state.handle(.finished(key, outcome, at: simulation.instant, fraction: simulation.random.fraction())))
    }

    public func unfinished(in view: ClusterView, at now: Timestamp) -> [String] {
        seen.sorted().filter { key in
            logic.reconcile(key, in: view, at: now, after: nil).steps.contains { if case .event = $0 { false } else { true } }
        }.map { "\(name) \($0)" }
    }
}
