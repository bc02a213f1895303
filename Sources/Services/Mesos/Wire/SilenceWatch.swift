import Core

/// Notices a stream that has gone silent: only time spent waiting for the socket counts, not time that the consumer takes.
final class SilenceWatch: Sendable {
    private struct State { var waitingSince: Instant? }
    private let state: MutexBox<State>
    private let time: any TimeSource

    init(time: any TimeSource) {
        self.time = time
        state = MutexBox(State())
    }

    func startsWaiting() { state.withLock { $0.waitingSince = time.now } }
    func stopsWaiting() { state.withLock { $0.waitingSince = nil } }

    /// Returns when nothing came for `limit`; throws when cancelled.
    ///
    /// The limit may become known, or shorter, while this waits: it is asked again every second.
    func silence(of limit: @Sendable () -> Duration) async throws {
        while true {
            let deadline = (state.withLock { $0.waitingSince } ?? time.now) + limit()
            if deadline <= time.now { return }
            try await time.sleep(until: min(deadline, time.now + .seconds(1)))
        }
    }
}
