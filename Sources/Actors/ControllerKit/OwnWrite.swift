import JSON

/// What the cache must show before a key is worked on again: the key's own writes. Without it a stale cache would make things twice.
///
/// Resource versions are revisions of one store, so "the cache has seen my write" is a comparison of numbers.
public enum OwnWrite: Sendable, Hashable {
    /// The kind's objects are known up to this revision.
    case seen(ObjectKind, UInt64)
    /// The object of this uid is gone or on its way.
    case deleted(ObjectReference)

    public var kind: ObjectKind {
        switch self {
        case .seen(let kind, _): kind
        case .deleted(let reference): reference.kind
        }
    }

    /// Also met when the kind is not in the cache at all: nothing was planned on it.
    public func isMet(in view: ClusterView) -> Bool {
        guard view.isSynced(kind) else { return true }
        switch self {
        case .seen(let kind, let revision): return view.revision(kind) >= revision
        case .deleted(let reference):
            guard let object = view.object(reference.kind, reference.name), object.uid == reference.uid else { return true }
            return object.isBeingDeleted
        }
    }

    /// What to expect after `step` was done; `answer` is the object as the server made it.
    public static func after(_ step: Step, answer: JSONValue?) -> OwnWrite? {
        switch step {
        case .create(let kind, _), .update(let kind, _), .updateStatus(let kind, _), .patch(let kind, _, _, _, _), .updateSubresource(let kind, _, _):
            guard let revision = answer?.revision, revision > 0 else { return nil }
            return .seen(kind, revision)
        case .delete(let kind, let name, let uid, _, _): return .deleted(ObjectReference(kind: kind, name: name, uid: uid))
        case .deleteAll, .confirmGone, .confirmEmpty, .post, .event: return nil
        }
    }
}
