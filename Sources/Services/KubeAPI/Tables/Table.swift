import Core
import JSON

/// What a Table's rows carry besides their cells (`includeObject`).
public enum IncludedObject: String, Sendable {
    case none = "None"
    case metadata = "Metadata"
    case object = "Object"

    /// From the query parameter; throws 400 for another word.
    public init(parameter: String?) throws(APIStatus) {
        guard let parameter, !parameter.isEmpty else {
            self = .metadata
            return
        }
        guard let value = IncludedObject(rawValue: parameter) else {
            throw .badRequest(
                "Unable to convert to Table as requested: includeObject: Invalid value: \(goQuoted(parameter)): "
                    + "must be 'Metadata', 'Object', 'None', or empty")
        }
        self = value
    }
}

/// The members of a list's metadata.
public struct ListMetadata: Sendable {
    public var resourceVersion: String
    public var continueToken = ""
    public var remainingItemCount: Int64?

    public init(resourceVersion: String, continueToken: String = "", remainingItemCount: Int64? = nil) {
        (self.resourceVersion, self.continueToken, self.remainingItemCount) = (resourceVersion, continueToken, remainingItemCount)
    }

    public var json: JSONValue {
        var object = JSONObject()
        if !resourceVersion.isEmpty { object["resourceVersion"] = .string(resourceVersion) }
        if !continueToken.isEmpty { object["continue"] = .string(continueToken) }
        if let remainingItemCount { object["remainingItemCount"] = .integer(remainingItemCount) }
        return .object(object)
    }
}

/// Tables and partial objects: the forms of an answer that `Accept: …;as=…` asks for.
extension ResourceKind {
    /// A Table of these objects (as clients read them).
    ///
    /// `version` is `v1` or `v1beta1`, as asked for. In a watch each event is a Table of one row, and only the first one has
    /// columns. The answer to a GET of one object has that object's resource version in `metadata`.
    public func table(
        of objects: [JSONValue], metadata: ListMetadata, including included: IncludedObject, withColumns: Bool = true,
        version: String = "v1", now: Timestamp
    ) -> JSONValue {
        var table = JSONObject()
        table["kind"] = "Table"
        table["apiVersion"] = .string("meta.k8s.io/" + version)
        table["metadata"] = metadata.json
        table["columnDefinitions"] = withColumns ? columnDefinitions : .null
        table["rows"] = .array(objects.map { row(of: $0, including: included, version: version, now: now) })
        return .object(table)
    }

    private func row(of object: JSONValue, including included: IncludedObject, version: String, now: Timestamp) -> JSONValue {
        var row = JSONObject()
        row["cells"] = .array(cells(TableObject(json: object, now: now)))
        if let conditions = rowConditions(object) { row["conditions"] = conditions }
        switch included {
        case .none: break
        case .metadata: row["object"] = partialMetadata(of: object, version: version)
        case .object: row["object"] = object
        }
        return .object(row)
    }

    var columnDefinitions: JSONValue {
        .array(
            columns.map { column in
                [
                    "name": .string(column.name), "type": .string(column.type), "format": .string(column.format),
                    "description": .string(column.description), "priority": .integer(Int64(column.priority)),
                ]
            })
    }

    /// `PartialObjectMetadata`: the object without all but its metadata.
    public func partialMetadata(of object: JSONValue, version: String = "v1") -> JSONValue {
        [
            "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/" + version),
            "metadata": object["metadata"] ?? .object(JSONObject()),
        ]
    }

    /// `PartialObjectMetadataList`.
    public func partialMetadataList(of objects: [JSONValue], metadata: ListMetadata, version: String = "v1") -> JSONValue {
        [
            "kind": "PartialObjectMetadataList", "apiVersion": .string("meta.k8s.io/" + version), "metadata": metadata.json,
            "items": .array(objects.map { partialMetadata(of: $0, version: version) }),
        ]
    }
}
