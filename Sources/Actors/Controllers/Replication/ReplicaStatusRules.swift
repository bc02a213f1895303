import ControllerKit
import Core
import JSON
import KubeObjects

/// What a replica controller says about its pods in the workload's status.
enum ReplicaStatusRules {
    static let failureCondition = "ReplicaFailure"

    /// Why the last attempt to create or delete pods failed: `FailedCreate` or `FailedDelete`, and the API server's words.
    struct Failure: Sendable, Equatable {
        let reason: String
        let message: String
    }

    /// - Parameters:
    ///   - pods: the workload's active pods.
    ///   - failure: of the last attempt, if it failed. The condition stays until the number of pods is right again.
    static func status(of workload: ReplicaWorkload, pods: [ReplicaPod], failure: Failure?, at now: Timestamp) -> ReplicaStatus {
        // A template without labels asks for none.
        let template = Selector(map: workload.template.at("metadata", "labels"))
        var status = workload.status
        status.replicas = Int64(pods.count)
        status.fullyLabeledReplicas = Int64(pods.count { template?.matches($0.json.labels) ?? true })
        status.readyReplicas = Int64(pods.count(where: \.isReady))
        status.availableReplicas = Int64(pods.count { $0.isAvailable(minReadySeconds: workload.minReadySeconds, at: now) })
        status.observedGeneration = workload.metadata.generation
        let stands = status.conditions.contains { $0.type == failureCondition }
        if let failure, !stands {
            status.conditions.append(
                WorkloadCondition(
                    type: failureCondition, status: "True", reason: failure.reason, message: failure.message,
                    lastTransitionTime: Timestamp(secondsSinceEpoch: now.secondsSinceEpoch)))
        } else if failure == nil, stands, status.replicas == workload.replicas {
            status.conditions.removeAll { $0.type == failureCondition }
        }
        return status
    }

    /// When the next pod will have been ready for long enough to count as available.
    static func nextAvailability(of workload: ReplicaWorkload, pods: [ReplicaPod], at now: Timestamp) -> Duration? {
        pods.compactMap { $0.availableIn(minReadySeconds: workload.minReadySeconds, at: now) }.filter { $0 > .zero }.min()
    }
}
