import JSON

/// What may change in a pod after its creation: images, the deadline (shorter), tolerations (more of them).
enum PodUpdateValidation {
    private static let allowed =
        "pod updates may not change fields other than `spec.containers[*].image`, "
        + "`spec.initContainers[*].image`, `spec.activeDeadlineSeconds` or `spec.tolerations` (only additions to existing tolerations)"

    static func errors(_ pod: JSONValue, old: JSONValue) -> [FieldError] {
        guard let spec = pod["spec"], let oldSpec = old["spec"], spec != oldSpec else { return [] }
        var errors: [FieldError] = []
        for list in ["containers", "initContainers"] {
            let containers = spec[list]?.array ?? []
            guard containers.count == (oldSpec[list]?.array ?? []).count else {
                return [.forbidden("spec.\(list)", "pod updates may not add or remove containers")]
            }
            for (position, container) in containers.enumerated() where (container["image"]?.string ?? "").isEmpty {
                errors.append(.required("spec.\(list)[\(position)].image"))
            }
        }
        errors += deadlineErrors(spec["activeDeadlineSeconds"], old: oldSpec["activeDeadlineSeconds"])
        errors += tolerationErrors(spec["tolerations"]?.array ?? [], old: oldSpec["tolerations"]?.array ?? [])
        if !errors.isEmpty { return errors }

        var munged = spec
        for list in ["containers", "initContainers"] { restoreImages(&munged, list, from: oldSpec) }
        munged["activeDeadlineSeconds"] = oldSpec["activeDeadlineSeconds"]
        munged["tolerations"] = oldSpec["tolerations"]
        if munged != oldSpec { errors.append(.forbidden("spec", allowed + "\n" + difference(munged, oldSpec))) }
        return errors
    }

    private static func deadlineErrors(_ deadline: JSONValue?, old: JSONValue?) -> [FieldError] {
        let field = "spec.activeDeadlineSeconds"
        if let new = deadline?.integer {
            if !(1...Int64(Int32.max)).contains(new) {
                return [.invalid(field, new, "must be between 1 and 2147483647, inclusive")]
            }
            if let old = old?.integer, old < new { return [.invalid(field, new, "must be less than or equal to previous value")] }
        } else if old?.integer != nil {
            return [.invalid(field, printed: "null", "must not update from a positive integer to nil value")]
        }
        return []
    }

    private static func tolerationErrors(_ tolerations: [JSONValue], old: [JSONValue]) -> [FieldError] {
        var bare = tolerations
        for position in bare.indices { bare[position]["tolerationSeconds"] = nil }
        for toleration in old {
            var kept = toleration
            kept["tolerationSeconds"] = nil
            if !bare.contains(kept) {
                return [.forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")]
            }
        }
        return []
    }

    private static func restoreImages(_ spec: inout JSONValue, _ list: String, from old: JSONValue) {
        guard let before = old[list]?.array, spec[list] != nil else { return }
        spec.updateObject { spec in
            spec.update(list, default: .null) { containers in
                containers.updateArray { containers in
                    for position in containers.indices where position < before.count {
                        containers[position]["image"] = before[position]["image"]
                    }
                }
            }
        }
    }

    /// The members that differ, the new value with a minus and the old one with a plus, as Kubernetes shows them.
    private static func difference(_ new: JSONValue, _ old: JSONValue) -> String {
        var keys = new.object?.keys ?? []
        for key in old.object?.keys ?? [] where !keys.contains(key) { keys.append(key) }
        var lines = "  core.PodSpec{\n"
        for key in keys.sorted() where new[key] != old[key] {
            let field = key.prefix(1).uppercased() + key.dropFirst()
            lines += "- \t\(field): \(new[key]?.text ?? "nil"),\n+ \t\(field): \(old[key]?.text ?? "nil"),\n"
        }
        return lines + "  }\n"
    }
}
