import ActorKit
import Core
import Scheduling

/// Carries plans out: claims, durable intents, ACCEPT, and the way back from each of them.
///
/// Facts wait in an inbox of 4,096. Effects that have no answer are performed in order; the one step that a plan waits for runs beside
/// them, and its answer comes back as a fact with the plan's number.
public actor Binder: Component {
    public nonisolated let name = "binder"
    private var state: BinderState
    private let inbox = Inbox<BinderFact>(capacity: 4096)
    private let outlet: any BinderOutlet
    private let time: any TimeSource
    private let newTaskID: @Sendable () -> TaskID
    private let podsPerPlan: Int

    /// - Parameter newTaskID: never gives the same id twice.
    public init(
        term: Term, fit: Fit, outlet: any BinderOutlet, podsPerPlan: Int = 512, time: any TimeSource = SystemTime(),
        newTaskID: @escaping @Sendable () -> TaskID
    ) {
        state = BinderState(term: term, fit: fit)
        (self.outlet, self.time, self.newTaskID, self.podsPerPlan) = (outlet, time, newTaskID, podsPerPlan)
    }

    /// Pods are ready or offers came. News that finds the inbox full is covered by what is in it.
    public nonisolated func stimulate(explain: Bool = false) { _ = inbox.offer(.stimulus(explain: explain)) }
    /// This leader may launch now.
    public nonisolated func open() { inbox.feed(.opened) }
    /// It may not: disconnected, or not the leader any more.
    public nonisolated func close() { inbox.feed(.closed) }
    /// A pod was deleted.
    public nonisolated func podGone(_ uid: PodUID) async { await inbox.send(.podGone(uid)) }
    /// A pod that waits asks for this now.
    public nonisolated func podChanged(_ demand: PodDemand) async { await inbox.send(.podChanged(demand)) }

    public func run() async {
        await withDiscardingTaskGroup { group in
            while let facts = await inbox.batch(on: time) {
                for fact in facts {
                    for effect in state.handle(fact) { await perform(effect, in: &group) }
                }
            }
            group.cancelAll()
        }
    }

    private func perform(_ effect: BinderEffect, in group: inout DiscardingTaskGroup) async {
        switch effect {
        case .gather, .claim, .writeIntents, .accept: group.addTask { await self.ask(effect) }
        case .expect(let intents): await outlet.expect(intents)
        case .release(let plan, let offers): await outlet.release(offers, by: plan)
        case .used(let plan, let offers): await outlet.used(offers, by: plan)
        case .unusable(let plan, let offers): await outlet.unusable(offers, by: plan)
        case .withdraw(let tasks): group.addTask { await self.outlet.withdraw(tasks) }
        case .doubt(let tasks): await outlet.doubt(tasks)
        case .evict(let preemption): group.addTask { await self.outlet.evict(preemption) }
        case .outcome(let pod, let outcome): await outlet.outcome(pod, outcome)
        }
    }

    /// Performs a step that is answered, beside the loop.
    private nonisolated func ask(_ effect: BinderEffect) async {
        switch effect {
        case .gather(let plan, let explain):
            let (pods, cluster) = await outlet.gather(limit: podsPerPlan, explain: explain)
            inbox.feed(.gathered(plan, pods: pods, cluster: cluster, ids: pods.map { _ in newTaskID() }, at: time.now))
        case .claim(let plan, let offers):
            let refusal = await outlet.claim(offers, by: plan)
            inbox.feed(refusal.map { .claimRefused(plan, $0) } ?? .claimed(plan))
        case .writeIntents(let plan, let intents):
            let failure = await outlet.write(intents)
            inbox.feed(failure.map { .intentsFailed(plan, $0) } ?? .intentsWritten(plan))
        case .accept(let plan, let launch):
            inbox.feed(.accepted(plan, launch.key, await outlet.accept(launch)))
        default: break
        }
    }
}
