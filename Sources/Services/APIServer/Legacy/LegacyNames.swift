import JSON

/// The API of Kubernetes' first year, v1beta1, as a translation to and from v1. Pure.
///
/// An object had its metadata beside its other members, an `id` where v1 has a name, and a `desiredState` and a `currentState`; the
/// namespace stood in the query. Served are the two resources of that time's guides.
enum Legacy {
    static let version = "v1beta1"

    /// Ids could hold capitals, names cannot: the id as the client wrote it is kept beside the name.
    static let idAnnotation = "v1beta1.kmd.dev/id"

    /// The v1 name of an object with this id.
    static func name(ofID id: String) -> String { id.lowercased() }

    /// The id of a v1 object.
    static func id(of metadata: JSONValue?) -> JSONValue {
        let name = metadata?["name"]?.string ?? ""
        if let id = metadata?.at("annotations", idAnnotation)?.string, Legacy.name(ofID: id) == name { return .string(id) }
        return .string(name)
    }

    /// `metadata` of v1 from the members of a v1beta1 object.
    static func metadata(from object: JSONValue, namespace: String) -> JSONValue {
        var metadata: JSONValue = ["namespace": .string(namespace)]
        var annotations = object["annotations"] ?? .null
        switch object["id"] {
        case .string(let id):
            metadata["name"] = .string(name(ofID: id))
            if name(ofID: id) != id { annotations[idAnnotation] = .string(id) }
        case let other?: metadata["name"] = other
        case nil: break
        }
        if let labels = object["labels"] { metadata["labels"] = labels }
        if !annotations.isNull { metadata["annotations"] = annotations }
        return metadata
    }

    /// The members that v1beta1 has in the object itself, from `metadata` of v1.
    static func members(from metadata: JSONValue?, kind: String?) -> JSONValue {
        var object: JSONValue = [:]
        if let kind { object["kind"] = .string(kind) }
        object["id"] = id(of: metadata)
        if let uid = metadata?["uid"] { object["uid"] = uid }
        object["creationTimestamp"] = metadata?["creationTimestamp"] ?? .null
        if let revision = number(metadata?["resourceVersion"]) { object["resourceVersion"] = revision }
        if kind != nil { object["apiVersion"] = .string(version) }
        if let namespace = metadata?["namespace"] { object["namespace"] = namespace }
        var annotations = metadata?["annotations"]?.object ?? JSONObject()
        annotations[idAnnotation] = nil
        if !annotations.isEmpty { object["annotations"] = .object(annotations) }
        return object
    }

    /// A list, whose items carry no kind.
    static func list(_ kind: String, _ items: [JSONValue], resourceVersion: String) -> JSONValue {
        var list: JSONValue = ["kind": .string(kind), "creationTimestamp": .null]
        if let revision = number(.string(resourceVersion)) { list["resourceVersion"] = revision }
        list["apiVersion"] = .string(version)
        list["items"] = .array(items)
        return list
    }

    /// A `Status`: `details` had an `id` where v1 has a name.
    static func status(_ status: JSONValue) -> JSONValue {
        var result: JSONValue = ["kind": "Status", "creationTimestamp": .null, "apiVersion": .string(version)]
        for member in ["status", "message", "reason"] { result[member] = status[member] }
        if let details = status["details"] {
            var old: JSONValue = [:]
            old["id"] = details["name"]
            for member in ["kind", "causes"] { old[member] = details[member] }
            result["details"] = old
        }
        result["code"] = status["code"]
        return result
    }

    /// Numbers that v1 has as text.
    private static func number(_ text: JSONValue?) -> JSONValue? { text?.string.flatMap { Int64($0) }.map { .integer($0) } }
}
