// A cluster in one thread: any `ControllerLogic` against a model of the API, with everything that can go wrong, from a seed.
//
//     let simulation = ControllerSimulation(seed: seed, [ControllerDriver(ReplicaLogic.replicaSets), ControllerDriver(DeploymentLogic())])
//     simulation.api.apply(.create(.deployments, object))           // what there is at the start, and what users do: steps, or api.edit
//     simulation.check { change, api in … }                          // after each change; an answer is a broken promise
//     simulation.users = [{ api, random in … }]                      // each is done once, in order, at some moment
//     simulation.run(ticks: 2000)                                    // in the simulation's weather: stale caches, lost answers, restarts
//     #expect(simulation.settle())                                   // calm weather: it comes to rest, and nobody has more to do
//     #expect(simulation.broken == [], "\(simulation.story)")        // the last things that happened, for a human
//
// What is the kit's own: `ClusterView`, `ControllerState` (queue, retries, waiting for own writes), `OwnWrite`. What is
// modelled: the API (`SimulatedAPI`), scheduler, kubelets and garbage collection (`SimulatedCluster`, `simulation.cluster`).
// The one cache lags for each kind on its own, as watches do. The same seed tells the same story.

import ActorKit
import ControllerKit
import Core
import JSON

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

enum ProcessEnvironment {
    static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }
}

/// Seeds for a property test: `count` of them, or as many times as many as `KMD_SEEDS` says, for a long look.
public func seeds(_ count: Int) -> Range<UInt64> {
    0..<UInt64(count * max(1, ProcessEnvironment.number("KMD_SEEDS") ?? 1))
}

public final class ControllerSimulation {
    /// What goes wrong while `run` runs; numbers are chances of 0…1.
    public struct Weather: Sendable {
        /// A step is not done, and its answer is an error.
        public var failing = 0.05
        /// A step is done, and its answer is lost.
        public var losing = 0.05
        /// How seldom the cache hears of what happened: 0 soon, 1 never.
        public var staleness = 0.5
        /// At each tick: all controllers begin anew, as when leadership moves. They list first.
        public var restarting = 0.002
        /// At each tick: a kind's watch breaks, and the kind is listed again.
        public var relisting = 0.005
        /// How much time passes at once, at most. The kit believes a cache that is half a minute behind; longer waits than that
        /// go beyond what it promises about doubles.
        public var pause: Duration = .seconds(2)
        public init() {}
        /// Nothing goes wrong but delay.
        public static var calm: Weather {
            var calm = Weather()
            (calm.failing, calm.losing, calm.restarting, calm.relisting) = (0, 0, 0, 0)
            return calm
        }
    }

    public var api = SimulatedAPI()
    public var cluster = SimulatedCluster()
    public var weather = Weather()
    /// What users do, in this order.
    public var users: [(inout SimulatedAPI, any RandomSource) -> Void] = []
    /// What the controllers' cache knows.
    public private(set) var view = ClusterView()
    public let random: any RandomSource
    /// Promises that were broken, the first ones.
    public private(set) var broken: [String] = []
    /// How many steps controllers did.
    public private(set) var steps = 0

    private let controllers: [any DrivenController]
    private let kinds: [ObjectKind]
    private let start = ContinuousClock.now
    private let epoch: Timestamp
    private var elapsed: Duration = .zero
    /// Changes in `api.history` that the cache has not heard of yet, of each kind, and how far it has heard.
    private var undelivered: [ObjectKind: (changes: [Int], next: Int)] = [:]
    private var checked = 0
    private var checks: [(SimulatedAPI.Change, SimulatedAPI) -> String?] = []
    private var lines: [String] = []
    private var storyOfBreak: [String]?
    private var hasBegun = false

    public init(seed: UInt64, _ controllers: [any DrivenController]) {
        random = SeededRandom(seed: seed)
        self.controllers = controllers
        kinds = Set(controllers.flatMap(\.kinds)).sorted()
        epoch = api.now
    }

    public var now: Timestamp { epoch.advanced(by: elapsed) }
    public var instant: Instant { start + elapsed }
    /// The last things that happened, before the first broken promise if there was one.
    public var story: String { (storyOfBreak ?? lines).suffix(80).joined(separator: "\n") }

    /// Looks at each change in the API; a text says which promise it breaks.
    public func check(_ check: @escaping (SimulatedAPI.Change, SimulatedAPI) -> String?) { checks.append(check) }

    public func note(_ line: String) {
        lines.append("\(elapsed) \(line)")
        if lines.count > 400 { lines.removeFirst(200) }
    }

    // MARK: Weather

    /// Lets things happen in any order.
    public func run(ticks: Int) {
        begin()
        inspect()
        for _ in 0..<ticks { tick() }
        while !users.isEmpty {
            act(as: "user", users.removeFirst())
            tick()
        }
    }

    private func tick() {
        let dice = random.fraction()
        if chance(weather.restarting) { return restart() }
        if chance(weather.relisting), let kind = pick(kinds) { return list(kind) }
        if dice < 0.35 {
            if !chance(weather.staleness), let kind = pick(kinds.filter(isBehind)) { deliver(kind) }
        } else if dice < 0.7 {
            if let controller = pick(controllers.filter(\.hasWork)) { controller.act(random.next(), self) }
        } else if dice < 0.9 {
            if let action = cluster.next(in: api, random) { act(as: "cluster") { api, _ in action(&api) } }
        } else if dice < 0.99 {
            pass(weather.pause * random.fraction())
        } else if !users.isEmpty {
            act(as: "user", users.removeFirst())
        }
    }

