import ActorKit
import ControllerKit
import Core
import JSON

/// A small, pure model of the API server: objects with revisions, optimistic locks, finalizers and deletion, and the history that
/// watches see. It validates nothing.
public struct SimulatedAPI: Sendable {
    /// A change as a watch tells it.
    public struct Change: Sendable {
        public let kind: ObjectKind
        public let old: JSONValue?
        public let new: JSONValue?
        public let revision: UInt64
        /// Who did it: a controller, `user`, `kubelet`, `gc`.
        public let by: String
    }

    public private(set) var revision: UInt64 = 100
    public private(set) var history: [Change] = []
    public private(set) var events: [EventNote] = []
    /// The time of day, which only the simulation moves.
    public var now: Timestamp
    /// Refuses a creation with these words, as a quota does.
    public var refusesCreation: @Sendable (ObjectKind, JSONValue) -> String? = { _, _ in nil }
    /// Who acts now, for `Change.by`.
    public var actor = "user"

    private var stored: [ObjectKind: [ObjectName: JSONValue]] = [:]
    private var uids = 0

    public init(now: Timestamp = Timestamp(secondsSinceEpoch: 1_700_000_000)) { self.now = now }

    // MARK: Reading

    public func object(_ kind: ObjectKind, _ name: ObjectName) -> JSONValue? { stored[kind]?[name] }
    /// By namespace and name.
    public func objects(_ kind: ObjectKind) -> [JSONValue] { (stored[kind] ?? [:]).sorted { $0.key < $1.key }.map(\.value) }
    public var kinds: [ObjectKind] { stored.keys.sorted() }
    public func exists(uid: String) -> Bool { stored.values.contains { $0.values.contains { $0.uid == uid } } }

    /// Done as a controller's step would be, by a user who is sure of it.
    @discardableResult public mutating func apply(_ step: Step) -> JSONValue? {
        do throws(StepFailure) { return try perform(step) } catch { return nil }
    }

    /// Changes an object in place without a lock, as a kubelet does with what is its own.
    public mutating func edit(_ kind: ObjectKind, _ name: ObjectName, _ change: (inout JSONValue) -> Void) {
        guard let old = object(kind, name) else { return }
        var new = old
        change(&new)
        store(kind, name, old, new)
    }

    // MARK: Steps

    /// Does a step as the API server would.
    public mutating func perform(_ step: Step) throws(StepFailure) -> JSONValue? {
        switch step {
        case .create(let kind, let object): return try create(kind, object, step)
        case .update(let kind, let object):
            let old = try locked(kind, object, step)
            var new = object
            new["status"] = old["status"]
            return store(kind, ObjectName(of: object), old, new)
        case .updateStatus(let kind, let object):
            let old = try locked(kind, object, step)
            var new = old
            new["status"] = object["status"]
            for member in ["labels", "annotations"] { new.set(object.at("metadata", member) ?? [:], at: "metadata", member) }
            return store(kind, ObjectName(of: object), old, new)
        case .patch(let kind, let name, let patch, let type, _):
            let old = try found(kind, name, step)
            guard patch.uid.isEmpty || patch.uid == old.uid, patch.revision == 0 || patch.revision == old.revision else {
                throw StepFailure(step: step, reason: .conflict, message: "the object has been modified")
            }
            return store(kind, name, old, Patching.apply(patch, to: old, isStrategic: type == .strategic))
        case .delete(let kind, let name, let uid, let propagation, let grace):
            guard let old = object(kind, name) else { return nil }
            guard old.uid == uid else {
                throw StepFailure(step: step, reason: .conflict, message: "the UID in the precondition does not match")
            }
            delete(kind, name, old, propagation, grace)
            return nil
        case .deleteAll(let kind, let namespace):
            for object in objects(kind) where ObjectName(of: object).namespace == namespace {
                delete(kind, ObjectName(of: object), object, nil, nil)
            }
            try confirmEmpty(kind, namespace, step)
            return nil
        case .confirmEmpty(let kind, let namespace):
            try confirmEmpty(kind, namespace, step)
            return nil
        case .confirmGone(let reference):
            if let object = object(reference.kind, reference.name), reference.uid.isEmpty || object.uid == reference.uid {
                throw StepFailure(step: step, reason: .stillThere, message: "\(reference) is still there")
            }
            return nil
        case .updateSubresource(let kind, let object, _):
            let old = try locked(kind, object, step)
            return store(kind, ObjectName(of: object), old, object)
        case .post(let kind, let name, let subresource, _):
            let old = try found(kind, name, step)
            if subresource == "eviction" { delete(kind, name, old, nil, nil) }
            return nil
        case .event(let note):
            events.append(note)
            return nil
        }
    }

    private func confirmEmpty(_ kind: ObjectKind, _ namespace: String, _ step: Step) throws(StepFailure) {
        let left = objects(kind).count { ObjectName(of: $0).namespace == namespace }
        if left > 0 {
            throw StepFailure(step: step, reason: .remaining(left), message: "\(left) \(kind) are left in \(namespace)")
        }
    }

    private func found(_ kind: ObjectKind, _ name: ObjectName, _ step: Step) throws(StepFailure) -> JSONValue {
        guard let object = object(kind, name) else {
            throw StepFailure(step: step, reason: .notFound, message: "\(kind) \"\(name.name)\" not found")
        }
        return object
    }

