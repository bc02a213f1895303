/// A set of port numbers 0...65535, kept as sorted ranges that neither overlap nor touch.
public struct PortSet: Sendable, Hashable, CustomStringConvertible {
    public private(set) var ranges: [ClosedRange<Int>] = []

    public init() {}
    /// Ranges in any order; what lies outside 0...65535 is left out.
    public init(_ ranges: some Sequence<ClosedRange<Int>>) {
        for range in ranges { insert(range) }
    }

    public var isEmpty: Bool { ranges.isEmpty }
    public var count: Int { ranges.reduce(0) { $0 + $1.count } }
    /// The lowest port.
    public var first: Int? { ranges.first?.lowerBound }
    public var description: String {
        ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    public func contains(_ port: Int) -> Bool { ranges.contains { $0.contains(port) } }

    public mutating func insert(_ range: ClosedRange<Int>) {
        guard range.upperBound >= 0, range.lowerBound <= 65_535 else { return }
        var merged = max(0, range.lowerBound)...min(65_535, range.upperBound)
        var result: [ClosedRange<Int>] = []
        for other in ranges {
            if other.upperBound + 1 < merged.lowerBound || merged.upperBound + 1 < other.lowerBound {
                result.append(other)
            } else {
                merged = min(merged.lowerBound, other.lowerBound)...max(merged.upperBound, other.upperBound)
            }
        }
        result.append(merged)
        ranges = result.sorted { $0.lowerBound < $1.lowerBound }
    }

    public mutating func insert(_ port: Int) { insert(port...port) }

    /// Takes `port` out; `false` when it was not there.
    @discardableResult public mutating func remove(_ port: Int) -> Bool {
        guard let index = ranges.firstIndex(where: { $0.contains(port) }) else { return false }
        let range = ranges.remove(at: index)
        var parts: [ClosedRange<Int>] = []
        if range.lowerBound < port { parts.append(range.lowerBound...(port - 1)) }
        if port < range.upperBound { parts.append((port + 1)...range.upperBound) }
        ranges.insert(contentsOf: parts, at: index)
        return true
    }

    public mutating func formUnion(_ other: PortSet) {
        for range in other.ranges { insert(range) }
    }

    public func isDisjoint(with other: PortSet) -> Bool {
        !ranges.contains { range in other.ranges.contains { $0.overlaps(range) } }
    }
}
