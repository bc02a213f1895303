import ActorKit
import Core
import Testing

@Suite struct InboxTests {
    let time = SystemTime()

    @Test func aFullInboxSaysBusyAndAClosedOneSaysClosed() async {
        let inbox = Inbox<Int>(capacity: 2)
        #expect([1, 2, 3].map(inbox.offer) == [.accepted, .accepted, .busy])
        #expect(await inbox.batch(on: time) == [1, 2])
        #expect(inbox.offer(4) == .accepted)
        inbox.close()
        #expect(inbox.offer(5) == .closed)
        #expect(await inbox.batch(on: time) == [4])
        #expect(await inbox.batch(on: time) == nil)
    }

    @Test func resultsOfOwnEffectsAreTakenBeyondTheCapacity() async {
        let inbox = Inbox<Int>(capacity: 1)
        #expect(inbox.offer(1) == .accepted)
        #expect(inbox.feed(2))
        #expect(inbox.drain() == [1, 2])
    }

    @Test func aBatchWaitsForAnElement() async {
        let inbox = Inbox<Int>(capacity: 4)
        async let batch = inbox.batch(on: time)
        _ = inbox.offer(7)
        #expect(await batch == [7])
    }

    @Test func aPassedDeadlineGivesAnEmptyBatch() async {
        let inbox = Inbox<Int>(capacity: 4)
        #expect(await inbox.batch(until: time.now + .milliseconds(1), on: time) == [])
        #expect(await inbox.batch(until: time.now, on: time) == [])
    }

    @Test func aCancelledConsumerEndsAndLosesNothing() async {
        let inbox = Inbox<Int>(capacity: 4)
        let consumer = Task { await inbox.batch(on: SystemTime()) }
        consumer.cancel()
        #expect(await consumer.value == nil)
        _ = inbox.offer(1)
        #expect(inbox.drain() == [1])
    }

    @Test func sendersWaitForRoomAndAllArrive() async {
        let inbox = Inbox<Int>(capacity: 2)
        let received = await withTaskGroup(of: [Int].self) { group in
            for number in 0..<100 {
                group.addTask { await inbox.send(number) ? [] : [-1] }
            }
            group.addTask {
                var received: [Int] = []
                while received.count < 100, let batch = await inbox.batch(limit: 3, on: SystemTime()) { received += batch }
                return received
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(received.sorted() == Array(0..<100))
    }

    @Test func aSenderIsFreedWhenTheInboxCloses() async {
        let inbox = Inbox<Int>(capacity: 1)
        _ = inbox.offer(1)
        async let sent = inbox.send(2)
        inbox.close()
        #expect(await sent == false)
    }
}

@Suite struct KeyQueueTests {
    @Test func aKeyThatWaitsWaitsOnce() async {
        let queue = KeyQueue<String>()
        queue.add("a")
        queue.add("b")
        queue.add("a")
        #expect(queue.count == 2)
        #expect(await queue.next() == "a")
        #expect(await queue.next() == "b")
    }

    @Test func aKeyThatChangesUnderWorkComesAgainAfterwards() async {
        let queue = KeyQueue<String>()
        queue.add("a")
        #expect(await queue.next() == "a")
        queue.add("a")
        #expect(queue.count == 0)
        queue.done("a")
        #expect(await queue.next() == "a")
        queue.done("a")
        queue.close()
        #expect(await queue.next() == nil)
    }

    @Test func aCancelledWorkerEnds() async {
        let queue = KeyQueue<Int>()
        let worker = Task { await queue.next() }
        worker.cancel()
        #expect(await worker.value == nil)
    }
}

@Suite struct BackoffTests {
    @Test func doublesUpToItsCap() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(5), jitter: 0)
        #expect((0..<5).map { _ in backoff.next(0.3) } == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), .seconds(5)])
        backoff.reset()
        #expect(backoff.next(0) == .seconds(1))
    }

    @Test func fullJitterReachesFromNothingToTheLimit() {
        var backoff = Backoff(base: .seconds(8), cap: .seconds(60))
        #expect(backoff.next(0) == .zero)
        #expect(backoff.next(0.5) == .seconds(8))
    }

    @Test func staysAtTheCapHoweverOftenItIsAsked() {
        var backoff = Backoff(base: .seconds(1), cap: .seconds(60), jitter: 0)
        for _ in 0..<10_000 { _ = backoff.next(0) }
        #expect(backoff.next(0) == .seconds(60))
    }
}

@Suite struct RandomTests {
    @Test func theSameSeedGivesTheSameNumbers() {
        let (one, other) = (SeededRandom(seed: 7), SeededRandom(seed: 7))
        #expect((0..<5).map { _ in one.next() } == (0..<5).map { _ in other.next() })
    }

    @Test func aUUIDIsOfVersion4() {
        let uuid = SeededRandom(seed: 1).uuid()
        let parts = uuid.split(separator: "-").map(\.count)
        #expect(parts == [8, 4, 4, 4, 12])
        #expect(uuid.dropFirst(14).first == "4")
        #expect("89ab".contains(uuid.dropFirst(19).first ?? "x"))
        #expect(SystemRandom().uuid() != SystemRandom().uuid())
    }
}
