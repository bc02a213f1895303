import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOPosix

/// A Mesos agent in this process, for a master of ours in another one.
///
/// Executors are real processes that outlive it: the next agent over the same folder takes them back.
public struct MesosAgentServer: Sendable {
    public struct Configuration: Sendable {
        /// Where everything durable is kept, sandboxes too.
        public var directory: String
        public var address = "127.0.0.1"
        /// 0 = the port of the last time, or any free one: executors that run on look for the agent where it was.
        public var port = 5051
        /// The agent's name, which becomes the node's.
        public var hostname = MachineResources.hostname()
        /// `nil`: what the machine has.
        public var resources: MesosResources?
        public var attributes: [Mesos_V1_Attribute] = []
        public var executorRegistrationTimeout: Duration = .seconds(60)
        public var recoveryTimeout: Duration = .seconds(900)
        public var shutdownGracePeriod: Duration = .seconds(5)
        /// Whether executors are told to end when this ends. Left alone, they run on and are taken back later.
        public var stopsExecutors = true
        /// How long executors may take to end when this ends.
        public var stopLimit: Duration = .seconds(10)
        /// What the master wants to know of agents of other machines.
        public var credential: LinkCredential?

        public init(directory: String) { self.directory = directory }
    }

    private let configuration: Configuration
    private let masters: @Sendable () async -> [MesosEndpoint]
    private let time: any TimeSource
    private let log: Logger

    /// - Parameter masters: the masters to try, the likely leader first; asked before each attempt.
    public init(
        _ configuration: Configuration, masters: @escaping @Sendable () async -> [MesosEndpoint], time: any TimeSource = SystemTime(),
        logger: Logger = Logger(label: "mesos-agent")
    ) {
        (self.configuration, self.masters, self.time, log) = (configuration, masters, time, logger)
    }

    /// Starts it, calls `ready` with its address, and runs until the task is cancelled; it looks for its master as long as it runs.
    ///
    /// - Throws: `MesosStartProblem` when it cannot start, or when the master does not want it any more: it was marked gone, or its machine is down.
    public func run(ready: @Sendable (MesosEndpoint) async -> Void) async throws {
        let slot = LinkSlot()
        let (ends, end) = AsyncStream.makeStream(of: String.self, bufferingPolicy: .bufferingOldest(1))
        let parts = try await AgentParts(
            configuration, seed: .random(in: .min ... .max), time: time, logger: log, tellMaster: { slot.tell($0) }, retired: { end.yield($0) })
        var link = MasterConnection.Configuration(masters: masters)
        link.credential = configuration.credential
        let connection = MasterConnection(link, agent: parts.agent.queue, time: time, logger: log)
        slot.set(connection)
        let running = Task { await parts.agent.run() }
        let linking = Task { await connection.run() }
        await ready(parts.endpoint)
        var retirement: String?
        for await reason in ends {
            retirement = reason
            break
        }
        await parts.stop()
        linking.cancel()
        await linking.value
        await parts.end(running)
        if let retirement { throw MesosStartProblem(description: "the master does not want this agent any more: \(retirement)") }
    }
}

/// An agent and its server, to be started and stopped in order with others.
struct AgentParts: Sendable {
    let agent: LocalAgent
    let endpoint: MesosEndpoint
    private let server: HTTPServer
    private let lock: FolderLock
    private let configuration: MesosAgentServer.Configuration

