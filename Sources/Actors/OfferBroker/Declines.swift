import Core

/// What goes back, in as few calls as there are reasons and times.
struct Declines: Sendable {
    private struct Kind: Hashable { let why: GoneReason; let refuse: Duration }
    private var order: [Kind] = []
    private var offers: [Kind: [OfferID]] = [:]
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func add(_ id: OfferID, because why: GoneReason, refuse: Duration) { add([id], because: why, refuse: refuse) }

    mutating func add(_ ids: [OfferID], because why: GoneReason, refuse: Duration) {
        guard !ids.isEmpty else { return }
        let kind = Kind(why: why, refuse: refuse)
        if offers[kind] == nil { order.append(kind) }
        offers[kind, default: []] += ids
        count += ids.count
    }

    mutating func add(_ others: Declines) {
        for kind in others.order { add(others.offers[kind] ?? [], because: kind.why, refuse: kind.refuse) }
    }

    /// Up to `limit` offers of the first kind; `nil` when there are none.
    mutating func take(_ limit: Int) -> (offers: [OfferID], why: GoneReason, refuse: Duration)? {
        guard let kind = order.first, let all = offers[kind] else { return nil }
        let taken = Array(all.prefix(limit))
        count -= taken.count
        if taken.count == all.count {
            order.removeFirst()
            offers[kind] = nil
        } else {
            offers[kind]?.removeFirst(taken.count)
        }
        return (taken, kind.why, kind.refuse)
    }

    var effects: [OfferEffect] { order.map { .decline(offers[$0] ?? [], because: $0.why, refuse: $0.refuse) } }
}
