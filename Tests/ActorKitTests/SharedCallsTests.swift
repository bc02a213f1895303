import ActorKit
import Synchronization
import Testing

/// Calls that end when the test says so.
private final class Calls: Sendable {
    private let made = Mutex<[[Int]]>([])
    private let (begun, begin) = AsyncStream.makeStream(of: [Int].self)
    private let (permits, permit) = AsyncStream.makeStream(of: Bool.self)

    var all: [[Int]] { made.withLock { $0 } }

    /// The items of the next call that begins.
    func next() async -> [Int] {
        for await items in begun { return items }
        return []
    }
    /// Ends the call that is under way: with an answer, or as one whose task was cancelled.
    func end(answering: Bool = true) { permit.yield(answering) }

    func make(_ items: [Int]) async -> Int? {
        made.withLock { $0.append(items) }
        begin.yield(items)
        for await answering in permits { return answering ? items.count : nil }
        return nil
    }
}

@Suite(.timeLimit(.minutes(1))) struct SharedCallsTests {
    /// The call for 0 is under way.
    private func oneUnderWay(limit: Int = 10) async -> (Calls, SharedCalls<Int, Int>, first: Task<Int?, Never>) {
        let calls = Calls()
        let shared = SharedCalls<Int, Int>(limit: limit) { await calls.make($0) }
        let first = Task { await shared.call(0) }
        #expect(await calls.next() == [0])
        return (calls, shared, first)
    }

    /// Starts calls for `items` one after the other, each once the one before it waits.
    private func start(_ items: ClosedRange<Int>, _ shared: SharedCalls<Int, Int>) async -> [Task<Int?, Never>] {
        var tasks: [Task<Int?, Never>] = []
        for item in items {
            tasks.append(Task { await shared.call(item) })
            while shared.waiting < item - items.lowerBound + 1 { await Task.yield() }
        }
        return tasks
    }

    @Test func theFirstGoesAloneAndWhatComesMeanwhileGoesTogether() async {
        let (calls, shared, first) = await oneUnderWay()
        let others = await start(1...3, shared)
        calls.end()
        #expect(await first.value == 1)
        #expect(await calls.next() == [1, 2, 3])
        calls.end()
        for other in others { #expect(await other.value == 3) }
        let last = Task { await shared.call(4) }
        #expect(await calls.next() == [4])
        calls.end()
        #expect(await last.value == 1)
    }

    @Test func noCallCarriesMoreThanTheLimit() async {
        let (calls, shared, first) = await oneUnderWay(limit: 2)
        let others = await start(1...3, shared)
        for _ in 0..<3 { calls.end() }
        _ = await first.value
        for other in others { #expect(await other.value != nil) }
        #expect(calls.all == [[0], [1, 2], [3]])
    }

    @Test func whoWaitsAndIsCancelledLeavesTheOthers() async {
        let (calls, shared, first) = await oneUnderWay()
        let others = await start(1...2, shared)
        others[0].cancel()
        #expect(await others[0].value == nil)
        calls.end()
        _ = await first.value
        #expect(await calls.next() == [2])
        calls.end()
        #expect(await others[1].value == 1)
    }

    @Test func aCallWhoseCallerWasCancelledIsMadeAgainForTheOthers() async {
        let (calls, shared, first) = await oneUnderWay()
        let others = await start(1...2, shared)
        calls.end()
        _ = await first.value
        #expect(await calls.next() == [1, 2])
        calls.end(answering: false)
        #expect(await others[0].value == nil)
        #expect(await calls.next() == [2])
        calls.end()
        #expect(await others[1].value == 1)
    }
}
