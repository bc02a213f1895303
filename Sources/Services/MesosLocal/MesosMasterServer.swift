import Core
import HTTPKit
import Logging
import Mesos
import MesosProto
import NIOPosix

/// A Mesos master in this process: the v1 scheduler and operator APIs, for agents in this process or in others.
public struct MesosMasterServer: Sendable {
    public struct Configuration: Sendable {
        /// Where everything durable is kept.
        public var directory: String
        public var address = "127.0.0.1"
        /// 0 = any free port.
        public var port = 5050
        public var heartbeat: Duration = .seconds(15)
        public var allocationInterval: Duration = .seconds(1)
        /// How often agents of other processes are asked whether they live, and how many times in a row they may not answer.
        public var agentPingTimeout: Duration = .seconds(15)
        public var maxAgentPingTimeouts = 5
        /// What agents of other machines must know. Without any, only agents of this machine are taken.
        public var credentials: [LinkCredential] = []
        /// An offer that is not used for so long is rescinded; `nil`: never.
        public var offerTimeout: Duration?
        /// How much more than another a role gets; 1 when not named.
        public var weights: [String: Double] = [:]
        /// Agents that exist only in this process, with executors that follow a script.
        public var simulation: SimulatedAgentScript?
        /// Binds the pods of simulated tasks, and lets them go; without it they exist for Mesos alone.
        public var simulatedPods: (any SimulatedPods)?
        /// Of several masters one leads; the others send callers to it. `nil`: this one leads.
        public var election: (any MasterElection)?
        /// Timing at its worst, for tests.
        public var mischief: Mischief?

        public init(directory: String) { self.directory = directory }
    }

    private let configuration: Configuration
    private let time: any TimeSource
    private let log: Logger

    public init(_ configuration: Configuration, time: any TimeSource = SystemTime(), logger: Logger = Logger(label: "mesos-master")) {
        (self.configuration, self.time, log) = (configuration, time, logger)
    }

    /// Starts it, calls `ready` with its address, and runs until the task is cancelled; then ends everything in order.
    public func run(ready: @Sendable (MesosEndpoint) async -> Void) async throws {
        let parts = try await MasterParts(configuration, seed: .random(in: .min ... .max), time: time, logger: log)
        let running = parts.start()
        do {
            let endpoint = try await parts.listen()
            await ready(endpoint)
            try await parts.stand(time)
            await parts.stopListening()
        } catch {
            await parts.stopListening()
            await parts.end(running)
            throw error
        }
        await parts.end(running)
    }
}

/// What kept a master or an agent from starting.
public struct MesosStartProblem: Error, Sendable, CustomStringConvertible {
    public let description: String
}

/// Returns when the task is cancelled.
func untilCancelled(_ time: any TimeSource) async {
    while !Task.isCancelled { try? await time.sleep(for: .seconds(3600)) }
}

/// A master and its server, to be started and stopped in order with others.
struct MasterParts: Sendable {
    let master: LocalMaster
    private let simulated: SimulatedAgents?
    private let server: HTTPServer
    private let lock: FolderLock
    private let standing: StandingNow
    private let configuration: MesosMasterServer.Configuration
    private let log: Logger

    init(_ configuration: MesosMasterServer.Configuration, seed: UInt64, time: any TimeSource, logger: Logger) async throws {
        let given = configuration.directory
        let directory = try await NIOThreadPool.singleton.runIfActive {
            try Disk.makeDirectories(given)
            return Disk.absolute(given)
        }
        lock = try FolderLock(directory, of: "Mesos master")
        var uuids = UUIDSource(seed: seed &+ 3)
        let info = MasterParts.info(configuration, id: uuids.text())
        var settings = MasterState.Settings()
        settings.heartbeat = configuration.heartbeat
        settings.allocationInterval = configuration.allocationInterval
        settings.agentPingTimeout = configuration.agentPingTimeout
        settings.maxAgentPingTimeouts = configuration.maxAgentPingTimeouts
        settings.offerTimeout = configuration.offerTimeout
        settings.weights = configuration.weights
        let file = StateFile(path: directory + "/frameworks")
        let record = try await file.load().map { try KMD_MasterRecord(serializedBytes: $0) } ?? KMD_MasterRecord()
        let state = MasterState(masterInfo: info, settings: settings, at: Moment(now: time.now, wall: time.wallClock), record: record)
        let master = LocalMaster(state: state, file: file, uuids: uuids, mischief: configuration.mischief, time: time, logger: logger)
        self.master = master
        simulated = configuration.simulation.map {
            SimulatedAgents($0, master: master.queue, pods: configuration.simulatedPods, time: time)
        }
        standing = StandingNow(configuration.election == nil ? .leads : .unknown)
        let service = MasterService(queue: master.queue, gate: LinkGate(credentials: configuration.credentials), standing: standing)
        server = HTTPServer(host: configuration.address, port: configuration.port, service: service, logger: logger)
        (self.configuration, log) = (configuration, logger)
    }

