import Core
import JSON

/// Namespaces: made with the finalizer that keeps them until they are empty.
struct NamespaceRules: ResourceRules {
    var nameFormat: NameFormat { .label }
    var hasStatus: Bool { true }
    var returnsDeletedObject: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        guard let name = object.at("metadata", "name")?.string, !name.isEmpty else { return }
        object.set(.string(name), at: "metadata", "labels", "kubernetes.io/metadata.name")
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) {
        var finalizers = object.at("spec", "finalizers")?.array ?? []
        if !finalizers.contains("kubernetes") { finalizers.append("kubernetes") }
        object.set(.array(finalizers), at: "spec", "finalizers")
        object["status"] = ["phase": "Active"]
    }

    /// `spec.finalizers` change through the finalize subresource only.
    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        object["spec"] = old["spec"]
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { [] }

    static let immortal: Set<String> = ["default", "kube-public", "kube-system"]

    func deletionRefusal(of object: JSONValue) -> String? {
        NamespaceRules.immortal.contains(object.at("metadata", "name")?.string ?? "") ? "this namespace may not be deleted" : nil
    }

    func decideDelete(_ object: JSONValue, _ options: DeleteOptions, now: Timestamp) -> DeleteDecision? {
        let finalizers = PropagationFinalizers.after(object, options, self)
        if object.at("metadata", "deletionTimestamp") == nil {
            var terminating = object
            PropagationFinalizers.set(finalizers, on: &terminating)
            terminating.set(.string(now.rfc3339), at: "metadata", "deletionTimestamp")
            terminating.set("Terminating", at: "status", "phase")
            return isFinished(terminating) ? .remove(terminating) : .markTerminating(terminating)
        }
        if finalizers != PropagationFinalizers.before(object) {
            var changed = object
            PropagationFinalizers.set(finalizers, on: &changed)
            return isFinished(changed) ? .remove(changed) : .markTerminating(changed)
        }
        return isFinished(object) ? .remove(object) : .alreadyTerminating(object)
    }

    func isFinished(_ object: JSONValue) -> Bool {
        (object.at("spec", "finalizers")?.array ?? []).isEmpty && (object.at("metadata", "finalizers")?.array ?? []).isEmpty
    }

    func applySubresource(
        _ name: String, body: JSONValue, to object: JSONValue, _ context: RequestContext
    ) throws(APIStatus) -> JSONValue? {
        guard name == "finalize" else { return nil }
        var finalized = object
        if let finalizers = body.at("spec", "finalizers")?.array, !finalizers.isEmpty {
            finalized.set(.array(finalizers), at: "spec", "finalizers")
        } else {
            finalized.remove(at: "spec", "finalizers")
        }
        return finalized
    }
}

extension NamespaceRules {
    /// Whether objects may not be created in this namespace any more.
    static func isTerminating(_ namespace: JSONValue) -> Bool {
        namespace.at("metadata", "deletionTimestamp") != nil || namespace.at("status", "phase")?.string == "Terminating"
    }
}
