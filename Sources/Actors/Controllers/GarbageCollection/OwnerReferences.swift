import ControllerKit
import JSON

/// The two finalizers by which an owner waits for, or lets go of, what it owns.
enum CascadeFinalizer {
    static let foreground = "foregroundDeletion"
    static let orphan = "orphan"
}

extension JSONValue {
    /// Its deletion waits until those that block it are gone.
    var waitsForDependents: Bool { isBeingDeleted && finalizers.contains(CascadeFinalizer.foreground) }
    /// Its deletion waits until those that it owns do not name it any more.
    var waitsForOrphans: Bool { isBeingDeleted && finalizers.contains(CascadeFinalizer.orphan) }
}

/// An owner reference of an object, and what it leads to.
struct OwnerLink: Sendable {
    enum State: Sendable, Hashable {
        /// The owner lives (or its kind is not known here, which proves nothing).
        case solid
        /// The owner is going and waits for this object.
        case waiting
        /// The cache does not know this owner: it is gone, or was never there. The API server has to say so.
        case absent(ObjectReference)
    }

    let uid: String
    let state: State
    /// Why the reference can never be right, in Kubernetes' words.
    let fault: String?
}

/// Reads owner references against what is known.
struct OwnerReader: Sendable {
    private let kinds: [String: ObjectKind]

    init(kinds: [ObjectKind]) {
        self.kinds = Dictionary(kinds.map { (OwnerReader.key($0.apiVersion, $0.kind), $0) }) { first, _ in first }
    }

    private static func key(_ apiVersion: String, _ kind: String) -> String { apiVersion + "/" + kind }

    /// The owner that a reference names; `nil` for a kind that nobody knows here.
    func target(of reference: JSONValue, from dependent: ObjectName) -> ObjectReference? {
        guard let kind = kinds[OwnerReader.key(reference["apiVersion"]?.string ?? "", reference["kind"]?.string ?? "")] else { return nil }
        let name = ObjectName(namespace: kind.isNamespaced ? dependent.namespace : "", name: reference["name"]?.string ?? "")
        return ObjectReference(kind: kind, name: name, uid: reference["uid"]?.string ?? "")
    }

    func links(of object: JSONValue, in view: ClusterView) -> [OwnerLink] {
        let name = ObjectName(of: object)
        return object.owners.map { reference in
            let uid = reference["uid"]?.string ?? ""
            guard let target = target(of: reference, from: name) else { return OwnerLink(uid: uid, state: .solid, fault: nil) }
            if name.namespace.isEmpty, target.kind.isNamespaced {
                // Which namespace is meant nobody can say; such an object is never collected.
                return OwnerLink(uid: uid, state: .solid, fault: fault(target, in: ""))
            }
            if let owner = view.object(target.kind, target.name), owner.uid == uid {
                return OwnerLink(uid: uid, state: owner.waitsForDependents ? .waiting : .solid, fault: nil)
            }
            let isElsewhere = target.kind.isNamespaced && lives(target, in: view)
            return OwnerLink(uid: uid, state: .absent(target), fault: isElsewhere ? fault(target, in: name.namespace) : nil)
        }
    }

    /// Whether an object of this kind, name and uid is there in any namespace.
    private func lives(_ target: ObjectReference, in view: ClusterView) -> Bool {
        view.objects(.namespaces).contains { namespace in
            let name = ObjectName(namespace: ObjectName(of: namespace).name, name: target.name.name)
            return view.object(target.kind, name)?.uid == target.uid
        }
    }

    private func fault(_ target: ObjectReference, in namespace: String) -> String {
        "ownerRef [\(target.kind.apiVersion)/\(target.kind.kind), namespace: \(namespace), name: \(target.name.name), "
            + "uid: \(target.uid)] does not exist in namespace \"\(namespace)\""
    }
}
