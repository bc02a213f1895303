import Core
import Logging

/// Compares now and then what is given out to services with what they have, as the start does: somebody may write the store by other ways.
struct AllocationUpkeep: Sendable {
    let service: APIService
    let logger: Logger
    let time: any TimeSource
    /// As often as Kubernetes does.
    var interval = Duration.seconds(180)

    func run() async {
        while !Task.isCancelled {
            do { try await time.sleep(for: interval) } catch { return }
            do { try await service.repairAllocations() } catch {
                logger.warning("cluster IPs and node ports were not compared with the services' own: \(apiStatus(of: error).message)")
            }
        }
    }
}
