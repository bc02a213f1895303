import JSON

/// The declared shape of Kubernetes' built-in types, as of 1.33: for decoding, strict checking, and patches that merge.
///
/// `Schema.shared` is read from data in the binary on first use (a few milliseconds) and never changes.
public struct Schema: Sendable {
    /// A type of this schema; cheap to keep and compare.
    public struct TypeID: Sendable, Hashable {
        let index: Int
    }

    public static let shared = Schema(embedded: embeddedLines())

    private let types: [TypeSchema]
    private let byName: [String: Int]
    private let byKind: [GroupVersionKind: Int]

    /// What Go writes for an object of the type that nobody filled in, by type.
    private let emptyObjects: [JSONValue]

    /// In order of their names.
    public var allTypes: [TypeSchema] { types }

    public subscript(id: TypeID) -> TypeSchema { types[id.index] }

    func emptyObject(_ id: TypeID) -> JSONValue { emptyObjects[id.index] }

    /// By the name of its OpenAPI definition, `io.k8s.api.core.v1.Pod`.
    public func type(named name: String) -> TypeSchema? { byName[name].map { types[$0] } }

    /// The type of a kind. `DeleteOptions`, `Status` and their like are known in every group and version.
    public func type(forKind group: String, _ version: String, _ kind: String) -> TypeSchema? {
        if let index = byKind[GroupVersionKind(group: group, version: version, kind: kind)] { return types[index] }
        guard Self.kindsOfAllGroups.contains(kind) else { return nil }
        return type(named: "io.k8s.apimachinery.pkg.apis.meta.v1.\(kind)")
    }

    public func type(forKind kind: GroupVersionKind) -> TypeSchema? { type(forKind: kind.group, kind.version, kind.kind) }

    private static let kindsOfAllGroups: Set<String> = [
        "DeleteOptions", "Status", "ListOptions", "GetOptions", "CreateOptions", "UpdateOptions", "PatchOptions", "ApplyOptions",
        "WatchEvent",
    ]

    init(embedded lines: [SchemaLine]) {
        var byName: [String: Int] = [:]
        for line in lines where line.isType { byName[line[1]] = byName.count }
        var types: [TypeSchema] = []
        var byKind: [GroupVersionKind: Int] = [:]
        var position = 0
        var drafts: [TypeDraft] = []
        while position < lines.count {
            let header = lines[position]
            position += 1
            var draft = TypeDraft(header)
            while position < lines.count, !lines[position].isType {
                draft.add(lines[position], byName)
                position += 1
            }
            drafts.append(draft)
        }
        for (index, draft) in drafts.enumerated() {
            types.append(draft.finished(index, drafts))
            for kind in draft.kinds { byKind[kind] = index }
        }
        (self.types, self.byName, self.byKind) = (types, byName, byKind)
        emptyObjects = types.map { Self.empty($0, types) }
    }

    /// Objects that are no pointers in Go are always written. (They cannot contain themselves.)
    private static func empty(_ type: TypeSchema, _ types: [TypeSchema]) -> JSONValue {
        var object = JSONObject()
        for field in type.fields where !field.isPointer {
            if case .object(let id) = field.type { object[field.name] = empty(types[id.index], types) }
        }
        return .object(object)
    }
}

public struct GroupVersionKind: Sendable, Hashable {
    /// Empty for core.
    public let group: String
    public let version: String
    public let kind: String

    public init(group: String, version: String, kind: String) {
        (self.group, self.version, self.kind) = (group, version, kind)
    }

    /// `v1` or `apps/v1` as in an object's `apiVersion`.
    public init(apiVersion: String, kind: String) {
        if let slash = apiVersion.firstIndex(of: "/") {
            self.init(
                group: String(apiVersion[..<slash]), version: String(apiVersion[apiVersion.index(after: slash)...]), kind: kind)
        } else {
            self.init(group: "", version: apiVersion, kind: kind)
        }
    }

    public var apiVersion: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// One object type.
public final class TypeSchema: Sendable {
    public let id: Schema.TypeID
    /// Of its OpenAPI definition: `io.k8s.api.core.v1.Pod`.
    public let name: String
    /// As Go prints it: `v1.Pod`.
    public let goName: String
    /// The type's name without its package: `Pod`.
    public let shortName: String
    /// Where it is a kind of its own.
    public let kinds: [GroupVersionKind]
    /// Its fields are not merged one by one on apply (`+structType=atomic`).
    public let isAtomic: Bool
    /// In order of declaration, with those of inlined types in their place.
    public let fields: [FieldSchema]

