import ControllerKit
import Core
import JSON

/// Ends namespaces: deletes all that one holds, as a client would (pods within their grace), tells what remains and why, and lets the
/// namespace go when the API server itself says that nothing is left.
public struct NamespaceController: ControllerLogic {
    public let name = "namespace-controller"
    /// All kinds that live in namespaces and that the cache follows; what makes things comes before what is made.
    private let kinds: [ObjectKind]
    /// Those that nobody follows; they are deleted as a whole at the end.
    private let unfollowed: [ObjectKind]

    /// - Parameters:
    ///   - kinds: every kind of the API that can be listed, watched and deleted; those without a namespace are left out.
    ///   - unfollowed: kinds that are not worth a cache; they need the verb `deletecollection`.
    public init(kinds: [ObjectKind], unfollowed: [ObjectKind] = [.events]) {
        self.unfollowed = unfollowed.filter(\.isNamespaced).sorted()
        self.kinds = kinds.filter { $0.isNamespaced && !unfollowed.contains($0) }.sorted().reversed()
    }

    public var watches: [Watch<ObjectName>] {
        [.itself(.namespaces)]
            + kinds.map { kind in
                Watch(kind) { old, new, view in
                    guard let object = new ?? old else { return [] }
                    let namespace = ObjectName(name: ObjectName(of: object).namespace)
                    return view.object(.namespaces, namespace)?.isBeingDeleted == true ? [namespace] : []
                }
            }
    }

    public func reconcile(_ key: ObjectName, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let namespace = view.object(.namespaces, key), namespace.isBeingDeleted else { return .nothing }
        var deletions: [Step] = []
        var remaining = NamespaceRemains()
        for kind in kinds {
            for object in view.objects(kind, in: key.name) {
                if !object.isBeingDeleted { deletions.append(.delete(kind, ObjectName(of: object), uid: object.uid, propagation: .background)) }
                remaining.add(object, of: kind)
            }
        }
        let status = NamespaceStatus(namespace: namespace, now: now)
        let told = status.telling(remaining, failure)
        // What is left after that is told once it is known; what goes wrong, at once.
        if !deletions.isEmpty {
            return Plan((NamespaceStatus.trouble(failure) == nil ? [] : told.map { [.updateStatus(.namespaces, $0)] } ?? []) + deletions)
        }
        if !remaining.isEmpty { return Plan(told.map { [.updateStatus(.namespaces, $0)] } ?? []) }
        guard (namespace.at("spec", "finalizers")?.array ?? []).contains("kubernetes") else { return .nothing }
        // Nothing can come any more; but each kind is known only as of its own moment.
        var steps: [Step] = unfollowed.map { .deleteAll($0, namespace: key.name) }
        steps += kinds.map { .confirmEmpty($0, namespace: key.name) }
        if let told { return Plan(steps + [.updateStatus(.namespaces, told)]) }
        return Plan(steps + [.updateSubresource(.namespaces, status.finalized, "finalize")])
    }
}

/// What a terminating namespace still holds.
struct NamespaceRemains: Sendable {
    private var counts: [ObjectKind: Int] = [:]
    private var finalizers: [String: Int] = [:]

    var isEmpty: Bool { counts.isEmpty }
    var hasFinalizers: Bool { !finalizers.isEmpty }

    mutating func add(_ object: JSONValue, of kind: ObjectKind) {
        counts[kind, default: 0] += 1
        for finalizer in object.finalizers { finalizers[finalizer, default: 0] += 1 }
    }

    var contentText: String {
        let parts = counts.map { "\($0.key.plural).\($0.key.group) has \($0.value) resource instances" }.sorted()
        return "Some resources are remaining: " + parts.joined(separator: ", ")
    }

    var finalizersText: String {
        let parts = finalizers.map { "\($0.key) in \($0.value) resource instances" }.sorted()
        return "Some content in the namespace has finalizers remaining: " + parts.joined(separator: ", ")
    }
}

/// The conditions of a terminating namespace, in Kubernetes' words, and its last state.
struct NamespaceStatus: Sendable {
    let namespace: JSONValue
    let now: Timestamp

    /// The namespace with the five conditions; `nil` when it says all this already.
    func telling(_ remains: NamespaceRemains, _ failure: StepFailure?) -> JSONValue? {
        let failed = NamespaceStatus.trouble(failure)
        var conditions = [
            condition("NamespaceDeletionDiscoveryFailure", false, "ResourcesDiscovered", "All resources successfully discovered"),
            condition("NamespaceDeletionGroupVersionParsingFailure", false, "ParsedGroupVersions", "All legacy kube types successfully parsed"),
            failed.map {
                condition(
                    "NamespaceDeletionContentFailure", true, "ContentDeletionFailed", "Failed to delete all resource types, 1 remaining: \($0)")
            }
                ?? condition(
                    "NamespaceDeletionContentFailure", false, "ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
            remains.isEmpty
                ? condition("NamespaceContentRemaining", false, "ContentRemoved", "All content successfully removed")
                : condition("NamespaceContentRemaining", true, "SomeResourcesRemain", remains.contentText),
            remains.hasFinalizers
                ? condition("NamespaceFinalizersRemaining", true, "SomeFinalizersRemain", remains.finalizersText)
                : condition("NamespaceFinalizersRemaining", false, "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
        ]
        let before = namespace.at("status", "conditions")?.array ?? []
        let ours = Set(conditions.compactMap { $0["type"]?.string })
        conditions = before.filter { !ours.contains($0["type"]?.string ?? "") } + conditions
        guard conditions != before else { return nil }
        var told = namespace
        told.set(.array(conditions), at: "status", "conditions")
        return told
    }

    /// What the API server refused for good; everything else only takes time.
    static func trouble(_ failure: StepFailure?) -> String? {
        switch failure?.reason {
        case .forbidden, .invalid: failure?.message
        case .conflict, .notFound, .alreadyExists, .unavailable, .stillThere, .remaining, nil: nil
        }
    }

    private func condition(_ type: String, _ isTrue: Bool, _ reason: String, _ message: String) -> JSONValue {
        let status: JSONValue = isTrue ? "True" : "False"
        let before = (namespace.at("status", "conditions")?.array ?? []).first { $0["type"]?.string == type }
        let since = before?["status"] == status ? before?["lastTransitionTime"] : nil
        return [
            "type": .string(type), "status": status, "lastTransitionTime": since ?? .string(now.rfc3339), "reason": .string(reason),
            "message": .string(message),
        ]
    }

    /// Without Kubernetes' own finalizer.
    var finalized: JSONValue {
        var finalized = namespace
        finalized["apiVersion"] = "v1"
        finalized["kind"] = "Namespace"
        let others = (namespace.at("spec", "finalizers")?.array ?? []).filter { $0 != "kubernetes" }
        finalized.set(.array(others), at: "spec", "finalizers")
        return finalized
    }
}
