import MesosProto

/// A scalar amount as Mesos counts it: three decimal digits, kept as an integer so that sums come out even.
public struct MesosScalar: Sendable, Hashable, Comparable, CustomStringConvertible, ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
    public var thousandths: Int64
    public init(thousandths: Int64) { self.thousandths = thousandths }

    /// Rounds to three digits; what is no number is 0, what is too large is the largest amount.
    public init(_ value: Double) {
        let scaled = (value * 1000).rounded()
        thousandths = scaled.isNaN ? 0 : Int64(exactly: min(max(scaled, -9e15), 9e15)) ?? 0
    }
    public init(floatLiteral value: Double) { self.init(value) }
    public init(integerLiteral value: Int64) { self.init(thousandths: value * 1000) }

    public var value: Double { Double(thousandths) / 1000 }
    public var description: String { thousandths % 1000 == 0 ? String(thousandths / 1000) : String(value) }
    public static func < (left: Self, right: Self) -> Bool { left.thousandths < right.thousandths }
    public static func + (left: Self, right: Self) -> Self { Self(thousandths: left.thousandths &+ right.thousandths) }
    public static func - (left: Self, right: Self) -> Self { Self(thousandths: left.thousandths &- right.thousandths) }
}

/// Resources of an agent, an offer, a task or an executor, kept as Mesos has them, with reservations and allocation.
///
/// The arithmetic is Mesos': amounts add up only when name, role, reservations, disk and so on are the same.
public struct MesosResources: Sendable, Hashable {
    /// No two of the same kind, none empty, in the order in which they came.
    public private(set) var items: [Mesos_V1_Resource] = []

    public init() {}
    public init(_ resources: some Sequence<Mesos_V1_Resource>) { for resource in resources { add(resource) } }

    public var isEmpty: Bool { items.isEmpty }

    /// The amount of `name` over all roles; not what is revocable, or disk with a source or a volume on it.
    public func scalar(_ name: String) -> MesosScalar {
        items.filter { $0.name == name && $0.isPlain && $0.type == .scalar }.reduce(0) { $0 + MesosScalar($1.scalar.value) }
    }
    public var cpus: MesosScalar { scalar("cpus") }
    /// In megabytes (MiB).
    public var memory: MesosScalar { scalar("mem") }
    /// In megabytes (MiB).
    public var disk: MesosScalar { scalar("disk") }
    /// Sorted, apart.
    public var ports: [ClosedRange<UInt64>] {
        RangeMath.union(items.filter { $0.name == "ports" && $0.isPlain && $0.type == .ranges }.flatMap(\.closedRanges), [])
    }

    public mutating func add(_ resource: Mesos_V1_Resource) {
        guard !resource.isNothing else { return }
        if let index = items.firstIndex(where: { $0.isAddable(to: resource) }) {
            items[index].merge(resource)
        } else {
            items.append(resource.normalized)
        }
    }

    public mutating func add(_ other: MesosResources) { for item in other.items { add(item) } }

    /// Whether all of `other` is here, kind for kind.
    public func contains(_ other: MesosResources) -> Bool {
        var rest = self
        return other.items.allSatisfy { rest.remove($0) }
    }

    /// Takes all of `other` away; what is not here is left out.
    public mutating func subtract(_ other: MesosResources) { for item in other.items { remove(item) } }

    public static func - (left: Self, right: Self) -> Self {
        var result = left
        result.subtract(right)
        return result
    }
    public static func + (left: Self, right: Self) -> Self {
        var result = left
        result.add(right)
        return result
    }

    /// Takes `resource` away if it is wholly here; `false` (and no change) otherwise.
    @discardableResult public mutating func remove(_ resource: Mesos_V1_Resource) -> Bool {
        if resource.isNothing { return true }
        guard let index = items.firstIndex(where: { $0.isAddable(to: resource) }), items[index].holds(resource) else { return false }
        items[index].drop(resource)
        if items[index].isNothing { items.remove(at: index) }
        return true
    }

    /// Takes an amount of each name and these ports, reserved ones first, and gives them as they must be named in a TaskInfo;
    /// `nil` (and no change) when something does not suffice.
    public mutating func take(
        cpus: MesosScalar = 0, memory: MesosScalar = 0, disk: MesosScalar = 0, ports: [UInt64] = []
    ) -> MesosResources? {
        var rest = self
        var taken = MesosResources()
        for (name, amount) in [("cpus", cpus), ("mem", memory), ("disk", disk)] where amount > 0 {
            guard rest.take(name, amount, into: &taken) else { return nil }
        }
        for port in ports.sorted() {
            guard rest.takePort(port, into: &taken) else { return nil }
        }
        self = rest
        return taken
    }

    private mutating func take(_ name: String, _ amount: MesosScalar, into taken: inout MesosResources) -> Bool {
        var missing = amount
        for item in items.filter({ $0.name == name && $0.isPlain && $0.type == .scalar }).sorted(by: { $0.isReserved && !$1.isReserved }) {
            var part = item
            let share = min(missing, MesosScalar(item.scalar.value))
            part.scalar.value = share.value
            taken.add(part)
            remove(part)
            missing = missing - share
            if missing <= 0 { return true }
        }
        return false
    }

    private mutating func takePort(_ port: UInt64, into taken: inout MesosResources) -> Bool {
        let holders = items.filter { $0.name == "ports" && $0.isPlain && $0.closedRanges.contains { $0.contains(port) } }
        guard var part = holders.first(where: \.isReserved) ?? holders.first else { return false }
        part.ranges = .init([port...port])
        taken.add(part)
        return remove(part)
    }

