import ActorKit
import Core
import KubeObjects

/// Binds a launched pod to this node, once, whatever happens on the way.
struct PodBinding: Sendable {
    let api: any PodAPI
    let time: any TimeSource
    let nodeName: String

    /// Tries until there is an answer; an API server that cannot be reached is not one.
    func bind(_ launch: PodLaunch) async -> BindOutcome {
        var backoff = Backoff(base: .milliseconds(100), cap: .seconds(5), jitter: 0)
        while !Task.isCancelled {
            if let outcome = await attempt(launch) { return outcome }
            try? await time.sleep(for: backoff.next(1))
        }
        return .refused("the executor is stopping")
    }

    private func attempt(_ launch: PodLaunch) async -> BindOutcome? {
        let (key, uid) = (launch.pod.key, launch.pod.uid)
        do {
            if launch.pod.spec.nodeName.isEmpty {
                do {
                    try await api.bind(key, uid: uid, nodeName: nodeName, annotations: launch.annotations)
                } catch {
                    guard error.kind == .conflict else { throw error }
                    return try await adopt(launch)
                }
                let pod = try await api.pod(key)
                return pod.uid == uid ? .bound(pod) : .gone
            }
            return try await adopt(launch)
        } catch {
            switch (error as? APIFailure)?.kind {
            case .notFound: return .gone
            case .invalid: return .refused("\(error)")
            default: return nil
            }
        }
    }

    /// It is bound already: to us, by an earlier task, or to somebody else.
    private func adopt(_ launch: PodLaunch) async throws -> BindOutcome? {
        let pod = try await api.pod(launch.pod.key)
        guard pod.uid == launch.pod.uid else { return .gone }
        // Not bound after all: the conflict was another one; try again.
        if pod.spec.nodeName.isEmpty {
            guard !launch.pod.spec.nodeName.isEmpty else { return nil }
            try await api.bind(pod.key, uid: pod.uid, nodeName: nodeName, annotations: launch.annotations)
            return .bound(try await api.pod(pod.key))
        }
        guard pod.spec.nodeName == nodeName else { return .refused("pod \(pod.key) is bound to node \(pod.spec.nodeName)") }
        try await api.annotate(pod.key, uid: pod.uid, annotations: launch.annotations)
        return .bound(pod)
    }
}
