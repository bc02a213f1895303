import JSON

/// What may be done with a resource, in the words of discovery and of access rules.
public enum Verb: String, Sendable, Hashable, CaseIterable {
    case create, delete, deletecollection, get, list, patch, update, watch

    /// What a stored kind allows unless its row says otherwise, in discovery's (alphabetical) order.
    public static let all: [Verb] = [.create, .delete, .deletecollection, .get, .list, .patch, .update, .watch]
}

/// A path below an object: `pods/NAME/log`.
public struct Subresource: Sendable, Hashable {
    public let name: String
    /// The kind of its body, which discovery shows.
    public let kind: String
    /// Group and version of that kind where they are not the parent's (`pods/eviction` is `policy/v1`).
    public let group: String?
    public let version: String?
    public let verbs: [Verb]

    public init(_ name: String, kind: String, group: String? = nil, version: String? = nil, verbs: [Verb]) {
        (self.name, self.kind, self.group, self.version, self.verbs) = (name, kind, group, version, verbs)
    }

    /// How many copies a controller keeps: read and written as a `Scale`, whatever the kind.
    public static let scale = Subresource("scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: [.get, .patch, .update])

    /// The status of `kind`: read and written apart from the rest of the object.
    public static func status(of kind: String) -> Subresource {
        Subresource("status", kind: kind, verbs: [.get, .patch, .update])
    }
}

/// A column of a Table, as `kubectl get` shows it; columns of priority 1 only with `-o wide`.
public struct TableColumn: Sendable, Hashable {
    public let name: String
    public let type: String
    public let format: String
    public let description: String
    public let priority: Int

    public init(_ name: String, type: String = "string", format: String = "", priority: Int = 0, _ description: String = "") {
        (self.name, self.type, self.format) = (name, type, format)
        (self.priority, self.description) = (priority, description)
    }
}

/// A field that a field selector may name, and where its value stands in the object.
public struct SelectableField: Sendable, Hashable {
    /// As a selector writes it: `spec.nodeName`.
    public let label: String
    /// The members to follow from the object's root.
    public let path: [String]
    /// The value when the object has none (`false` for `spec.unschedulable`).
    public let absent: String

    public init(_ label: String, path: [String]? = nil, absent: String = "") {
        self.label = label
        self.path = path ?? label.split(separator: ".").map(String.init)
        self.absent = absent
    }
}

/// One set of stored objects that is served in a second form.
public struct StoredForm: Sendable {
    public let kind: ResourceKind
    let toStored: @Sendable (JSONValue) -> JSONValue
    let fromStored: @Sendable (JSONValue) -> JSONValue
}

/// What may be done with many objects of a kind in one call: kmd's own addition to the API, for its scheduler and for events.
public struct BulkVerbs: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// POST of a list creates all of it, or nothing.
    public static let create = BulkVerbs(rawValue: 1)
    /// POST of a `bulkDeletionKind` deletes all that it names. Only for kinds whose objects go at once: without finalizers, grace or allocations.
    public static let delete = BulkVerbs(rawValue: 2)
}

/// One row of the registry: a kind of object that the API stores and serves, and its rules.
///
/// A further kind is one more row and one more `ResourceRules`; no code path elsewhere asks which kind it has.
public final class ResourceKind: Sendable, CustomStringConvertible {
    /// Empty for the core group.
    public let group: String
    public let version: String
    /// `pods`; the path element, and the word in most messages.
    public let plural: String
    /// `pod`, what kubectl also accepts.
    public let singular: String
    /// `Pod`.
    public let kind: String
    /// `PodList`.
    public let listKind: String
    public let shortNames: [String]
    public let categories: [String]
    public let isNamespaced: Bool
    public let verbs: [Verb]
    public let subresources: [Subresource]
    public let columns: [TableColumn]
    /// The cells of one row, one for each column.
    public let cells: @Sendable (TableObject) -> [JSONValue]
    /// Conditions of a row (a pod that has ended); most rows have none.
    public let rowConditions: @Sendable (JSONValue) -> JSONValue?
    /// The members of `spec` that cells look at; `nil` for all. Only these are read when a table is made from bytes.
    public let cellSpecMembers: Set<String>?
    public let selectableFields: [SelectableField]
    public let rules: any ResourceRules
    /// What may be done with many objects in one call; nothing, for most kinds.
    public let bulk: BulkVerbs
    /// What a body that names objects to delete says it is: `LaunchIntentDeletion`.
    public var bulkDeletionKind: String { kind + "Deletion" }
    /// The kind whose stored objects these are, and how one form becomes the other; `nil` for a kind that is stored as it is.
    public let storedAs: StoredForm?

