import KubeObjects

/// The annotations by which a deployment and its replica sets remember their history and size.
enum Revisions {
    static let revision = "deployment.kubernetes.io/revision"
    /// Former revisions of a set that was rolled back to, oldest first.
    static let history = "deployment.kubernetes.io/revision-history"
    /// How many pods the deployment asked for when the set was last scaled.
    static let desiredReplicas = "deployment.kubernetes.io/desired-replicas"
    /// The same and the surge.
    static let maxReplicas = "deployment.kubernetes.io/max-replicas"

    /// The length of the history, in characters, at most.
    static let historyLimit = 2000

    /// What a replica set does not inherit of its deployment's annotations.
    private static let ownAnnotations: Set<String> = [
        "kubectl.kubernetes.io/last-applied-configuration", "deprecated.deployment.rollback.to", revision, history,
        desiredReplicas,
        maxReplicas,
    ]

    static func number(of annotations: [String: String]) -> Int64? { annotations[revision].flatMap { Int64($0) } }

    /// The highest revision among these sets; 0 when none has one.
    static func highest(of sets: [ReplicaSetDraft]) -> Int64 { sets.compactMap { number(of: $0.annotations) }.max() ?? 0 }

    /// Makes `set` the deployment's newest: the deployment's annotations, and a revision above all others.
    static func makeNewest(_ set: inout ReplicaSetDraft, of deployment: Deployment, above old: [ReplicaSetDraft]) {
        for (key, value) in deployment.metadata.annotations.sorted(by: { $0.key < $1.key }) where !ownAnnotations.contains(key) {
            set.annotate(key, value)
        }
        let written = set.annotations[revision] ?? ""
        let next = highest(of: old) + 1
        // One that cannot be read was not written by us and stays.
        guard let current = written.isEmpty ? 0 : Int64(written), current < next else { return }
        set.annotate(revision, "\(next)")
        if !written.isEmpty { set.annotate(history, lengthened(set.annotations[history] ?? "", by: written)) }
    }

    /// The history with one more entry, without the oldest ones when it grows too long.
    static func lengthened(_ history: String, by entry: String) -> String {
        var entries = history.split(separator: ",").map(String.init) + [entry]
        var length = entries.reduce(entries.count - 1) { $0 + $1.utf8.count }
        while length > historyLimit, entries.count > 1 { length -= entries.removeFirst().utf8.count + 1 }
        return entries.joined(separator: ",")
    }
}
