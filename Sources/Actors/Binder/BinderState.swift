import ActorKit
import Core
import Scheduling

/// From waiting pods and live offers to an ACCEPT, one plan at a time.
///
/// gather → plan → claim the offers → make the intents durable → ACCEPT per agent and role. At each step that fails, what was done is
/// undone: offers go back, intents are withdrawn, pods go back to the queue. Each answer carries the number of its plan; a late one changes
/// nothing. Pods that were deleted, or that ask for something else now, leave the plan at the next step; after the ACCEPT they are the
/// reconciler's.
public struct BinderState: ComponentState {
    private enum Step: Sendable {
        case idle
        case gathering
        case claiming(launches: [AgentLaunch])
        case writing(launches: [AgentLaunch])
        /// Launches whose ACCEPT is not answered yet.
        case accepting(waitingFor: [AgentLaunch.Key: AgentLaunch])
    }

    private let term: Term
    private var planner: Planner
    private var step = Step.idle
    private var number: PlanNumber = 0
    private var open = false
    /// Work came while a plan was under way.
    private var again = false
    private var explainNext = false
    /// Pods that were deleted while their plan was under way.
    private var gone: Set<PodUID> = []
    /// What pods ask for since their plan is under way.
    private var latest: [PodUID: PodDemand] = [:]

    public init(term: Term, fit: Fit) { (self.term, planner) = (term, Planner(fit: fit)) }

    public mutating func handle(_ input: BinderFact) -> [BinderEffect] {
        switch input {
        case .opened:
            open = true
            return start()
        case .closed:
            open = false
            return []
        case .stimulus(let explain):
            again = true
            explainNext = explainNext || explain
            return start()
        case .gathered(let plan, let pods, let cluster, let ids, let at):
            guard plan == number, case .gathering = step else { return pods.map { .outcome($0.uid, .putBack) } }
            return makePlan(pods, cluster, ids, at: at)
        case .claimed(let plan):
            guard plan == number, case .claiming(let launches) = step else { return [] }
            return afterClaim(launches)
        case .claimRefused(let plan, _):
            guard plan == number, case .claiming(let launches) = step else { return [] }
            // Nothing is lost but time: plan anew with what is there now.
            again = true
            return putBack(launches, .putBack) + finish()
        case .intentsWritten(let plan):
            guard plan == number, case .writing(let launches) = step else { return [] }
            return afterIntents(launches)
        case .intentsFailed(let plan, let why):
            guard plan == number, case .writing(let launches) = step else { return [] }
            // They may be durable all the same: withdraw them.
            return [.release(number, launches.flatMap(\.offers)), .withdraw(launches.taskIDs)]
                + putBack(launches, .failed("the launch intents could not be stored: \(why)")) + finish()
        case .accepted(let plan, let key, let answer):
            guard plan == number, let (launch, isLast) = takeAccepted(key) else { return [] }
            return afterAccept(launch, answer) + (isLast ? finish() : [])
        case .podGone(let uid):
            planner.forget(uid)
            if case .idle = step { return [] }
            gone.insert(uid)
            return []
        case .podChanged(let demand):
            if case .idle = step { return [] }
            latest[demand.uid] = demand
            return []
        }
    }

    private mutating func start() -> [BinderEffect] {
        guard open, again, case .idle = step else { return [] }
        (again, number, step) = (false, number + 1, .gathering)
        (gone, latest) = ([], [:])
        defer { explainNext = false }
        return [.gather(number, explain: explainNext)]
    }

    private mutating func finish() -> [BinderEffect] {
        step = .idle
        return start()
    }

    private mutating func makePlan(_ pods: [PodDemand], _ cluster: ClusterSnapshot, _ ids: [TaskID], at now: Instant) -> [BinderEffect] {
        guard !pods.isEmpty else { return finish() }
        guard open else { return pods.map { .outcome($0.uid, .putBack) } + finish() }
        // There may be more ready pods than one plan takes.
        again = true
        let plan = planner.plan(pods.filter { !isOutdated($0) }, on: cluster, at: now)
        var effects = pods.filter { isChanged($0) }.map { BinderEffect.outcome($0.uid, .putBack) }
        effects += plan.refusals.map { .outcome($0.pod.uid, .vetoed($0.explanation)) }
        effects += plan.preemptions.map { .evict($0) }
        let (launches, unnamed) = named(plan.launches, ids)
        effects += unnamed.map { .outcome($0, .putBack) }
        guard !launches.isEmpty else { return effects + finish() }
        step = .claiming(launches: launches)
        return effects + [.claim(number, launches.flatMap(\.offers))]
    }