    private let byName: [String: Int]
    /// For each of `fields`: the object that Go writes even when nobody filled it in, or nil.
    let alwaysWritten: [Schema.TypeID?]
    /// Protobuf numbers of this message.
    let wire: [Int: WireField]

    init(
        id: Schema.TypeID, name: String, goName: String, kinds: [GroupVersionKind], isAtomic: Bool, fields: [FieldSchema],
        wire: [Int: WireField]
    ) {
        (self.id, self.name, self.goName, self.kinds, self.isAtomic) = (id, name, goName, kinds, isAtomic)
        (self.fields, self.wire) = (fields, wire)
        alwaysWritten = fields.map(\.alwaysWritten)
        shortName = String(goName.drop { $0 != "." }.dropFirst())
        var byName: [String: Int] = [:]
        for (index, field) in fields.enumerated() { byName[field.name] = index }
        self.byName = byName
    }

    /// By its JSON name, which is case-sensitive.
    public func field(_ name: String) -> FieldSchema? { byName[name].map { fields[$0] } }

    /// The place in `fields` of a JSON name.
    func place(of name: String) -> Int? { byName[name] }
}

/// What a protobuf number of a message holds.
enum WireField: Sendable {
    /// A field of this object, by its place in `fields`.
    case field(Int)
    /// A message whose fields are this object's own in JSON, and lie in `fields` from `at` on.
    case inlined(Schema.TypeID, at: Int)
}

/// One field of an object type.
public final class FieldSchema: Sendable {
    /// In JSON.
    public let name: String
    /// Its protobuf number, 0 where it has none.
    public let number: Int
    public let type: FieldType
    /// As Go prints it: `[]v1.Container`.
    public let goType: String
    /// Absent and zero differ, so a zero value is kept.
    public let isPointer: Bool
    /// Left out of JSON when empty.
    public let omitsEmpty: Bool
    public let isRequired: Bool
    /// `merge`, `retainKeys`, `replace`; none for most.
    public let patchStrategies: [String]
    /// What tells the elements of a merged list apart; nil for a list of scalars, too.
    public let patchMergeKey: String?
    /// `atomic`, `set`, `map` or nil where nothing is said.
    public let listType: String?
    public let listMapKeys: [String]

    /// Whether Go leaves the field out of JSON for this value.
    func omits(_ value: JSONValue) -> Bool {
        guard omitsEmpty, !isPointer else { return false }
        switch (type, value) {
        case (.bool, .bool(let truth)): return !truth
        case (.int32, .integer(let number)), (.int64, .integer(let number)): return number == 0
        case (.string, .string(let text)), (.bytes, .string(let text)): return text.isEmpty
        case (_, .array(let elements)): return elements.isEmpty
        case (.map, .object(let members)): return members.isEmpty
        default: return false
        }
    }

    init(
        name: String, number: Int, type: FieldType, goType: String, isPointer: Bool, omitsEmpty: Bool, isRequired: Bool,
        patchStrategies: [String], patchMergeKey: String?, listType: String?, listMapKeys: [String]
    ) {
        (self.name, self.number, self.type, self.goType) = (name, number, type, goType)
        (self.isPointer, self.omitsEmpty, self.isRequired) = (isPointer, omitsEmpty, isRequired)
        (self.patchStrategies, self.patchMergeKey) = (patchStrategies, patchMergeKey)
        (self.listType, self.listMapKeys) = (listType, listMapKeys)
    }

    /// The object that Go writes even when nobody filled it in; nil for other fields.
    var alwaysWritten: Schema.TypeID? {
        if case .object(let id) = type, !isPointer { return id }
        return nil
    }

    public var mergesOnPatch: Bool { patchStrategies.contains("merge") }
    public var retainsKeysOnPatch: Bool { patchStrategies.contains("retainKeys") }

    /// The object type of this field, of its elements, or of its map's values; nil for scalars.
    public var objectType: Schema.TypeID? { type.objectType }
}

/// What a field holds.
public enum FieldType: Sendable, Hashable {
    case bool, int32, int64, string
    /// Base64 in JSON.
    case bytes
    case quantity
    case intOrString
    /// RFC 3339, whole seconds.
    case time
    /// RFC 3339, microseconds.
    case microTime
    /// Any object, as it came.
    case rawExtension
    /// Any JSON (a managed field set).
    case json
    /// A list of strings that protobuf wraps in a message.
    case wrappedStrings
    case object(Schema.TypeID)
    indirect case list(FieldType)
    /// String keys.
    indirect case map(FieldType)

    var objectType: Schema.TypeID? {
        switch self {
        case .object(let id): id
        case .list(let element), .map(let element): element.objectType
        default: nil
        }
    }
}
