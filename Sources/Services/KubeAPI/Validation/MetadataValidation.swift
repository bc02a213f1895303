import JSON

/// What must hold of `metadata`, whatever the kind.
enum MetadataValidation {
    /// Bytes of all annotations of one object together.
    static let annotationLimit = 256 * 1024

    /// Of a new object.
    static func errors(of metadata: JSONValue, kind: ResourceKind) -> [FieldError] {
        var errors: [FieldError] = []
        let format = kind.rules.nameFormat
        if let generateName = metadata["generateName"]?.string, !generateName.isEmpty {
            for fault in Names.faults(masked(generateName), format) {
                errors.append(.invalid("metadata.generateName", generateName, fault))
            }
        }
        let name = metadata["name"]?.string ?? ""
        if name.isEmpty {
            errors.append(.required("metadata.name", "name or generateName is required"))
        } else {
            for fault in Names.faults(name, format) { errors.append(.invalid("metadata.name", name, fault)) }
        }
        if kind.isNamespaced {
            let namespace = metadata["namespace"]?.string ?? ""
            if namespace.isEmpty { errors.append(.required("metadata.namespace")) }
            for fault in namespace.isEmpty ? [] : Names.labelFaults(namespace) {
                errors.append(.invalid("metadata.namespace", namespace, fault))
            }
        }
        return errors + commonErrors(of: metadata)
    }

    /// Of a change.
    static func updateErrors(of metadata: JSONValue, old: JSONValue, kind: ResourceKind) -> [FieldError] {
        var errors: [FieldError] = []
        if old["deletionTimestamp"] != nil {
            let before = old["finalizers"]?.array ?? []
            let added = (metadata["finalizers"]?.array ?? []).filter { !before.contains($0) }.compactMap(\.string)
            if !added.isEmpty {
                let list = added.map { goQuoted($0) }.joined(separator: ", ")
                errors.append(
                    .forbidden(
                        "metadata.finalizers",
                        "no new finalizers can be added if the object is being deleted, "
                            + "found new finalizers []string{\(list)}"))
            }
        }
        for key in ["name", "namespace", "uid", "creationTimestamp"] where metadata[key] != old[key] {
            errors.append(.invalid("metadata.\(key)", metadata[key]?.string ?? "", "field is immutable"))
        }
        return errors + commonErrors(of: metadata)
    }

    private static func commonErrors(of metadata: JSONValue) -> [FieldError] {
        var errors = labelErrors(metadata["labels"], "metadata.labels")
        if let annotations = metadata["annotations"]?.object { errors += annotationErrors(annotations, "metadata.annotations") }
        if let references = metadata["ownerReferences"]?.array { errors += ownerErrors(references) }
        for (position, finalizer) in (metadata["finalizers"]?.array ?? []).enumerated() {
            let name = finalizer.string ?? ""
            for fault in Names.qualifiedNameFaults(name) { errors.append(.invalid("metadata.finalizers", name, fault)) }
            if !name.utf8.contains(UInt8(ascii: "/")), !["kubernetes", "orphan", "foregroundDeletion"].contains(name) {
                errors.append(
                    .invalid(
                        "metadata.finalizers[\(position)]", name,
                        "name is neither a standard finalizer name nor is it fully qualified"))
            }
        }
        return errors
    }

    /// Of labels, wherever they stand.
    static func labelErrors(_ labels: JSONValue?, _ field: String) -> [FieldError] {
        guard case .object(let members)? = labels else { return [] }
        var errors: [FieldError] = []
        for (key, value) in members {
            for fault in Names.qualifiedNameFaults(key) { errors.append(.invalid(field, key, fault)) }
            let text = value.string ?? ""
            for fault in Names.labelValueFaults(text) { errors.append(.invalid(field, text, fault)) }
        }
        return errors
    }

    /// Of annotations, wherever they stand.
    static func annotationErrors(_ annotations: JSONObject, _ field: String) -> [FieldError] {
        var errors: [FieldError] = []
        var size = 0
        for (key, value) in annotations {
            for fault in Names.qualifiedNameFaults(key.lowercased()) {
                errors.append(.invalid(field, key, fault))
            }
            size += key.utf8.count + (value.string?.utf8.count ?? 0)
        }
        if size > annotationLimit { errors.append(.tooLong(field, limit: annotationLimit)) }
        return errors
    }

    private static func ownerErrors(_ references: [JSONValue]) -> [FieldError] {
        var errors: [FieldError] = []
        var controller: String?
        for reference in references {
            let field = "metadata.ownerReferences"
            if (reference["apiVersion"]?.string ?? "").isEmpty {
                errors.append(.invalid(field + ".apiVersion", "", "version must not be empty"))
            }
            for key in ["kind", "name", "uid"] where (reference[key]?.string ?? "").isEmpty {
                errors.append(.invalid("\(field).\(key)", "", "\(key) must not be empty"))
            }
            let name = reference["name"]?.string ?? ""
            if reference["apiVersion"] == "v1", reference["kind"] == "Event" {
                errors.append(.invalid(field, printed: reference.text, "/v1, Kind=Event is disallowed from being an owner"))
            }
            guard reference["controller"]?.bool == true else { continue }
            if let controller {
                errors.append(
                    .invalid(
                        field, printed: "[]v1.OwnerReference",
                        "Only one reference can have Controller set to true. "
                            + "Found \"true\" in references for \(controller) and \(name)"))
            }
            controller = name
        }
        return errors
    }

    /// The end of a `generateName` may be a hyphen, as the name goes on.
    private static func masked(_ name: String) -> String {
        name.hasSuffix("-") && name.utf8.count > 1 ? String(name.dropLast()) + "a" : name
    }
}
