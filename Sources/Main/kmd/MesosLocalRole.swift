import Core
import Logging
import Mesos
import MesosLocal

/// Our own Mesos as a role of this process: a master with an agent, or the master alone, or an agent of a master elsewhere.
enum MesosLocalRole {
    /// What the command line says about the master.
    struct MasterOptions: Sendable {
        var address = "127.0.0.1"
        /// 0 = any free port.
        var port = 5050
        /// The data directory; the master keeps its own folder in it.
        var dataDirectory: String
        /// Agents of other machines must know one of these.
        var credentials: [LinkCredential] = []
        var agentPingTimeout: Duration = .seconds(15)
        var maxAgentPingTimeouts = 5
        var allocationInterval: Duration = .seconds(1)
        var offerTimeout: Duration?
        var weights: [String: Double] = [:]
        /// Where several masters elect one; `nil`: this one leads.
        var election: (any MasterElection)?
        /// Agents that exist only in this process.
        var simulation: SimulatedAgentScript?
        var simulatedPods: (any SimulatedPods)?

        init(dataDirectory: String) { self.dataDirectory = dataDirectory }

        var configuration: MesosMasterServer.Configuration {
            var configuration = MesosMasterServer.Configuration(directory: dataDirectory + "/mesos/master")
            (configuration.address, configuration.port, configuration.credentials) = (address, port, credentials)
            configuration.agentPingTimeout = agentPingTimeout
            configuration.maxAgentPingTimeouts = maxAgentPingTimeouts
            configuration.allocationInterval = allocationInterval
            (configuration.offerTimeout, configuration.weights) = (offerTimeout, weights)
            configuration.election = election
            (configuration.simulation, configuration.simulatedPods) = (simulation, simulatedPods)
            return configuration
        }
    }

    /// What the command line says about the agent.
    struct AgentOptions: Sendable {
        var address = "127.0.0.1"
        /// 0 = the port of the last time, or any free one.
        var port = 5051
        /// The agent's own folder, sandboxes included.
        var workDirectory: String
        /// `nil` = the machine's own.
        var hostname: String?
        /// `cpus:4;mem:8192;disk:10240;ports:[31000-32000]`; `nil` = what the machine has.
        var resources: String?
        /// `rack:r1;zone:z1`.
        var attributes: String?
        var credential: LinkCredential?
        var executorRegistrationTimeout: Duration = .seconds(60)
        var recoveryTimeout: Duration = .seconds(900)
        var shutdownGracePeriod: Duration = .seconds(5)
        /// Whether executors end with kmd; otherwise they run on and are taken back.
        var stopsExecutors = true
        /// How long executors may take to end when kmd ends.
        var executorStopLimit: Duration = .seconds(10)

        init(workDirectory: String) { self.workDirectory = workDirectory }

        /// - Throws: `MachineResources.Problem` that names the option and the part.
        func configuration() throws -> MesosAgentServer.Configuration {
            var configuration = MesosAgentServer.Configuration(directory: workDirectory)
            (configuration.address, configuration.port, configuration.credential) = (address, port, credential)
            if let hostname { configuration.hostname = hostname }
            if let resources { configuration.resources = try MachineResources.parse(resources) }
            if let attributes { configuration.attributes = try MachineResources.parseAttributes(attributes) }
            configuration.executorRegistrationTimeout = executorRegistrationTimeout
            configuration.recoveryTimeout = recoveryTimeout
            configuration.shutdownGracePeriod = shutdownGracePeriod
            (configuration.stopsExecutors, configuration.stopLimit) = (stopsExecutors, executorStopLimit)
            return configuration
        }
    }

    /// Runs a master with an agent until the task is cancelled; returns after the executors have been told to end and everything is closed.
    ///
    /// - Parameter ready: called once with the addresses, when the master has the agent and both listen.
    static func runBoth(
        _ master: MasterOptions, _ agent: AgentOptions, logger: Logger,
        ready: @escaping @Sendable (_ master: MesosEndpoint, _ agent: MesosEndpoint) async -> Void
    ) async throws {
        var configuration = MesosLocal.Configuration(directory: master.dataDirectory)
        (configuration.master, configuration.agent) = (master.configuration, try agent.configuration())
        try await MesosLocal(configuration, logger: logger).run { addresses in await ready(addresses.master, addresses.agent) }
    }

    /// Runs a master alone, for agents of other processes.
    static func runMaster(_ options: MasterOptions, logger: Logger, ready: @escaping @Sendable (MesosEndpoint) async -> Void) async throws {
        try await MesosMasterServer(options.configuration, logger: logger).run { await ready($0) }
    }

    /// Runs an agent for one of `masters`, which are asked for before each attempt; it looks for the one that leads as long as it runs.
    static func runAgent(
        _ options: AgentOptions, masters: @escaping @Sendable () async -> [MesosEndpoint], logger: Logger,
        ready: @escaping @Sendable (MesosEndpoint) async -> Void
    ) async throws {
        try await MesosAgentServer(try options.configuration(), masters: masters, logger: logger).run { await ready($0) }
    }
}
