import JSON

/// The failures that Kubernetes knows, each with its code, reason and wording.
extension APIStatus {
    private static func about(_ kind: ResourceKind, _ name: String) -> Details {
        Details(name: name, group: kind.group, kind: kind.plural)
    }

    /// 404 `pods "x" not found`.
    public static func notFound(_ kind: ResourceKind, name: String) -> APIStatus {
        APIStatus(
            code: 404, reason: "NotFound", message: "\(kind.qualifiedPlural) \(goQuoted(name)) not found",
            details: about(kind, name))
    }

    /// 404 for a path, group, version or resource that this server does not have.
    public static var noSuchResource: APIStatus {
        APIStatus(
            code: 404, reason: "NotFound", message: "the server could not find the requested resource", details: Details())
    }

    /// 409 `pods "x" already exists`.
    public static func alreadyExists(_ kind: ResourceKind, name: String) -> APIStatus {
        APIStatus(
            code: 409, reason: "AlreadyExists", message: "\(kind.qualifiedPlural) \(goQuoted(name)) already exists",
            details: about(kind, name))
    }

    /// 409 for a create under the name of an object that waits for its finalizers or its grace period.
    public static func alreadyExistsButGoing(_ kind: ResourceKind, name: String) -> APIStatus {
        var status = alreadyExists(kind, name: name)
        status.message = "object is being deleted: " + status.message
        return status
    }

    /// 409 with `Operation cannot be fulfilled on pods "x": ` before the reason given.
    public static func conflict(_ kind: ResourceKind, name: String, because text: String) -> APIStatus {
        APIStatus(
            code: 409, reason: "Conflict",
            message: "Operation cannot be fulfilled on \(kind.qualifiedPlural) \(goQuoted(name)): \(text)",
            details: about(kind, name))
    }

    /// 409 of a write that carries the resource version of an older state: the optimistic lock.
    public static func modified(_ kind: ResourceKind, name: String) -> APIStatus {
        conflict(
            kind, name: name,
            because: "the object has been modified; please apply your changes to the latest version and try again")
    }

    /// 422 with every fault of the object, in the order of its fields.
    public static func invalid(_ kind: ResourceKind, name: String, _ errors: [FieldError]) -> APIStatus {
        invalid(kindName: kind.kind, group: kind.group, name: name, errors)
    }

    /// 422 for a kind that is not in the registry (an argument object such as `Binding`).
    public static func invalid(kindName: String, group: String, name: String, _ errors: [FieldError]) -> APIStatus {
        var messages: [String] = []
        for error in errors where !messages.contains(error.description) { messages.append(error.description) }
        let all = messages.count == 1 ? messages[0] : "[\(messages.joined(separator: ", "))]"
        let qualified = group.isEmpty ? kindName : "\(kindName).\(group)"
        return APIStatus(
            code: 422, reason: "Invalid", message: "\(qualified) \(goQuoted(name)) is invalid: \(all)",
            details: Details(name: name, group: group, kind: kindName, causes: errors.map(\.cause)))
    }

    /// 400; the text is the whole message.
    public static func badRequest(_ message: String) -> APIStatus {
        APIStatus(code: 400, reason: "BadRequest", message: message)
    }

    /// 405.
    public static var methodNotAllowed: APIStatus {
        APIStatus(
            code: 405, reason: "MethodNotAllowed", message: "the server does not allow this method on the requested resource",
            details: Details())
    }

    /// 405 of a resource that does not do one verb: `create is not supported on resources of kind "…"`.
    public static func methodNotSupported(_ kind: ResourceKind, verb: String) -> APIStatus {
        APIStatus(
            code: 405, reason: "MethodNotAllowed",
            message: "\(verb) is not supported on resources of kind \(goQuoted(kind.qualifiedPlural))",
            details: Details(group: kind.group, kind: kind.plural))
    }

    /// 415 of a create or an update whose Content-Type is no serialisation of objects.
    public static var unsupportedMediaType: APIStatus {
        APIStatus(
            code: 415, reason: "UnsupportedMediaType",
            message: "the body of the request was in an unknown format - accepted media types include: "
                + "application/json, application/yaml, application/vnd.kubernetes.protobuf")
    }

    /// 415 of a PATCH whose Content-Type is no kind of patch.
    public static var unsupportedPatchType: APIStatus {
        APIStatus(code: 415, reason: "UnsupportedMediaType", message: "415: Unsupported Media Type", details: Details())
    }

    /// 406 when nothing in Accept can be served.
    public static var notAcceptable: APIStatus {
        APIStatus(code: 406, reason: "NotAcceptable", message: "406: Not Acceptable", details: Details())
    }

