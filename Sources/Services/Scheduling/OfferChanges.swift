import Core

/// What became of the live offers between two moments.
public struct OfferChanges: Sendable, Hashable {
    /// The moment from which they tell; `nil`: `live` is all that there is.
    public let since: Int?
    /// The moment that they lead to.
    public let now: Int
    /// Offers that are live and were not, or were and are again; oldest first.
    public let live: [Offer]
    /// Offers that are not live any more; some may never have been seen.
    public let gone: [OfferID]
    /// How many are live now.
    public let liveCount: Int

    public init(since: Int?, now: Int, live: [Offer], gone: [OfferID] = [], liveCount: Int) {
        (self.since, self.now, self.live, self.gone, self.liveCount) = (since, now, live, gone, liveCount)
    }
}
