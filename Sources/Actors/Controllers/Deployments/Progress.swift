import Core
import KubeObjects

/// What a deployment's status says about its rollout, in Kubernetes' words.
enum Progress {
    static let available = "Available"
    static let progressing = "Progressing"

    enum Reason {
        static let paused = "DeploymentPaused"
        static let resumed = "DeploymentResumed"
        static let created = "NewReplicaSetCreated"
        static let found = "FoundNewReplicaSet"
        static let updated = "ReplicaSetUpdated"
        static let done = "NewReplicaSetAvailable"
        static let timedOut = "ProgressDeadlineExceeded"
        static let createError = "ReplicaSetCreateError"
    }

    /// Everything is new, there and available.
    static func isComplete(_ deployment: Deployment, _ status: DeploymentStatus) -> Bool {
        let wanted = deployment.replicas
        return status.updatedReplicas == wanted && status.replicas == wanted && status.availableReplicas == wanted
            && status.observedGeneration >= deployment.metadata.generation
    }

    /// More new pods, fewer old ones, or more of them ready or available than before.
    static func hasMoved(from old: DeploymentStatus, to new: DeploymentStatus) -> Bool {
        new.updatedReplicas > old.updatedReplicas || new.replicas - new.updatedReplicas < old.replicas - old.updatedReplicas
            || new.readyReplicas > old.readyReplicas || new.availableReplicas > old.availableReplicas
    }

    /// For how long there may still be no progress; negative when the deadline has passed, nil when nothing is waited for.
    static func timeLeft(_ deployment: Deployment, _ condition: WorkloadCondition?, at now: Timestamp) -> Duration? {
        guard let deadline = deployment.progressDeadlineSeconds, let condition, condition.reason != Reason.done,
            condition.reason != Reason.timedOut, let since = condition.lastUpdateTime
        else { return nil }
        return .seconds(deadline) - now.duration(since: since)
    }
}

extension [WorkloadCondition] {
    /// Sets a condition, unless it stands with the same status and reason. The time of transition is that of the status.
    mutating func set(_ type: String, _ status: String, _ reason: String, _ message: String, at now: Timestamp) {
        let standing = first { $0.type == type }
        if let standing, standing.status == status, standing.reason == reason { return }
        put(type, status, reason, message, after: standing, at: now)
    }

    /// Sets a condition even if it stands already: there is progress.
    mutating func renew(_ type: String, _ status: String, _ reason: String, _ message: String, at now: Timestamp) {
        put(type, status, reason, message, after: first { $0.type == type }, at: now)
    }

    private mutating func put(
        _ type: String, _ status: String, _ reason: String, _ message: String, after standing: WorkloadCondition?,
        at now: Timestamp
    ) {
        let second = Timestamp(secondsSinceEpoch: now.secondsSinceEpoch)
        let transition = standing?.status == status ? standing?.lastTransitionTime ?? second : second
        removeAll { $0.type == type }
        append(
            WorkloadCondition(
                type: type, status: status, reason: reason, message: message, lastUpdateTime: second,
                lastTransitionTime: transition))
    }
}
