import Core
import JSON

extension ResourceKind {
    /// What a DELETE of this object comes to. Throws 409 when a precondition does not hold.
    ///
    /// `object` is the stored one with its resource version. Objects with finalizers are marked and stay until the last finalizer is
    /// taken; pods on a node are marked and stay until their node removes them with grace 0; everything else goes at once.
    public func prepareDelete(
        _ object: JSONValue, _ options: DeleteOptions = DeleteOptions(), now: Timestamp
    ) throws(APIStatus) -> DeleteDecision {
        try checkPreconditions(object, options)
        if let refusal = rules.deletionRefusal(of: object) {
            throw .forbidden(self, name: object.at("metadata", "name")?.string ?? "", because: refusal)
        }
        if let decision = rules.decideDelete(object, options, now: now) { return decision }
        let before = PropagationFinalizers.before(object)
        let isGoing = object.at("metadata", "deletionTimestamp") != nil
        let grace = rules.gracePeriod(of: object, asked: options.gracePeriodSeconds)
        if isGoing, grace != nil { return again(object, options, !before.isEmpty) }
        let after = PropagationFinalizers.after(object, options, rules)
        if isGoing, after == before { return before.isEmpty ? .remove(object) : .alreadyTerminating(object) }
        var changed = object
        PropagationFinalizers.set(after, on: &changed)
        if isGoing { return after.isEmpty ? .remove(changed) : .markTerminating(changed) }
        guard let grace else { return after.isEmpty ? .remove(object) : .markTerminating(mark(changed, grace: 0, now: now)) }
        let marked = mark(changed, grace: grace, now: now)
        return grace == 0 && after.isEmpty ? .remove(marked) : .markTerminating(marked)
    }

    /// A further DELETE of an object whose deletion is under way: a shorter grace is taken, a longer one ignored.
    private func again(_ object: JSONValue, _ options: DeleteOptions, _ hasFinalizers: Bool) -> DeleteDecision {
        let current = object.at("metadata", "deletionGracePeriodSeconds")?.integer ?? 0
        guard current > 0 else { return hasFinalizers ? .alreadyTerminating(object) : .remove(object) }
        guard let asked = options.gracePeriodSeconds, asked < current, rules.gracePeriod(of: object, asked: asked) != nil,
            let end = object.at("metadata", "deletionTimestamp")?.string.flatMap({ Timestamp(rfc3339: $0) })
        else { return .alreadyTerminating(object) }
        var sooner = object
        let newEnd = end.advanced(by: .seconds(asked - current))
        sooner.set(.string(newEnd.rfc3339), at: "metadata", "deletionTimestamp")
        sooner.set(.integer(asked), at: "metadata", "deletionGracePeriodSeconds")
        return asked == 0 && !hasFinalizers ? .remove(sooner) : .markTerminating(sooner)
    }

    private func mark(_ object: JSONValue, grace: Int64, now: Timestamp) -> JSONValue {
        var marked = object
        marked.set(.string(now.advanced(by: .seconds(grace)).rfc3339), at: "metadata", "deletionTimestamp")
        marked.set(.integer(grace), at: "metadata", "deletionGracePeriodSeconds")
        if let generation = object.at("metadata", "generation")?.integer, generation > 0 {
            marked.set(.integer(generation + 1), at: "metadata", "generation")
        }
        return marked
    }

    private func checkPreconditions(_ object: JSONValue, _ options: DeleteOptions) throws(APIStatus) {
        let name = object.at("metadata", "name")?.string ?? ""
        let uid = object.at("metadata", "uid")?.string ?? ""
        if let wanted = options.uidPrecondition, wanted != uid {
            throw preconditionFailed(
                name,
                "the UID in the precondition (\(wanted)) does not match the UID in record (\(uid)). "
                    + "The object might have been deleted and then recreated")
        }
        let version = object.at("metadata", "resourceVersion")?.string ?? ""
        if let wanted = options.resourceVersionPrecondition, wanted != version {
            throw preconditionFailed(
                name,
                "the ResourceVersion in the precondition (\(wanted)) does not match the ResourceVersion in "
                    + "record (\(version)). The object might have been modified")
        }
    }

