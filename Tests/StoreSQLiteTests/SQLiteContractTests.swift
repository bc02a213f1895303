import Logging
import Store
import StoreContract
import StoreSQLite
import Testing

@Suite struct SQLiteContractTests {
    @Test(arguments: StoreContract<SQLiteStore>.clauses)
    func keepsTheContract(_ clause: ContractClause<SQLiteStore>) async throws {
        try await withDirectory { try await clause.check(subject($0)) }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6] as [UInt64])
    func doesWhatTheModelDoes(seed: UInt64) async throws {
        try await withDirectory { try await ModelCheck(seed: seed, steps: 400, reopenings: 6).run(subject($0)) }
    }
}

func subject(_ directory: String) -> ContractSubject<SQLiteStore> {
    var options = SQLiteStoreOptions()
    options.watchLimit = 64
    return ContractSubject(
        watchLimit: 64, open: { [options] in try await SQLiteStore.open(directory: directory, options: options, logger: quiet) },
        watcherCount: { try await $0.watcherCount() })
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
