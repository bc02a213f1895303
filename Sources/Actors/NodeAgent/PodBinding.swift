import ActorKit
import Core
import KubeObjects

/// Binds a launched pod to this node, once, whatever happens on the way.
///
/// Both writes are made on a condition: a binding on that the pod has none, and the names of a bound pod's new task on that nothing has changed since it was
/// read. So what an executor sent before it was killed, and what arrives after the next one has bound the pod, does nothing.
package struct PodBinding: Sendable {
    private let api: any PodBindingAPI
    private let time: any TimeSource
    private let nodeName: String

    package init(api: any PodBindingAPI, time: any TimeSource, nodeName: String) { (self.api, self.time, self.nodeName) = (api, time, nodeName) }

    /// Tries until there is an answer; an API server that cannot be reached is not one.
    package func bind(_ launch: PodLaunch) async -> BindOutcome {
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: 0)
        while !Task.isCancelled {
            do throws(APIFailure) {
                return try await attempt(launch)
            } catch {
                switch error.kind {
                case .notFound: return .gone
                case .invalid: return .refused("\(error)")
                // Not reached, or changed meanwhile: again, from what there is then.
                case .conflict, .unreachable: try? await time.sleep(for: backoff.next(1))
                }
            }
        }
        return .refused("the executor is stopping")
    }

    private func attempt(_ launch: PodLaunch) async throws(APIFailure) -> BindOutcome {
        if launch.pod.spec.nodeName.isEmpty, try await isBound(launch) {
            let pod = try await api.pod(launch.pod.key)
            return pod.uid == launch.pod.uid ? .bound(pod) : .gone
        }
        return try await adopt(launch)
    }

    /// `false`: it is bound already, or cannot be.
    private func isBound(_ launch: PodLaunch) async throws(APIFailure) -> Bool {
        do throws(APIFailure) {
            try await api.bind(launch.pod.key, uid: launch.pod.uid, nodeName: nodeName, annotations: launch.annotations)
            return true
        } catch {
            guard error.kind == .conflict else { throw error }
            return false
        }
    }

    /// It is bound already: to us, by this task or an earlier one, or to somebody else.
    private func adopt(_ launch: PodLaunch) async throws(APIFailure) -> BindOutcome {
        let pod = try await api.pod(launch.pod.key)
        guard pod.uid == launch.pod.uid else { return .gone }
        if pod.spec.nodeName.isEmpty {
            // Another pod of this name was bound when it was launched, or the conflict was another one.
            try await api.bind(pod.key, uid: pod.uid, nodeName: nodeName, annotations: launch.annotations)
            return .bound(try await api.pod(pod.key))
        }
        guard pod.spec.nodeName == nodeName else { return .refused("pod \(pod.key) is bound to node \(pod.spec.nodeName)") }
        if launch.annotations.allSatisfy({ pod.metadata.annotations[$0.key] == $0.value }) { return .bound(pod) }
        return .bound(try await api.annotate(pod, annotations: launch.annotations))
    }
}
