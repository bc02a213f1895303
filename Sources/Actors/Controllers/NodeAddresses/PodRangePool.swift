import ServiceRouting

/// The cluster's range of pod addresses, cut into parts of one size: one for each node.
///
/// A value made anew from what nodes hold; what is taken counts whatever its size, so that a cluster whose ranges were chosen otherwise
/// before gets no address twice.
struct PodRangePool {
    let cluster: IPv4Range
    /// The prefix of a part, between the cluster's own and 30.
    let prefix: Int
    private var taken: Set<UInt32> = []
    private var next: UInt32 = 0

    init(cluster: IPv4Range, prefix: Int) { (self.cluster, self.prefix) = (cluster, prefix) }

    /// How many parts there are: 256 of a /16 in /24s.
    var size: UInt32 { 1 << UInt32(prefix - cluster.prefix) }

    /// Marks each part that a range meets. One outside the cluster's range meets none.
    mutating func take(_ range: IPv4Range) {
        let shift = UInt32(32 - prefix)
        if range.prefix >= prefix {
            guard cluster.contains(range.base) else { return }
            taken.insert((range.base.bits &- cluster.base.bits) >> shift)
        } else if range.prefix <= cluster.prefix {
            guard range.contains(cluster.base) else { return }
            taken.formUnion(0..<size)
        } else if cluster.contains(range.base) {
            let first = (range.base.bits &- cluster.base.bits) >> shift
            taken.formUnion(first..<first + (1 << UInt32(prefix - range.prefix)))
        }
    }

    /// The lowest part that nobody has, now taken; `nil`: all are.
    mutating func allocate() -> IPv4Range? {
        while next < size, taken.contains(next) { next += 1 }
        guard next < size else { return nil }
        taken.insert(next)
        return IPv4Range(base: IPv4Address(bits: cluster.base.bits + next << UInt32(32 - prefix)), prefix: prefix)
    }
}
