import Store
import StoreContract
import Testing

@Suite struct MemoryStoreTests {
    static func subject() -> ContractSubject<MemoryStore> {
        let disk = MemoryStore.Disk()
        return ContractSubject(watchLimit: 64, open: { MemoryStore(disk: disk, watchLimit: 64) }, watcherCount: { $0.watcherCount })
    }

    @Test(arguments: StoreContract<MemoryStore>.clauses)
    func keepsTheContract(_ clause: ContractClause<MemoryStore>) async throws { try await clause.check(Self.subject()) }

    @Test func theModelAgreesWithItself() async throws {
        try await ModelCheck(seed: 1, steps: 300, reopenings: 3).run(Self.subject())
    }
}
