/// How much of what can be counted: CPU in thousandths, memory and disk in bytes, and any other Mesos scalar by its name, in thousandths.
///
/// Never negative in what we make ourselves. Without named scalars a value owns no memory.
public struct Amounts: Sendable, Hashable {
    /// Some other scalar: `gpus`, or whatever agents were told to offer.
    public struct Named: Sendable, Hashable {
        /// As Mesos calls it.
        public let name: String
        /// Thousandths of one, which is what Mesos counts in.
        public var thousandths: Int64
        public init(name: String, thousandths: Int64) { (self.name, self.thousandths) = (name, thousandths) }
    }

    public var milliCPU: Int64
    public var memory: Int64
    public var disk: Int64
    /// In the order of their names; none is zero.
    public private(set) var named: [Named] = []

    public static let zero = Amounts()
    public init(milliCPU: Int64 = 0, memory: Int64 = 0, disk: Int64 = 0, named: [String: Int64] = [:]) {
        (self.milliCPU, self.memory, self.disk) = (milliCPU, memory, disk)
        if !named.isEmpty {
            self.named = named.filter { $0.value != 0 }.map { Named(name: $0.key, thousandths: $0.value) }.sorted { $0.name < $1.name }
        }
    }

    public static func + (left: Amounts, right: Amounts) -> Amounts { left.combined(with: right, +) }
    public static func - (left: Amounts, right: Amounts) -> Amounts { left.combined(with: right, -) }
    public static func += (left: inout Amounts, right: Amounts) { left = left + right }
    public static func -= (left: inout Amounts, right: Amounts) { left = left - right }

    private func combined(with other: Amounts, _ operation: (Int64, Int64) -> Int64) -> Amounts {
        var result = Amounts(
            milliCPU: operation(milliCPU, other.milliCPU), memory: operation(memory, other.memory), disk: operation(disk, other.disk))
        guard !named.isEmpty || !other.named.isEmpty else { return result }
        for name in Set(named.map(\.name)).union(other.named.map(\.name)).sorted() {
            let amount = operation(self[.named(name)], other[.named(name)])
            if amount != 0 { result.named.append(Named(name: name, thousandths: amount)) }
        }
        return result
    }

    /// Whether all of `self` is there in `other`.
    public func fits(in other: Amounts) -> Bool {
        milliCPU <= other.milliCPU && memory <= other.memory && disk <= other.disk
            && named.allSatisfy { $0.thousandths <= other[.named($0.name)] }
    }

    /// Component by component, the smaller one.
    public func limited(to other: Amounts) -> Amounts {
        var result = Amounts(milliCPU: min(milliCPU, other.milliCPU), memory: min(memory, other.memory), disk: min(disk, other.disk))
        for item in named { result[.named(item.name)] = min(item.thousandths, other[.named(item.name)]) }
        return result
    }

    public subscript(kind: ResourceKind) -> Int64 {
        get {
            switch kind {
            case .cpu: milliCPU
            case .memory: memory
            case .disk: disk
            case .named(let name): named.first { $0.name == name }?.thousandths ?? 0
            }
        }
        set {
            switch kind {
            case .cpu: milliCPU = newValue
            case .memory: memory = newValue
            case .disk: disk = newValue
            case .named(let name):
                named.removeAll { $0.name == name }
                guard newValue != 0 else { return }
                named.insert(Named(name: name, thousandths: newValue), at: named.firstIndex { $0.name > name } ?? named.endIndex)
            }
        }
    }

    /// What there is some of, in a fixed order.
    public var kinds: [ResourceKind] {
        ([.cpu, .memory, .disk] as [ResourceKind]).filter { self[$0] != 0 } + named.map { .named($0.name) }
    }
}

/// What is counted.
public enum ResourceKind: Sendable, Hashable, Comparable, CustomStringConvertible, Codable {
    case cpu, memory, disk
    /// A scalar of Mesos by its own name, such as `gpus`.
    case named(String)

    public var description: String {
        switch self {
        case .cpu: "cpu"
        case .memory: "memory"
        case .disk: "disk"
        case .named(let name): name
        }
    }
}

