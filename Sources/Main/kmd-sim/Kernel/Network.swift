import Core

/// The network between the hosts of a run: it delays, loses, and is cut.
///
/// Processes of one host always reach each other. A call is a request and its answer, each of which can be lost: then the caller does not
/// know whether it took effect. A channel is a connection: in order, without gaps, until it breaks.
final class Network {
    /// What a network does by itself, beside the faults of the schedule.
    struct Weather {
        var latency: ClosedRange<Duration> = .microseconds(200) ... .milliseconds(3)
        /// Seldom a message is late by this much.
        var slow: ClosedRange<Duration> = .milliseconds(50) ... .seconds(2)
        var slowChance = 0.005
        /// A call's request, or its answer, is lost.
        var lossChance = 0.002
        /// When a caller stops waiting.
        var patience: Duration = .seconds(5)

        init(drawnBy simulation: Simulation) {
            slowChance = simulation.pick([0.001, 0.005, 0.05]) ?? slowChance
            lossChance = simulation.pick([0, 0.002, 0.02]) ?? lossChance
            if simulation.chance(0.3) { slow = .milliseconds(50) ... .seconds(10) }
        }
    }

    /// Why a call has no answer.
    enum Failure: Error, CustomStringConvertible {
        /// Nobody was reached: nothing was done.
        case notSent
        /// It may have been done.
        case unknown
        var description: String { self == .notSent ? "not reached" : "no answer" }
    }

    let simulation: Simulation
    /// Each seed has its own.
    private(set) var weather: Weather
    /// Pairs of hosts between which nothing passes.
    private var cuts: [Cut: Int] = [:]
    private var channels: [ObjectIdentifier: any Breakable] = [:]

    private struct Cut: Hashable { let one: String, other: String }

    init(_ simulation: Simulation) {
        self.simulation = simulation
        weather = Weather(drawnBy: simulation)
    }

    /// Nothing is lost any more, and nothing late.
    func calmDown() {
        simulation.note("the weather calms down")
        (weather.slowChance, weather.lossChance) = (0, 0)
    }

    /// Lets go of all that the connections hold on to.
    func end() { for channel in channels.values.sorted(by: { $0.number < $1.number }) { channel.close() } }

    // MARK: Cuts

    /// Nothing passes between the two hosts, in either direction, until `heal`. Cuts of the same pair add up.
    func cut(_ one: String, _ other: String) {
        cuts[pair(one, other), default: 0] += 1
        simulation.note("the network between \(one) and \(other) is cut")
    }

    func heal(_ one: String, _ other: String) {
        let pair = pair(one, other)
        guard let count = cuts[pair] else { return }
        cuts[pair] = count > 1 ? count - 1 : nil
        simulation.note("the network between \(one) and \(other) is whole again")
    }

    func isCut(_ one: String, _ other: String) -> Bool { one != other && cuts[pair(one, other)] != nil }

    private func pair(_ one: String, _ other: String) -> Cut { one < other ? Cut(one: one, other: other) : Cut(one: other, other: one) }

    // MARK: Calls

    /// Asks `server` to do `work`, which happens when the request arrives; `answered` is told in the caller's own process.
    func call<Answer>(
        _ name: @autoclosure () -> String, from caller: Endpoint, to server: Endpoint, _ work: @escaping () -> Answer,
        answered: @escaping (Result<Answer, Failure>) -> Void
    ) {
        let simulation = simulation
        var isOver = false
        func end(_ result: Result<Answer, Failure>) {
            guard !isOver else { return }
            isOver = true
            answered(result)
        }
        guard server.process.isUp, !isCut(caller.host, server.host) else {
            // A refused connection comes back at once, one to a cut host when patience ends.
            let wait = server.process.isUp ? weather.patience : delay()
            return simulation.after(wait, on: caller.process) { end(.failure(.notSent)) }
        }
        simulation.after(weather.patience, on: caller.process) { end(.failure(.unknown)) }
        // A lost connection is noticed at once, or when patience ends.
        func lose(_ what: String) {
            simulation.note(what)
            if simulation.chance(0.5) { simulation.after(delay(), on: caller.process) { end(.failure(.unknown)) } }
        }
        guard !simulation.chance(weather.lossChance) else { return lose("lost: \(name())") }
        let (label, incarnation) = (name(), server.process.incarnation)
        simulation.after(delay(), on: server.process) { [self] in
            // A caller that gave up has closed the connection, and what had not arrived by then never does. One that died or is frozen has not given up.
            guard !isOver, !isCut(caller.host, server.host) else { return }
            let answer = work()
            guard !simulation.chance(weather.lossChance) else { return lose("answer lost: \(label)") }
            simulation.after(delay(), on: caller.process) { [self] in
                // With the server, what it had not sent is lost.
                guard !isCut(caller.host, server.host), server.process.incarnation == incarnation else { return }
                end(.success(answer))
            }
        }
    }

