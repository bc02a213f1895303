import Glibc
import Store
import StoreContract
import StoreSQLite
import Testing

@Suite struct FileTests {
    private func open(_ directory: String, _ change: (inout SQLiteStoreOptions) -> Void = { _ in }) async throws -> SQLiteStore {
        var options = SQLiteStoreOptions()
        change(&options)
        return try await SQLiteStore.open(directory: directory, options: options, logger: quiet)
    }

    /// The text of the `.damaged` that opening throws.
    private func damage(_ directory: String) async throws -> String {
        do {
            let store = try await open(directory)
            await store.close()
        } catch StoreError.damaged(let text) { return text }
        throw Failure("the damaged file was opened")
    }

    @Test func theFilesAreTheirOwnersOnly() async throws {
        try await withDirectory { directory in
            let store = try await open(directory)
            try await store.put("/secret", "s")
            for name in ["state.db", "state.db-wal", "state.db-shm", "state.lock"] {
                #expect(permissions("\(directory)/\(name)") == 0o600, "\(name)")
            }
            await store.close()
        }
    }

    @Test func aSecondOpeningIsRefusedWithTheHolderNamedAndSucceedsAfterTheFirstHasClosed() async throws {
        try await withDirectory { directory in
            let first = try await open(directory)
            do {
                _ = try await open(directory)
                Issue.record("it was opened twice")
            } catch StoreError.locked(let text) {
                #expect(text.contains("\(directory)/state.lock") && text.contains("process \(getpid())"), "\(text)")
            }
            try await first.put("/a", "1")
            await first.close()
            let second = try await open(directory)
            #expect(try await second.get("/a")?.text == "1")
            await second.close()
        }
    }

    @Test func aFileThatIsNotADatabaseIsNamedAndLeftAsItIs() async throws {
        try await withDirectory { directory in
            let bytes = Array("these are my holiday notes, and I want to keep them\n".utf8)
            try writeFile("\(directory)/state.db", bytes)
            #expect(try await damage(directory).contains("\(directory)/state.db"))
            #expect(try readFile("\(directory)/state.db") == bytes)
            #expect(permissions("\(directory)/state.db-wal") == 0)
        }
    }

    /// A store with enough in it to have inner pages.
    private func fill(_ directory: String) async throws {
        let store = try await open(directory)
        for number in 0..<200 { try await store.put("/key/\(number)", String(repeating: "x", count: 1_000)) }
        await store.close()
    }

    @Test func aTruncatedFileIsNamedAndLeftAsItIs() async throws {
        try await withDirectory { directory in
            try await fill(directory)
            let half = Array(try readFile("\(directory)/state.db").prefix(65_536))
            try writeFile("\(directory)/state.db", half)
            #expect(try await damage(directory).contains("\(directory)/state.db is damaged"))
            #expect(try readFile("\(directory)/state.db") == half)
        }
    }

    @Test func aFileWithAnOverwrittenPageIsNamedAndLeftAsItIs() async throws {
        try await withDirectory { directory in
            try await fill(directory)
            var bytes = try readFile("\(directory)/state.db")
            for index in 40_960..<49_152 { bytes[index] = 0xa5 }
            try writeFile("\(directory)/state.db", bytes)
            let text = try await damage(directory)
            #expect(text.contains("damaged") && text.contains("backup"), "\(text)")
            #expect(try readFile("\(directory)/state.db") == bytes)
        }
    }

    @Test func aDatabaseOfAnotherProgramOrOfANewerKmdIsRefused() async throws {
        try await withDirectory { directory in
            try await fill(directory)
            let ours = try readFile("\(directory)/state.db")
            // Offsets of the header: https://sqlite.org/fileformat.html#the_database_header
            var other = ours
            other[68] = 1
            try writeFile("\(directory)/state.db", other)
            #expect(try await damage(directory).contains("not a kmd store"))
            var newer = ours
            newer[63] = 99
            try writeFile("\(directory)/state.db", newer)
            #expect(try await damage(directory).contains("schema 99"))
            #expect(try readFile("\(directory)/state.db") == newer)
            try writeFile("\(directory)/state.db", ours)
            let store = try await open(directory)
            #expect(try await store.currentRevision() == 200)
            await store.close()
        }
    }

