import ControllerKit
import Core
import JSON

@testable import Controllers

/// A little API server for objects that own each other, with a cache that may lag behind it, and the garbage collector between the two.
struct GarbageWorld {
    static let kinds: [ObjectKind] = [.pods, .replicaSets, .deployments, .nodes, .namespaces]

    /// What the API server has.
    private(set) var objects: [ObjectReference: JSONValue] = [:]
    /// What the cache knows.
    private(set) var view = ClusterView()
    /// News that the cache has not seen yet.
    private var news: [(ObjectKind, JSONValue, isGone: Bool)] = []
    private(set) var waiting: Set<ObjectReference> = []
    private var revision = 0
    private let collector = GarbageCollector(kinds: kinds)
    private(set) var events: [EventNote] = []
    /// Deletions that the collector asked for, with whether an owner of the object lived at that moment.
    private(set) var wrongDeletions: [ObjectReference] = []
    private(set) var reconciliations = 0

    init() { put(.namespaces, Sample.object("default")) }

    @discardableResult mutating func put(_ kind: ObjectKind, _ object: JSONValue) -> ObjectReference {
        revision += 1
        var object = object
        object.set(.string(String(revision)), at: "metadata", "resourceVersion")
        let reference = ObjectReference(kind: kind, name: ObjectName(of: object), uid: object.uid)
        objects[reference] = object
        news.append((kind, object, false))
        return reference
    }

    /// What a DELETE does: finalizers hold the object back, and the word for the dependents becomes one.
    mutating func delete(_ reference: ObjectReference, _ propagation: Propagation?) {
        guard var object = objects[reference] else { return }
        var finalizers = object.finalizers
        if !object.isBeingDeleted {
            switch propagation {
            case .foreground: finalizers = finalizers.filter { $0 != "orphan" } + ["foregroundDeletion"]
            case .orphan: finalizers = finalizers.filter { $0 != "foregroundDeletion" } + ["orphan"]
            case .background, nil: finalizers = finalizers.filter { $0 != "foregroundDeletion" && $0 != "orphan" }
            }
        }
        object.set(.array(Set(finalizers).sorted().map { .string($0) }), at: "metadata", "finalizers")
        if finalizers.isEmpty { return remove(reference) }
        object.set("2026-11-21T00:00:00Z", at: "metadata", "deletionTimestamp")
        put(reference.kind, object)
    }

    private mutating func remove(_ reference: ObjectReference) {
        guard let object = objects.removeValue(forKey: reference) else { return }
        news.append((reference.kind, object, true))
    }

    func find(_ kind: ObjectKind, _ name: String) -> JSONValue? { objects.first { $0.key.kind == kind && $0.key.name.name == name }?.value }
    var isQuiet: Bool { news.isEmpty && waiting.isEmpty }

    /// The cache hears one piece of news.
    mutating func hear() {
        guard !news.isEmpty else { return }
        let (kind, object, isGone) = news.removeFirst()
        let change = isGone ? view.remove(kind, ObjectName(of: object)) : view.put(kind, object)
        guard let change else { return }
        for watch in collector.watches where watch.kind == kind { waiting.formUnion(watch.keys(change.old, change.new, view)) }
    }

    /// The collector looks at one key that waits.
    mutating func look(_ pick: Int) {
        let keys = waiting.sorted()
        guard !keys.isEmpty else { return }
        let key = keys[pick % keys.count]
        waiting.remove(key)
        reconciliations += 1
        for step in collector.reconcile(key, in: view, at: Sample.now, after: nil).steps where !perform(step, of: key) {
            waiting.insert(key)
            return
        }
    }

    /// Whether the step was done.
    private mutating func perform(_ step: Step, of key: ObjectReference) -> Bool {
        switch step {
        case .event(let note):
            events.append(note)
            return true
        case .confirmGone(let reference): return !objects.keys.contains { $0.kind == reference.kind && $0.name == reference.name && $0.uid == reference.uid }
        case .delete(let kind, let name, let uid, let propagation, _):
            let reference = ObjectReference(kind: kind, name: name, uid: uid)
            if let object = objects[reference], hasLivingOwner(object) { wrongDeletions.append(reference) }
            delete(reference, propagation)
            return true
        case .patch(let kind, let name, let patch, _, _):
            guard let entry = objects.first(where: { $0.key.kind == kind && $0.key.name == name }) else { return true }
            var object = entry.value
            guard patch.at("metadata", "resourceVersion") == object.at("metadata", "resourceVersion"), patch.uid == object.uid else { return false }
            for member in ["ownerReferences", "finalizers"] {
                guard let value = patch.at("metadata", member) else { continue }
                if value.isNull { object.remove(at: "metadata", member) } else { object.set(value, at: "metadata", member) }
            }
            if object.isBeingDeleted, object.finalizers.isEmpty { remove(entry.key) } else { put(kind, object) }
            return true
        default: return false
        }
    }

    /// An owner that is there and is not itself waiting for its dependents.
    private func hasLivingOwner(_ object: JSONValue) -> Bool {
        object.owners.contains { owner in
            objects.contains { entry in
                entry.value.uid == owner["uid"]?.string && entry.key.kind.kind == owner["kind"]?.string && !entry.value.waitsForDependents
                    && (!entry.key.kind.isNamespaced || entry.key.name.namespace == ObjectName(of: object).namespace)
            }
        }
    }

    /// Until nothing happens any more. Answers whether that was reached.
    mutating func settle(_ dice: inout Dice, limit: Int = 20_000) -> Bool {
        for _ in 0..<limit {
            if isQuiet { return true }
            if news.isEmpty || (!waiting.isEmpty && dice.chance(50)) { look(dice.roll(1 << 20)) } else { hear() }
        }
        return false
    }
}
