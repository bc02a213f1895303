import EtcdKit
import Logging
import Store
import StoreContract
import StoreEtcd
import Testing

/// Foundation has an `Operation` too.
typealias StoreOperation = Operation

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// Runs `body` on a cluster of its own, and leaves nothing of it.
func withCluster(size: Int = 3, arguments: [String] = [], _ body: (EtcdCluster) async throws -> Void) async throws {
    let cluster = try await EtcdCluster(size: size, arguments: arguments)
    do { try await body(cluster) } catch {
        await cluster.stop()
        throw error
    }
    await cluster.stop()
}

extension EtcdCluster {
    func options(prefix: String = "") -> EtcdStoreOptions {
        var options = EtcdStoreOptions(endpoints: EtcdEndpoint.list(addresses) ?? [])
        options.keys = KeySpace(prefix: prefix)
        // A change of its own at some moment would be one revision more than the contract counts.
        options.compaction = nil
        return options
    }

    func store(prefix: String = "") async throws -> EtcdStore { try await EtcdStore.open(options(prefix: prefix), logger: quiet) }
}

/// One place on a cluster, whose revisions begin at 0 for the contract.
struct EtcdSubject {
    let cluster: EtcdCluster
    let prefix: String
    let offset = Locked<Revision?>(nil)
    /// How often a commit's outcome was not known.
    let doubts = Locked(0)

    /// Whether the store has changed a key of its own here.
    func hasTicked() async -> Bool {
        guard let store = try? await cluster.store(prefix: prefix) else { return false }
        let tick = try? await store.get(EtcdStore.ownPrefix + "tick")
        await store.close()
        return tick != nil
    }

    var subject: ContractSubject<RebasedStore<EtcdStore>> {
        ContractSubject(
            watchLimit: 64,
            open: {
                var options = cluster.options(prefix: prefix)
                options.watchLimit = 64
                let store = try await EtcdStore.open(options, logger: quiet)
                if offset.get() == nil { try await store.put("~", "outside of what the contract looks at") }
                let now = try await store.currentRevision()
                if offset.get() == nil {
                    offset.set(now)
                    // What came before this place was used is forgotten, as in a store that is new.
                    do { try await store.compact(before: now) } catch StoreError.compacted {}
                }
                return RebasedStore(store, offset: offset.get() ?? now, doubted: { doubts.change { $0 += 1 } })
            },
            watcherCount: { $0.base.watchCount })
    }
}

struct Late: Error {}

/// Throws where `body` takes longer than any of its like should.
func within(_ limit: Duration, _ body: @escaping @Sendable () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw Late()
        }
        defer { group.cancelAll() }
        try await group.next()
    }
}
