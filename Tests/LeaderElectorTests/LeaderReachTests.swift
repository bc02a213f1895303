import LeaderElector
import Synchronization
import Testing

/// A board on which a test writes what the others say.
private final class Board: ReachBoard {
    struct Contents { var able: [String]? = []; var shown: [String] = []; var resigned: [String] = []; var canShow = true; var asked = 0 }
    let contents = Mutex(Contents())
    let leads = true

    func show(_ lacks: String) async -> Bool {
        contents.withLock { contents in
            if contents.canShow { contents.shown.append(lacks) }
            return contents.canShow
        }
    }
    func able() async -> [String]? {
        contents.withLock { contents in
            contents.asked += 1
            return contents.able
        }
    }
    func resign(because why: String) { contents.withLock { $0.resigned.append(why) } }

    func eventually(_ holds: @Sendable (Contents) -> Bool) async throws {
        while !contents.withLock({ holds($0) }) { try await Task.sleep(for: .milliseconds(5)) }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LeaderReachTests {
    private func whileLooking(at needs: [LeaderNeed], _ board: Board, _ body: () async throws -> Void) async throws {
        let reach = LeaderReach(needs: needs, patience: .milliseconds(60), board: board, interval: .milliseconds(5), limit: .milliseconds(20))
        let task = Task { await reach.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        task.cancel()
        await task.value
        try result.get()
    }

    @Test func itShowsWhatItLacksAndResignsWhenAnotherHasIt() async throws {
        let board = Board()
        let isReached = Mutex(true)
        board.contents.withLock { $0.able = ["b"] }
        let needs = [LeaderNeed("Mesos") { isReached.withLock { $0 } ? nil : "refused" }, LeaderNeed("the store") { nil }]
        try await whileLooking(at: needs, board) {
            try await board.eventually { $0.shown == [""] }
            isReached.withLock { $0 = false }
            try await board.eventually { !$0.resigned.isEmpty }
            isReached.withLock { $0 = true }
            try await board.eventually { $0.shown.last == "" }
            #expect(board.contents.withLock { $0.shown }.starts(with: ["", "Mesos"]))
        }
    }

    @Test func aLookThatIsNotAnsweredHasNotReached() async throws {
        let board = Board()
        try await whileLooking(at: [LeaderNeed("Mesos") { try? await Task.sleep(for: .seconds(3600)); return nil }], board) {
            try await board.eventually { $0.shown.last == "Mesos" }
        }
    }

    @Test func whereNobodyHasItItStays() async throws {
        let board = Board()
        try await whileLooking(at: [LeaderNeed("Mesos") { "refused" }], board) {
            // The second question comes a second after the first: long after its patience.
            try await board.eventually { $0.asked >= 2 }
            #expect(board.contents.withLock { $0.resigned }.isEmpty)
        }
    }

    @Test func whatCouldNotBeShownIsShownLater() async throws {
        let board = Board()
        board.contents.withLock { $0.canShow = false }
        try await whileLooking(at: [LeaderNeed("Mesos") { "refused" }], board) {
            try await board.eventually { $0.asked >= 1 }
            board.contents.withLock { $0.canShow = true }
            try await board.eventually { $0.shown == ["Mesos"] }
        }
    }
}
