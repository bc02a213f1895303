import JSON

/// What lists and watches ask of an object: its names, labels and selectable fields, read out of the bytes without a tree.
public struct ObjectIndex: Sendable, Equatable {
    public let namespace: String
    public let name: String
    public let uid: String
    /// In the order of the object.
    public let labels: [Label]
    /// The values of `kind.selectableFields`, in their order.
    public let fields: [String]
    /// RFC 3339; `nil` while nobody has asked for its deletion.
    public let deletionTimestamp: String?

    public struct Label: Sendable, Hashable {
        public let key: String
        public let value: String
        public init(_ key: String, _ value: String) { (self.key, self.value) = (key, value) }
    }

    /// From stored or client bytes of an object of `kind`.
    public init(_ kind: ResourceKind, bytes: [UInt8]) throws(JSONError) {
        self.init(kind, document: try JSONDocument(parsing: bytes))
    }

    /// From a document that is parsed already.
    public init(_ kind: ResourceKind, document: JSONDocument) {
        let metadata = document.member("metadata")
        func text(_ key: StaticString) -> String {
            guard let metadata, let node = document.member(key, of: metadata) else { return "" }
            return document.string(node) ?? ""
        }
        (namespace, name, uid) = (text("namespace"), text("name"), text("uid"))
        let deletion = text("deletionTimestamp")
        deletionTimestamp = deletion.isEmpty ? nil : deletion
        var labels: [Label] = []
        if let metadata, let node = document.member("labels", of: metadata) {
            document.forEachMember(of: node) { key, value in labels.append(Label(key, document.string(value) ?? "")) }
        }
        self.labels = labels
        fields = kind.selectableFields.map { ObjectIndex.value(of: $0, in: document) }
    }

    /// From a tree; the tests' and the occasional caller's way.
    public init(_ kind: ResourceKind, json: JSONValue) {
        let metadata = json["metadata"]
        namespace = metadata?["namespace"]?.string ?? ""
        name = metadata?["name"]?.string ?? ""
        uid = metadata?["uid"]?.string ?? ""
        deletionTimestamp = metadata?["deletionTimestamp"]?.string
        labels = metadata?["labels"]?.object?.map { Label($0.key, $0.value.string ?? "") } ?? []
        fields = kind.selectableFields.map { field in
            guard let value = json.at(field.path) else { return field.absent }
            switch value {
            case .string(let text): return text
            case .bool(let flag): return flag ? "true" : "false"
            case .integer(let number): return String(number)
            default: return field.absent
            }
        }
    }

    /// The value of a label, `nil` without it.
    public func label(_ key: String) -> String? { labels.first { $0.key == key }?.value }

    private static func value(of field: SelectableField, in document: JSONDocument) -> String {
        var node = document.root
        for key in field.path {
            guard let next = document.member(key, of: node) else { return field.absent }
            node = next
        }
        switch document.kind(node) {
        case .string: return document.string(node) ?? field.absent
        case .true: return "true"
        case .false: return "false"
        case .integer: return document.integer(node).map { String($0) } ?? field.absent
        default: return field.absent
        }
    }
}
