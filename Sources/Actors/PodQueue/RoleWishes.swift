import Scheduling

/// Whose resources a waiting pod may use.
public struct RoleWish: Sendable, Hashable {
    /// Empty when the pod itself names its roles.
    public let namespace: String
    /// `nil`: as its namespace, or else the framework, says.
    public let roles: [String]?

    public init(_ demand: PodDemand) {
        roles = demand.shape.wishes.roles
        namespace = roles == nil ? demand.key.namespace : ""
    }
}

/// How many pods wait with each wish, and whether there are other wishes than whoever asks for offers was told.
struct RoleWishes: Sendable {
    private var counts: [RoleWish: Int] = [:]
    /// Came or went since `told`.
    private var (new, ended): (Set<RoleWish>, Set<RoleWish>) = ([], [])

    var all: Set<RoleWish> { Set(counts.keys) }
    var haveNew: Bool { !new.isEmpty }
    var haveEnded: Bool { !ended.isEmpty }

    mutating func add(_ demand: PodDemand) {
        let wish = RoleWish(demand)
        counts[wish, default: 0] += 1
        if counts[wish] == 1, ended.remove(wish) == nil { new.insert(wish) }
    }

    mutating func remove(_ demand: PodDemand) {
        let wish = RoleWish(demand)
        guard let count = counts[wish] else { return }
        counts[wish] = count == 1 ? nil : count - 1
        if count == 1, new.remove(wish) == nil { ended.insert(wish) }
    }

    mutating func told() { (new, ended) = ([], []) }
}