    // MARK: Channels

    /// A connection from `server` to `client` that carries messages one way, in order.
    func channel<Message>(
        from server: Endpoint, to client: Endpoint, deliver: @escaping (Message) -> Void, broken: @escaping () -> Void
    ) -> Channel<Message> {
        let channel = Channel<Message>(network: self, server: server, client: client, deliver: deliver, broken: broken)
        channels[ObjectIdentifier(channel)] = channel
        return channel
    }

    /// All connections of a process that died.
    func breakChannels(of process: SimulatedProcess) {
        for channel in channels.values.sorted(by: { $0.number < $1.number }) where channel.touches(process) { channel.breakNow() }
    }

    fileprivate func forget(_ channel: any Breakable) { channels[ObjectIdentifier(channel)] = nil }

    fileprivate func delay() -> Duration {
        simulation.delay(simulation.chance(weather.slowChance) ? weather.slow : weather.latency)
    }

    private var nextChannel: UInt64 = 0
    fileprivate func newChannelNumber() -> UInt64 {
        nextChannel += 1
        return nextChannel
    }
}

/// A process on its host, as a party to a conversation.
struct Endpoint {
    let process: SimulatedProcess
    let host: String
}

private protocol Breakable: AnyObject {
    var number: UInt64 { get }
    func touches(_ process: SimulatedProcess) -> Bool
    func breakNow()
    func close()
}

/// Messages in order, each once, until the connection breaks; then the client is told, when it can know it.
final class Channel<Message>: Breakable {
    let number: UInt64
    private unowned let network: Network
    private let server: Endpoint
    private let client: Endpoint
    /// Both hold on to whoever listens, and are let go with the connection.
    private var deliver: ((Message) -> Void)?
    private var broken: (() -> Void)?
    private var lastDelivery: Instant
    private(set) var isOpen = true
    /// How long silence lasts before a client takes a connection for broken.
    private let silence: Duration = .seconds(10)

    fileprivate init(network: Network, server: Endpoint, client: Endpoint, deliver: @escaping (Message) -> Void, broken: @escaping () -> Void) {
        (self.network, self.server, self.client, self.deliver, self.broken) = (network, server, client, deliver, broken)
        number = network.newChannelNumber()
        lastDelivery = network.simulation.now
    }

    func send(_ message: Message) {
        guard isOpen else { return }
        guard !network.isCut(server.host, client.host) else { return breakNow() }
        let simulation = network.simulation
        lastDelivery = max(lastDelivery, simulation.now + network.delay())
        simulation.at(lastDelivery, on: client.process) { [self] in
            // What was under way when the network was cut does not arrive, nor does anything after it.
            if isOpen, network.isCut(server.host, client.host) { breakNow() }
            if isOpen { deliver?(message) }
        }
    }

    /// Either end closes it, or is gone. The client learns of it soon; over a cut network only by the silence.
    func breakNow() {
        guard isOpen else { return }
        let (simulation, told) = (network.simulation, broken)
        close()
        let wait = network.isCut(server.host, client.host) ? silence : network.delay()
        simulation.at(max(lastDelivery, simulation.now + wait), on: client.process) { told?() }
    }

    /// The client has no more use for it, and is not told.
    func close() {
        isOpen = false
        (deliver, broken) = (nil, nil)
        network.forget(self)
    }

    fileprivate func touches(_ process: SimulatedProcess) -> Bool { server.process === process || client.process === process }
}
