import ActorKit
import Core
import JSON

/// What controllers need of the API server. `Main` fulfils it.
public protocol ControllerAPI: Sendable {
    /// Does one step. Answers the object as the server made it, where it answers one.
    func perform(_ step: Step, for controller: String) async throws(StepFailure) -> JSONValue?
}

/// What controllers tell of themselves.
public protocol ControllerWatcher: Sendable {
    /// A look at a key ended; `failure` says why its plan did not go through.
    func reconciled(_ controller: String, key: String, steps: Int, failure: StepFailure?)
    /// The cache did not show a key's own writes in time.
    func cacheLags(_ controller: String, key: String)
}

/// A controller of any logic.
public protocol RunningController: Component {
    var watchedKinds: [ObjectKind] { get }
    /// Which of its keys a change concerns. Called under the cache's lock.
    func concerned(by kind: ObjectKind, _ changes: [ClusterView.Change], in view: ClusterView) -> Concern
    /// Hands on what `concerned` answered, waiting while the controller is busy.
    func tell(_ concern: Concern) async
    func begin() async
}

/// The keys of one controller that a change concerns, its key type hidden.
public struct Concern: Sendable {
    let send: @Sendable () async -> Void
}

/// Runs one logic: one loop over its state, a task for each key that is worked on.
public actor Controller<Logic: ControllerLogic>: RunningController {
    public nonisolated var name: String { logic.name }
    public nonisolated var watchedKinds: [ObjectKind] { logic.watches.map(\.kind) }
    private nonisolated let logic: Logic
    private let cache: ObjectCache
    private let api: any ControllerAPI
    private let watcher: (any ControllerWatcher)?
    private let time: any TimeSource
    private let random: any RandomSource
    private var state: ControllerState<Logic.Key>
    private nonisolated let inbox = Inbox<ControllerState<Logic.Key>.Input>(capacity: 4096)

    public init(
        _ logic: Logic, cache: ObjectCache, api: any ControllerAPI, watcher: (any ControllerWatcher)? = nil,
        limits: ControllerState<Logic.Key>.Limits = .init(), time: any TimeSource = SystemTime(), random: any RandomSource = SystemRandom()
    ) {
        (self.logic, self.cache, self.api, self.watcher, self.time, self.random) = (logic, cache, api, watcher, time, random)
        state = ControllerState(limits: limits)
    }

    public nonisolated func concerned(by kind: ObjectKind, _ changes: [ClusterView.Change], in view: ClusterView) -> Concern {
        var keys: Set<Logic.Key> = []
        for watch in logic.watches where watch.kind == kind {
            for change in changes { keys.formUnion(watch.keys(change.old, change.new, view)) }
        }
        let (inbox, input) = (inbox, ControllerState<Logic.Key>.Input.observed(kind, keys.sorted(), at: time.now))
        return Concern { await inbox.send(input) }
    }

    public nonisolated func tell(_ concern: Concern) async { await concern.send() }
    public nonisolated func begin() async { await inbox.send(.ready(at: time.now)) }

    public func run() async {
        await withDiscardingTaskGroup { group in
            while let inputs = await inbox.batch(until: state.nextDeadline, on: time) {
                let effects = state.handle(all: inputs) + state.handle(.timePassed(to: time.now))
                for effect in effects {
                    switch effect {
                    case .patienceLost(let key): watcher?.cacheLags(name, key: "\(key)")
                    case .work(let key, let expectations, let failure):
                        group.addTask { await self.work(key, expectations, failure) }
                    }
                }
            }
            group.cancelAll()
        }
        inbox.close()
    }

    private nonisolated func work(_ key: Logic.Key, _ expectations: [OwnWrite], _ failure: StepFailure?) async {
        let outcome = await outcome(of: key, expectations, failure)
        inbox.feed(.finished(key, outcome, at: time.now, fraction: random.fraction()))
    }

    private nonisolated func outcome(
        of key: Logic.Key, _ expectations: [OwnWrite], _ failure: StepFailure?
    ) async -> ControllerState<Logic.Key>.Outcome {
        let (logic, now) = (logic, time.wallClock)
        let (unmet, plan): ([ObjectKind], Plan) = cache.read { view in
            let unmet = expectations.filter { !$0.isMet(in: view) }.map(\.kind)
            return unmet.isEmpty ? ([], logic.reconcile(key, in: view, at: now, after: failure)) : (unmet, .nothing)
        }
        guard unmet.isEmpty else { return .waits(for: unmet) }
        let result = await StepRunner(api: api, controller: name).run(plan.steps)
        watcher?.reconciled(name, key: "\(key)", steps: plan.steps.count, failure: result.failure)
        if let failure = result.failure { return .failed(failure, result.expectations) }
        return .done(result.expectations, lookAgain: plan.lookAgain)
    }
}
