import Core
import Logging
import Store
import Synchronization
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct StoreProbeTests {
    /// A store that answers when it is let.
    final class SlowStore: Sendable {
        private let state = Mutex((asked: 0, fails: false, hangs: false))
        var asked: Int { state.withLock { $0.asked } }
        func fail(_ fails: Bool) { state.withLock { $0.fails = fails } }
        func hang() { state.withLock { $0.hangs = true } }

        func revision() async throws -> Revision {
            let (fails, hangs) = state.withLock { state in
                state.asked += 1
                return (state.fails, state.hangs)
            }
            if hangs { try await Task.sleep(for: .seconds(3600)) }
            if fails { throw StoreError.closed }
            return 7
        }
    }

    private func probe(_ store: SlowStore, _ time: ManualTime) -> StoreProbe {
        StoreProbe(time: time, logger: Logger(label: "test")) { try await store.revision() }
    }

    @Test func aStoreThatRefusesIsNamedUntilItAnswers() async {
        let (store, time) = (SlowStore(), ManualTime())
        let probe = probe(store, time)
        #expect(await probe.fault() == nil)
        store.fail(true)
        time.advance(by: .seconds(1))
        #expect(await probe.fault() == "\(StoreError.closed)")
        store.fail(false)
        time.advance(by: .seconds(1))
        #expect(await probe.fault() == nil)
    }

    @Test func anAnswerHoldsForASecond() async {
        let (store, time) = (SlowStore(), ManualTime())
        let probe = probe(store, time)
        for _ in 0..<5 { _ = await probe.fault() }
        time.advance(by: .milliseconds(999))
        _ = await probe.fault()
        #expect(store.asked == 1)
        time.advance(by: .milliseconds(1))
        _ = await probe.fault()
        #expect(store.asked == 2)
    }

    @Test func aStoreThatHangsIsGivenUpAndAskedOnceForAll() async {
        let (store, time) = (SlowStore(), ManualTime())
        store.hang()
        let probe = probe(store, time)
        let faults = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<8 { group.addTask { await probe.fault() } }
            group.addTask {
                // The deadline's sleeper may come a moment later.
                while !Task.isCancelled {
                    time.advance(by: .seconds(2))
                    await Task.yield()
                }
                return nil
            }
            var faults: [String?] = []
            while faults.count < 8, let fault = await group.next() { faults.append(fault) }
            group.cancelAll()
            return faults
        }
        #expect(faults.allSatisfy { $0?.contains("no answer within") == true }, "\(faults)")
    }
}
