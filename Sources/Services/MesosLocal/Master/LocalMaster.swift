import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOCore
import NIOHTTP1

/// The embedded master: a `MasterState`, its event streams, its agents' links and its register on disk.
///
/// The register is written behind the events: a master that forgot a framework takes it back under the same id when its scheduler subscribes,
/// as Mesos does, so nothing waits for the disk here.
actor LocalMaster {
    enum Item: Sendable {
        case input(MasterState.Input, reply: (@Sendable (HTTPAnswer) -> Void)?)
        case subscribe(Mesos_V1_Scheduler_Call, HTTPExchange, MesosFormat)
        case connect(@Sendable (Int) -> AgentLink)
        /// An agent of another process opens its link; the stream is its way to hear.
        case open(HTTPExchange)
        /// What the agent of a link has said.
        case told(link: String, [AgentToMaster], reply: @Sendable (HTTPAnswer) -> Void)
        case ask(@Sendable (MasterState) -> Void)
    }

    /// The way to one agent.
    struct AgentLink: Sendable {
        /// Takes a message in order; `false` when the agent is gone.
        var tell: @Sendable (MasterToAgent) -> Bool
        /// Ends the link.
        var close: @Sendable () -> Void = {}
    }

    private struct Stream {
        var body: HTTPBodyStream
        var format: MesosFormat
    }

    /// Bytes of events that a scheduler, or of messages that an agent, may leave unread before its stream is closed; it connects again then.
    static let streamLimit = 64 << 20

    nonisolated let queue = ItemQueue<Item>(capacity: 10_000)
    private var state: MasterState
    private let file: StateFile
    private let time: any TimeSource
    private let log: Logger
    private var uuids: UUIDSource
    private var streams: [StreamID: Stream] = [:]
    private var links: [Int: AgentLink] = [:]
    private var nextLink = 1
    /// Links over HTTP by their names, which nobody can guess.
    private var named: [String: Int] = [:]
    private var persistenceWanted = false
    private var mischief: Mischiefs?

    init(state: MasterState, file: StateFile, uuids: UUIDSource, mischief: Mischief? = nil, time: any TimeSource, logger: Logger) {
        self.mischief = mischief.map(Mischiefs.init)
        (self.state, self.file, self.uuids, self.time, log) = (state, file, uuids, time, logger)
    }

    /// Runs until the task is cancelled or the queue is closed.
    func run() async {
        while let items = await queue.batch(until: deadline, on: time) {
            perform(state.handle(.tick(moment)), reply: nil)
            performMischief()
            for item in items { take(item) }
            if persistenceWanted {
                persistenceWanted = false
                do {
                    try await file.write(try state.record.serializedBytes())
                } catch {
                    log.error("the register of frameworks could not be written: \(error)")
                }
            }
        }
        for stream in streams.values { stream.body.abort() }
        for link in links.values { link.close() }
        (streams, links) = ([:], [:])
    }

    var masterInfo: Mesos_V1_MasterInfo { state.masterInfo }

    /// The port is known only when the server listens.
    func listens(at port: Int) { state.listens(at: port) }

    private var moment: Moment { Moment(now: time.now, wall: time.wallClock) }

    private var deadline: Instant { [state.nextDeadline, mischief?.nextDeadline].compactMap { $0 }.min() ?? time.now }

    private func performMischief() {
        guard let (effects, offers) = mischief?.due(at: time.now) else { return }
        for effect in effects { perform(effect, reply: nil) }
        for offer in offers { perform(state.handle(.expire(offer)), reply: nil) }
    }

    private func take(_ item: Item) {
        switch item {
        case .input(let input, let reply):
            if case .agentDisconnected(let link) = input { drop(link) }
            perform(state.handle(input), reply: reply)
        case .subscribe(let call, let exchange, let format): subscribe(call, exchange, format)
        case .connect(let make):
            links[nextLink] = make(nextLink)
            nextLink += 1
        case .open(let exchange): open(exchange)
        case .told(let name, let messages, let reply):
            guard let link = named[name] else { return reply(HTTPAnswer(status: 404, text: "This link is over: open another one")) }
            for message in messages { perform(state.handle(.agent(link, message)), reply: nil) }
            reply(.accepted)
        case .ask(let question): question(state)
        }
    }

    private func subscribe(_ call: Mesos_V1_Scheduler_Call, _ exchange: HTTPExchange, _ format: MesosFormat) {
        let id = uuids.text()
        let body = exchange.stream(
            .ok, headers: ["Content-Type": format.contentType, "Mesos-Stream-Id": id], limit: LocalMaster.streamLimit)
        streams[id] = Stream(body: body, format: format)
        let queue = queue
        body.onClose { queue.feed(.input(.streamClosed(id), reply: nil)) }
        perform(state.handle(.subscribe(call, stream: id)), reply: nil)
    }

    private func open(_ exchange: HTTPExchange) {
        let (name, link, queue) = (uuids.text(), nextLink, queue)
        nextLink += 1
        let body = exchange.stream(
            .ok, headers: ["Content-Type": MesosFormat.protobuf.contentType, LinkPaths.header: name], limit: LocalMaster.streamLimit)
        named[name] = link
        links[link] = AgentLink(tell: { body.offer(MesosFormat.protobuf.record($0.wire)) }, close: { body.finish() })
        body.onClose { queue.feed(.input(.agentDisconnected(link), reply: nil)) }
    }

    private func drop(_ link: Int) {
        links.removeValue(forKey: link)?.close()
        if let name = named.first(where: { $0.value == link })?.key { named[name] = nil }
    }

    private func perform(_ effects: [MasterState.Effect], reply: (@Sendable (HTTPAnswer) -> Void)?) {
        for effect in mischief?.disturb(effects, at: time.now) ?? effects { perform(effect, reply: reply) }
    }

    private func perform(_ effect: MasterState.Effect, reply: (@Sendable (HTTPAnswer) -> Void)?) {
        switch effect {
        case .answer(let answer): reply?(answer)
        case .send(let id, let event):
            guard let stream = streams[id] else { return }
            if !stream.body.offer(stream.format.record(event)) {
                log.warning("a scheduler does not read its events; its stream is closed", metadata: ["stream": "\(id)"])
                streams[id] = nil
                stream.body.abort()
                queue.feed(.input(.streamClosed(id), reply: nil))
            }
        case .close(let id): streams.removeValue(forKey: id)?.body.finish()
        case .tell(let link, let message):
            if let known = links[link], !known.tell(message) { queue.feed(.input(.agentDisconnected(link), reply: nil)) }
        case .unlink(let link): drop(link)
        case .persist: persistenceWanted = true
        }
    }
}
