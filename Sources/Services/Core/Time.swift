/// A moment on a clock that never goes back and that counts time asleep (boot time on Linux).
public typealias Instant = ContinuousClock.Instant

/// Where an actor's time comes from. States take instants as inputs instead; tests and the simulation bring their own clock.
public protocol TimeSource: Sendable {
    /// The moment now, for durations and deadlines.
    var now: Instant { get }
    /// The time of day now, for what people and other systems read.
    var wallClock: Timestamp { get }
    /// Returns at `deadline`, or throws `CancellationError`.
    func sleep(until deadline: Instant) async throws
}

extension TimeSource {
    public func sleep(for duration: Duration) async throws { try await sleep(until: now + duration) }
}

/// The machine's own clocks.
public struct SystemTime: TimeSource {
    public init() {}
    public var now: Instant { ContinuousClock.now }
    public var wallClock: Timestamp { Timestamp.fromSystemClock() }
    public func sleep(until deadline: Instant) async throws { try await ContinuousClock().sleep(until: deadline) }
}
