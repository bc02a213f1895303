import KubeObjects

/// The arithmetic of deployments: how many pods each replica set may have.
enum RollingUpdate {
    /// How far the number of pods may go above, and the number of available pods below, what the deployment asks for.
    ///
    /// Shares are rounded in favour of availability; both cannot come out as 0, or nothing could move.
    static func bounds(of deployment: Deployment) -> (surge: Int64, unavailable: Int64) {
        guard case .rollingUpdate(let maxSurge, let maxUnavailable) = deployment.strategy else { return (0, 0) }
        let surge = maxSurge.scaled(to: deployment.replicas, roundingUp: true)
        let unavailable = maxUnavailable.scaled(to: deployment.replicas, roundingUp: false)
        return (surge, min(surge == 0 && unavailable == 0 ? 1 : unavailable, deployment.replicas))
    }

    /// How many pods must be available at any time.
    static func minAvailable(of deployment: Deployment) -> Int64 { deployment.replicas - bounds(of: deployment).unavailable }

    /// How many pods the newest set may have now, beside the others.
    /// - Parameter total: pods of all sets; nil while nobody can say, and then nothing grows.
    static func newSize(of current: Int64, total: Int64?, in deployment: Deployment) -> Int64 {
        guard deployment.isRollingUpdate, current <= deployment.replicas else { return deployment.replicas }
        guard let total else { return current }
        let room = deployment.replicas + bounds(of: deployment).surge - total
        return room > 0 ? current + min(room, deployment.replicas - current) : current
    }

    /// How many pods each old set (the oldest first) may keep now.
    ///
    /// Pods that are not available go first: they keep nobody waiting, and would hold up the rollout for ever.
    static func oldSizes(_ old: [ReplicaSetDraft], new: ReplicaSetDraft, in deployment: Deployment) -> [Int64] {
        let least = minAvailable(of: deployment)
        var sizes = old.map(\.replicas)
        var allowed = old.specified + new.replicas - least - (new.replicas - new.available)
        for index in old.indices where allowed > 0 {
            let goes = min(allowed, sizes[index] - old[index].available)
            sizes[index] -= goes
            allowed -= goes
        }
        var spare = min(allowed, old.available + new.available - least)
        for index in old.indices where spare > 0 {
            let goes = min(spare, sizes[index])
            sizes[index] -= goes
            spare -= goes
        }
        return sizes
    }

    /// The sizes of the active sets after the deployment itself was scaled in the midst of a rollout: each grows or shrinks by
    /// its share, the largest takes what rounding leaves over. In the order of `sets`.
    static func proportionalSizes(of sets: [ReplicaSetDraft], in deployment: Deployment) -> [Int64] {
        let allowed = deployment.replicas > 0 ? deployment.replicas + bounds(of: deployment).surge : 0
        let change = allowed - sets.specified
        var sizes = sets.map(\.replicas)
        guard change != 0 else { return sizes }
        // The larger before the smaller; of equal ones grow the newer and shrink the older.
        let order = sets.indices.sorted { one, other in
            if sets[one].replicas != sets[other].replicas { return sets[one].replicas > sets[other].replicas }
            return change > 0 ? ReplicaSetDraft.isOlder(sets[other], sets[one]) : ReplicaSetDraft.isOlder(sets[one], sets[other])
        }
        var given: Int64 = 0
        for index in order {
            let share = share(of: sets[index], in: deployment)
            let part = change > 0 ? min(share, change - given) : max(share, change - given)
            sizes[index] += part
            given += part
        }
        // What rounding leaves over is the largest's, as far as it has any.
        for index in order where given != change {
            let rest = max(change - given, -sizes[index])
            sizes[index] += rest
            given += rest
        }
        return sizes
    }

    /// By how much a set would grow or shrink to keep its part of the whole.
    private static func share(of set: ReplicaSetDraft, in deployment: Deployment) -> Int64 {
        guard deployment.replicas > 0 else { return -set.replicas }
        let whole = deployment.replicas + bounds(of: deployment).surge
        let before = set.annotations[Revisions.maxReplicas].flatMap { Int64($0) } ?? deployment.status.replicas
        guard before > 0 else { return 0 }
        let size = (Double(set.replicas) * Double(whole) / Double(before)).rounded(.toNearestOrAwayFromZero)
        return Int64(min(size, Double(Int32.max))) - set.replicas
    }
}
