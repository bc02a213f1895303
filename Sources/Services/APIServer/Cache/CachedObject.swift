import KubeAPI
import Store

/// One object of the cache: the bytes that clients read, composed once when it changed, and what lists and watches ask of it.
public final class CachedObject: Sendable {
    /// The store's key: `/registry/core/pods/default/nginx`.
    public let key: String
    /// The store's revision of its last change: its `metadata.resourceVersion`.
    public let modRevision: Revision
    /// The whole object as JSON, resource version included.
    public let clientBytes: [UInt8]
    /// Names, labels and selectable fields.
    public let index: ObjectIndex

    public var namespace: String { index.namespace }
    public var name: String { index.name }

    public init(key: String, modRevision: Revision, clientBytes: [UInt8], index: ObjectIndex) {
        (self.key, self.modRevision, self.clientBytes, self.index) = (key, modRevision, clientBytes, index)
    }

    /// From what the store holds. Throws `DamagedObject` for bytes that are not an object of ours.
    convenience init(_ kind: ResourceKind, _ item: KeyValue) throws(DamagedObject) {
        guard ObjectBytes.isStoredLayout(item.value) else {
            throw DamagedObject(key: item.key, why: "it does not begin as stored objects do")
        }
        do {
            let bytes = try kind.clientBytes(stored: item.value, revision: item.modRevision)
            self.init(
                key: item.key, modRevision: item.modRevision, clientBytes: bytes, index: try ObjectIndex(kind, bytes: bytes))
        } catch {
            throw DamagedObject(key: item.key, why: "\(error)")
        }
    }

    /// The same object with the resource version of its deletion: what a DELETED event carries.
    func deleted(at revision: Revision) -> CachedObject {
        let head = ObjectBytes.prefixLength
        var bytes: [UInt8] = []
        bytes.reserveCapacity(clientBytes.count + 4)
        bytes.append(contentsOf: clientBytes.prefix(head))
        bytes.append(contentsOf: String(revision).utf8)
        bytes.append(contentsOf: clientBytes.dropFirst(head + String(modRevision).utf8.count))
        return CachedObject(key: key, modRevision: revision, clientBytes: bytes, index: index)
    }
}

/// A value in the store that cannot be read as an object. It is left out of the cache and reported, and does not stop the rest.
struct DamagedObject: Error, CustomStringConvertible {
    let key: String
    let why: String
    var description: String { "the stored object \(key) is damaged (\(why)); it is not served" }
}

/// What a list or watch selects. The default selects all of the resource.
public struct ObjectFilter: Sendable, Equatable {
    /// `nil` (or empty): all namespaces.
    public var namespace: String?
    public var labels: LabelSelector
    public var fields: FieldSelector

    public init(namespace: String? = nil, labels: LabelSelector = .everything, fields: FieldSelector = .everything) {
        self.namespace = namespace == "" ? nil : namespace
        (self.labels, self.fields) = (labels, fields)
    }

    /// Selects objects by nothing that may change: then an object never enters or leaves by being modified.
    var isFixed: Bool { labels.isEmpty && fields.isEmpty }

    public func matches(_ object: CachedObject) -> Bool {
        if let namespace, object.index.namespace != namespace { return false }
        return fields.matches(object.index) && labels.matches(object.index)
    }
}
