import JSON

/// What one set of slices has to hold: endpoints of one address family that serve the same ports.
struct SliceGroup: Sendable {
    let family: AddressFamily
    /// As a slice writes them; empty for none.
    let ports: [JSONValue]
    /// As slices write them, in a stable order; their keys are unique in the group.
    let endpoints: [JSONValue]

    struct Key: Hashable, Comparable {
        let family: AddressFamily
        let ports: String
        static func < (left: Self, right: Self) -> Bool { (left.family, left.ports) < (right.family, right.ports) }
    }
    var key: Key { SliceGroup.key(family, ports) }

    static func key(_ family: AddressFamily, _ ports: [JSONValue]) -> Key {
        Key(family: family, ports: ports.map(portText).sorted().joined(separator: ","))
    }

    /// A port without regard to the order of its members and to members that say nothing.
    private static func portText(_ port: JSONValue) -> String {
        let number = port["port"]?.integer.map(String.init) ?? ""
        return [port["name"]?.string ?? "", port["protocol"]?.string ?? "TCP", number, port["appProtocol"]?.string ?? ""].joined(separator: "/")
    }

    /// Which endpoint it is, whatever its conditions are.
    static func identity(of endpoint: JSONValue) -> String {
        (endpoint.at("targetRef", "uid")?.string ?? "") + "@" + (endpoint["addresses"]?[0]?.string ?? "")
    }
}

/// What to do to slices so that they hold what they should.
struct SliceChanges: Sendable, Equatable {
    struct New: Sendable, Equatable {
        let family: AddressFamily
        let ports: [JSONValue]
        let endpoints: [JSONValue]
    }
    var create: [New] = []
    /// The slices themselves, with other endpoints (and other ports).
    var update: [JSONValue] = []
    var delete: [JSONValue] = []
}

/// Puts endpoints into slices of at most a hundred and leaves as many as possible where they are, since each changed slice travels to
/// every node.
enum SlicePacking {
    static let perSlice = 100

    /// - Parameters:
    ///   - groups: what has to be there; no two with one key.
    ///   - existing: slices that are ours and not being deleted.
    ///   - keepOne: families of which an empty slice stays when there is nothing to hold.
    static func changes(_ groups: [SliceGroup], existing: [JSONValue], keepOne: [AddressFamily]) -> SliceChanges {
        var changes = SliceChanges()
        var slicesOf: [SliceGroup.Key: [JSONValue]] = [:]
        for slice in existing.sorted(by: { name($0) < name($1) }) {
            guard let family = slice["addressType"]?.string.flatMap(AddressFamily.init(rawValue:)) else {
                changes.delete.append(slice)
                continue
            }
            slicesOf[SliceGroup.key(family, slice["ports"]?.array ?? []), default: []].append(slice)
        }
        for group in groups.sorted(by: { $0.key < $1.key }) where !group.endpoints.isEmpty {
            pack(group, into: slicesOf.removeValue(forKey: group.key) ?? [], &changes)
        }
        for key in slicesOf.keys.sorted() { changes.delete += slicesOf[key] ?? [] }
        keepPlaceholders(keepOne, groups, existing, &changes)
        reuse(&changes)
        return changes
    }

    private struct Open {
        var slice: JSONValue
        var endpoints: [JSONValue]
        var isChanged: Bool
        var room: Int { perSlice - endpoints.count }
    }

    private static func pack(_ group: SliceGroup, into slices: [JSONValue], _ changes: inout SliceChanges) {
        var wanted = Dictionary(group.endpoints.map { (SliceGroup.identity(of: $0), $0) }) { first, _ in first }
        var open = slices.map { slice -> Open in
            let held = slice["endpoints"]?.array ?? []
            var kept: [JSONValue] = []
            for endpoint in held where kept.count < perSlice {
                if let endpoint = wanted.removeValue(forKey: SliceGroup.identity(of: endpoint)) { kept.append(endpoint) }
            }
            return Open(slice: slice, endpoints: kept, isChanged: kept != held)
        }
        var homeless = group.endpoints.filter { wanted.removeValue(forKey: SliceGroup.identity(of: $0)) != nil }[...]
        // First where there is a change anyway, the fullest first.
        let changed = open.indices.filter { open[$0].isChanged && !open[$0].endpoints.isEmpty }
        let emptied = open.indices.filter { open[$0].isChanged && open[$0].endpoints.isEmpty }
        for position in changed.sorted(by: { (open[$0].room, $0) < (open[$1].room, $1) }) + emptied {
            let moved = homeless.prefix(open[position].room)
            open[position].endpoints += moved
            homeless = homeless.dropFirst(moved.count)
        }
        while homeless.count >= perSlice {
            changes.create.append(.init(family: group.family, ports: group.ports, endpoints: Array(homeless.prefix(perSlice))))
            homeless = homeless.dropFirst(perSlice)
        }
        if !homeless.isEmpty {
            let fitting = open.indices.filter { open[$0].room >= homeless.count }.min { (open[$0].room, $0) < (open[$1].room, $1) }
            if let fitting {
                open[fitting].endpoints += homeless
                open[fitting].isChanged = true
            } else {
                changes.create.append(.init(family: group.family, ports: group.ports, endpoints: Array(homeless)))
            }
        }
        for var item in open {
            if item.endpoints.isEmpty {
                changes.delete.append(item.slice)
            } else if item.isChanged {
                item.slice["endpoints"] = .array(item.endpoints)
                changes.update.append(item.slice)
            }
        }
    }

    /// A service without endpoints has an empty slice, which says just that.
    private static func keepPlaceholders(
        _ families: [AddressFamily], _ groups: [SliceGroup], _ existing: [JSONValue], _ changes: inout SliceChanges
    ) {
        for family in Set(families).sorted() where !groups.contains(where: { $0.family == family && !$0.endpoints.isEmpty }) {
            let spare = changes.delete.firstIndex { $0["addressType"]?.string == family.rawValue }
            guard let spare else {
                changes.create.append(.init(family: family, ports: [], endpoints: []))
                continue
            }
            var slice = changes.delete.remove(at: spare)
            let saysSo = (slice["endpoints"]?.array ?? []).isEmpty && (slice["ports"]?.array ?? []).isEmpty
            guard !saysSo else { continue }
            slice["endpoints"] = []
            slice["ports"] = []
            changes.update.append(slice)
        }
    }

    /// A slice that would go becomes one that is missing.
    private static func reuse(_ changes: inout SliceChanges) {
        var remaining: [SliceChanges.New] = []
        for new in changes.create {
            guard let spare = changes.delete.firstIndex(where: { $0["addressType"]?.string == new.family.rawValue }) else {
                remaining.append(new)
                continue
            }
            var slice = changes.delete.remove(at: spare)
            slice["ports"] = .array(new.ports)
            slice["endpoints"] = .array(new.endpoints)
            changes.update.append(slice)
        }
        changes.create = remaining
    }

    static func name(_ slice: JSONValue) -> String { slice.at("metadata", "name")?.string ?? "" }
}
