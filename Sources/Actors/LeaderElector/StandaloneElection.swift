import ActorKit
import Core

/// The election of a scheduler that has no rival: it holds a Lease through the API server, so that each start has a term of its own.
public actor StandaloneElection: Election {
    private var state: LeaderElectorState
    private let store: any LeaseStore
    private let time: any TimeSource
    private let inbox = Inbox<LeaderElectorState.Input>(capacity: 16)

    public init(identity: String, store: any LeaseStore, duration: Duration = .seconds(15), time: any TimeSource = SystemTime()) {
        state = LeaderElectorState(identity: identity, duration: duration)
        (self.store, self.time) = (store, time)
    }

    public func campaign(_ handle: @escaping @Sendable (ElectionEvent) async -> Void) async {
        inbox.feed(.started(at: time.now, wall: time.wallClock))
        while let inputs = await inbox.batch(until: state.nextDeadline, on: time) {
            for input in inputs + [.timePassed(to: time.now, wall: time.wallClock)] {
                for effect in state.handle(input) { await perform(effect, handle) }
            }
        }
    }

    private func perform(_ effect: LeaderElectorState.Effect, _ handle: @Sendable (ElectionEvent) async -> Void) async {
        switch effect {
        case .read:
            switch await store.read() {
            case .success(let record): inbox.feed(.read(record, at: time.now, wall: time.wallClock))
            case .failure(let error): inbox.feed(.readFailed(error.message, at: time.now))
            }
        case .write(let record): inbox.feed(.written(await store.write(record), at: time.now))
        case .tell(let event): await handle(event)
        }
    }
}
