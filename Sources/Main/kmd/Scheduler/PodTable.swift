import Core
import JSON
import KubeObjects
import Mesos
import NodeRegistrar
import Scheduling
import Synchronization

/// The pods as the scheduler's watch last saw them: what is launched is taken from here.
final class PodTable: Sendable {
    private let pods = Mutex<[PodUID: Pod]>([:])

    subscript(uid: PodUID) -> Pod? { pods.withLock { $0[uid] } }
    var all: [Pod] { pods.withLock { Array($0.values) } }
    func put(_ pod: Pod) { pods.withLock { $0[pod.uid] = pod } }
    func remove(_ uid: PodUID) { pods.withLock { $0[uid] = nil } }

    /// The nodes of pods that have not ended.
    var nodesInUse: Set<String> {
        pods.withLock { pods in Set(pods.values.lazy.filter { !$0.isFinished && !$0.spec.nodeName.isEmpty }.map(\.spec.nodeName)) }
    }

    /// How many pods are to run on each node: bound there, not ended, not being deleted.
    var wantedByNode: [String: Int] {
        pods.withLock { pods in
            pods.values.reduce(into: [:]) { counts, pod in
                if !pod.spec.nodeName.isEmpty, !pod.isFinished, !pod.isTerminating { counts[pod.spec.nodeName, default: 0] += 1 }
            }
        }
    }

    /// Makes the table what was listed, and gives the uids that are gone.
    func replace(with listed: [Pod]) -> [PodUID] {
        pods.withLock { pods in
            let now = Dictionary(listed.map { ($0.uid, $0) }, uniquingKeysWith: { _, last in last })
            defer { pods = now }
            return pods.keys.filter { now[$0] == nil }.sorted()
        }
    }
}
