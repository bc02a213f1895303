import JSON

/// Discovery documents, made from the rows: what `kubectl api-resources` and every client's REST mapper read first.
extension Registry {
    /// `/api`: the versions of the core group. `serverAddress` is `host:port` as clients reach this server.
    public func apiVersions(serverAddress: String) -> JSONValue {
        [
            "kind": "APIVersions", "versions": ["v1"],
            "serverAddressByClientCIDRs": [["clientCIDR": "0.0.0.0/0", "serverAddress": .string(serverAddress)]],
        ]
    }

    /// `/apis`.
    public func apiGroupList() -> JSONValue {
        ["kind": "APIGroupList", "apiVersion": "v1", "groups": .array(groups.map { groupBody($0) })]
    }

    /// `/apis/GROUP`; `nil` for a group that is not served.
    public func apiGroup(_ name: String) -> JSONValue? {
        guard groups.contains(name) else { return nil }
        var document: JSONValue = ["kind": "APIGroup", "apiVersion": "v1"]
        if case .object(let body) = groupBody(name) {
            for (key, value) in body { document[key] = value }
        }
        return document
    }

    /// `/api/v1` (empty group) or `/apis/GROUP/VERSION`; `nil` for one that is not served.
    public func apiResourceList(group: String, version: String) -> JSONValue? {
        let rows = kinds.filter { $0.group == group && $0.version == version }.sorted { $0.plural < $1.plural }
        guard !rows.isEmpty else { return nil }
        var resources: [JSONValue] = []
        if group.isEmpty {
            resources.append([
                "name": "bindings", "singularName": "binding", "namespaced": true, "kind": "Binding", "verbs": ["create"],
            ])
        }
        for row in rows {
            resources.append(entry(of: row))
            for subresource in row.subresources.sorted(by: { $0.name < $1.name }) {
                resources.append(entry(of: subresource, in: row))
            }
        }
        var document: JSONValue = ["kind": "APIResourceList"]
        if !group.isEmpty { document["apiVersion"] = "v1" }
        document["groupVersion"] = .string(group.isEmpty ? version : group + "/" + version)
        document["resources"] = .array(resources)
        return document
    }

    /// The groups other than core, in the order of their rows.
    public var groups: [String] {
        var names: [String] = []
        for kind in kinds where !kind.group.isEmpty && !names.contains(kind.group) { names.append(kind.group) }
        return names
    }

    private func groupBody(_ name: String) -> JSONValue {
        var versions: [String] = []
        for kind in kinds where kind.group == name && !versions.contains(kind.version) { versions.append(kind.version) }
        let entries: [JSONValue] = versions.map { ["groupVersion": .string(name + "/" + $0), "version": .string($0)] }
        return ["name": .string(name), "versions": .array(entries), "preferredVersion": entries.first ?? .null]
    }

    private func entry(of row: ResourceKind) -> JSONValue {
        var entry: JSONValue = [
            "name": .string(row.plural), "singularName": .string(row.singular), "namespaced": .bool(row.isNamespaced),
            "kind": .string(row.kind), "verbs": .array(row.verbs.map { .string($0.rawValue) }),
        ]
        if !row.shortNames.isEmpty { entry["shortNames"] = .array(row.shortNames.map { .string($0) }) }
        if !row.categories.isEmpty { entry["categories"] = .array(row.categories.map { .string($0) }) }
        return entry
    }

    private func entry(of subresource: Subresource, in row: ResourceKind) -> JSONValue {
        var entry: JSONValue = [
            "name": .string(row.plural + "/" + subresource.name), "singularName": "", "namespaced": .bool(row.isNamespaced),
        ]
        if let group = subresource.group { entry["group"] = .string(group) }
        if let version = subresource.version { entry["version"] = .string(version) }
        entry["kind"] = .string(subresource.kind)
        entry["verbs"] = .array(subresource.verbs.map { .string($0.rawValue) })
        return entry
    }
}
