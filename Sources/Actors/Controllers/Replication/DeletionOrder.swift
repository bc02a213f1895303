import Core

/// Which pods go first when there are too many, as Kubernetes documents it for replica sets: first those whose loss costs least.
enum DeletionOrder {
    /// The `count` pods that go, the first first.
    /// - Parameter related: how many active pods of the same workload and its siblings run on a node, by the node's name.
    static func victims(_ count: Int, of pods: [ReplicaPod], podsOnNode related: [String: Int], at now: Timestamp) -> [ReplicaPod]
    {
        guard count < pods.count else { return pods }
        return Array(pods.sorted { goesBefore($0, $1, podsOnNode: related, at: now) }.prefix(max(0, count)))
    }

    static func goesBefore(_ one: ReplicaPod, _ other: ReplicaPod, podsOnNode: [String: Int] = [:], at now: Timestamp) -> Bool {
        // 1. without a node, 2. not running yet, 3. not ready, 4. of lower deletion cost
        if one.nodeName.isEmpty != other.nodeName.isEmpty { return one.nodeName.isEmpty }
        if one.progress != other.progress { return one.progress.rawValue < other.progress.rawValue }
        if one.isReady != other.isReady { return !one.isReady }
        if one.deletionCost != other.deletionCost { return one.deletionCost < other.deletionCost }
        // 5. more of its kind on its node
        let (ours, theirs) = (podsOnNode[one.nodeName] ?? 0, podsOnNode[other.nodeName] ?? 0)
        if ours != theirs { return ours > theirs }
        // 6. ready for a shorter time, 7. more restarts, 8. younger
        if let since = one.readySince, let otherSince = other.readySince, since != otherSince {
            return isYounger(since, otherSince, one, other, now)
        }
        if one.restarts != other.restarts { return one.restarts > other.restarts }
        if one.created != other.created { return isYounger(one.created, other.created, one, other, now) }
        return one.uid < other.uid
    }

    /// Ages count by their magnitude (powers of two), so that of pods of about the same age a random one goes: their uids are
    /// random.
    private static func isYounger(
        _ time: Timestamp?, _ otherTime: Timestamp?, _ one: ReplicaPod, _ other: ReplicaPod, _ now: Timestamp
    ) -> Bool {
        guard let time else { return true }
        guard let otherTime else { return false }
        let (magnitude, otherMagnitude) = (magnitude(now, time), Self.magnitude(now, otherTime))
        return magnitude == otherMagnitude ? one.uid < other.uid : magnitude < otherMagnitude
    }

    private static func magnitude(_ now: Timestamp, _ time: Timestamp) -> Int {
        let age = now.nanosecondsSinceEpoch - time.nanosecondsSinceEpoch
        return age > 0 ? Int64.bitWidth - age.leadingZeroBitCount : -1
    }
}
