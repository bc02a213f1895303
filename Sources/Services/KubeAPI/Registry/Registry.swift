import JSON

/// All kinds that the API stores, and how to find one.
public struct Registry: Sendable {
    /// A path's group, version and plural name.
    private struct Path: Hashable {
        let group: String
        let version: String
        let plural: String
    }

    /// In the order of discovery: core first, then by group; within a version alphabetically by plural name.
    public let kinds: [ResourceKind]
    private let byPath: [Path: ResourceKind]
    private let byType: [String: ResourceKind]

    public init(_ kinds: [ResourceKind]) {
        self.kinds = kinds
        var byPath: [Path: ResourceKind] = [:]
        var byType: [String: ResourceKind] = [:]
        for kind in kinds {
            byPath[Path(group: kind.group, version: kind.version, plural: kind.plural)] = kind
            byType[kind.apiVersion + " " + kind.kind] = kind
        }
        (self.byPath, self.byType) = (byPath, byType)
    }

    /// What kmd serves.
    public static let standard = Registry([
        .configMaps, .endpoints, .events, .namespaces, .nodes, .pods, .replicationControllers, .secrets, .serviceAccounts, .services,
        .customResourceDefinitions, .deployments, .replicaSets, .leases, .endpointSlices, .eventsV1, .launchIntents, .priorityClasses,
    ])

    /// `group` is empty for paths below `/api/v1`.
    public func kind(group: String, version: String, plural: String) -> ResourceKind? {
        byPath[Path(group: group, version: version, plural: plural)]
    }

    public func kind(apiVersion: String, kind: String) -> ResourceKind? { byType[apiVersion + " " + kind] }

    /// Whether a group-version is served at all.
    public func serves(group: String, version: String) -> Bool { kinds.contains { $0.group == group && $0.version == version } }
}
