import ControllerKit
import Core
import JSON

/// Deletes what nobody owns any more, and finishes the deletions that wait for what they own.
///
/// An object goes only when each of its owners is gone by the word of the API server itself; the cache alone proves nothing. An owner
/// of a kind that is not served here is taken to live: better something is left than something is lost.
public struct GarbageCollector: ControllerLogic {
    public typealias Key = ObjectReference
    public let name = "garbage-collector-controller"
    private let kinds: [ObjectKind]
    private let owners: OwnerReader

    /// - Parameter kinds: every kind that can be listed, watched and deleted.
    public init(kinds: [ObjectKind]) {
        self.kinds = Set(kinds).sorted()
        owners = OwnerReader(kinds: self.kinds)
    }

    public var watches: [Watch<ObjectReference>] {
        kinds.map { kind in Watch(kind) { [owners] old, new, view in GarbageCollector.keys(kind, old, new, view, owners) } }
    }

    /// A change concerns the object itself, those that it owns when it goes or begins to wait, and those that wait for it.
    private static func keys(
        _ kind: ObjectKind, _ old: JSONValue?, _ new: JSONValue?, _ view: ClusterView, _ owners: OwnerReader
    ) -> [ObjectReference] {
        var keys: Set<ObjectReference> = []
        if let new {
            let isNew = old?.uid != new.uid
            let changed = isNew || old?.at("metadata", "ownerReferences") != new.at("metadata", "ownerReferences")
                || old?.isBeingDeleted != new.isBeingDeleted || old?.finalizers != new.finalizers
            if changed, !new.owners.isEmpty || new.isBeingDeleted { keys.insert(reference(kind, new)) }
            if new.waitsForDependents, isNew || old?.waitsForDependents != true { keys.formUnion(dependents(of: new.uid, view)) }
        }
        if let old, old.uid != new?.uid { keys.formUnion(dependents(of: old.uid, view)) }
        // It is gone, or lets go of its owner, or does not block it any more.
        if let old, !old.owners.isEmpty, new?.uid != old.uid || new?.owners != old.owners || new?.waitsForDependents != old.waitsForDependents {
            for reference in old.owners {
                guard let owner = owners.target(of: reference, from: ObjectName(of: old)), view.has(owner) else { continue }
                keys.insert(owner)
            }
        }
        return keys.sorted()
    }

    private static func reference(_ kind: ObjectKind, _ object: JSONValue) -> ObjectReference {
        ObjectReference(kind: kind, name: ObjectName(of: object), uid: object.uid)
    }

    private static func dependents(of uid: String, _ view: ClusterView) -> [ObjectReference] {
        view.dependents(of: uid).map { reference($0.kind, $0.object) }
    }

    public func reconcile(_ key: ObjectReference, in view: ClusterView, at now: Timestamp, after failure: StepFailure?) -> Plan {
        guard let object = view.object(key.kind, key.name), object.uid == key.uid else { return .nothing }
        if object.waitsForOrphans { return release(key, object, in: view) }
        if object.waitsForDependents { return finish(key, object, in: view) }
        if object.isBeingDeleted || object.owners.isEmpty { return .nothing }
        return judge(key, object, in: view)
    }

    // MARK: Owners that are going

    /// What it owns is let go of, and then the object itself.
    private func release(_ key: ObjectReference, _ object: JSONValue, in view: ClusterView) -> Plan {
        let patches: [Step] = view.dependents(of: key.uid).map { dependent in
            let kept = dependent.object.owners.filter { $0["uid"]?.string != key.uid }
            return owners(kept, of: dependent.object, dependent.kind)
        }
        // Others may have been found meanwhile: the finalizer goes when nobody names the object any more.
        return patches.isEmpty ? Plan([without(CascadeFinalizer.orphan, key, object)]) : Plan(patches)
    }

    /// Goes on to the end when nothing blocks it any more; what it owns is judged by itself.
    private func finish(_ key: ObjectReference, _ object: JSONValue, in view: ClusterView) -> Plan {
        let blocking = GarbageCollector.blocking(key.uid, in: view)
        // Those that wait for this one while it waits for them would wait for ever.
        guard blocking.allSatisfy({ GarbageCollector.waits($0, for: key.uid, in: view) }) else { return .nothing }
        return Plan([without(CascadeFinalizer.foreground, key, object)])
    }

