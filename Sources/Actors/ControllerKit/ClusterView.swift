import JSON

/// What a shared cache knows of the cluster: the objects of some kinds, each kind as of its own revision.
///
/// A value: a reconciler reads it and cannot change the cluster by it, and a test builds the one it needs.
public struct ClusterView: Sendable {
    private struct Objects: Sendable {
        var byNamespace: [String: [String: JSONValue]] = [:]
        /// The names of those that no controller manages, by namespace: who may adopt looks at these alone.
        var orphans: [String: Set<String>] = [:]
        var revision: UInt64 = 0
        var isSynced = false
    }
    private var kinds: [ObjectKind: Objects] = [:]
    /// Objects by the uid of each owner that they name.
    private var byOwner: [String: Set<Located>] = [:]
    private var byPair = PairIndex()

    private struct Located: Sendable, Hashable {
        let kind: ObjectKind
        let name: ObjectName
    }

    public init() {}

    // MARK: Reading

    public func object(_ kind: ObjectKind, _ name: ObjectName) -> JSONValue? { kinds[kind]?.byNamespace[name.namespace]?[name.name] }

    /// All objects of a kind, of one namespace or of all, by namespace and name.
    public func objects(_ kind: ObjectKind, in namespace: String? = nil) -> [JSONValue] {
        guard let objects = kinds[kind] else { return [] }
        let namespaces = namespace.map { [$0] } ?? objects.byNamespace.keys.sorted()
        return namespaces.flatMap { namespace in
            (objects.byNamespace[namespace] ?? [:]).sorted { $0.key < $1.key }.map(\.value)
        }
    }

    /// Pods or endpoint slices that have all of these labels, services whose selectors have all of these pairs, by name. None for no pairs.
    public func objects(_ kind: ObjectKind, in namespace: String, withAll pairs: [String: String]) -> [JSONValue] {
        byPair.names(kind, namespace, withAll: pairs).compactMap { object(kind, ObjectName(namespace: namespace, name: $0)) }
    }

    /// The same, of those that have at least one of these pairs.
    public func objects(_ kind: ObjectKind, in namespace: String, withAny pairs: [String: String]) -> [JSONValue] {
        byPair.names(kind, namespace, withAny: pairs).compactMap { object(kind, ObjectName(namespace: namespace, name: $0)) }
    }

    /// The objects of a kind whose managing controller has this uid, by name.
    public func objects(_ kind: ObjectKind, controlledBy uid: String) -> [JSONValue] {
        (byOwner[uid] ?? []).filter { $0.kind == kind }.sorted { $0.name < $1.name }
            .compactMap { object(kind, $0.name) }
            .filter { $0.controllerReference?["uid"]?.string == uid }
    }

    /// The objects of a kind in a namespace that no controller manages, by name.
    public func orphans(_ kind: ObjectKind, in namespace: String) -> [JSONValue] {
        (kinds[kind]?.orphans[namespace] ?? []).sorted().compactMap { kinds[kind]?.byNamespace[namespace]?[$0] }
    }

    /// All objects that name `uid` among their owners, by kind and name.
    public func dependents(of uid: String) -> [(kind: ObjectKind, object: JSONValue)] {
        (byOwner[uid] ?? []).sorted { ($0.kind, $0.name) < ($1.kind, $1.name) }
            .compactMap { located in object(located.kind, located.name).map { (located.kind, $0) } }
    }

    /// Whether the object is there and is the one of this uid.
    public func has(_ reference: ObjectReference) -> Bool { object(reference.kind, reference.name)?.uid == reference.uid }

    /// The resource version up to which the kind's objects are known; 0 before the first list.
    public func revision(_ kind: ObjectKind) -> UInt64 { kinds[kind]?.revision ?? 0 }
    /// Whether the kind has been listed once.
    public func isSynced(_ kind: ObjectKind) -> Bool { kinds[kind]?.isSynced ?? false }
    public var knownKinds: [ObjectKind] { kinds.keys.sorted() }

    // MARK: Changing

    /// An object before and after a change; `nil` where there is none.
    public typealias Change = (old: JSONValue?, new: JSONValue?)

