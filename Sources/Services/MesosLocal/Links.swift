import HTTPKit
import NIOHTTP1
import Synchronization

/// The wire between master and agent, which are one process: each side's messages enter the other's queue in order.
final class Links: Sendable {
    private struct Ends {
        var master: ItemQueue<LocalMaster.Item>?
        var agent: ItemQueue<LocalAgent.Item>?
    }
    private let ends = Mutex(Ends())
    private static let agentLink = 1

    func connect(master: ItemQueue<LocalMaster.Item>, agent: ItemQueue<LocalAgent.Item>) {
        ends.withLock { $0 = Ends(master: master, agent: agent) }
        master.feed(
            .connect(LocalMaster.AgentLink(id: Links.agentLink, tell: { message in agent.feed(.input(.master(message), reply: nil)) })))
    }

    func tellMaster(_ message: AgentToMaster) {
        ends.withLock { $0.master }?.feed(.input(.agent(Links.agentLink, message), reply: nil))
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