    /// What must be gone before an owner that waits.
    private static func blocking(_ uid: String, in view: ClusterView) -> [JSONValue] {
        view.dependents(of: uid).map(\.object).filter { dependent in
            dependent.uid != uid
                && dependent.owners.contains { $0["uid"]?.string == uid && $0["blockOwnerDeletion"]?.bool == true }
        }
    }

    /// Whether the end of `object` waits for that of `uid`, over any number of others.
    private static func waits(_ object: JSONValue, for uid: String, in view: ClusterView) -> Bool {
        var seen: Set<String> = []
        var open = [object]
        while let next = open.popLast() {
            guard next.waitsForDependents, seen.insert(next.uid).inserted else { continue }
            let blocking = blocking(next.uid, in: view)
            if blocking.contains(where: { $0.uid == uid }) { return true }
            open += blocking
        }
        return false
    }

    // MARK: Objects that are owned

    private func judge(_ key: ObjectReference, _ object: JSONValue, in view: ClusterView) -> Plan {
        let links = owners.links(of: object, in: view)
        var steps: [Step] = links.compactMap(\.fault).map {
            .event(EventNote(key, warning: true, reason: "OwnerRefInvalidNamespace", message: $0))
        }
        let absent = links.compactMap { link -> ObjectReference? in
            if case .absent(let target) = link.state { target } else { nil }
        }
        let hasSolid = links.contains { $0.state == .solid }
        let isAwaited = links.contains { $0.state == .waiting }
        guard !absent.isEmpty || isAwaited else { return Plan(steps) }
        steps += absent.map { .confirmGone($0) }
        if hasSolid {
            // It stays, and names only those that stay.
            let solid = Set(links.filter { $0.state == .solid }.map(\.uid))
            return Plan(steps + [owners(object.owners.filter { solid.contains($0["uid"]?.string ?? "") }, of: object, key.kind)])
        }
        let dependents = view.dependents(of: key.uid)
        if isAwaited, !dependents.isEmpty {
            // In a circle each would wait for the other: who closes it does not block its owner.
            let closesCircle = dependents.contains { $0.object.waitsForDependents }
            let blocks = object.owners.contains { $0["blockOwnerDeletion"]?.bool == true }
            if closesCircle, blocks { steps.append(owners(object.owners.map(unblocking), of: object, key.kind)) }
            return Plan(steps + [.delete(key.kind, key.name, uid: key.uid, propagation: .foreground)])
        }
        return Plan(steps + [.delete(key.kind, key.name, uid: key.uid, propagation: propagation(of: object))])
    }

    private func propagation(of object: JSONValue) -> Propagation {
        if object.finalizers.contains(CascadeFinalizer.orphan) { return .orphan }
        return object.finalizers.contains(CascadeFinalizer.foreground) ? .foreground : .background
    }

    private func unblocking(_ reference: JSONValue) -> JSONValue {
        var reference = reference
        if reference["blockOwnerDeletion"]?.bool == true { reference["blockOwnerDeletion"] = false }
        return reference
    }

    // MARK: Writes

    /// On the very state that was judged: a reference that somebody adds meanwhile is not lost.
    private func owners(_ references: [JSONValue], of object: JSONValue, _ kind: ObjectKind) -> Step {
        metadata(["ownerReferences": references.isEmpty ? .null : .array(references)], of: object, kind)
    }

    private func without(_ finalizer: String, _ key: ObjectReference, _ object: JSONValue) -> Step {
        let kept = object.finalizers.filter { $0 != finalizer }.map { JSONValue.string($0) }
        return metadata(["finalizers": kept.isEmpty ? .null : .array(kept)], of: object, key.kind)
    }

    private func metadata(_ change: JSONValue, of object: JSONValue, _ kind: ObjectKind) -> Step {
        var metadata = change
        metadata["uid"] = .string(object.uid)
        if let version = object.at("metadata", "resourceVersion") { metadata["resourceVersion"] = version }
        return .patch(kind, ObjectName(of: object), ["metadata": metadata], .merge)
    }
}