    /// Here, unlike elsewhere, Kubernetes names the Kind.
    private func preconditionFailed(_ name: String, _ text: String) -> APIStatus {
        let qualified = group.isEmpty ? kind : "\(kind).\(group)"
        return APIStatus(
            code: 409, reason: "Conflict", message: "Operation cannot be fulfilled on \(qualified) \(goQuoted(name)): \(text)",
            details: APIStatus.Details(name: name, group: group, kind: kind))
    }
}

extension DeleteOptions {
    /// From the body of a DELETE (`nil` or `{}` = none) and its query; the body wins. Throws 400 or 422 for values that cannot be.
    public init(body: JSONValue?, query: (String) -> String?) throws(APIStatus) {
        self.init()
        func seconds(_ text: String) throws(APIStatus) -> Int64 {
            guard let number = Int64(text) else {
                throw .badRequest("strconv.ParseInt: parsing \(goQuoted(text)): invalid syntax")
            }
            return number
        }
        if let text = query("gracePeriodSeconds"), !text.isEmpty { gracePeriodSeconds = try seconds(text) }
        var propagationText = query("propagationPolicy") ?? ""
        if let text = query("orphanDependents"), !text.isEmpty { orphanDependents = text == "true" || text == "1" }
        isDryRun = query("dryRun") == "All"
        if let body, case .object = body {
            if let number = body["gracePeriodSeconds"]?.integer { gracePeriodSeconds = number }
            uidPrecondition = body.at("preconditions", "uid")?.string
            resourceVersionPrecondition = body.at("preconditions", "resourceVersion")?.string
            if let text = body["propagationPolicy"]?.string { propagationText = text }
            if let flag = body["orphanDependents"]?.bool { orphanDependents = flag }
            if let runs = body["dryRun"]?.array, runs.contains("All") { isDryRun = true }
        }
        if !propagationText.isEmpty {
            guard let known = Propagation(rawValue: propagationText) else {
                throw .invalid(
                    kindName: "DeleteOptions", group: "meta.k8s.io", name: "",
                    [
                        .notSupported("propagationPolicy", propagationText, ["Foreground", "Background", "Orphan", "nil"])
                    ])
            }
            propagation = known
            if orphanDependents != nil {
                throw .invalid(
                    kindName: "DeleteOptions", group: "meta.k8s.io", name: "",
                    [
                        .invalid(
                            "propagationPolicy", propagationText, "orphanDependents and deletionPropagation cannot be both set")
                    ])
            }
        }
        // A negative grace means at once, as everywhere in Kubernetes.
        if let grace = gracePeriodSeconds, grace < 0 { gracePeriodSeconds = 1 }
    }
}

/// The two finalizers that say what becomes of an object's dependents; the garbage collector does it, and takes them off again.
enum PropagationFinalizers {
    static let orphan: JSONValue = "orphan"
    static let foreground: JSONValue = "foregroundDeletion"

    static func before(_ object: JSONValue) -> [JSONValue] { object.at("metadata", "finalizers")?.array ?? [] }

    /// What a DELETE makes of the finalizers: the request's own word first, then what the object carries, then the kind's habit.
    static func after(_ object: JSONValue, _ options: DeleteOptions, _ rules: any ResourceRules) -> [JSONValue] {
        let before = before(object)
        guard rules.canOwn else { return before }
        var orphans: Bool
        var waits = false
        if let flag = options.orphanDependents {
            orphans = flag
        } else if let propagation = options.propagation {
            (orphans, waits) = (propagation == .orphan, propagation == .foreground)
        } else if let carried = before.first(where: { $0 == orphan || $0 == foreground }) {
            (orphans, waits) = (carried == orphan, carried == foreground)
        } else {
            orphans = rules.orphansByDefault
        }
        var after = before.filter { $0 != orphan && $0 != foreground }
        if orphans { after.append(orphan) }
        if waits { after.append(foreground) }
        return Set(after) == Set(before) ? before : after
    }

    static func set(_ finalizers: [JSONValue], on object: inout JSONValue) {
        if finalizers.isEmpty {
            object.remove(at: "metadata", "finalizers")
        } else {
            object.set(.array(finalizers), at: "metadata", "finalizers")
        }
    }
}
