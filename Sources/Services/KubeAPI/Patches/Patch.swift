import JSON

/// The kinds of PATCH, by Content-Type.
public enum PatchType: String, Sendable {
    case json = "application/json-patch+json"
    case merge = "application/merge-patch+json"
    case strategicMerge = "application/strategic-merge-patch+json"
    /// Server-side apply.
    case apply = "application/apply-patch+yaml"
}

extension ResourceKind {
    /// The object that a patch makes of `object` (the stored one, with its resource version); goes to `prepareUpdate` next.
    ///
    /// Throws 400 for a patch that cannot be read, 422 for one that cannot be applied. `patch` is the body, parsed.
    public func apply(_ patch: JSONValue, as type: PatchType, to object: JSONValue) throws(APIStatus) -> JSONValue {
        switch type {
        case .json: try JSONPatch(patch).applied(to: object)
        case .merge: try MergePatch.apply(patch, to: object)
        case .strategicMerge: try StrategicMergePatch.apply(patch, to: object, kind: self)
        case .apply: throw .unsupportedPatchType
        }
    }
}

/// RFC 7386: members replace, objects merge, null removes.
public enum MergePatch {
    public static func apply(_ patch: JSONValue, to object: JSONValue) throws(APIStatus) -> JSONValue {
        guard case .object = patch else { throw APIStatus(code: 500, reason: "", message: "Invalid JSON Patch") }
        return merged(patch, into: object)
    }

    static func merged(_ patch: JSONValue, into target: JSONValue?) -> JSONValue {
        guard case .object(let changes) = patch else { return patch }
        var result = target?.object ?? JSONObject()
        for (key, value) in changes {
            if value.isNull { result.removeValue(forKey: key) } else { result[key] = merged(value, into: result[key]) }
        }
        return .object(result)
    }
}