    private static func info(_ configuration: MesosMasterServer.Configuration, id: String) -> Mesos_V1_MasterInfo {
        let host = reachable(configuration.address)
        return .with {
            $0.id = id
            $0.ip = littleEndianAddress(host)
            $0.port = UInt32(clamping: configuration.port)
            $0.pid = "master@\(host):\(configuration.port)"
            $0.hostname = host
            $0.version = MasterPages.version
            $0.address.hostname = host
            $0.address.ip = host
            $0.address.port = Int32(clamping: configuration.port)
            $0.capabilities = [.agentUpdate, .agentDraining, .quotaV2].map { type in .with { $0.type = type } }
        }
    }

    /// The master's work, and that of its simulated agents, until `end`.
    func start() -> [Task<Void, Never>] {
        let (master, simulated) = (master, simulated)
        return [Task { await simulated?.run() }, Task { await master.run() }]
    }

    /// Begins to serve, and gives the address.
    func listen() async throws -> MesosEndpoint {
        do {
            let port = try await server.start()
            await master.listens(at: port)
            let endpoint = MesosEndpoint(host: reachable(configuration.address), port: port)
            log.info("the Mesos master listens", metadata: ["address": "\(endpoint)"])
            return endpoint
        } catch {
            throw MesosStartProblem(
                description: "the Mesos master cannot listen on \(configuration.address):\(configuration.port): \(error)")
        }
    }

    /// Stands for election, if there is one, until the task is cancelled.
    ///
    /// - Throws: `MesosStartProblem` when another master leads after this one did: what this one knows is not to be trusted any more.
    func stand(_ time: any TimeSource) async throws {
        guard let election = configuration.election else { return await untilCancelled(time) }
        let description = MesosFormat.json.encode(await master.masterInfo)
        let (losses, lost) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingOldest(1))
        let (standing, log) = (standing, log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await election.stand(description) { now in
                    let before = standing.become(now)
                    guard before != now else { return }
                    log.notice("the leading master", metadata: ["now": "\(now)"])
                    if before == .leads { lost.yield() }
                }
            }
            group.addTask {
                for await _ in losses {
                    throw MesosStartProblem(description: "this master does not lead any more; start it again, and it stands for election anew")
                }
            }
            defer { group.cancelAll() }
            _ = try await group.next()
        }
    }

    func stopListening() async {
        let server = server
        // In a task of its own: the caller's is cancelled already.
        await Task { await server.shutdown(grace: .seconds(2)) }.value
    }

    func end(_ running: [Task<Void, Never>]) async {
        simulated?.queue.close()
        master.queue.close()
        for task in running { await task.value }
    }
}

/// A server that listens everywhere is reached by loopback.
func reachable(_ address: String) -> String { address == "0.0.0.0" ? "127.0.0.1" : address }

/// `127.0.0.1` is 16777343 in MasterInfo.
func littleEndianAddress(_ host: String) -> UInt32 {
    let parts = host.split(separator: ".").compactMap { UInt32($0) }
    return parts.count == 4 && parts.allSatisfy { $0 < 256 } ? parts[0] | parts[1] << 8 | parts[2] << 16 | parts[3] << 24 : 0
}
