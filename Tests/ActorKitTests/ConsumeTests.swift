import ActorKit
import Core
import Dispatch
import Testing

@Suite struct ConsumeTests {
    /// Else decisions would run beside the component's other methods and tear its state.
    @Test(.timeLimit(.minutes(1))) func decisionsAreMadeOnTheComponentsOwnActor() async {
        let listener = Listener()
        for fact in 1...3 { _ = listener.inbox.offer(fact) }
        let running = Task { await listener.run() }
        listener.inbox.close()
        await running.value
        #expect(await listener.places == [true, true, true])
    }
}

/// Runs an actor's jobs on a queue that knows itself.
private final class KnownQueue: SerialExecutor {
    private static let key = DispatchSpecificKey<Bool>()
    private let queue = DispatchQueue(label: "known")

    init() { queue.setSpecific(key: KnownQueue.key, value: true) }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async { job.runSynchronously(on: self.asUnownedSerialExecutor()) }
    }

    static var isHere: Bool { DispatchQueue.getSpecific(key: key) == true }
}

private actor Listener {
    private let executor = KnownQueue()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
    nonisolated let inbox = Inbox<Int>(capacity: 8)
    /// For each fact, whether it was decided on the actor's queue.
    private(set) var places: [Bool] = []

    func run() async {
        await inbox.consume(until: { nil }, on: SystemTime(), beside: []) { facts in places += facts.map { _ in KnownQueue.isHere } }
    }
}
