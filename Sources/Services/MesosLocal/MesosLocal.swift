import Core
import Glibc
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOPosix

/// A Mesos master and an agent in this process: what `kmd --role=all` runs without anything installed, and what tests run against.
///
/// They speak Mesos' v1 HTTP APIs to schedulers and executors; between each other they pass messages. Executors are real processes that outlive
/// this one: the next `MesosLocal` over the same folder takes them back.
public actor MesosLocal {
    public struct Configuration: Sendable {
        /// Where everything durable is kept.
        public var directory: String
        public var masterAddress = "127.0.0.1"
        /// 0 = any free port.
        public var masterPort = 5050
        public var agentAddress = "127.0.0.1"
        /// 0 = the port of the last time, or any free one: executors that run on look for the agent where it was.
        public var agentPort = 5051
        /// The agent's name, which becomes the node's.
        public var hostname = MachineResources.hostname()
        /// `nil`: what the machine has.
        public var resources: MesosResources?
        public var attributes: [Mesos_V1_Attribute] = []
        public var executorRegistrationTimeout: Duration = .seconds(60)
        public var recoveryTimeout: Duration = .seconds(900)
        public var shutdownGracePeriod: Duration = .seconds(5)
        public var heartbeat: Duration = .seconds(15)
        /// Whether executors are told to end when this ends. Left alone, they run on and are taken back later.
        public var stopsExecutors = true
        /// How long executors may take to end when this ends.
        public var stopLimit: Duration = .seconds(10)

        public init(directory: String) { self.directory = directory }
    }

    /// Where master and agent listen.
    public struct Addresses: Sendable, Hashable {
        public var master: MesosEndpoint
        public var agent: MesosEndpoint
    }

    /// What kept it from starting.
    public struct StartProblem: Error, Sendable, CustomStringConvertible {
        public let description: String
    }

    private let configuration: Configuration
    private let time: any TimeSource
    private let log: Logger

    public init(_ configuration: Configuration, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos-local")) {
        (self.configuration, self.time, log) = (configuration, time, logger)
    }

    /// Starts both, calls `ready` with their addresses, and runs until the task is cancelled; then ends the executors and everything else in order.
    public func run(ready: @Sendable (Addresses) async -> Void) async throws {
        let given = configuration.directory + "/mesos"
        let directory = try await NIOThreadPool.singleton.runIfActive {
            try Disk.makeDirectories(given + "/master")
            try Disk.makeDirectories(given + "/agent")
            return Disk.absolute(given)
        }
        let seed = UInt64.random(in: .min ... .max)
        let links = Links()
        // The agent's server comes first: its port is part of what it tells executors and the master.
        let agentQueue = QueueSlot<LocalAgent.Item>()
        let portFile = StateFile(path: directory + "/agent/port")
        let agentServer = try await startAgentServer(AgentServiceProxy(slot: agentQueue), portFile)
        do {
            let agent = try await makeAgent(directory: directory + "/agent", endpoint: agentServer.endpoint, seed: seed, links: links)
            let (master, masterService) = try await makeMaster(directory: directory + "/master", seed: seed)
            links.connect(master: master.queue, agent: agent.queue)
            agentQueue.set(agent.queue)
            try await serve(master, masterService, agent, agentServer, ready)
        } catch {
            await agentServer.server.shutdown(grace: .seconds(1))
            throw error
        }
    }

    private func serve(
        _ master: LocalMaster, _ service: MasterService, _ agent: LocalAgent, _ agentServer: (server: HTTPServer, endpoint: MesosEndpoint),
        _ ready: @Sendable (Addresses) async -> Void
    ) async throws {
        // Cancellation ends `untilCancelled` only; the others end in order, each by its own means.
        let masterTask = Task { await master.run() }
        let agentTask = Task { await agent.run() }
        defer {
            master.queue.close()
            agent.queue.close()
        }
        // The agent registers before the first scheduler can ask: a reconciliation right after a restart finds its tasks.
        await masterHasAgent(master)
        let server = HTTPServer(host: configuration.masterAddress, port: configuration.masterPort, service: service, logger: log)
        do {
            let port = try await server.start()
            let addresses = Addresses(master: MesosEndpoint(host: configuration.masterAddress, port: port), agent: agentServer.endpoint)
            await master.listens(at: port)
            log.info("Mesos master and agent listen", metadata: ["master": "\(addresses.master)", "agent": "\(addresses.agent)"])
            await ready(addresses)
            await untilCancelled()
            await stop(server, agent, agentServer.server)
        } catch {
            master.queue.close()
            agent.queue.close()
            (_, _) = (await masterTask.value, await agentTask.value)
            throw StartProblem(description: "the Mesos master cannot listen on \(configuration.masterAddress):\(configuration.masterPort): \(error)")
        }
        agent.queue.close()
        await agentTask.value
        master.queue.close()
        await masterTask.value
    }

    private func stop(_ masterServer: HTTPServer, _ agent: LocalAgent, _ agentServer: HTTPServer) async {
        let limit = configuration.stopLimit
        if configuration.stopsExecutors { await Task { await agent.stopExecutors(within: limit) }.value }
        await Task { await masterServer.shutdown(grace: .seconds(2)) }.value
        await Task { await agentServer.shutdown(grace: .seconds(2)) }.value
    }

    private func untilCancelled() async {
        while !Task.isCancelled { try? await time.sleep(for: .seconds(3600)) }
    }

    private func masterHasAgent(_ master: LocalMaster) async {
        for _ in 0..<100 {
            let known = await withCheckedContinuation { continuation in
                let put = master.queue.put(.ask { continuation.resume(returning: !$0.agents.isEmpty) })
                if !put { continuation.resume(returning: true) }
            }
            if known { return }
            try? await time.sleep(for: .milliseconds(10))
        }
    }

    // MARK: Parts

    private func startAgentServer(
        _ service: AgentServiceProxy, _ portFile: StateFile
    ) async throws -> (server: HTTPServer, endpoint: MesosEndpoint) {
        let before = try await portFile.load().flatMap { Int(String(decoding: $0, as: UTF8.self)) }
        let wanted = configuration.agentPort == 0 ? before ?? 0 : configuration.agentPort
        var server = HTTPServer(host: configuration.agentAddress, port: wanted, service: service, logger: log)
        var port: Int
        do {
            port = try await server.start()
        } catch {
            guard configuration.agentPort == 0, wanted != 0 else {
                throw StartProblem(description: "the Mesos agent cannot listen on \(configuration.agentAddress):\(wanted): \(error)")
            }
            log.warning("the agent's former port is taken; executors of before will not find it", metadata: ["port": "\(wanted)"])
            await server.shutdown(grace: .zero)
            server = HTTPServer(host: configuration.agentAddress, port: 0, service: service, logger: log)
            port = try await server.start()
        }
        if port != before { try await portFile.write(Array(String(port).utf8)) }
        let host = configuration.agentAddress == "0.0.0.0" ? "127.0.0.1" : configuration.agentAddress
        return (server, MesosEndpoint(host: host, port: port))
    }

    private func makeAgent(directory: String, endpoint: MesosEndpoint, seed: UInt64, links: Links) async throws -> LocalAgent {
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
            state: state, journal: journal, uuids: UUIDSource(seed: seed &+ 2), time: time, logger: log, tellMaster: { links.tellMaster($0) })
    }

    private func makeMaster(directory: String, seed: UInt64) async throws -> (LocalMaster, MasterService) {
        var uuids = UUIDSource(seed: seed &+ 3)
        let host = configuration.masterAddress == "0.0.0.0" ? "127.0.0.1" : configuration.masterAddress
        let info = Mesos_V1_MasterInfo.with {
            $0.id = uuids.text()
            $0.ip = MesosLocal.littleEndianAddress(host)
            $0.port = UInt32(clamping: configuration.masterPort)
            $0.pid = "master@\(host):\(configuration.masterPort)"
            $0.hostname = host
            $0.version = MasterPages.version
            $0.address.hostname = host
            $0.address.ip = host
            $0.address.port = Int32(clamping: configuration.masterPort)
            $0.capabilities = [.agentUpdate, .agentDraining, .quotaV2].map { type in .with { $0.type = type } }
        }
        var settings = MasterState.Settings()
        settings.heartbeat = configuration.heartbeat
        let file = StateFile(path: directory + "/frameworks")
        let record = try await file.load().map { try KMD_MasterRecord(serializedBytes: $0) } ?? KMD_MasterRecord()
        let state = MasterState(masterInfo: info, settings: settings, at: Moment(now: time.now, wall: time.wallClock), record: record)
        let master = LocalMaster(state: state, file: file, uuids: uuids, time: time, logger: log)
        return (master, MasterService(queue: master.queue))
    }

    /// `127.0.0.1` is 16777343 in MasterInfo.
    static func littleEndianAddress(_ host: String) -> UInt32 {
        let parts = host.split(separator: ".").compactMap { UInt32($0) }
        return parts.count == 4 && parts.allSatisfy { $0 < 256 } ? parts[0] | parts[1] << 8 | parts[2] << 16 | parts[3] << 24 : 0
    }
}