    @Test func aDirectoryThatCannotBeMadeIsNamed() async throws {
        await #expect(throws: StoreError.unavailable("cannot create the directory /proc/nowhere/kmd: No such file or directory")) {
            _ = try await open("/proc/nowhere/kmd")
        }
    }

    @Test func aFullDiskRefusesWhatDoesNotFitAndKeepsTheRest() async throws {
        try await withDirectory { directory in
            let store = try await open(directory) { $0.maximumFileBytes = 400_000 }
            let watch = try await store.watch(KeyRange(prefix: "/"), from: 1)
            var kept = 0
            let large = String(repeating: "x", count: 20_000)
            var refusal: StoreError?
            while refusal == nil, kept < 100 {
                do {
                    try await store.put("/key/\(kept)", large)
                    kept += 1
                } catch { refusal = error as? StoreError }
            }
            guard case .unavailable(let text) = refusal else {
                Issue.record("\(String(describing: refusal))")
                return
            }
            #expect(text.contains("state.db cannot grow") && kept > 5)
            // Together with others, only the one that does not fit is refused.
            async let one: TransactionResult? = try? store.put("/too-large", large)
            async let two: TransactionResult? = try? store.delete("/key/0")
            let (first, second) = await (one, two)
            #expect(second != nil)
            let revision = try await store.currentRevision()
            #expect(revision == Revision(kept + (first == nil ? 1 : 2)))
            // The watch saw what was kept, and nothing else.
            #expect(try await watchedRevisions(watch, upTo: revision) == Array(1...revision))
            await store.close()
            let again = try await open(directory)
            #expect(try await again.currentRevision() == revision)
            #expect(try await again.read(KeyRange(prefix: "/key/"), at: nil, limit: 0).count == kept - 1)
            await again.close()
        }
    }

    private func watchedRevisions(_ watch: SQLiteStore.Watch, upTo last: Revision) async throws -> [Revision] {
        var revisions: [Revision] = []
        for try await batch in watch {
            revisions.append(batch.revision)
            if batch.revision >= last { break }
        }
        return revisions
    }

    @Test func historyBeyondWhatIsKeptGoesByItselfAndWhatIsLiveStays() async throws {
        try await withDirectory { directory in
            let store = try await open(directory) { $0.keptRevisions = 100 }
            try await store.put("/stays", "1")
            for number in 0..<1_000 { try await store.put("/busy/\(number % 3)", "\(number)") }
            var oldest: Revision = 0
            do { _ = try await store.get("/stays", at: 2) } catch StoreError.compacted(let revision) { oldest = revision }
            #expect((880...901).contains(oldest), "oldest is \(oldest)")
            #expect(try await store.get("/stays")?.text == "1")
            #expect(try await store.read(KeyRange(prefix: "/busy/"), at: 950, limit: 0).items.map(\.text) == ["948", "946", "947"])
            await store.close()
            let again = try await open(directory)
            await #expect(throws: StoreError.compacted(oldest: oldest)) { _ = try await again.get("/stays", at: oldest - 1) }
            #expect(try await again.get("/stays", at: oldest)?.text == "1")
            await again.close()
        }
    }

    @Test func historyGoesEarlierWhenItIsLarge() async throws {
        try await withDirectory { directory in
            let store = try await open(directory) { $0.keptBytes = 100_000 }
            for _ in 0..<100 { try await store.put("/large", String(repeating: "x", count: 10_000)) }
            await #expect(throws: StoreError.self) { _ = try await store.get("/large", at: 80) }
            #expect(try await store.get("/large", at: 98)?.version == 98)
            await store.close()
            #expect(try readFile("\(directory)/state.db").count < 600_000)
        }
    }

    @Test func aWatcherFarBehindIsGivenAllOfALongHistory() async throws {
        try await withDirectory { directory in
            let store = try await open(directory)
            for batch in 0..<60 {
                let steps = (0..<100).map { Operation.put(key: "/k\($0)", value: [UInt8(batch)]) }
                _ = try await store.commit(Transaction(then: steps))
            }
            let watch = try await store.watch(KeyRange(prefix: "/"), from: 1)
            try await store.put("/end", "")
            var sizes: [Int] = []
            for try await batch in watch {
                sizes.append(batch.events.count)
                if batch.revision == 61 { break }
            }
            #expect(sizes == Array(repeating: 100, count: 60) + [1])
            await store.close()
        }
    }
}