    /// The server listens when this returns: its port is part of what the agent tells executors and the master.
    init(
        _ configuration: MesosAgentServer.Configuration, seed: UInt64, time: any TimeSource, logger: Logger,
        tellMaster: @escaping @Sendable (AgentToMaster) -> Void, retired: @escaping @Sendable (String) -> Void = { _ in }
    ) async throws {
        let given = configuration.directory
        let directory = try await NIOThreadPool.singleton.runIfActive {
            try Disk.makeDirectories(given)
            return Disk.absolute(given)
        }
        lock = try FolderLock(directory, of: "Mesos agent")
        let slot = QueueSlot<LocalAgent.Item>()
        let (server, endpoint) = try await AgentParts.listen(
            configuration, AgentServiceProxy(slot: slot), StateFile(path: directory + "/port"), logger)
        do {
            agent = try await AgentParts.agent(configuration, directory, endpoint, seed, time, logger, tellMaster, retired)
        } catch {
            await server.shutdown(grace: .seconds(1))
            throw error
        }
        slot.set(agent.queue)
        (self.server, self.endpoint, self.configuration) = (server, endpoint, configuration)
    }

    private static func listen(
        _ configuration: MesosAgentServer.Configuration, _ service: AgentServiceProxy, _ portFile: StateFile, _ log: Logger
    ) async throws -> (HTTPServer, MesosEndpoint) {
        let before = try await portFile.load().flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        let wanted = configuration.port == 0 ? before ?? 0 : configuration.port
        var server = HTTPServer(host: configuration.address, port: wanted, service: service, logger: log)
        var port: Int
        do {
            port = try await server.start()
        } catch {
            guard configuration.port == 0, wanted != 0 else {
                throw MesosStartProblem(description: "the Mesos agent cannot listen on \(configuration.address):\(wanted): \(error)")
            }
            log.warning("the agent's former port is taken; executors of before will not find it", metadata: ["port": "\(wanted)"])
            await server.shutdown(grace: .zero)
            server = HTTPServer(host: configuration.address, port: 0, service: service, logger: log)
            port = try await server.start()
        }
        if port != before { try await portFile.write(Array(String(port).utf8)) }
        let endpoint = MesosEndpoint(host: reachable(configuration.address), port: port)
        log.info("the Mesos agent listens", metadata: ["address": "\(endpoint)"])
        return (server, endpoint)
    }

    private static func agent(
        _ configuration: MesosAgentServer.Configuration, _ directory: String, _ endpoint: MesosEndpoint, _ seed: UInt64, _ time: any TimeSource,
        _ log: Logger, _ tellMaster: @escaping @Sendable (AgentToMaster) -> Void, _ retired: @escaping @Sendable (String) -> Void
    ) async throws -> LocalAgent {
        var settings = AgentState.Settings()
        settings.registrationTimeout = configuration.executorRegistrationTimeout
        settings.recoveryTimeout = configuration.recoveryTimeout
        settings.shutdownGracePeriod = configuration.shutdownGracePeriod
        settings.workDirectory = directory
        settings.endpoint = endpoint
        let resources = MachineResources.completed(configuration.resources, by: MachineResources.detect(diskAt: directory))
        let info = Mesos_V1_AgentInfo.with {
            $0.hostname = configuration.hostname
            $0.port = Int32(clamping: endpoint.port)
            $0.resources = resources.items
            $0.attributes = configuration.attributes
        }
        var state = AgentState(info: info, settings: settings, at: Moment(now: time.now, wall: time.wallClock), uuidSeed: seed &+ 1)
        let path = directory + "/log"
        for record in try await AgentLog.load(path) { state.replay(record) }
        let journal = try await AgentLog.start(path, with: state.snapshot)
        return LocalAgent(
            state: state, journal: journal, fetcher: Fetcher(folder: directory + "/fetch"), uuids: UUIDSource(seed: seed &+ 2), time: time, logger: log,
            tellMaster: tellMaster, retired: retired)
    }

    /// Ends the executors, if that is wanted, and then the server.
    func stop() async {
        let (agent, server, limit, stopsExecutors) = (agent, server, configuration.stopLimit, configuration.stopsExecutors)
        // In a task of its own: the caller's is cancelled already.
        await Task {
            if stopsExecutors { await agent.stopExecutors(within: limit) }
            await server.shutdown(grace: .seconds(2))
        }.value
    }

    func end(_ running: Task<Void, Never>) async {
        agent.queue.close()
        await running.value
    }
}
