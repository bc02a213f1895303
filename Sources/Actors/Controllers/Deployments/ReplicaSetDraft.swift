import ControllerKit
import JSON
import KubeObjects

/// A replica set as its deployment's controller is about to leave it.
struct ReplicaSetDraft: Sendable {
    let original: ReplicaWorkload
    /// It does not exist yet.
    let isNew: Bool
    var replicas: Int64
    var minReadySeconds: Int64
    private(set) var annotations: [String: String]

    init(_ object: JSONValue, isNew: Bool = false) {
        original = ReplicaWorkload(json: object)
        self.isNew = isNew
        (replicas, minReadySeconds) = (original.replicas, original.minReadySeconds)
        annotations = original.metadata.annotations
    }

    var name: String { original.metadata.name }
    var uid: String { original.metadata.uid }
    var isActive: Bool { replicas > 0 }
    /// How many pods it has or will have, at most: those on their way out count until they are. Nil while nobody can say,
    /// because its controller has not seen its size yet.
    var standing: Int64? {
        if isNew { return replicas }
        return original.isObserved ? max(replicas, original.status.replicas) : nil
    }
    /// Available pods among those that it shall have: a status older than the last scaling down still counts some that go.
    var available: Int64 { min(original.status.availableReplicas, replicas) }
    var isChanged: Bool {
        replicas != original.replicas || minReadySeconds != original.minReadySeconds
            || annotations != original.metadata.annotations
    }

    mutating func annotate(_ key: String, _ value: String) { annotations[key] = value }

    /// The object to write.
    var json: JSONValue {
        var object = original.json
        object.set(.integer(replicas), at: "spec", "replicas")
        if minReadySeconds != original.minReadySeconds { object.set(.integer(minReadySeconds), at: "spec", "minReadySeconds") }
        if annotations != original.metadata.annotations {
            var members = JSONObject()
            for (key, value) in annotations.sorted(by: { $0.key < $1.key }) { members[key] = .string(value) }
            object.set(.object(members), at: "metadata", "annotations")
        }
        return object
    }

    /// Oldest first, those of one second by name; one that is only about to be made is the youngest.
    static func isOlder(_ one: ReplicaSetDraft, _ other: ReplicaSetDraft) -> Bool {
        let (ours, theirs) = (one.original.metadata.creationTimestamp, other.original.metadata.creationTimestamp)
        guard let ours else { return theirs == nil && one.name < other.name }
        guard let theirs else { return true }
        return ours == theirs ? one.name < other.name : ours < theirs
    }
}

extension [ReplicaSetDraft] {
    /// Pods that these sets shall have.
    var specified: Int64 { reduce(0) { $0 + $1.replicas } }
    /// Pods that there are or will be, at most; nil while nobody can say.
    var standing: Int64? {
        var total: Int64 = 0
        for set in self {
            guard let pods = set.standing else { return nil }
            total += pods
        }
        return total
    }
    /// Pods that they have, by their status.
    var actual: Int64 { reduce(0) { $0 + $1.original.status.replicas } }
    var ready: Int64 { reduce(0) { $0 + $1.original.status.readyReplicas } }
    var reportedAvailable: Int64 { reduce(0) { $0 + $1.original.status.availableReplicas } }
    var available: Int64 { reduce(0) { $0 + $1.available } }
}
