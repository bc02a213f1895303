import Core
import LeaderElector

/// A client's session with ZooKeeper: connects, again after each loss, and tells of requests whose answers were lost.
final class ZooKeeperSession {
    enum News {
        case session(ElectionSessionNews)
        case answered(UInt64, ElectionAnswer, ElectionRequest)
        case fired(UInt64)
    }

    /// For the election's state.
    let number: UInt64
    /// For the servers, once it exists there.
    private(set) var id: Int?
    private unowned let replica: Replica
    private let told: (News) -> Void
    private var connection: Connection?
    /// Asked and not answered, the oldest first.
    private var underWay: [(id: UInt64, request: ElectionRequest)] = []
    private var isOver = false

    /// Both ways of one connection.
    private final class Connection {
        var requests: Channel<SimulatedEnsemble.Request>?
        var messages: Channel<SimulatedEnsemble.Message>?
        var isConnected = false
        var lastHeard: Instant
        init(at now: Instant) { lastHeard = now }
        func close() {
            requests?.close()
            messages?.close()
        }
    }

    init(_ number: UInt64, _ replica: Replica, told: @escaping (News) -> Void) {
        (self.number, self.replica, self.told) = (number, replica, told)
        connect()
    }

    private var world: World { replica.world }
    private var simulation: Simulation { replica.world.simulation }
    private var timeout: Duration { world.ensemble.timeout }

    /// Not known to anyone any more.
    func close() {
        isOver = true
        connection?.close()
    }

    func ask(_ id: UInt64, _ request: ElectionRequest) {
        underWay.append((id, request))
        if isServedFromMemory, case .confirm = request {
            return simulation.after(.milliseconds(2), on: replica.process) { [self] in
                underWay.removeAll { $0.id == id }
                told(.answered(id, .confirmed, request))
            }
        }
        if let connection, connection.isConnected { return connection.requests?.send(.ask(id, request)) ?? () }
        simulation.after(.milliseconds(1), on: replica.process) { [self] in if connection?.isConnected != true { fail() } }
    }

    /// A planted fault: the one server that is reached keeps its client content although it is cut off from the others.
    private var isServedFromMemory: Bool {
        world.planted == .confirmedByOneServer && world.network.isCut(replica.endpoint.host, world.ensemble.endpoint.host)
    }

    // MARK: Connections

    private func connect() {
        guard !isOver else { return }
        let (ensemble, host) = (world.ensemble, replica.endpoint.host)
        let new = Connection(at: simulation.now)
        connection?.close()
        connection = new
        let messages = world.network.channel(from: ensemble.endpoint, to: replica.endpoint) { [self] (message: SimulatedEnsemble.Message) in
            if connection === new { absorb(message, new) }
        } broken: { [self] in
            if connection === new { lost(new) }
        }
        new.messages = messages
        new.requests = world.network.channel(from: replica.endpoint, to: ensemble.endpoint) { [weak self] (request: SimulatedEnsemble.Request) in
            ensemble.receive(request, from: host, as: self?.id, messages)
        } broken: {}
        new.requests?.send(.connect(session: id))
        keepAlive(new)
    }

    /// Pings each third of the timeout, and takes the servers for gone when they have been silent for two.
    private func keepAlive(_ this: Connection) {
        simulation.after(timeout / 3, on: replica.process) { [self] in
            guard !isOver, connection === this else { return }
            if isServedFromMemory { this.lastHeard = simulation.now }
            guard simulation.now < this.lastHeard + timeout * 2 / 3, this.isConnected else { return lost(this) }
            this.requests?.send(.ping)
            keepAlive(this)
        }
    }

    private func absorb(_ message: SimulatedEnsemble.Message, _ this: Connection) {
        guard !isOver else { return }
        this.lastHeard = simulation.now
        switch message {
        case .pong: break
        case .connected(let session):
            id = session
            this.isConnected = true
            told(.session(.connected(timeout: timeout)))
        case .expired:
            isOver = true
            connection?.close()
            told(.session(.ended("expired")))
        case .answer(let id, let answer):
            guard let place = underWay.firstIndex(where: { $0.id == id }) else { return }
            told(.answered(id, answer, underWay.remove(at: place).request))
        case .gone(let request): told(.fired(request))
        }
    }

    private func lost(_ this: Connection) {
        guard !isOver, connection === this else { return }
        this.close()
        connection = nil
        if this.isConnected { told(.session(.disconnected)) }
        fail()
        simulation.after(simulation.delay(.milliseconds(5) ... .milliseconds(200)), on: replica.process) { [self] in if connection == nil { connect() } }
    }

    /// What is under way may have been done.
    private func fail() {
        let lost = underWay
        underWay = []
        for (id, request) in lost { told(.answered(id, .failed(.connectionLost), request)) }
    }
}