    /// 406 when Accept asks for a transformation (`as=`) that there is not.
    public static var notAcceptableTransform: APIStatus {
        APIStatus(
            code: 406, reason: "NotAcceptable",
            message:
                "only the following media types are accepted: application/json, application/yaml, application/vnd.kubernetes.protobuf"
        )
    }

    /// 413; `limit` in bytes (3 MiB for a real server).
    public static func requestEntityTooLarge(limit: Int) -> APIStatus {
        APIStatus(code: 413, reason: "RequestEntityTooLarge", message: "Request entity too large: limit is \(limit)")
    }

    /// 410 `Expired`: the resource version asked for is compacted away.
    public static func expired(_ message: String) -> APIStatus {
        APIStatus(code: 410, reason: "Expired", message: message)
    }

    /// 410 of a watch from a revision that is not held any more.
    public static func tooOldResourceVersion(_ asked: Int64, oldest: Int64) -> APIStatus {
        expired("too old resource version: \(asked) (\(oldest))")
    }

    /// 410 of a list that continues at a revision that is gone; `token` lets the client go on at the newest one.
    public static func expiredContinue(token: String) -> APIStatus {
        var status = expired(
            "The provided continue parameter is too old to display a consistent list result. You can start a new list without "
                + "the continue parameter, or use the continue token in this response to retrieve the remainder of the "
                + "results. Continuing with the provided token results in an inconsistent list - objects that were created, "
                + "modified, or deleted between the time the first chunk was returned and now may show up in the list.")
        status.continueToken = token
        return status
    }

    /// 403 `pods "x" is forbidden: …`; without a name, `pods is forbidden: …`.
    public static func forbidden(_ kind: ResourceKind, name: String, because text: String) -> APIStatus {
        let subject = name.isEmpty ? kind.qualifiedPlural : "\(kind.qualifiedPlural) \(goQuoted(name))"
        return APIStatus(
            code: 403, reason: "Forbidden", message: "\(subject) is forbidden: \(text)", details: about(kind, name))
    }

    /// 403 of a create in a namespace that is being deleted.
    public static func namespaceTerminating(_ kind: ResourceKind, name: String, namespace: String) -> APIStatus {
        var status = forbidden(
            kind, name: name, because: "unable to create new content in namespace \(namespace) because it is being terminated")
        status.details?.causes = [
            Cause(
                reason: "NamespaceTerminating", message: "namespace \(namespace) is being terminated", field: "metadata.namespace"
            )
        ]
        return status
    }

    /// 500 `Internal error occurred: …`.
    public static func internalError(_ text: String) -> APIStatus {
        APIStatus(
            code: 500, reason: "InternalError", message: "Internal error occurred: \(text)",
            details: Details(causes: [Cause(reason: "", message: text, field: "")]))
    }

    /// 429; the client waits `retryAfter` seconds.
    public static func tooManyRequests(_ message: String, retryAfter: Int) -> APIStatus {
        APIStatus(code: 429, reason: "TooManyRequests", message: message, details: Details(retryAfterSeconds: retryAfter))
    }

    /// 503.
    public static func serviceUnavailable(_ message: String) -> APIStatus {
        APIStatus(code: 503, reason: "ServiceUnavailable", message: message)
    }

    /// 504 of a request that the server gave up on, for example while a store did not answer.
    public static func timeout(_ message: String, retryAfter: Int = 0) -> APIStatus {
        APIStatus(code: 504, reason: "Timeout", message: "Timeout: \(message)", details: Details(retryAfterSeconds: retryAfter))
    }

    /// 504 of a read that asks for a revision that is not there yet.
    public static func tooLargeResourceVersion(_ asked: Int64, current: Int64) -> APIStatus {
        var status = timeout("Too large resource version: \(asked), current: \(current)", retryAfter: 1)
        status.details?.causes = [Cause(reason: "ResourceVersionTooLarge", message: "Too large resource version", field: "")]
        return status
    }

    /// 200 `Success`, the answer to a delete that removed the object at once (for kinds whose delete does not return the object).
    public static func deleted(_ kind: ResourceKind, name: String, uid: String) -> APIStatus {
        APIStatus(
            code: 200, reason: "", message: "", details: Details(name: name, group: kind.group, kind: kind.plural, uid: uid),
            isSuccess: true)
    }

    /// 400 of a field selector on a field that cannot be selected by.
    ///
    /// Kinds with fields of their own and kinds with none but name and namespace answer in different words.
    static func unsupportedField(_ label: String, of kind: ResourceKind) -> APIStatus {
        if kind.selectableFields.contains(where: { !$0.label.hasPrefix("metadata.") }) {
            return badRequest("field label not supported: \(label)")
        }
        return badRequest("\(goQuoted(label)) is not a known field selector: only \"metadata.name\", \"metadata.namespace\"")
    }
}
