import ActorKit
import Core
import Scheduling

/// From waiting pods and live offers to an ACCEPT, one plan at a time.
///
/// gather → plan → claim the offers → make the intents durable → ACCEPT per agent. At each step that fails, what was done is undone:
/// offers go back, intents are withdrawn, pods go back to the queue. Each answer carries the number of its plan; a late one changes nothing.
public struct BinderState: ComponentState {
    private enum Step: Sendable {
        case idle
        case gathering
        case claiming(launches: [AgentLaunch])
        case writing(launches: [AgentLaunch])
        /// Agents whose ACCEPT is not answered yet.
        case accepting(waitingFor: [AgentID: AgentLaunch])
    }

    private let term: Term
    private let fit: Fit
    private var step = Step.idle
    private var number: PlanNumber = 0
    private var open = false
    /// Work came while a plan was under way.
    private var again = false
    private var explainNext = false
    /// Pods that were deleted while their plan was under way.
    private var gone: Set<PodUID> = []

    public init(term: Term, fit: Fit) { (self.term, self.fit) = (term, fit) }

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
        case .gathered(let plan, let pods, let agents, let ids):
            guard plan == number, case .gathering = step else { return pods.map { .outcome($0.uid, .putBack) } }
            return makePlan(pods, agents, ids)
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
        case .accepted(let plan, let agent, let answer):
            guard plan == number, case .accepting(var waiting) = step, let launch = waiting.removeValue(forKey: agent) else { return [] }
            step = .accepting(waitingFor: waiting)
            let effects = afterAccept(launch, answer)
            return waiting.isEmpty ? effects + finish() : effects
        case .podGone(let uid):
            if case .idle = step { return [] }
            gone.insert(uid)
            return []
        }
    }

    private mutating func start() -> [BinderEffect] {
        guard open, again, case .idle = step else { return [] }
        (again, number, step) = (false, number + 1, .gathering)
        gone = []
        defer { explainNext = false }
        return [.gather(number, explain: explainNext)]
    }

    private mutating func finish() -> [BinderEffect] {
        step = .idle
        return start()
    }

    private mutating func makePlan(_ pods: [PodDemand], _ agents: [AgentOffers], _ ids: [TaskID]) -> [BinderEffect] {
        guard !pods.isEmpty else { return finish() }
        guard open else { return pods.map { .outcome($0.uid, .putBack) } + finish() }
        // There may be more ready pods than one plan takes.
        again = true
        let plan = fit.plan(pods.filter { !gone.contains($0.uid) }, on: agents)
        let vetoes = plan.refusals.map { BinderEffect.outcome($0.pod.uid, .vetoed($0.explanation)) }
        var unused = ids[...]
        var launches: [AgentLaunch] = []
        var unnamed: [BinderEffect] = []
        for launch in plan.launches {
            var tasks: [AgentLaunch.Task] = []
            for placement in launch.placements {
                if let id = unused.popFirst() {
                    tasks.append(.init(id: id, placement: placement))
                } else {
                    unnamed.append(.outcome(placement.pod.uid, .putBack))
                }
            }
            guard !tasks.isEmpty else { continue }
            launches.append(
                AgentLaunch(agent: launch.agent, hostname: launch.hostname, offers: launch.offers, executor: launch.executor, tasks: tasks))
        }
        guard !launches.isEmpty else { return vetoes + unnamed + finish() }
        step = .claiming(launches: launches)
        return vetoes + unnamed + [.claim(number, launches.flatMap(\.offers))]
    }

    private mutating func afterClaim(_ launches: [AgentLaunch]) -> [BinderEffect] {
        let (kept, dropped) = withoutGone(launches)
        guard open else {
            return [.release(number, launches.flatMap(\.offers))] + putBack(kept, .putBack) + finish()
        }
        let released = dropped.isEmpty ? [] : [BinderEffect.release(number, dropped)]
        guard !kept.isEmpty else { return released + finish() }
        step = .writing(launches: kept)
        return released + [.writeIntents(number, kept.flatMap { $0.intents(term: term) })]
    }

    private mutating func afterIntents(_ launches: [AgentLaunch]) -> [BinderEffect] {
        let (kept, dropped) = withoutGone(launches)
        guard open else {
            return [.release(number, launches.flatMap(\.offers)), .withdraw(launches.taskIDs)] + putBack(kept, .putBack) + finish()
        }
        let keptIDs = Set(kept.taskIDs)
        let withdrawn = launches.taskIDs.filter { !keptIDs.contains($0) }
        var effects: [BinderEffect] = []
        if !dropped.isEmpty { effects.append(.release(number, dropped)) }
        if !withdrawn.isEmpty { effects.append(.withdraw(withdrawn)) }
        guard !kept.isEmpty else { return effects + finish() }
        step = .accepting(waitingFor: Dictionary(kept.map { ($0.agent, $0) }, uniquingKeysWith: { first, _ in first }))
        effects.append(.expect(kept.flatMap { $0.intents(term: term) }))
        return effects + kept.map { .accept(number, $0) }
    }

    private func afterAccept(_ launch: AgentLaunch, _ answer: AcceptAnswer) -> [BinderEffect] {
        switch answer {
        case .sent:
            return [.used(number, launch.offers)] + launch.tasks.map { .outcome($0.placement.pod.uid, .launched) }
        case .refused(let why):
            return [.unusable(number, launch.offers), .withdraw(launch.tasks.map(\.id))]
                + putBack([launch], .failed("Mesos did not take the launch: \(why)"))
        case .inDoubt:
            return [.used(number, launch.offers), .doubt(launch.tasks.map(\.id))]
                + launch.tasks.map { .outcome($0.placement.pod.uid, .launched) }
        }
    }

    private func putBack(_ launches: [AgentLaunch], _ outcome: BindOutcome) -> [BinderEffect] {
        launches.flatMap(\.tasks).map { .outcome($0.placement.pod.uid, outcome) }
    }

    /// The launches without deleted pods, and the offers that are then not needed.
    private func withoutGone(_ launches: [AgentLaunch]) -> (kept: [AgentLaunch], offers: [OfferID]) {
        var (kept, offers): ([AgentLaunch], [OfferID]) = ([], [])
        for var launch in launches {
            launch.tasks.removeAll { gone.contains($0.placement.pod.uid) }
            if launch.tasks.isEmpty { offers += launch.offers } else { kept.append(launch) }
        }
        return (kept, offers)
    }
}

extension [AgentLaunch] {
    fileprivate var taskIDs: [TaskID] { flatMap { $0.tasks.map(\.id) } }
}
