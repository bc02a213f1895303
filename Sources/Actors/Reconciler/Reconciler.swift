import ActorKit
import Core
import Scheduling

/// Keeps Mesos' tasks and the API server's pods in agreement.
///
/// Facts wait in an inbox of 8,192; a Mesos stream or an informer that finds it full stops reading. Loops perform effects: what has
/// to become durable, and the acknowledgements that follow it, several at a time but in order for each task and each pod; calls to Mesos
/// and messages to other components, in order, so that an API server that is away does not hold up a KILL; and two kinds of questions,
/// whose answers come back as facts.
public actor Reconciler: Component {
    public nonisolated let name = "reconciler"
    private var state: ReconcilerState
    private let inbox = Inbox<ReconcilerFact>(capacity: 8192)
    private let durable = Inbox<DurableStep>(capacity: 1)
    private let prompt = Inbox<ReconcilerEffect>(capacity: 1)
    private let unnamed = Inbox<[TaskID]>(capacity: 1)
    private let doubted = KeyQueue<Doubted>()
    private let outlet: any ReconcilerOutlet
    private let time: any TimeSource
    /// So many effects become durable at a time: the store makes one commit of what comes together.
    private static let durableAtOnce = 256

    public init(outlet: any ReconcilerOutlet, times: ReconcilerState.Times = .init(), time: any TimeSource = SystemTime()) {
        (self.outlet, self.time) = (outlet, time)
        state = ReconcilerState(times: times, startingAt: time.now)
    }

    /// Tells what Mesos or the API server said; waits when too much is waiting.
    public nonisolated func tell(_ fact: ReconcilerFact) async { await inbox.send(fact) }

    /// These tasks are about to be launched. Known when this returns, so that no update can come first.
    public func expect(_ intents: [LaunchIntent]) {
        absorb()
        perform(state.handle(.launching(intents, at: time.now)))
    }

    /// All tasks that may live.
    public func known() -> [KnownTask] {
        absorb()
        return state.known
    }

    /// How many tasks may live on each agent; `nil` while not all of them are known.
    public func load() -> [AgentID: Int]? {
        absorb()
        return state.load
    }

    public func run() async {
        await inbox.consume(until: { state.nextDeadline }, on: time, beside: [performDurable, performPrompt, performIdentify, performLooks]) { facts in
            perform(state.handle(all: facts))
            perform(state.handle(.timePassed(to: time.now)))
        }
    }

    private func absorb() { perform(state.handle(all: inbox.drain())) }

    private func perform(_ effects: [ReconcilerEffect]) {
        for effect in effects {
            switch effect {
            case .settle, .judge, .deleteIntent: durable.feed(.effect(effect))
            case .identify(let tasks): unnamed.feed(tasks)
            case .confirm(let key, let uid): doubted.add(Doubted(key: key, uid: uid))
            default: prompt.feed(effect)
            }
        }
    }

    @Sendable private nonisolated func performDurable() async {
        await withDiscardingTaskGroup { group in
            var order = OrderedWork<ReconcilerEffect.Concern, ReconcilerEffect>(limit: Reconciler.durableAtOnce)
            while let steps = await durable.batch(on: time) {
                for step in steps {
                    switch step {
                    case .effect(let effect): order.add(effect, keys: effect.concerns)
                    case .done(let number): order.done(number)
                    }
                }
                for (number, effect) in order.begin() {
                    group.addTask {
                        await self.makeDurable(effect)
                        self.durable.feed(.done(number))
                    }
                }
            }
            group.cancelAll()
        }
    }

    private nonisolated func makeDurable(_ effect: ReconcilerEffect) async {
        switch effect {
        case .settle(let update, let deleteIntent, let pod, let uid, let verdict):
            if let pod, let uid, let verdict { guard await outlet.judge(pod, uid, verdict) else { return } }
            if deleteIntent { guard await outlet.deleteIntent(update.task) else { return } }
            if !Task.isCancelled, update.uuid != nil { await outlet.acknowledge(update) }
        case .judge(let pod, let uid, let verdict): _ = await outlet.judge(pod, uid, verdict)
        case .deleteIntent(let task): _ = await outlet.deleteIntent(task)
        default: break
        }
    }

    private enum DurableStep: Sendable { case effect(ReconcilerEffect), done(UInt64) }

    @Sendable private nonisolated func performPrompt() async {
        await prompt.perform(on: time) { effect in
            switch effect {
            case .kill(let task, let agent): await outlet.kill(task, on: agent)
            case .reconcile(let tasks): await outlet.reconcile(tasks)
            case .requeue(let pod, let reason): await outlet.requeue(pod, reason: reason)
            case .relaunch(let pod, let reason): await outlet.relaunch(pod, reason: reason)
            case .underWay(let pods): await outlet.underWay(pods)
            case .ready: await outlet.ready()
            case .notReady: await outlet.notReady()
            case .roomAppeared: await outlet.roomAppeared()
            case .settle, .judge, .deleteIntent, .identify, .confirm: break
            }
        }
    }

    /// Whose tasks these are: asked of the master until it answers, for all that wait at once.
    @Sendable private nonisolated func performIdentify() async {
        while let batch = await unnamed.batch(on: time) {
            let tasks = batch.flatMap { $0 }
            var wait = Duration.seconds(1)
            var found: [TaskID: TaskIdentity]?
            while found == nil, !Task.isCancelled {
                found = await outlet.identify(tasks)
                if found != nil { break }
                try? await time.sleep(for: wait)
                wait = min(wait * 2, .seconds(60))
            }
            if let found { for task in tasks { inbox.feed(.identified(task, found[task], at: time.now)) } }
        }
    }

    /// Pods at which the API server itself is asked to look; one that is asked for again while it waits is looked at once.
    @Sendable private nonisolated func performLooks() async {
        while let pod = await doubted.next() {
            if let standing = await outlet.look(at: pod.key, pod.uid) { inbox.feed(.confirmed(pod.uid, standing, at: time.now)) }
            doubted.done(pod)
        }
    }

    private struct Doubted: Hashable, Sendable {
        let key: PodKey
        let uid: PodUID
    }
}
