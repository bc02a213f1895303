import ActorKit
import Core

/// Keeps node objects as their agents are.
///
/// Facts wait in an inbox of 1,024 (the master's list replaces itself, so a list that finds it full may be dropped). Effects run beside
/// the loop, one per node at a time, and their results come back as facts.
public actor NodeRegistrar: Component {
    public nonisolated let name = "node-registrar"
    private var state: NodeRegistrarState
    private let inbox = Inbox<NodeFact>(capacity: 1024)
    private let outlet: any NodeOutlet
    private let time: any TimeSource

    /// - Parameter state: with the executor's share and the times.
    public init(state: NodeRegistrarState, outlet: any NodeOutlet, time: any TimeSource = SystemTime()) {
        (self.state, self.outlet, self.time) = (state, outlet, time)
    }

    public nonisolated func tell(_ fact: NodeFact) async { await inbox.send(fact) }

    public func run() async {
        await withDiscardingTaskGroup { group in
            while let facts = await inbox.batch(until: state.nextDeadline, on: time) {
                for effect in state.handle(all: facts) + state.handle(.timePassed(to: time.now)) {
                    group.addTask {
                        let succeeded = await self.outlet.perform(effect)
                        self.inbox.feed(.done(effect.node, at: self.time.now, succeeded: succeeded))
                    }
                }
            }
            group.cancelAll()
        }
    }
}
