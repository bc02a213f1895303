import Core
import LeaderElector
import SimulatedZooKeeper

/// The ZooKeeper servers behind a network: connections, watches, and sessions that end by time. What the servers know is `SimulatedZooKeeper`.
final class SimulatedEnsemble {
    enum Request {
        /// `session`: the one that goes on; `nil` begins one.
        case connect(session: Int?)
        case ping
        case ask(UInt64, ElectionRequest)
    }
    enum Message {
        case connected(session: Int)
        /// The session to go on with is over.
        case expired
        case answer(UInt64, ElectionAnswer)
        /// What the request of this number watches is gone.
        case gone(UInt64)
        case pong
    }
    /// What the servers hold for a session.
    private struct Client {
        let host: String
        var channel: Channel<Message>
        /// The last write that the session may have seen: no read is older.
        var seen = 0
        var watches: [(name: String, request: UInt64)] = []
        /// Fired while no connection was there; told with the next.
        var missed: [UInt64] = []
    }

    let endpoint: Endpoint
    /// After which the servers end a session that they do not hear of.
    let timeout: Duration
    private let network: Network
    private var simulation: Simulation { network.simulation }
    private var servers = SimulatedZooKeeper()
    private var clients: [Int: Client] = [:]
    /// The connection breaks between a request and its answer.
    private let answerLost = 0.01

    init(_ network: Network, on endpoint: Endpoint, timeout: Duration) { (self.network, self.endpoint, self.timeout) = (network, endpoint, timeout) }

    private var now: Int { milliseconds(simulation.start.duration(to: simulation.now)) }
    private func milliseconds(_ duration: Duration) -> Int { Int(duration.components.seconds) * 1000 + Int(duration.components.attoseconds / 1_000_000_000_000_000) }

    // MARK: Life

    func stopped() { servers.isUp = false }
    /// Each session gets its whole time again.
    func started() { servers.restart(now: now, forgettingTerms: false) }

    // MARK: Requests

    /// What arrived from `host`, over the connection that is answered through `channel`.
    func receive(_ request: Request, from host: String, as session: Int?, _ channel: Channel<Message>) {
        guard channel.isOpen else { return }
        if case .connect(let old) = request { return connect(old, host, channel) }
        guard let session, servers.isAlive(session), clients[session]?.channel === channel else { return channel.breakNow() }
        servers.touch(session, now: now)
        switch request {
        case .connect: break
        case .ping: channel.send(.pong)
        case .ask(let id, let request): perform(id, request, session, channel)
        }
    }

    private func connect(_ old: Int?, _ host: String, _ channel: Channel<Message>) {
        guard let old else {
            let session = servers.begin(timeout: milliseconds(timeout), now: now)
            clients[session] = Client(host: host, channel: channel)
            watch(end: session)
            return channel.send(.connected(session: session))
        }
        guard servers.isAlive(old), var client = clients[old] else { return channel.send(.expired) }
        servers.touch(old, now: now)
        client.channel.close()
        let missed = client.missed
        (client.channel, client.missed) = (channel, [])
        clients[old] = client
        channel.send(.connected(session: old))
        for request in missed { channel.send(.gone(request)) }
    }

    private func perform(_ id: UInt64, _ request: ElectionRequest, _ session: Int, _ channel: Channel<Message>) {
        let age = simulation.chance(0.5) ? 0 : Int(simulation.random.next() % 4)
        let (answer, gone) = servers.perform(request, session: session, seen: clients[session]?.seen ?? 0, age: age)
        clients[session]?.seen = servers.written
        tell(gone)
        if case .watch(let name) = request, case .watching(true) = answer { clients[session]?.watches.append((name, id)) }
        guard !simulation.chance(answerLost) else {
            simulation.note("zookeeper: a connection breaks before the answer to \(request)")
            return channel.breakNow()
        }
        channel.send(.answer(id, answer))
    }

    /// Fires the watches of what is gone.
    private func tell(_ gone: [String]) {
        guard !gone.isEmpty else { return }
        for session in clients.keys.sorted() {
            guard var client = clients[session] else { continue }
            let fired = client.watches.filter { gone.contains($0.name) }
            client.watches.removeAll { gone.contains($0.name) }
            for watch in fired { if client.channel.isOpen { client.channel.send(.gone(watch.request)) } else { client.missed.append(watch.request) } }
            clients[session] = client
        }
    }

    // MARK: The end of sessions

    private func watch(end session: Int) {
        simulation.at(simulation.start + .milliseconds(servers.end(of: session) + 1)) { [self] in
            guard servers.isAlive(session) else { return }
            guard servers.isUp else { return simulation.after(.milliseconds(100)) { [self] in watch(end: session) } }
            if servers.end(of: session) < now { end(session, "its time is over") } else { watch(end: session) }
        }
    }

    private func end(_ session: Int, _ why: String) {
        guard servers.isAlive(session) else { return }
        simulation.note("zookeeper: session \(session) of \(clients[session]?.host ?? "?") ends, \(why)")
        tell(servers.expire(session))
        clients[session]?.channel.breakNow()
        clients[session]?.watches = []
    }

    /// A client, or its guardian, closes it. Heard by the servers while they can be reached.
    func close(_ session: Int, from host: String) {
        guard servers.isUp, !network.isCut(host, endpoint.host) else {
            return simulation.after(.milliseconds(200)) { [self] in if servers.isAlive(session) { close(session, from: host) } }
        }
        end(session, "closed")
    }

    /// A fault: sessions end although their clients were heard.
    func expireSessions(of host: String) {
        guard servers.isUp else { return }
        for session in clients.keys.sorted() where clients[session]?.host == host { end(session, "before its time") }
    }

    /// Sessions with more than one node: none may stand in the queue twice.
    var twiceInLine: [String] {
        Dictionary(grouping: servers.nodes, by: \.session).values.filter { $0.count > 1 }.flatMap { $0.map(\.name) }.sorted()
    }
}