    /// The same resources allocated to `role` (what an offer shows), or to nobody (what an agent has).
    public func allocated(to role: String?) -> MesosResources {
        MesosResources(items.map { item in
            var item = item
            if let role { item.allocationInfo = .with { $0.role = role } } else { item.clearAllocationInfo() }
            return item
        })
    }

    /// Plain resources of the default role, without allocation: what an agent offers to begin with.
    public static func plain(cpus: MesosScalar, memory: MesosScalar, disk: MesosScalar, ports: [ClosedRange<UInt64>]) -> MesosResources {
        MesosResources(
            [.scalar("cpus", cpus), .scalar("mem", memory), .scalar("disk", disk)]
                + (ports.isEmpty ? [] : [.with { $0.name = "ports"; $0.type = .ranges; $0.ranges = .init(ports) }]))
    }
}

extension Mesos_V1_Resource {
    /// A plain scalar of the default role.
    public static func scalar(_ name: String, _ amount: MesosScalar) -> Mesos_V1_Resource {
        .with {
            $0.name = name
            $0.type = .scalar
            $0.scalar.value = amount.value
        }
    }

    /// Not revocable, not shared, no volume and no disk of its own: what a task can take in parts.
    var isPlain: Bool { !hasRevocable && !hasShared && !hasDisk }
    var isReserved: Bool { !reservations.isEmpty || hasReservation || (hasRole && role != "*") }
    public var closedRanges: [ClosedRange<UInt64>] { ranges.range.compactMap { $0.begin <= $0.end ? $0.begin...$0.end : nil } }

    var isNothing: Bool {
        switch type {
        case .scalar: MesosScalar(scalar.value) <= 0
        case .ranges: closedRanges.isEmpty
        case .set: set.item.isEmpty
        case .text: true
        }
    }

    /// Amounts in their canonical form, an explicit default role left out.
    var normalized: Mesos_V1_Resource {
        var result = self
        if result.role == "*" { result.clearRole() }
        if type == .ranges { result.ranges = .init(RangeMath.union(closedRanges, [])) }
        if type == .scalar { result.scalar.value = MesosScalar(scalar.value).value }
        return result
    }

    /// Everything but the amount.
    var kind: Mesos_V1_Resource {
        var result = self
        result.clearScalar()
        result.clearRanges()
        result.clearSet()
        if result.role == "*" { result.clearRole() }
        return result
    }

    func isAddable(to other: Mesos_V1_Resource) -> Bool {
        guard name == other.name, type == other.type else { return false }
        // Nearly all resources are simple; comparing whole kinds copies both messages.
        if isSimple, other.isSimple { return role == other.role && hasAllocationInfo == other.hasAllocationInfo && allocationInfo == other.allocationInfo }
        return kind == other.kind
    }

    /// Told apart by name, type, role and allocation alone.
    private var isSimple: Bool { isPlain && reservations.isEmpty && !hasReservation && unknownFields.data.isEmpty }

    mutating func merge(_ other: Mesos_V1_Resource) {
        switch type {
        case .scalar: scalar.value = (MesosScalar(scalar.value) + MesosScalar(other.scalar.value)).value
        case .ranges: ranges = .init(RangeMath.union(closedRanges, other.closedRanges))
        case .set: set.item += other.set.item.filter { !set.item.contains($0) }
        case .text: break
        }
    }

    func holds(_ other: Mesos_V1_Resource) -> Bool {
        switch type {
        case .scalar: MesosScalar(scalar.value) >= MesosScalar(other.scalar.value)
        case .ranges: RangeMath.subtract(RangeMath.union(other.closedRanges, []), closedRanges).isEmpty
        case .set: other.set.item.allSatisfy(set.item.contains)
        case .text: false
        }
    }

    mutating func drop(_ other: Mesos_V1_Resource) {
        switch type {
        case .scalar: scalar.value = (MesosScalar(scalar.value) - MesosScalar(other.scalar.value)).value
        case .ranges: ranges = .init(RangeMath.subtract(closedRanges, other.closedRanges))
        case .set: set.item.removeAll(where: other.set.item.contains)
        case .text: break
        }
    }
}

extension Mesos_V1_Value.Ranges {
    public init(_ ranges: [ClosedRange<UInt64>]) {
        self.init()
        range = ranges.map { part in
            .with {
                $0.begin = part.lowerBound
                $0.end = part.upperBound
            }
        }
    }
}

/// Sets of whole numbers as sorted ranges that do not touch.
enum RangeMath {
    static func union(_ left: [ClosedRange<UInt64>], _ right: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        var result: [ClosedRange<UInt64>] = []
        for range in (left + right).sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, last.upperBound == .max || range.lowerBound <= last.upperBound + 1 {
                result[result.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    static func subtract(_ left: [ClosedRange<UInt64>], _ right: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        var rest = left
        for cut in right {
            rest = rest.flatMap { range -> [ClosedRange<UInt64>] in
                guard range.overlaps(cut) else { return [range] }
                var parts: [ClosedRange<UInt64>] = []
                if range.lowerBound < cut.lowerBound { parts.append(range.lowerBound...(cut.lowerBound - 1)) }
                if range.upperBound > cut.upperBound { parts.append((cut.upperBound + 1)...range.upperBound) }
                return parts
            }
        }
        return rest
    }
}
