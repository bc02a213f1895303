import Core
import JSON
import KubeSchema

extension ResourceKind {
    /// The object that a create stores: checked, defaulted, named, stamped. Throws 400 or 422 in Kubernetes' words.
    ///
    /// `body` has been read from JSON, YAML or protobuf, and its structure checked against the schema; this is about what it means.
    public func prepareCreate(_ body: JSONValue, _ context: RequestContext) throws(APIStatus) -> JSONValue {
        var object = body
        try checkType(of: object)
        let metadata = object["metadata"]
        if let version = metadata?["resourceVersion"]?.string, !version.isEmpty, version != "0" {
            throw APIStatus(code: 500, reason: "", message: "resourceVersion should not be set on objects to be created")
        }
        let namespace = try checkedNamespace(metadata?["namespace"]?.string ?? "", context)
        var name = metadata?["name"]?.string ?? ""
        let generateName = metadata?["generateName"]?.string ?? ""
        if name.isEmpty, !generateName.isEmpty {
            name = String(decoding: generateName.utf8.prefix(58), as: UTF8.self) + context.nameSuffix
        }
        stamp(&object, name: name, namespace: namespace, context)
        rules.setDefaults(&object)
        if rules.hasStatus, !rules.keepsStatusOnCreate { object["status"] = nil }
        rules.prepareForCreate(&object, context)
        var errors = MetadataValidation.errors(of: object["metadata"] ?? .null, kind: self)
        errors += rules.validateCreate(object)
        guard errors.isEmpty else { throw .invalid(self, name: name, errors) }
        return object
    }

    /// `apiVersion` and `kind` are this kind's, or missing.
    func checkType(of object: JSONValue) throws(APIStatus) {
        guard case .object = object else {
            throw .badRequest(
                "the object provided is unrecognized (must be of type \(kind)): couldn't get version/kind; "
                    + "json parse error: json: cannot unmarshal value into Go value of type struct { APIVersion string "
                    + "\"json:\\\"apiVersion,omitempty\\\"\"; Kind string \"json:\\\"kind,omitempty\\\"\" }")
        }
        let givenKind = object["kind"]?.string ?? kind
        let givenVersion = object["apiVersion"]?.string ?? apiVersion
        if (givenKind.isEmpty || givenKind == kind) && (givenVersion.isEmpty || givenVersion == apiVersion) { return }
        let parts = givenVersion.split(separator: "/", omittingEmptySubsequences: false)
        let shortVersion = parts.last.map(String.init) ?? givenVersion
        let start = "\(givenKind) in version \(goQuoted(shortVersion)) cannot be handled as a \(kind): "
        if Schema.shared.type(forKind: GroupVersionKind(apiVersion: givenVersion, kind: givenKind)) != nil {
            let internalGroup = group.isEmpty ? "core" : String(group.prefix { $0 != "." })
            throw .badRequest(
                start + "converting (\(shortVersion).\(givenKind)) to (\(internalGroup).\(kind)): unknown conversion")
        }
        throw .badRequest(
            start + "no kind \(goQuoted(givenKind)) is registered for version \(goQuoted(givenVersion)) in scheme "
                + "\"k8s.io/kubernetes/pkg/api/legacyscheme/scheme.go:30\"")
    }

    /// The namespace that the object gets: that of the URL, which the object may only repeat.
    func checkedNamespace(_ given: String, _ context: RequestContext) throws(APIStatus) -> String {
        guard isNamespaced else { return "" }
        if !given.isEmpty, given != context.namespace {
            throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
        }
        return context.namespace
    }

    /// Puts the type and the server's own metadata on a new object; what a client cannot say is dropped.
    private func stamp(_ object: inout JSONValue, name: String, namespace: String, _ context: RequestContext) {
        let given = object["metadata"]?.object ?? JSONObject()
        var metadata = JSONObject()
        if !name.isEmpty { metadata["name"] = .string(name) }
        if let generateName = given["generateName"]?.string, !generateName.isEmpty {
            metadata["generateName"] = .string(generateName)
        }
        if !namespace.isEmpty { metadata["namespace"] = .string(namespace) }
        metadata["uid"] = .string(context.uid)
        if rules.hasGeneration { metadata["generation"] = 1 }
        metadata["creationTimestamp"] = .string(context.now.rfc3339)
        for key in ["labels", "annotations", "ownerReferences", "finalizers"] {
            if let value = given[key], !value.isNull, !value.isEmptyCollection { metadata[key] = value }
        }
        var stamped = JSONObject()
        stamped["kind"] = .string(kind)
        stamped["apiVersion"] = .string(apiVersion)
        stamped["metadata"] = .object(metadata)
        if case .object(let members) = object {
            for (key, value) in members where key != "kind" && key != "apiVersion" && key != "metadata" && !value.isNull {
                stamped[key] = value
            }
        }
        object = .object(stamped)
    }
}

extension JSONValue {
    /// `{}` or `[]`, which Go leaves out of what it writes.
    var isEmptyCollection: Bool {
        switch self {
        case .array(let elements): elements.isEmpty
        case .object(let object): object.isEmpty
        default: false
        }
    }
}