    private func locked(_ kind: ObjectKind, _ object: JSONValue, _ step: Step) throws(StepFailure) -> JSONValue {
        let old = try found(kind, ObjectName(of: object), step)
        guard object.uid == old.uid, object.revision == old.revision else {
            throw StepFailure(step: step, reason: .conflict, message: "the object has been modified")
        }
        return old
    }

    private mutating func create(_ kind: ObjectKind, _ given: JSONValue, _ step: Step) throws(StepFailure) -> JSONValue {
        var object = given
        uids += 1
        if let prefix = object.at("metadata", "generateName")?.string, ObjectName(of: object).name.isEmpty {
            object.set(.string("\(prefix)x\(uids)"), at: "metadata", "name")
        }
        let name = ObjectName(of: object)
        if self.object(kind, name) != nil {
            throw StepFailure(step: step, reason: .alreadyExists, message: "\(kind) \"\(name.name)\" already exists")
        }
        if let words = refusesCreation(kind, object) { throw StepFailure(step: step, reason: .forbidden, message: words) }
        object.set(.string(SimulatedAPI.uid(uids)), at: "metadata", "uid")
        object.set(.integer(1), at: "metadata", "generation")
        object.set(.string(now.rfc3339), at: "metadata", "creationTimestamp")
        return store(kind, name, nil, object)
    }

    /// Uids in no order, as random ones are.
    private static func uid(_ number: Int) -> String {
        String(UInt64(number) &* 0x9e37_79b9_7f4a_7c15, radix: 16) + "-\(number)"
    }

    private mutating func delete(
        _ kind: ObjectKind, _ name: ObjectName, _ old: JSONValue, _ propagation: Propagation?, _ grace: Int?
    ) {
        var new = old
        switch propagation {
        case .orphan?: addFinalizer("orphan", &new)
        case .foreground?: addFinalizer("foregroundDeletion", &new)
        default: break
        }
        // A pod on a node ends with its containers.
        let isRunning = kind == .pods && !(old.at("spec", "nodeName")?.string ?? "").isEmpty && (grace ?? 30) > 0
        guard isRunning || !new.finalizers.isEmpty else { return remove(kind, name) }
        guard !old.isBeingDeleted else {
            store(kind, name, old, new)
            return
        }
        new.set(.string(now.rfc3339), at: "metadata", "deletionTimestamp")
        new.set(.integer(isRunning ? Int64(grace ?? 30) : 0), at: "metadata", "deletionGracePeriodSeconds")
        store(kind, name, old, new)
    }

    private func addFinalizer(_ finalizer: String, _ object: inout JSONValue) {
        guard !object.finalizers.contains(finalizer) else { return }
        object.set(.array((object.finalizers + [finalizer]).map { .string($0) }), at: "metadata", "finalizers")
    }

    // MARK: The store

    /// Takes an object out whatever holds it.
    public mutating func remove(_ kind: ObjectKind, _ name: ObjectName) {
        guard let old = stored[kind]?.removeValue(forKey: name) else { return }
        revision += 1
        var last = old
        last.set(.string("\(revision)"), at: "metadata", "resourceVersion")
        history.append(Change(kind: kind, old: last, new: nil, revision: revision, by: actor))
    }

    @discardableResult
    private mutating func store(_ kind: ObjectKind, _ name: ObjectName, _ old: JSONValue?, _ new: JSONValue) -> JSONValue {
        var object = new
        if let old {
            for member in ["resourceVersion", "generation", "uid", "creationTimestamp"] {
                object.set(old.at("metadata", member) ?? .null, at: "metadata", member)
            }
            if object == old { return old }
            if object["spec"] != old["spec"] {
                object.set(.integer((old.at("metadata", "generation")?.integer ?? 0) + 1), at: "metadata", "generation")
            }
            if object.isBeingDeleted, object.finalizers.isEmpty,
                (object.at("metadata", "deletionGracePeriodSeconds")?.integer ?? 0) == 0
            {
                remove(kind, name)
                return object
            }
        }
        revision += 1
        object.set(.string("\(revision)"), at: "metadata", "resourceVersion")
        stored[kind, default: [:]][name] = object
        history.append(Change(kind: kind, old: old, new: object, revision: revision, by: actor))
        return object
    }
}

/// Patches, as far as controllers use them.
enum Patching {
    static func apply(_ patch: JSONValue, to old: JSONValue, isStrategic: Bool) -> JSONValue {
        var new = merged(patch, into: old)
        if isStrategic, let owners = patch.at("metadata", "ownerReferences")?.array {
            new.set(.array(mergedOwners(owners, into: old.owners)), at: "metadata", "ownerReferences")
        }
        return new
    }

    private static func merged(_ patch: JSONValue, into old: JSONValue) -> JSONValue {
        guard let members = patch.object else { return patch }
        var new = old
        if new.object == nil { new = [:] }
        for (key, value) in members {
            new[key] = value.isNull ? nil : value.object == nil ? value : merged(value, into: old[key] ?? [:])
        }
        return new
    }

    /// Owner references are merged by uid.
    private static func mergedOwners(_ patch: [JSONValue], into old: [JSONValue]) -> [JSONValue] {
        var owners = old
        for entry in patch {
            let uid = entry["uid"]
            if entry["$patch"]?.string == "delete" {
                owners.removeAll { $0["uid"] == uid }
            } else if let index = owners.firstIndex(where: { $0["uid"] == uid }) {
                owners[index] = merged(entry, into: owners[index])
            } else {
                owners.append(entry)
            }
        }
        return owners
    }
}
