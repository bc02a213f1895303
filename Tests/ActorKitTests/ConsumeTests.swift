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

    /// Facts that were on their way to the loop would be missed by who asks the component as of all that was told.
    @Test(.timeLimit(.minutes(1))) func aMethodThatEmptiesTheInboxMissesNoFact() async {
        let counter = Counter()
        let running = Task { await counter.run() }
        for number in 1...5_000 {
            await counter.inbox.send(number)
            let seen = await counter.seen()
            #expect(seen == number)
            if seen != number { break }
        }
        running.cancel()
        await running.value
    }
}

/// Counts facts, as they come and when it is asked.
private actor Counter {
    nonisolated let inbox = Inbox<Int>(capacity: 8)
    private var count = 0

    func seen() -> Int {
        count += inbox.drain().count
        return count
    }

    func run() async { await inbox.consume(until: { nil }, on: SystemTime(), beside: []) { count += $0.count } }
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
