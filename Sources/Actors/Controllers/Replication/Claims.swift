import ControllerKit
import JSON
import KubeObjects

/// Which objects belong to a controller: those that it manages and that its selector matches. What matches and has no
/// controller is adopted; what it manages and no longer matches is released.
struct Claims: Sendable {
    /// Kept and newly adopted.
    private(set) var owned: [JSONValue] = []
    private(set) var adopted: [JSONValue] = []
    private(set) var released: [JSONValue] = []

    /// - Parameters:
    ///   - held: what the owner manages.
    ///   - orphans: objects of its namespace that nobody manages.
    ///   - owner: while it is being deleted it neither adopts nor releases.
    ///   - selector: `nil` selects nothing.
    init(held: [JSONValue], orphans: [JSONValue], owner: JSONValue, selector: Selector?) {
        for object in held {
            if selector?.matches(object.labels) ?? false {
                owned.append(object)
            } else if !owner.isBeingDeleted {
                released.append(object)
            }
        }
        guard let selector, !selector.isEmpty, !owner.isBeingDeleted else { return }
        adopted = orphans.filter { !$0.isBeingDeleted && selector.matches($0.labels) }
        owned += adopted
    }

    /// The steps that write these claims down.
    ///
    /// Before anything is adopted, the API server itself must say that the owner is as it was read: one whose deletion began
    /// must adopt nothing, or garbage collection would take the adopted along. The empty patch with its resource version asks
    /// that and changes nothing.
    func steps(_ kind: ObjectKind, owner: JSONValue, ownerKind: ObjectKind) -> [Step] {
        var steps: [Step] = []
        if !adopted.isEmpty {
            let metadata: JSONValue = [
                "uid": .string(owner.uid), "resourceVersion": owner.at("metadata", "resourceVersion") ?? "",
            ]
            steps.append(.patch(ownerKind, ObjectName(of: owner), ["metadata": metadata]))
        }
        let reference = OwnerReference(
            apiVersion: ownerKind.apiVersion, kind: ownerKind.kind, name: ObjectName(of: owner).name, uid: owner.uid)
        steps += adopted.map { object in
            Claims.patch(kind, object, ownerReference: reference.json)
        }
        steps += released.map { object in
            Claims.patch(kind, object, ownerReference: ["$patch": "delete", "uid": .string(owner.uid)])
        }
        return steps
    }

    /// The object's uid in the patch is a precondition: nothing else than the very object that was looked at is claimed.
    private static func patch(_ kind: ObjectKind, _ object: JSONValue, ownerReference: JSONValue) -> Step {
        let body: JSONValue = ["metadata": ["uid": .string(object.uid), "ownerReferences": [ownerReference]]]
        return .patch(kind, ObjectName(of: object), body, .strategic)
    }
}
