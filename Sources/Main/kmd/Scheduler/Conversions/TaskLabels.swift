import Core
import KubeObjects
import Reconciler

/// What the labels of a task say: whose it is, and who launched it. The executor repeats them in its updates.
enum TaskLabels {
    static let namespace = "io.kubernetes.pod.namespace"
    static let name = "io.kubernetes.pod.name"
    static let uid = "io.kubernetes.pod.uid"
    static let term = "kmd.dev/term"

    static func labels(of pod: Pod, term: Term) -> [String: String] {
        [namespace: pod.namespace, name: pod.name, uid: pod.uid.value, TaskLabels.term: "\(term.number)"]
    }

    /// Those of a task that say whose it is.
    static func own(_ labels: [String: String]) -> [String: String] { labels.filter { [namespace, name, uid, term].contains($0.key) } }

    /// `nil`: these are no labels of ours.
    static func identity(_ labels: [String: String]) -> TaskIdentity? {
        guard let namespace = labels[namespace], let name = labels[name], let uid = labels[uid], !uid.isEmpty else { return nil }
        return TaskIdentity(pod: PodKey(namespace: namespace, name: name), uid: PodUID(uid), term: Term(labels[term].flatMap(UInt64.init) ?? 0))
    }
}

extension SchedulerConversions {
    /// What a pod's tolerations say of a node that cannot be reached; what says nothing waits for 300 s, as Kubernetes has it.
    static func unreachablePolicy(_ tolerations: [Toleration]) -> UnreachablePolicy {
        let key = "node.kubernetes.io/unreachable"
        let matching = tolerations.filter { toleration in
            let fits = toleration.key.isEmpty ? toleration.operator == "Exists" : toleration.key == key
            return fits && (toleration.effect.isEmpty || toleration.effect == "NoExecute")
        }
        guard !matching.isEmpty else { return .replace(after: .seconds(300)) }
        // The shortest of those that have an end.
        guard let seconds = matching.compactMap(\.tolerationSeconds).min() else { return .keep }
        return .replace(after: .seconds(min(max(seconds, 0), 1 << 32)))
    }
}
