import Logging
import Store

/// Forgets old history now and then, once for all stores on a cluster.
///
/// As Kubernetes' API servers do it: all know one key. Who changes it first after an interval, by a compare with its version, compacts to
/// what was the present at the change before; the others see that somebody did. So history is kept for one to two intervals.
struct Compactor: Sendable {
    static let key = EtcdStore.ownPrefix + "compaction"

    let interval: Duration
    let logger: Logger
    let commit: @Sendable (Transaction) async throws -> TransactionResult
    let compact: @Sendable (Revision) async throws -> Void

    func run() async {
        var round = Round()
        while !Task.isCancelled {
            do { try await Task.sleep(for: interval) } catch { return }
            do {
                let (next, due) = round.after(try await commit(round.transaction))
                if let due {
                    try await compact(due)
                    logger.debug("etcd: history is compacted", metadata: ["before": "\(due)"])
                }
                round = next
            } catch StoreError.compacted {
                // Somebody went further.
            } catch {
                if !Task.isCancelled { logger.notice("etcd: history stays for now", metadata: ["because": "\(error)"]) }
            }
        }
    }

    /// What one store knows of the common key.
    struct Round: Sendable, Hashable {
        /// The key's version when it was last seen; 0: never, or it is not there.
        var version: Int64 = 0
        /// What was the present then; 0: not known.
        var revision: Revision = 0

        var transaction: Transaction {
            Transaction(
                if: [.version(Compactor.key, .equal, version)], then: [.put(key: Compactor.key, value: Array("\(revision)".utf8))],
                else: [.get(KeyRange(key: Compactor.key))])
        }

        /// What to remember, and the revision to compact before, if it is on us.
        func after(_ result: TransactionResult) -> (next: Round, due: Revision?) {
            if result.succeeded {
                return (Round(version: version + 1, revision: result.revision), revision > 1 ? revision : nil)
            }
            guard case .got(let found)? = result.results.first else { return (Round(), nil) }
            return (Round(version: found.first?.version ?? 0, revision: result.revision), nil)
        }
    }
}
