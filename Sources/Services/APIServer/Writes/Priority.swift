import JSON
import KubeAPI
import Store
import Synchronization

/// The priority classes as pods are told of them: read anew when one of them has changed, since each create of a pod asks.
final class PriorityClassList: Sendable {
    private let known = Mutex<(revisions: [Revision], classes: [PodPriority.Class])>(([], []))

    func classes(of objects: [CachedObject]) throws -> [PodPriority.Class] {
        let revisions = objects.map(\.modRevision)
        if let classes = known.withLock({ $0.revisions == revisions ? $0.classes : nil }) { return classes }
        let classes = try objects.map { PodPriority.Class(try JSONValue(parsing: $0.clientBytes)) }
        known.withLock { $0 = (revisions, classes) }
        return classes
    }
}

// What priority classes have to do with writes: pods are given their class' priority, and one class at most is the default.
extension APIService {
    /// The object as its write shall be prepared.
    /// - Parameter isNew: it is being created.
    func admitted(_ object: JSONValue, _ kind: ResourceKind, isNew: Bool) async throws -> JSONValue {
        guard PodPriority.concerns(kind, isNew: isNew), registry.kinds.contains(where: { $0.formKey == ResourceKind.priorityClasses.formKey }) else { return object }
        let cache = try cache(of: .priorityClasses)
        do { return try PodPriority.admit(object, kind, isNew: isNew, classes: try classes(cache)) } catch let refusal as APIStatus {
            // The class may have come or changed through another server, a moment ago.
            guard store.isShared else { throw refusal }
            try await freshen(cache)
            return try PodPriority.admit(object, kind, isNew: isNew, classes: try classes(cache))
        }
    }

    private func classes(_ cache: WatchCache) throws -> [PodPriority.Class] { try priorityClasses.classes(of: cache.list(ObjectFilter()).objects) }

    /// The priority classes that every cluster has.
    func bootstrapPriorityClasses() async throws {
        guard let kind = registry.kind(group: "scheduling.k8s.io", version: "v1", plural: "priorityclasses") else { return }
        for (object, name) in PodPriority.builtIn where try cache(of: kind).get(namespace: "", name: name) == nil {
            _ = try await make(object, kind, namespace: "")
        }
    }
}
