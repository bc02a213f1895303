import Core
import JSON

/// Pods: the rules of creation, change and deletion.
struct PodRules: ResourceRules {
    var hasStatus: Bool { true }
    var returnsDeletedObject: Bool { true }

    func setDefaults(_ object: inout JSONValue) {
        object.updateObject { object in
            object.update("spec", default: .object(JSONObject())) { spec in spec.updateObject(PodDefaults.apply(toPodSpec:)) }
        }
    }

    func prepareForCreate(_ object: inout JSONValue, _ context: RequestContext) {
        object.updateObject { object in
            let isKept = PodRules.isKept(object)
            object.update("spec", default: .object(JSONObject())) { spec in
                spec.updateObject { spec in
                    PodDefaults.setIfMissing(&spec, "serviceAccountName", "default")
                    PodDefaults.setIfMissing(&spec, "serviceAccount", "default")
                    setAdmissionDefaults(&spec, old: nil, isKept: isKept)
                }
            }
            var status: JSONValue = ["phase": "Pending", "qosClass": .string(PodQualityOfService.class(ofSpec: object["spec"]))]
            if let gates = object["spec"]?["schedulingGates"]?.array, !gates.isEmpty { status["conditions"] = [PodRules.gated] }
            object["status"] = status
        }
    }

    /// Why a pod with scheduling gates does not run, from its first moment on; what the scheduler says later takes its place.
    private static let gated: JSONValue = [
        "type": "PodScheduled", "status": "False", "reason": "SchedulingGated", "message": "Scheduling is blocked due to non-empty scheduling gates",
        "lastProbeTime": .null, "lastTransitionTime": .null,
    ]

    func prepareForUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        object.updateObject { object in
            let isKept = PodRules.isKept(object)
            object.update("spec", default: .object(JSONObject())) { spec in
                spec.updateObject { setAdmissionDefaults(&$0, old: old["spec"]?.object, isKept: isKept) }
            }
        }
    }

    func prepareForStatusUpdate(_ object: inout JSONValue, old: JSONValue, _ context: RequestContext) {
        guard object.at("status", "qosClass") == nil, let qualityOfService = old.at("status", "qosClass") else { return }
        object.set(qualityOfService, at: "status", "qosClass")
    }

    func validateCreate(_ object: JSONValue) -> [FieldError] {
        var validation = PodValidation(base: "spec")
        validation.validate(spec: object["spec"] ?? .null)
        return validation.errors
    }

    func validateUpdate(_ object: JSONValue, old: JSONValue) -> [FieldError] { PodUpdateValidation.errors(object, old: old) }

    func gracePeriod(of object: JSONValue, asked: Int64?) -> Int64? {
        if (object.at("spec", "nodeName")?.string ?? "").isEmpty { return 0 }
        if let phase = object.at("status", "phase")?.string, phase == "Failed" || phase == "Succeeded" { return 0 }
        let grace = asked ?? object.at("spec", "terminationGracePeriodSeconds")?.integer ?? 30
        return grace < 0 ? 1 : grace
    }

    func applySubresource(
        _ name: String, body: JSONValue, to object: JSONValue, _ context: RequestContext
    ) throws(APIStatus) -> JSONValue? {
        name == "binding" ? try PodBinding.apply(body, to: object, context) : nil
    }

    /// `kmd.dev/on-unreachable: keep`: where no toleration says more, the pod waits for a node that cannot be reached, however long.
    private static func isKept(_ object: JSONObject) -> Bool {
        object["metadata"]?.at("annotations", "kmd.dev/on-unreachable")?.string == "keep"
    }

    /// What admission sets: how long a pod stays on a node that is lost, and its priority.
    private func setAdmissionDefaults(_ spec: inout JSONObject, old: JSONObject?, isKept: Bool) {
        PodDefaults.setIfMissing(&spec, "priority", old?["priority"] ?? 0)
        PodDefaults.setIfMissing(&spec, "preemptionPolicy", old?["preemptionPolicy"] ?? "PreemptLowerPriority")
        for taint in ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"] {
            let isTolerated = (spec["tolerations"]?.array ?? []).contains { toleration in
                let key = toleration["key"]?.string ?? ""
                let effect = toleration["effect"]?.string ?? ""
                return (key == taint || key.isEmpty) && (effect == "NoExecute" || effect.isEmpty)
            }
            if isTolerated { continue }
            spec.update("tolerations", default: .array([])) { tolerations in
                tolerations.updateArray { list in
                    var toleration: JSONObject = ["key": .string(taint), "operator": "Exists", "effect": "NoExecute"]
                    if !isKept || taint != "node.kubernetes.io/unreachable" { toleration["tolerationSeconds"] = 300 }
                    list.append(.object(toleration))
                }
            }
        }
    }
}