/// Where a resource comes from, which must be named when it is used: the role that it was allocated to, and its reservations.
public struct Origin: Sendable, Hashable, Comparable {
    public let role: String
    /// The reservations, encoded as the adapter that read the offer chose; empty for what is unreserved. Only compared and handed back.
    public let reservation: [UInt8]
    public init(role: String = "*", reservation: [UInt8] = []) { (self.role, self.reservation) = (role, reservation) }
    public static func < (left: Self, right: Self) -> Bool {
        if left.role != right.role { return left.role < right.role }
        return left.reservation.lexicographicallyPrecedes(right.reservation)
    }
}

/// Resources, each part with its origin: what an offer holds, or what a task takes.
public struct Resources: Sendable, Hashable {
    public struct Part: Sendable, Hashable {
        public let origin: Origin
        public var amounts: Amounts
        public var ports: PortSet
        public init(origin: Origin = Origin(), amounts: Amounts = .zero, ports: PortSet = PortSet()) {
            (self.origin, self.amounts, self.ports) = (origin, amounts, ports)
        }
        var isEmpty: Bool { amounts == .zero && ports.isEmpty }
    }

    /// One part per origin; in the order in which they are to be used.
    public private(set) var parts: [Part] = []

    public init() {}
    public init(_ parts: some Sequence<Part>) {
        for part in parts { add(part) }
    }
    /// Unreserved resources of the role `*`.
    public init(milliCPU: Int64 = 0, memory: Int64 = 0, disk: Int64 = 0, ports: PortSet = PortSet()) {
        add(Part(amounts: Amounts(milliCPU: milliCPU, memory: memory, disk: disk), ports: ports))
    }

    public var isEmpty: Bool { parts.isEmpty }
    public var amounts: Amounts { parts.reduce(.zero) { $0 + $1.amounts } }
    public var ports: PortSet { parts.reduce(into: PortSet()) { $0.formUnion($1.ports) } }

    public mutating func add(_ part: Part) {
        guard !part.isEmpty else { return }
        if let index = parts.firstIndex(where: { $0.origin == part.origin }) {
            parts[index].amounts += part.amounts
            parts[index].ports.formUnion(part.ports)
        } else {
            parts.append(part)
        }
    }

    public mutating func add(_ other: Resources) {
        for part in other.parts { add(part) }
    }

    /// Puts parts of the roles named first into that order, reserved before unreserved within a role; other roles' parts are left out.
    func ordered(byRoles roles: [String]) -> Resources {
        var result = Resources()
        for role in roles {
            let ofRole = parts.filter { $0.origin.role == role }
            result.parts += ofRole.filter { !$0.origin.reservation.isEmpty }.sorted { $0.origin < $1.origin }
            result.parts += ofRole.filter { $0.origin.reservation.isEmpty }
        }
        return result
    }

    /// Takes `wanted` out, from the first part on, mixing origins where one is not enough. `nil`, and nothing taken, if it is not all there.
    mutating func take(_ wanted: Amounts, ports wantedPorts: [Int]) -> Resources? {
        guard wanted.fits(in: amounts) else { return nil }
        var (rest, taken, left) = (wanted, Resources(), self)
        for index in left.parts.indices {
            let share = rest.limited(to: left.parts[index].amounts)
            left.parts[index].amounts -= share
            rest -= share
            taken.add(Part(origin: left.parts[index].origin, amounts: share))
        }
        for port in wantedPorts {
            guard let index = left.parts.firstIndex(where: { $0.ports.contains(port) }) else { return nil }
            left.parts[index].ports.remove(port)
            var one = PortSet()
            one.insert(port)
            taken.add(Part(origin: left.parts[index].origin, ports: one))
        }
        left.parts.removeAll { $0.isEmpty }
        self = left
        return taken
    }

    /// Takes `wanted` from the unreserved part of the first role that has all of it; for what must read the same each time.
    mutating func takeWhole(_ wanted: Amounts) -> Resources? {
        guard let index = parts.firstIndex(where: { $0.origin.reservation.isEmpty && wanted.fits(in: $0.amounts) }) else { return nil }
        parts[index].amounts -= wanted
        let taken = Part(origin: parts[index].origin, amounts: wanted)
        if parts[index].isEmpty { parts.remove(at: index) }
        return Resources([taken])
    }
}
