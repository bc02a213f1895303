import ActorKit
import Core

/// Keeps servers' names as the cluster is.
///
/// Facts wait in an inbox of 1,024, and who follows the API server waits when it is full. Names are told one change after the other, in
/// order; the file is written beside that, one at a time.
public actor DNSRegistrar: Component {
    public nonisolated let name = "dns-registrar"
    private var state: DNSRegistrarState
    private let inbox = Inbox<RegistrarFact>(capacity: 1024)
    private let outlet: any ZoneOutlet
    private let time: any TimeSource

    public init(state: DNSRegistrarState, outlet: any ZoneOutlet, time: any TimeSource = SystemTime()) {
        (self.state, self.outlet, self.time) = (state, outlet, time)
    }

    public nonisolated func tell(_ fact: RegistrarFact) async { await inbox.send(fact) }

    public func run() async {
        await withDiscardingTaskGroup { group in
            while let facts = await inbox.batch(until: state.nextDeadline, on: time) {
                for effect in state.handle(all: facts) + state.handle(.timePassed(to: time.now)) {
                    switch effect {
                    case .replace(let names): await outlet.replace(names)
                    case .change(let names): await outlet.change(names)
                    case .save(let zone):
                        group.addTask {
                            let succeeded = await self.outlet.save(zone)
                            self.inbox.feed(.saved(succeeded: succeeded))
                        }
                    }
                }
            }
            group.cancelAll()
        }
    }
}
