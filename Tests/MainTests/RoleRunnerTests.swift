import Synchronization
import Testing

@testable import kmd

@Suite struct RoleRunnerTests {
    /// What happened, in its order.
    final class Diary: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }
        func note(_ line: String) { lines.withLock { $0.append(line) } }
    }

    struct Broken: Error {}

    func role(_ name: String, _ diary: Diary) -> RunnableRole {
        RunnableRole(name: name) { ready in
            diary.note("\(name) starts")
            ready()
            try? await Task.sleep(for: .seconds(3600))
            diary.note("\(name) stops")
        }
    }

    @Test func rolesStartInOrderAndStopInTheOppositeOne() async throws {
        let diary = Diary()
        let (asked, ask) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        try await RoleRunner().run([role("a", diary), role("b", diary)], started: { ask.finish() }, until: { for await _ in asked {} })
        #expect(diary.all == ["a starts", "b starts", "b stops", "a stops"])
    }

    @Test func aRoleThatCannotStartStopsTheOthers() async {
        let diary = Diary()
        let broken = RunnableRole(name: "broken") { _ in throw Broken() }
        await #expect {
            try await RoleRunner().run([role("a", diary), broken, role("c", diary)], started: {}, until: { try? await Task.sleep(for: .seconds(3600)) })
        } throws: { ($0 as? RoleRunner.Ended)?.role == "broken" && ($0 as? RoleRunner.Ended)?.cause is Broken }
        #expect(diary.all == ["a starts", "a stops"])
    }

    @Test func aRoleThatEndsByItselfIsAFailure() async {
        let brief = RunnableRole(name: "brief") { ready in ready() }
        await #expect {
            try await RoleRunner().run([brief], started: {}, until: { try? await Task.sleep(for: .seconds(3600)) })
        } throws: { ($0 as? RoleRunner.Ended)?.role == "brief" }
    }
}
