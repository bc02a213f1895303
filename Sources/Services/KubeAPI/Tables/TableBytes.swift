import Core
import JSON

/// Tables made from encoded objects: of each, only what its cells need becomes a tree, and metadata is copied as it stands.
/// A third of the work of `table(of:)` for pods, which is what long lists are made of.
extension ResourceKind {
    /// The encoded Table of these objects, in the bytes that clients read; the arguments are those of `table(of:)`.
    ///
    /// Throws for bytes that are no JSON, which nothing that was stored can be.
    public func tableBytes(
        ofClientBytes objects: some Sequence<[UInt8]>, metadata: ListMetadata, including included: IncludedObject,
        withColumns: Bool = true, version: String = "v1", now: Timestamp
    ) throws(JSONError) -> [UInt8] {
        var bytes = Array("{\"kind\":\"Table\",\"apiVersion\":\"meta.k8s.io/\(version)\",\"metadata\":".utf8)
        metadata.json.encode(into: &bytes)
        bytes += ",\"columnDefinitions\":".utf8
        (withColumns ? columnDefinitions : .null).encode(into: &bytes)
        bytes += ",\"rows\":[".utf8
        let objectHead = Array(
            ",\"object\":{\"kind\":\"PartialObjectMetadata\",\"apiVersion\":\"meta.k8s.io/\(version)\",\"metadata\":".utf8)
        var isFirst = true
        for object in objects {
            if !isFirst { bytes.append(UInt8(ascii: ",")) }
            isFirst = false
            let document = try JSONDocument(parsing: object)
            let shown = cellTree(document)
            bytes += "{\"cells\":".utf8
            JSONValue.array(cells(TableObject(json: shown, now: now))).encode(into: &bytes)
            if let conditions = rowConditions(shown) {
                bytes += ",\"conditions\":".utf8
                conditions.encode(into: &bytes)
            }
            switch included {
            case .none: break
            case .metadata:
                bytes += objectHead
                if let metadata = document.member("metadata") {
                    bytes += object[document.range(metadata)]
                } else {
                    bytes += "{}".utf8
                }
                bytes.append(UInt8(ascii: "}"))
            case .object:
                bytes += ",\"object\":".utf8
                bytes += object
            }
            bytes.append(UInt8(ascii: "}"))
        }
        bytes += "]}".utf8
        return bytes
    }

    /// The part of an object that cells look at: no annotations, of the spec what the row names, of lists of containers their length.
    private func cellTree(_ document: JSONDocument) -> JSONValue {
        var tree = JSONObject()
        document.forEachMember(of: document.root) { key, node in
            switch key {
            case "metadata":
                var metadata = JSONObject()
                document.forEachMember(of: node) { name, value in
                    if name != "annotations", name != "managedFields", name != "ownerReferences" {
                        metadata[name] = document.value(value)
                    }
                }
                tree[key] = .object(metadata)
            case "spec": tree[key] = cellSpec(document, node)
            default: tree[key] = document.value(node)
            }
        }
        return .object(tree)
    }

    private func cellSpec(_ document: JSONDocument, _ node: JSONDocument.Node) -> JSONValue {
        guard let members = cellSpecMembers else { return document.value(node) }
        var spec = JSONObject()
        document.forEachMember(of: node) { name, value in
            guard members.contains(name) else { return }
            if name == "containers" || name == "initContainers" {
                var count = 0
                document.forEachElement(of: value) { _ in count += 1 }
                spec[name] = .array(Array(repeating: .null, count: count))
            } else {
                spec[name] = document.value(value)
            }
        }
        return .object(spec)
    }
}