    /// Gives each placement a task id; pods for which none is left are told apart.
    private func named(_ planned: [Plan.Launch], _ ids: [TaskID]) -> (launches: [AgentLaunch], unnamed: [PodUID]) {
        var unused = ids[...]
        var (launches, unnamed): ([AgentLaunch], [PodUID]) = ([], [])
        for launch in planned {
            var tasks: [AgentLaunch.Task] = []
            for placement in launch.placements {
                if let id = unused.popFirst() { tasks.append(.init(id: id, placement: placement)) } else { unnamed.append(placement.pod.uid) }
            }
            guard !tasks.isEmpty else { continue }
            launches.append(
                AgentLaunch(
                    agent: launch.agent, hostname: launch.hostname, role: launch.role, offers: launch.offers, executor: launch.executor,
                    tasks: tasks))
        }
        return (launches, unnamed)
    }

    private mutating func afterClaim(_ launches: [AgentLaunch]) -> [BinderEffect] {
        guard open else { return [.release(number, launches.flatMap(\.offers))] + putBack(launches, .putBack) + finish() }
        let rest = sifted(launches)
        guard !rest.kept.isEmpty else { return rest.undone(number) + finish() }
        step = .writing(launches: rest.kept)
        return rest.undone(number) + [.writeIntents(number, rest.kept.flatMap { $0.intents(term: term) })]
    }

    private mutating func afterIntents(_ launches: [AgentLaunch]) -> [BinderEffect] {
        guard open else {
            return [.release(number, launches.flatMap(\.offers)), .withdraw(launches.taskIDs)] + putBack(launches, .putBack) + finish()
        }
        let rest = sifted(launches)
        var effects = rest.undone(number)
        if !rest.dropped.isEmpty { effects.append(.withdraw(rest.dropped)) }
        guard !rest.kept.isEmpty else { return effects + finish() }
        step = .accepting(waitingFor: Dictionary(rest.kept.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first }))
        effects.append(.expect(rest.kept.flatMap { $0.intents(term: term) }))
        return effects + rest.kept.map { .accept(number, $0) }
    }

    /// The launch whose ACCEPT is answered, and whether it was the last of its plan.
    private mutating func takeAccepted(_ key: AgentLaunch.Key) -> (AgentLaunch, isLast: Bool)? {
        guard case .accepting(var waiting) = step, waiting[key] != nil else { return nil }
        // One owner while it changes, or each answer would copy what all others wait for.
        step = .idle
        defer { step = .accepting(waitingFor: waiting) }
        return waiting.removeValue(forKey: key).map { ($0, waiting.isEmpty) }
    }

    private func afterAccept(_ launch: AgentLaunch, _ answer: AcceptAnswer) -> [BinderEffect] {
        switch answer {
        case .sent:
            return [.used(number, launch.offers)] + launch.tasks.map { .outcome($0.placement.pod.uid, .launched) }
        case .refused(let why):
            return [.unusable(number, launch.offers), .withdraw(launch.tasks.map(\.id))]
                + putBack([launch], .failed("Mesos did not take the launch: \(why)"))
        case .inDoubt:
            // Given back: if the ACCEPT never arrived, Mesos would hold the offers for ours, and not offer the agent again; if it arrives late, it finds them gone.
            return [.unusable(number, launch.offers), .doubt(launch.tasks.map(\.id))]
                + launch.tasks.map { .outcome($0.placement.pod.uid, .launched) }
        }
    }

    /// Deleted pods need no outcome: the queue has dropped them.
    private func putBack(_ launches: [AgentLaunch], _ outcome: AttemptOutcome) -> [BinderEffect] {
        launches.flatMap(\.tasks).filter { !gone.contains($0.placement.pod.uid) }.map { .outcome($0.placement.pod.uid, outcome) }
    }

    private func isChanged(_ pod: PodDemand) -> Bool { !gone.contains(pod.uid) && latest[pod.uid].map { $0 != pod } ?? false }
    private func isOutdated(_ pod: PodDemand) -> Bool { gone.contains(pod.uid) || isChanged(pod) }

    /// A plan without the pods that it is not right for any more.
    private struct Rest {
        var kept: [AgentLaunch] = []
        var dropped: [TaskID] = []
        var unneeded: [OfferID] = []
        var changed: [PodUID] = []

        func undone(_ plan: PlanNumber) -> [BinderEffect] {
            (unneeded.isEmpty ? [] : [.release(plan, unneeded)]) + changed.map { .outcome($0, .putBack) }
        }
    }

    private func sifted(_ launches: [AgentLaunch]) -> Rest {
        var rest = Rest()
        for var launch in launches {
            let out = launch.tasks.filter { isOutdated($0.placement.pod) }
            launch.tasks.removeAll { isOutdated($0.placement.pod) }
            rest.dropped += out.map(\.id)
            rest.changed += out.map(\.placement.pod).filter(isChanged).map(\.uid)
            if launch.tasks.isEmpty { rest.unneeded += launch.offers } else { rest.kept.append(launch) }
        }
        return rest
    }
}

extension [AgentLaunch] {
    fileprivate var taskIDs: [TaskID] { flatMap { $0.tasks.map(\.id) } }
}
