import Core
import JSON

/// The `binding` subresource of pods: how a scheduler, or an executor for it, puts a pod on a node.
public enum PodBinding {
    /// The answer to a binding that took place.
    public static let success = APIStatus(code: 201, reason: "", message: "", isSuccess: true)

    /// The pod on its node. Throws 400 or 422 for a bad Binding, 409 for a pod that is bound already, is being deleted, or is another
    /// one than `metadata.uid` of the binding says.
    ///
    /// Annotations and labels of the binding are merged into the pod's; the condition PodScheduled becomes True.
    public static func apply(_ binding: JSONValue, to pod: JSONValue, _ context: RequestContext) throws(APIStatus) -> JSONValue {
        let name = pod.at("metadata", "name")?.string ?? ""
        let bindingName = binding.at("metadata", "name")?.string ?? ""
        guard bindingName == context.name || (bindingName.isEmpty && context.name.isEmpty) else {
            throw .badRequest("name in URL does not match name in Binding object")
        }
        try validate(binding, name: bindingName)
        let node = binding.at("target", "name")?.string ?? ""
        let uid = pod.at("metadata", "uid")?.string ?? ""
        if let wanted = binding.at("metadata", "uid")?.string, !wanted.isEmpty, wanted != uid {
            throw conflict(name, "Precondition failed: UID in precondition: \(wanted), UID in object meta: \(uid)")
        }
        if pod.at("metadata", "deletionTimestamp") != nil {
            throw conflict(name, "pod \(name) is being deleted, cannot be assigned to a host")
        }
        if let current = pod.at("spec", "nodeName")?.string, !current.isEmpty {
            throw conflict(name, "pod \(name) is already assigned to node \(goQuoted(current))")
        }
        var bound = pod
        bound.set(.string(node), at: "spec", "nodeName")
        for key in ["annotations", "labels"] {
            for (entry, value) in binding.at("metadata", key)?.object ?? JSONObject() {
                bound.set(value, at: "metadata", key, entry)
            }
        }
        setScheduled(&bound, now: context.now)
        return bound
    }

    private static func validate(_ binding: JSONValue, name: String) throws(APIStatus) {
        var errors: [FieldError] = []
        let kind = binding.at("target", "kind")?.string ?? ""
        if !kind.isEmpty, kind != "Node" { errors.append(.notSupported("target.kind", kind, ["Node", "<empty>"])) }
        if (binding.at("target", "name")?.string ?? "").isEmpty { errors.append(.required("target.name")) }
        guard errors.isEmpty else { throw .invalid(kindName: "Binding", group: "", name: name, errors) }
    }

    private static func conflict(_ name: String, _ text: String) -> APIStatus {
        APIStatus(
            code: 409, reason: "Conflict", message: "Operation cannot be fulfilled on pods/binding \(goQuoted(name)): \(text)",
            details: APIStatus.Details(name: name, kind: "pods/binding"))
    }

    /// The condition keeps its place in the list; its time moves only when it changes.
    private static func setScheduled(_ pod: inout JSONValue, now: Timestamp) {
        var condition: JSONValue = ["type": "PodScheduled", "status": "True", "lastProbeTime": .null]
        var conditions = pod.at("status", "conditions")?.array ?? []
        let position = conditions.firstIndex { $0["type"]?.string == "PodScheduled" }
        let before = position.flatMap { conditions[$0] }
        condition["lastTransitionTime"] =
            before?["status"]?.string == "True" ? before?["lastTransitionTime"] ?? .string(now.rfc3339) : .string(now.rfc3339)
        if let position { conditions[position] = condition } else { conditions.append(condition) }
        pod.set(.array(conditions), at: "status", "conditions")
    }
}
