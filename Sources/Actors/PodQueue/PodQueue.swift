import ActorKit
import Core
import Scheduling

/// Keeps the pods that wait for a node, and hands the ready ones out in order.
///
/// Facts wait in an inbox of 8,192; the informer that finds it full stops reading its watch. Explanations to users are performed
/// by a loop of their own, and so are questions to the planner; the queue never waits for either.
public actor PodQueue: Component {
    public nonisolated let name = "pod-queue"
    private var state: PodQueueState
    private let inbox = Inbox<PodFact>(capacity: 8192)
    private let effects = Inbox<PodQueueEffect>(capacity: 1)
    /// At most one question is under way.
    private let questions = Inbox<[PodKind]>(capacity: 1)
    private let outlet: any PodQueueOutlet
    private let time: any TimeSource
    private let random: any RandomSource

    public init(
        times: PodQueueState.Times = .init(), outlet: any PodQueueOutlet, time: any TimeSource = SystemTime(),
        random: any RandomSource = SystemRandom()
    ) {
        (self.outlet, self.time, self.random) = (outlet, time, random)
        state = PodQueueState(times: times, startingAt: time.now)
    }

    /// Tells what the API server, the broker or the reconciler said; waits when too much is waiting.
    public nonisolated func tell(_ fact: PodFact) async { await inbox.send(fact) }

    /// Up to `limit` ready pods, in order, as of all that was told. Each must be answered by `tried`.
    public func take(limit: Int) -> [PodDemand] {
        absorb()
        let taken = state.take(limit: limit)
        if !taken.isEmpty { outlet.handedOut(taken.count) }
        return taken
    }

    /// How the attempt with a pod from `take` ended.
    public func tried(_ uid: PodUID, _ outcome: AttemptOutcome) {
        perform(state.handle(.tried(uid, outcome, at: time.now, fraction: random.fraction())))
        // The deadline may have moved.
        inbox.feed(.timePassed(to: time.now))
    }

    /// The launch of a pod came to nothing, after all.
    public func launchFailed(_ uid: PodUID, reason: String) {
        perform(state.handle(.launchFailed(uid, reason: reason, at: time.now, fraction: random.fraction())))
        inbox.feed(.timePassed(to: time.now))
    }

    /// Tries a pod now, its back-off forgotten. `false`: it is not here, or launched already.
    public func retry(_ pod: PodKey) -> Bool {
        absorb()
        guard let account = state.account(of: pod), account.pod.phase != .launched else { return false }
        perform(state.handle(.retry(pod, at: time.now)))
        inbox.feed(.timePassed(to: time.now))
        return true
    }

    /// All that is queued, in its order.
    public func queued() -> [QueuedPod] {
        look()
        return state.queued
    }

    /// All that is known of a pod; `nil` when it does not wait.
    public func account(of pod: PodKey) -> PodAccount? {
        look()
        return state.account(of: pod)
    }

    /// Whether a pod waits that is not launched.
    public func isWaiting() -> Bool {
        absorb()
        return state.isWaiting
    }

    /// Whose resources the waiting pods may use, as of all that was told; empty when none waits.
    public func roleWishes() -> Set<RoleWish> {
        absorb()
        return state.roleWishes
    }

    public func count(in phase: QueuedPod.Phase) -> Int { state.count(in: phase) }

    public func run() async {
        await inbox.consume(until: { state.nextDeadline }, on: time, beside: [performEffects, askPlanner]) { facts in
            perform(state.handle(all: facts))
            perform(state.handle(.timePassed(to: time.now)))
        }
    }

    private func absorb() { perform(state.handle(all: inbox.drain())) }

    /// As of all that was told, and of now.
    private func look() {
        absorb()
        perform(state.handle(.timePassed(to: time.now)))
    }

    private func perform(_ new: [PodQueueEffect]) {
        for effect in new {
            if case .judge(let kinds) = effect { questions.feed(kinds) } else { effects.feed(effect) }
        }
        for note in state.takeNotes() { outlet.note(note) }
    }

    @Sendable private nonisolated func askPlanner() async {
        while let batch = await questions.batch(on: time) {
            for kinds in batch { inbox.feed(.judged(suited: await outlet.suited(kinds), at: time.now)) }
        }
    }

    @Sendable private nonisolated func performEffects() async {
        while let batch = await effects.batch(on: time) {
            for effect in PodQueue.coalesced(batch) {
                switch effect {
                case .ready(let explain): await outlet.podsReady(explain: explain)
                case .offersWanted(let fresh): await outlet.offersWanted(fresh: fresh)
                case .offersUnwanted: await outlet.offersUnwanted()
                case .explain(let pod, let why): await outlet.explain(pod, why)
                case .judge: break
                }
            }
        }
    }

    /// A thousand pods that came in one batch are one piece of news to the planner.
    private static func coalesced(_ batch: [PodQueueEffect]) -> [PodQueueEffect] {
        var seen: Set<PodQueueEffect> = []
        return batch.reversed().filter { seen.insert($0).inserted }.reversed()
    }
}