    public init(
        group: String = "", version: String = "v1", plural: String, singular: String, kind: String, shortNames: [String] = [],
        categories: [String] = [], isNamespaced: Bool, verbs: [Verb] = Verb.all, subresources: [Subresource] = [],
        columns: [TableColumn], cells: @escaping @Sendable (TableObject) -> [JSONValue],
        rowConditions: @escaping @Sendable (JSONValue) -> JSONValue? = { _ in nil }, cellSpecMembers: Set<String>? = nil,
        selectableFields: [SelectableField] = [],
        rules: any ResourceRules, bulk: BulkVerbs = [], storedAs: StoredForm? = nil
    ) {
        (self.group, self.version, self.plural, self.singular) = (group, version, plural, singular)
        (self.kind, self.listKind, self.shortNames, self.categories) = (kind, kind + "List", shortNames, categories)
        (self.isNamespaced, self.verbs, self.subresources) = (isNamespaced, verbs, subresources)
        (self.columns, self.cells, self.rowConditions) = (columns, cells, rowConditions)
        self.cellSpecMembers = cellSpecMembers
        self.selectableFields =
            [SelectableField("metadata.name")] + (isNamespaced ? [SelectableField("metadata.namespace")] : []) + selectableFields
        (self.rules, self.bulk, self.storedAs) = (rules, bulk, storedAs)
        apiVersion = group.isEmpty ? version : group + "/" + version
        qualifiedPlural = group.isEmpty ? plural : plural + "." + group
        storePrefix = storedAs?.kind.storePrefix ?? "/registry/" + (group.isEmpty ? "core" : group) + "/" + plural + "/"
    }

    /// `v1`, `coordination.k8s.io/v1`.
    public let apiVersion: String
    /// `pods`, `leases.coordination.k8s.io`: Kubernetes' GroupResource in messages.
    public let qualifiedPlural: String
    /// All objects of the kind have store keys that begin so: `/registry/core/pods/`.
    public let storePrefix: String
    /// Names the objects of this kind in this form: the store's prefix, and the form where it is not the stored one.
    public var formKey: String { storedAs == nil ? storePrefix : storePrefix + "@" + apiVersion }
    public var description: String { qualifiedPlural }

    /// The store key of an object; `namespace` is ignored for cluster-scoped kinds.
    public func storeKey(namespace: String, name: String) -> String {
        isNamespaced ? storePrefix + namespace + "/" + name : storePrefix + name
    }

    /// The store keys of one namespace begin so; of all, for `nil`.
    public func storePrefix(namespace: String?) -> String {
        if isNamespaced, let namespace, !namespace.isEmpty { storePrefix + namespace + "/" } else { storePrefix }
    }

    /// What the store keeps of an object of this kind.
    public func storedBytes(of object: JSONValue) -> [UInt8] { ObjectBytes.encode(storedAs?.toStored(object) ?? object) }

    /// What clients read of stored bytes: as they are, unless they are stored as another kind. Throws for what is no JSON.
    public func clientBytes(stored: [UInt8], revision: Int64) throws(JSONError) -> [UInt8] {
        guard let storedAs else { return ObjectBytes.clientBytes(stored: stored, revision: revision) }
        let object = storedAs.fromStored(try JSONValue(parsing: stored))
        return ObjectBytes.clientBytes(stored: ObjectBytes.encode(object), revision: revision)
    }

    public func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }
    public func allows(_ verb: Verb) -> Bool { verbs.contains(verb) }

    /// Position of a selectable field in `ObjectIndex.fields`.
    public func fieldPosition(_ label: String) -> Int? { selectableFields.firstIndex { $0.label == label } }
}
