import EtcdKit
import Store
import StoreContract
import StoreEtcd
import Testing

/// The contract, held to by a real cluster of three. Clauses count revisions, so they take turns.
@Suite(.enabled(if: EtcdCluster.isPossible), .serialized) struct EtcdContractTests {
    typealias Contract = StoreContract<RebasedStore<EtcdStore>>

    @Test(.timeLimit(.minutes(5))) func keepsTheContract() async throws {
        try await withCluster { cluster in
            for (number, clause) in Contract.clauses.enumerated() {
                let place = EtcdSubject(cluster: cluster, prefix: "/contract/\(number)")
                do { try await within(.seconds(30)) { try await clause.check(place.subject) } } catch { Issue.record("\(clause.description): \(error)") }
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func doesWhatTheModelDoes() async throws {
        try await withCluster(size: 1) { cluster in
            for seed in 1...4 as ClosedRange<UInt64> {
                let place = EtcdSubject(cluster: cluster, prefix: "/model/\(seed)")
                do { try await ModelCheck(seed: seed, steps: 200, reopenings: 4).run(place.subject) } catch { Issue.record("\(error)") }
            }
        }
    }
}
