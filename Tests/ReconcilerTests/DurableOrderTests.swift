import ActorKit
import Core
import Reconciler
import Scheduling
import Testing

/// Notes what becomes durable and what is acknowledged; the API server answers when the test says so.
private final class Slow: ReconcilerOutlet {
    enum Call: Sendable, Hashable { case delete(TaskID), judge(PodUID), acknowledge(TaskID, TaskState) }
    let calls = Inbox<Call>(capacity: 100)
    /// Each element lets the deletion of one intent end, and says whether it is durable.
    let deletions: [TaskID: Inbox<Bool>]
    init(slow tasks: TaskID...) { deletions = Dictionary(uniqueKeysWithValues: tasks.map { ($0, Inbox(capacity: 9)) }) }

    func deleteIntent(_ task: TaskID) async -> Bool {
        calls.feed(.delete(task))
        guard let answers = deletions[task] else { return true }
        return await answers.batch(limit: 1, on: SystemTime())?.first ?? false
    }
    func judge(_ pod: PodKey, _ uid: PodUID, _ verdict: PodVerdict) async -> Bool {
        calls.feed(.judge(uid))
        return true
    }
    func acknowledge(_ update: TaskUpdate) async { calls.feed(.acknowledge(update.task, update.state)) }
    func kill(_ task: TaskID, on agent: AgentID?) async {}
    func reconcile(_ tasks: [TaskQuestion]) async {}
    func identify(_ tasks: [TaskID]) async -> [TaskID: TaskIdentity]? { [:] }
    func look(at pod: PodKey, _ uid: PodUID) async -> PodStanding?? { .some(unbound(uid)) }
    func requeue(_ pod: PodUID, reason: String) async {}
    func relaunch(_ pod: PodUID, reason: String) async {}
    func underWay(_ pods: [PodUID]) async {}
    func ready() async {}
    func notReady() async {}
    func roomAppeared() async {}

    func next() async -> Call? { await calls.batch(limit: 1, on: SystemTime())?.first }
}

@Suite(.timeLimit(.minutes(1))) struct DurableOrderTests {
    /// A reconciler with a task for each pod, none of them bound.
    private func run(_ outlet: Slow, tasks: [(task: TaskID, uid: PodUID)], _ body: (Reconciler) async -> Void) async {
        let reconciler = Reconciler(outlet: outlet)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await reconciler.run() }
            let now = ContinuousClock.now
            await reconciler.tell(.agents(["s1": "n1"], at: now))
            await reconciler.tell(.intents([], at: now))
            await reconciler.tell(.podsSynced(tasks.map { unbound($0.uid) }, at: now))
            await reconciler.tell(.subscribed(at: now))
            await reconciler.expect(tasks.map { intent($0.task, uid: $0.uid) })
            await body(reconciler)
            group.cancelAll()
        }
    }

    @Test func aSlowTaskDoesNotHoldUpTheOthers() async {
        let outlet = Slow(slow: "t1")
        await run(outlet, tasks: [("t1", "a"), ("t2", "b")]) { reconciler in
            await reconciler.tell(.update(update("t1", .failed), at: .now))
            #expect(await outlet.next() == .delete("t1"))
            await reconciler.tell(.update(update("t2", .starting), at: .now))
            #expect(await outlet.next() == .acknowledge("t2", .starting))
            outlet.deletions["t1"]?.feed(true)
            #expect(await outlet.next() == .acknowledge("t1", .failed))
        }
    }

    @Test func whatIsSaidOfOneTaskIsSettledInOrder() async {
        let outlet = Slow(slow: "t1")
        await run(outlet, tasks: [("t1", "a")]) { reconciler in
            await reconciler.tell(.update(update("t1", .running), at: .now))
            #expect(await outlet.next() == .acknowledge("t1", .running))
            #expect(await outlet.next() == .delete("t1"))
            await reconciler.tell(.update(update("t1", .failed), at: .now))
            // Another task's update passes while the first deletion is not answered; the same task's does not.
            await reconciler.tell(.update(update("t2", .failed), at: .now))
            #expect(await outlet.next() == .delete("t2"))
            #expect(await outlet.next() == .acknowledge("t2", .failed))
            outlet.deletions["t1"]?.feed(true)
            #expect(await outlet.next() == .delete("t1"))
            outlet.deletions["t1"]?.feed(true)
            #expect(await outlet.next() == .acknowledge("t1", .failed))
        }
    }

    @Test func whatCouldNotBeMadeDurableIsNotAcknowledged() async {
        let outlet = Slow(slow: "t1")
        await run(outlet, tasks: [("t1", "a")]) { reconciler in
            await reconciler.tell(.update(update("t1", .failed), at: .now))
            #expect(await outlet.next() == .delete("t1"))
            outlet.deletions["t1"]?.feed(false)
            // Mesos says it again until somebody acknowledges it.
            await reconciler.tell(.update(update("t1", .failed), at: .now))
            #expect(await outlet.next() == .delete("t1"))
            outlet.deletions["t1"]?.feed(true)
            #expect(await outlet.next() == .acknowledge("t1", .failed))
        }
    }
}