    private func chance(_ probability: Double) -> Bool { random.fraction() < probability }
    private func pick<Element>(_ elements: [Element]) -> Element? {
        elements.isEmpty ? nil : elements[Int(random.next() % UInt64(elements.count))]
    }

    // MARK: Calm

    /// Lets everything come to rest: all news arrive, all pods get as far as they can. False when it does not within `limit`
    /// steps, or when a controller would still do something to what has come to rest.
    public func settle(limit: Int = 20_000, within horizon: Duration = .seconds(7200)) -> Bool {
        begin()
        inspect()
        weather = .calm
        let (end, stepsBefore) = (elapsed + horizon, steps)
        while steps - stepsBefore < limit {
            if let kind = kinds.first(where: isBehind) {
                deliver(kind)
            } else if let controller = controllers.first(where: \.hasWork) {
                controller.act(random.next(), self)
            } else if let action = cluster.next(in: api, random) {
                act(as: "cluster") { api, _ in action(&api) }
            } else if let deadline = controllers.compactMap(\.nextDeadline).min(), deadline - start < end {
                pass(max(.zero, deadline - instant) + .milliseconds(1))
            } else {
                let unfinished = controllers.flatMap { $0.unfinished(in: view, at: now) }
                if !unfinished.isEmpty { note("unfinished: \(unfinished)") }
                return unfinished.isEmpty
            }
        }
        note("no rest after \(limit) steps")
        return false
    }

    // MARK: What happens

    private func begin() {
        guard !hasBegun else { return }
        hasBegun = true
        inspect()
        for kind in kinds { list(kind) }
        for controller in controllers { controller.begin(at: instant) }
    }

    private func restart() {
        note("the controllers begin anew")
        view = ClusterView()
        for controller in controllers { controller.restart() }
        for kind in kinds { list(kind) }
        for controller in controllers { controller.begin(at: instant) }
    }

    private func isBehind(_ kind: ObjectKind) -> Bool {
        undelivered[kind].map { $0.next < $0.changes.count } ?? false
    }

    private func list(_ kind: ObjectKind) {
        undelivered[kind] = ([], 0)
        let changes = view.replace(kind, with: api.objects(kind).map(kind.trimmed), revision: api.revision)
        for controller in controllers where controller.kinds.contains(kind) {
            controller.observe(kind, changes, in: view, at: instant)
        }
    }

    private func deliver(_ kind: ObjectKind) {
        guard let queue = undelivered[kind], queue.next < queue.changes.count else { return }
        undelivered[kind]?.next += 1
        let change = api.history[queue.changes[queue.next]]
        let told: ClusterView.Change?
        if let new = change.new {
            told = view.put(kind, kind.trimmed(new))
        } else {
            told = change.old.flatMap { view.remove(kind, ObjectName(of: $0), revision: change.revision) }
        }
        let changes = told.map { [$0] } ?? []
        for controller in controllers where controller.kinds.contains(kind) {
            controller.observe(kind, changes, in: view, at: instant)
        }
    }

    private func pass(_ duration: Duration) {
        elapsed += duration
        api.now = now
        for controller in controllers { controller.pass(to: instant) }
    }

    private func act(as actor: String, _ action: (inout SimulatedAPI, any RandomSource) -> Void) {
        api.actor = actor
        action(&api, random)
        inspect()
    }

    /// Does a controller's step in the present weather.
    func perform(_ step: Step, for controller: String) -> Result<JSONValue?, StepFailure> {
        steps += 1
        if case .event = step {
            api.apply(step)
            return .success(nil)
        }
        let lost = StepFailure(step: step, reason: .unavailable, message: "no answer")
        if chance(weather.failing) { return .failure(lost) }
        api.actor = controller
        let answer: Result<JSONValue?, StepFailure>
        do throws(StepFailure) { answer = .success(try api.perform(step)) } catch { answer = .failure(error) }
        inspect()
        if chance(weather.losing) {
            note("\(controller): the answer is lost")
            return .failure(lost)
        }
        return answer
    }

    private func inspect() {
        while checked < api.history.count {
            let change = api.history[checked]
            undelivered[change.kind, default: ([], 0)].changes.append(checked)
            checked += 1
            note("\(change.revision) \(change.by): \(ControllerSimulation.summary(change))")
            for check in checks where broken.count < 5 {
                if let words = check(change, api) {
                    broken.append("\(words) at revision \(change.revision)")
                    note("BROKEN \(words)")
                    if storyOfBreak == nil { storyOfBreak = lines }
                }
            }
        }
    }

    private static func summary(_ change: SimulatedAPI.Change) -> String {
        let object = change.new ?? change.old ?? .null
        let what = change.old == nil ? "created" : change.new == nil ? "removed" : "changed"
        let size = object.at("spec", "replicas")?.integer.map { " replicas \($0)" } ?? ""
        let status =
            change.kind == .pods
            ? " \(object.at("status", "phase")?.string ?? "-")" : " \(object["status"]?.text.prefix(300) ?? "")"
        return "\(what) \(change.kind) \(ObjectName(of: object).name)\(object.isBeingDeleted ? " deleting" : "")\(size)\(status)"
    }
}
