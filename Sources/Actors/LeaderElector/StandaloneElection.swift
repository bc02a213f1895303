import ActorKit
import Core

/// The election of a scheduler that has no rival: it holds a Lease through the API server, so that each start has a term of its own.
public actor StandaloneElection: Election {
    private var state: LeaderElectorState
    private let store: any LeaseStore
    private let time: any TimeSource
    private let fence: LeadershipFence
    private let inbox = Inbox<LeaderElectorState.Input>(capacity: 16)

    /// - Parameter fence: open while this process leads, without an end: nobody else can be elected.
    public init(
        identity: String, store: any LeaseStore, fence: LeadershipFence = LeadershipFence(), duration: Duration = .seconds(15),
        time: any TimeSource = SystemTime()
    ) {
        state = LeaderElectorState(identity: identity, duration: duration)
        (self.store, self.fence, self.time) = (store, fence, time)
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
        case .tell(let event):
            if case .elected(let term) = event { fence.permit(term, confirmed: time.now, until: nil) } else { fence.close() }
            await handle(event)
        }
    }
}
