import ControllerKit
import KubeAPI

/// The kinds that garbage collection and the end of namespaces are about: all that the API serves and that can be deleted.
enum FollowedKinds {
    /// Events own nothing and are many; launch intents come and go with each launch.
    static let unfollowed = [ObjectKind.events]

    static let all: [ObjectKind] = Registry.standard.kinds
        .filter { kind in [.list, .watch, .delete].allSatisfy(kind.allows) && kind.group != "kmd.dev" }
        .map(objectKind)
        .filter { !unfollowed.contains($0) }

    /// Kinds that some controller reads keep what it reads; of the others metadata is enough.
    private static func objectKind(_ kind: ResourceKind) -> ObjectKind {
        let named = ObjectKind(
            group: kind.group, version: kind.version, plural: kind.plural, kind: kind.kind, isNamespaced: kind.isNamespaced, keeping: .metadata)
        return known.first { $0 == named } ?? named
    }

    private static let known: [ObjectKind] = [
        .pods, .services, .endpoints, .nodes, .namespaces, .serviceAccounts, .configMaps, .secrets, .replicationControllers, .replicaSets,
        .deployments, .endpointSlices, .leases,
    ]
}
