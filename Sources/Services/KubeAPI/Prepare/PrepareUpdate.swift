import Core
import JSON

extension ResourceKind {
    /// What a PUT or a patched object comes to.
    ///
    /// `old` is the stored object with its resource version (`ObjectBytes.tree`), `new` the complete object as the client or the
    /// patch left it. `subresource` is `nil` for the object itself, `status`, or another one that the row has.
    /// Throws 400, 409 (another resource version or uid) or 422.
    public func prepareUpdate(
        old: JSONValue, new body: JSONValue, subresource: String? = nil, _ context: RequestContext
    ) throws(APIStatus) -> PreparedUpdate {
        try checkType(of: body)
        try checkNames(of: body, context)
        let name = old.at("metadata", "name")?.string ?? context.name
        try checkVersion(of: body, against: old, name: name, isPatch: context.isPatch)
        var object = body
        if let subresource, subresource != "status" {
            guard let applied = try rules.applySubresource(subresource, body: body, to: old, context) else {
                throw .methodNotAllowed
            }
            return outcome(old: old, new: applied)
        }
        fillMetadata(&object, old: old)
        rules.setDefaults(&object)
        var errors: [FieldError]
        if subresource == nil {
            if rules.hasStatus { object["status"] = old["status"] }
            rules.prepareForUpdate(&object, old: old, context)
            bumpGeneration(&object, old: old)
            errors = MetadataValidation.updateErrors(of: object["metadata"] ?? .null, old: old["metadata"] ?? .null, kind: self)
            errors += rules.validateUpdate(object, old: old)
        } else {
            keepAllButStatus(&object, old: old)
            rules.prepareForStatusUpdate(&object, old: old, context)
            errors = MetadataValidation.updateErrors(of: object["metadata"] ?? .null, old: old["metadata"] ?? .null, kind: self)
            errors += rules.validateStatusUpdate(object, old: old)
        }
        guard errors.isEmpty else { throw .invalid(self, name: name, errors) }
        return outcome(old: old, new: object)
    }

    private func outcome(old: JSONValue, new: JSONValue) -> PreparedUpdate {
        if new.at("metadata", "deletionTimestamp") != nil, rules.isFinished(new) { return .remove(new) }
        return old == new ? .unchanged : .write(new)
    }

    func checkNames(of body: JSONValue, _ context: RequestContext) throws(APIStatus) {
        let name = body.at("metadata", "name")?.string ?? ""
        if !context.name.isEmpty {
            guard !name.isEmpty else {
                throw .badRequest(
                    "the name of the object (\(context.name) based on URL) was undeterminable: name must be provided")
            }
            guard name == context.name else {
                throw .badRequest("the name of the object (\(name)) does not match the name on the URL (\(context.name))")
            }
        }
        _ = try checkedNamespace(body.at("metadata", "namespace")?.string ?? "", context)
    }

    /// The optimistic lock: what the client last saw is what is there.
    func checkVersion(of body: JSONValue, against old: JSONValue, name: String, isPatch: Bool) throws(APIStatus) {
        let oldUID = old.at("metadata", "uid")?.string ?? ""
        if let uid = body.at("metadata", "uid")?.string, !uid.isEmpty, uid != oldUID {
            // A PUT's uid is a precondition, a patch's is a change of what cannot change: either way it is another object.
            if isPatch { throw .invalid(self, name: name, [.invalid("metadata.uid", uid, "field is immutable")]) }
            let namespace = old.at("metadata", "namespace")?.string ?? ""
            let key = "/registry/\(plural)/" + (namespace.isEmpty ? name : namespace + "/" + name)
            throw .conflict(
                self, name: name,
                because: "StorageError: invalid object, Code: 4, Key: \(key), ResourceVersion: 0, "
                    + "AdditionalErrorMsg: Precondition failed: UID in precondition: \(uid), UID in object meta: \(oldUID)")
        }
        let version = body.at("metadata", "resourceVersion")?.string ?? ""
        if version.isEmpty || version == "0" {
            if rules.allowsUnconditionalUpdate { return }
            throw .invalid(
                self, name: name, [.invalid("metadata.resourceVersion", printed: "0x0", "must be specified for an update")])
        }
        guard version == old.at("metadata", "resourceVersion")?.string else { throw .modified(self, name: name) }
    }

    /// Type and metadata of the new state: what the client left out of the server's own fields is as it was.
    private func fillMetadata(_ object: inout JSONValue, old: JSONValue) {
        let given = object["metadata"]?.object ?? JSONObject()
        let before = old["metadata"]?.object ?? JSONObject()
        var metadata = JSONObject()
        for key in ["name", "generateName", "namespace", "uid"] {
            if let value = given[key]?.nonEmptyString ?? before[key] { metadata[key] = value }
        }
        metadata["resourceVersion"] = before["resourceVersion"]
        metadata["generation"] = before["generation"]
        metadata["creationTimestamp"] = given["creationTimestamp"]?.nonEmptyString ?? before["creationTimestamp"]
        metadata["deletionTimestamp"] = before["deletionTimestamp"]
        metadata["deletionGracePeriodSeconds"] = before["deletionGracePeriodSeconds"]
        for key in ["labels", "annotations", "ownerReferences", "finalizers"] {
            if let value = given[key], !value.isNull, !value.isEmptyCollection { metadata[key] = value }
        }
        var filled = JSONObject()
        filled["kind"] = .string(kind)
        filled["apiVersion"] = .string(apiVersion)
        filled["metadata"] = .object(metadata)
        if case .object(let members) = object {
            for (key, value) in members where key != "kind" && key != "apiVersion" && key != "metadata" && !value.isNull {
                filled[key] = value
            }
        }
        object = .object(filled)
    }

    /// A write to the status subresource: all but status, labels and annotations is as it was.
    private func keepAllButStatus(_ object: inout JSONValue, old: JSONValue) {
        var kept = old
        kept["status"] = object["status"]
        kept.updateObject { members in
            members.update("metadata", default: .object(JSONObject())) { metadata in
                metadata["labels"] = object.at("metadata", "labels")
                metadata["annotations"] = object.at("metadata", "annotations")
            }
        }
        object = kept
    }

    func bumpGeneration(_ object: inout JSONValue, old: JSONValue) {
        guard rules.hasGeneration, rules.changesGeneration(object, old: old) else { return }
        object.set(.integer((old.at("metadata", "generation")?.integer ?? 0) + 1), at: "metadata", "generation")
    }
}

extension JSONValue {
    /// Itself if it is a string with something in it.
    var nonEmptyString: JSONValue? { string.flatMap { $0.isEmpty ? nil : self } }
}
