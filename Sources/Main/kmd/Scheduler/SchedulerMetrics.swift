import Binder
import Core
import KubeClient
import KubeObjects
import Logging
import Mesos
import OfferBroker
import PodQueue
import NodeRegistrar
import Reconciler
import Scheduling
import Synchronization

/// Counters of the scheduler, in the original's names.
final class SchedulerMetrics: Sendable {
    private let counters = Mutex<[String: Int64]>([:])

    func count(_ name: String, _ amount: Int64 = 1, _ labels: [String: String] = [:]) {
        let text = labels.sorted { $0.key < $1.key }.map { "\($0.key)=\"\($0.value.filter { $0 != "\"" && $0 != "\n" && $0 != "\\" })\"" }
        let key = "mesos_\(name)" + (text.isEmpty ? "" : "{\(text.joined(separator: ","))}")
        counters.withLock { $0[key, default: 0] += amount }
    }

    /// The Prometheus text format.
    var text: String { counters.withLock { $0 }.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined() }
}
