import ActorKit
import Core
import Scheduling

/// Keeps the pods that wait for a node, and hands the ready ones out in order.
///
/// Facts wait in an inbox of 8,192; the informer that finds it full stops reading its watch. Explanations to users are performed
/// by a loop of their own; the queue never waits for the API server.
public actor PodQueue: Component {
    public nonisolated let name = "pod-queue"
    private var state: PodQueueState
    private let inbox = Inbox<PodFact>(capacity: 8192)
    private let effects = Inbox<PodQueueEffect>(capacity: 1)
    private let outlet: any PodQueueOutlet
    private let time: any TimeSource
    private let random: any RandomSource

    public init(
        fit: Fit, times: PodQueueState.Times = .init(), outlet: any PodQueueOutlet, time: any TimeSource = SystemTime(),
        random: any RandomSource = SystemRandom()
    ) {
        (self.outlet, self.time, self.random) = (outlet, time, random)
        state = PodQueueState(fit: fit, times: times, startingAt: time.now)
    }

    /// Tells what the API server, the broker or the reconciler said; waits when too much is waiting.
    public nonisolated func tell(_ fact: PodFact) async { await inbox.send(fact) }

    /// Up to `limit` ready pods, in order, as of all that was told. Each must be answered by `tried`.
    public func take(limit: Int) -> [PodDemand] {
        absorb()
        return state.take(limit: limit)
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

    /// All that is queued, in its order.
    public func queued() -> [QueuedPod] {
        absorb()
        return state.queued
    }

    public func run() async {
        await inbox.consume(until: { state.nextDeadline }, on: time, beside: [performEffects]) { facts in
            perform(state.handle(all: facts))
            perform(state.handle(.timePassed(to: time.now)))
        }
    }

    private func absorb() { perform(state.handle(all: inbox.drain())) }

    private func perform(_ new: [PodQueueEffect]) {
        for effect in new { effects.feed(effect) }
    }

    @Sendable private nonisolated func performEffects() async {
        while let batch = await effects.batch(on: time) {
            for effect in PodQueue.coalesced(batch) {
                switch effect {
                case .ready(let explain): await outlet.podsReady(explain: explain)
                case .offersWanted: await outlet.offersWanted()
                case .offersUnwanted: await outlet.offersUnwanted()
                case .explain(let pod, let why, let changed): await outlet.explain(pod, why, changed: changed)
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
