import ActorKit
import Core
import ServiceRouting

/// Keeps a node's packet filter in step with the services of the cluster, and tells containers of the services that there are.
///
/// Facts wait in an inbox of 1,024; who tells them waits for room. When the task ends the rules stay as they are: traffic goes on
/// without us.
public actor ServiceProxier: Component {
    public nonisolated let name = "service-proxier"
    private var state: ServiceProxierState
    private nonisolated let inbox = Inbox<ServiceProxierFact>(capacity: 1024)
    private let outlet: any RuleOutlet
    private let time: any TimeSource
    private let random: any RandomSource

    public init(
        state: ServiceProxierState, outlet: any RuleOutlet, time: any TimeSource = SystemTime(), random: any RandomSource = SystemRandom()
    ) {
        (self.state, self.outlet, self.time, self.random) = (state, outlet, time, random)
    }

    public nonisolated func tell(_ fact: ServiceProxierFact) async { _ = await inbox.send(fact) }

    public func run() async {
        await withDiscardingTaskGroup { group in
            while let facts = await inbox.batch(until: state.nextDeadline, on: time) {
                let effects = state.handle(all: facts) + state.handle(.timePassed(to: time.now))
                for effect in effects {
                    group.addTask { self.inbox.feed(await self.perform(effect)) }
                }
            }
            group.cancelAll()
        }
    }

    /// The variables that tell a container of services; `nil` while the services have not been read yet.
    public func variables(namespace: String, links: Bool) -> [(name: String, value: String)]? {
        guard state.knowsServices else { return nil }
        return ServiceVariables.variables(state.services, namespace: namespace, links: links)
    }

    /// Whether the node may send new traffic to an endpoint at this address.
    public func mayRoute(to address: IPv4Address) -> Bool { state.mayRoute(to: address) }

    private nonisolated func perform(_ effect: ServiceProxierEffect) async -> ServiceProxierFact {
        switch effect {
        case .replace(let number, let contents, let flows): end(number, await outlet.replace(contents, forgetting: flows))
        case .apply(let number, let change): end(number, await outlet.apply(change))
        case .look(let number, let expected): .looked(number, at: time.now, isIntact: await outlet.isIntact(expected))
        }
    }

    private nonisolated func end(_ number: UInt64, _ succeeded: Bool) -> ServiceProxierFact {
        succeeded ? .applied(number, at: time.now) : .failed(number, at: time.now, fraction: random.fraction())
    }
}
