import HTTPKit
import NIOHTTP1
import Synchronization

/// The wire between master and agent, which are one process: each side's messages enter the other's queue in order.
final class Links: Sendable {
    private struct Ends {
        var master: ItemQueue<LocalMaster.Item>
        var agent: ItemQueue<LocalAgent.Item>
        var link: Int
    }
    private let ends = Mutex<Ends?>(nil)

    func connect(master: ItemQueue<LocalMaster.Item>, agent: ItemQueue<LocalAgent.Item>) {
        master.feed(.connect { link in
            self.ends.withLock { $0 = Ends(master: master, agent: agent, link: link) }
            agent.feed(.input(.masterConnected, reply: nil))
            return LocalMaster.AgentLink(tell: { message in agent.feed(.input(.master(message), reply: nil)) })
        })
    }

    func tellMaster(_ message: AgentToMaster) {
        guard let ends = ends.withLock({ $0 }) else { return }
        ends.master.feed(.input(.agent(ends.link, message), reply: nil))
    }
}

/// A queue that is known later than its user.
final class QueueSlot<Item: Sendable>: Sendable {
    private let slot = Mutex<ItemQueue<Item>?>(nil)
    func set(_ queue: ItemQueue<Item>) { slot.withLock { $0 = queue } }
    var queue: ItemQueue<Item>? { slot.withLock { $0 } }
}

/// The agent's service from the moment that its port is bound; until the agent is there, it answers as a recovering agent does.
struct AgentServiceProxy: HTTPService {
    let slot: QueueSlot<LocalAgent.Item>
    var bodyLimit: Int { 64 << 20 }

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard let queue = slot.queue else { return exchange.answer(HTTPAnswer(status: 503, text: "Agent has not finished recovery")) }
        AgentService(queue: queue).handle(request, exchange)
    }
}

/// The agent's connection to its master, which is made after the agent.
final class LinkSlot: Sendable {
    private let slot = Mutex<MasterConnection?>(nil)
    func set(_ connection: MasterConnection) { slot.withLock { $0 = connection } }
    func tell(_ message: AgentToMaster) { slot.withLock { $0 }?.tell(message) }
}

/// Which link each simulated agent has.
final class LinkNumbers: Sendable {
    private let numbers = Mutex<[Int: Int]>([:])
    func set(_ link: Int, of agent: Int) { numbers.withLock { $0[agent] = link } }
    func link(of agent: Int) -> Int? { numbers.withLock { $0[agent] } }
}
