/// How long to wait before each next attempt: doubling from `base` up to `cap`, each wait drawn from the upper part of it.
///
/// Pure: the randomness is given to `next`. With `jitter` 1 ("full") a wait is anywhere in 0...limit, with 0 it is the limit
/// itself.
public struct Backoff: Sendable, Hashable {
    public let base: Duration
    public let cap: Duration
    /// The share of a wait that is left to chance, 0...1.
    public let jitter: Double
    /// How many waits have been drawn since the last reset.
    public private(set) var attempts = 0

    public init(base: Duration, cap: Duration, jitter: Double = 1) {
        (self.base, self.cap, self.jitter) = (base, cap, min(max(jitter, 0), 1))
    }

    /// The longest that the next wait can be.
    public var limit: Duration {
        var limit = base
        for _ in 0..<min(attempts, 62) {
            if limit >= cap { break }
            limit = limit * 2
        }
        return min(limit, cap)
    }

    /// Draws the next wait. `fraction` is a random number in 0..<1.
    public mutating func next(_ fraction: Double) -> Duration {
        let wait = limit * (1 - jitter * (1 - min(max(fraction, 0), 1)))
        attempts += 1
        return wait
    }

    /// The next attempt waits `base` again.
    public mutating func reset() { attempts = 0 }
}