    /// Puts an object as it is now. `nil` when the view already knows this or a later state of it.
    @discardableResult public mutating func put(_ kind: ObjectKind, _ object: JSONValue) -> Change? {
        let name = ObjectName(of: object)
        let old = self.object(kind, name)
        if let old, old.revision > object.revision, object.revision > 0 { return nil }
        unlink(kind, name, old)
        kinds[kind, default: Objects()].byNamespace[name.namespace, default: [:]][name.name] = object
        link(kind, name, object)
        byPair.change(kind, name, from: old, to: object)
        progress(kind, to: object.revision)
        return (old, object)
    }

    /// Takes an object out. `nil` when it was not there.
    @discardableResult public mutating func remove(_ kind: ObjectKind, _ name: ObjectName, revision: UInt64 = 0) -> Change? {
        progress(kind, to: revision)
        guard let old = kinds[kind]?.byNamespace[name.namespace]?.removeValue(forKey: name.name) else { return nil }
        if kinds[kind]?.byNamespace[name.namespace]?.isEmpty == true { kinds[kind]?.byNamespace[name.namespace] = nil }
        unlink(kind, name, old)
        byPair.change(kind, name, from: old, to: nil)
        return (old, nil)
    }

    /// Replaces all objects of a kind, as after a list. Answers what changed.
    @discardableResult public mutating func replace(_ kind: ObjectKind, with objects: [JSONValue], revision: UInt64 = 0) -> [Change] {
        let listed = Set(objects.map { ObjectName(of: $0) })
        let gone = self.objects(kind).map { ObjectName(of: $0) }.filter { !listed.contains($0) }
        let changes = gone.compactMap { remove(kind, $0) } + objects.compactMap { put(kind, $0) }
        kinds[kind, default: Objects()].isSynced = true
        progress(kind, to: revision)
        return changes
    }

    /// Everything up to this resource version has been seen.
    public mutating func progress(_ kind: ObjectKind, to revision: UInt64) {
        let known = kinds[kind]?.revision ?? 0
        if revision > known { kinds[kind, default: Objects()].revision = revision }
    }

    private mutating func link(_ kind: ObjectKind, _ name: ObjectName, _ object: JSONValue) {
        if object.controllerReference == nil { kinds[kind, default: Objects()].orphans[name.namespace, default: []].insert(name.name) }
        for owner in object.owners { byOwner[owner["uid"]?.string ?? "", default: []].insert(Located(kind: kind, name: name)) }
    }

    private mutating func unlink(_ kind: ObjectKind, _ name: ObjectName, _ object: JSONValue?) {
        kinds[kind]?.orphans[name.namespace]?.remove(name.name)
        if kinds[kind]?.orphans[name.namespace]?.isEmpty == true { kinds[kind]?.orphans[name.namespace] = nil }
        for owner in object?.owners ?? [] {
            let uid = owner["uid"]?.string ?? ""
            byOwner[uid]?.remove(Located(kind: kind, name: name))
            if byOwner[uid]?.isEmpty == true { byOwner[uid] = nil }
        }
    }
}

/// What every object's metadata says.
extension JSONValue {
    public var uid: String { at("metadata", "uid")?.string ?? "" }
    /// Its resource version as a number, which it is in kmd; 0 when it has none.
    public var revision: UInt64 { at("metadata", "resourceVersion")?.string.flatMap { UInt64($0) } ?? 0 }
    public var isBeingDeleted: Bool { at("metadata", "deletionTimestamp")?.string != nil }
    /// Its owner references.
    public var owners: [JSONValue] { at("metadata", "ownerReferences")?.array ?? [] }
    /// The owner reference of its managing controller.
    public var controllerReference: JSONValue? { owners.first { $0["controller"]?.bool == true } }
    public var finalizers: [String] { at("metadata", "finalizers")?.array?.compactMap(\.string) ?? [] }
    public var labels: [String: String] { texts(at("metadata", "labels")) }
    public var annotations: [String: String] { texts(at("metadata", "annotations")) }

    private func texts(_ value: JSONValue?) -> [String: String] {
        var texts: [String: String] = [:]
        for (key, value) in value?.object ?? [:] { texts[key] = value.string ?? "" }
        return texts
    }
}
