import Core
import Logging
import Mesos
import MesosLocal

/// The embedded Mesos master and agent, as a role of this process.
struct MesosLocalRole: Sendable {
    /// What the command line says about it.
    struct Options: Sendable {
        var masterAddress = "127.0.0.1"
        /// 0 = any free port.
        var masterPort = 5050
        var agentAddress = "127.0.0.1"
        /// 0 = the port of the last time, or any free one.
        var agentPort = 5051
        /// The data directory; the role keeps its own folder in it.
        var workDir: String
        /// `nil` = the machine's own.
        var hostname: String?
        /// `cpus:4;mem:8192;disk:10240;ports:[31000-32000]`; `nil` = what the machine has.
        var resources: String?
        /// `rack:r1;zone:z1`.
        var attributes: String?
        /// How long executors may take to end when kmd ends.
        var executorStopLimit: Duration = .seconds(10)

        init(workDir: String) { self.workDir = workDir }
    }

    let options: Options
    let logger: Logger

    /// Runs until the task is cancelled; returns after the executors have been told to end and everything is closed.
    ///
    /// - Parameter ready: called once with the addresses, when the master has the agent and both listen.
    func run(ready: @escaping @Sendable (_ master: MesosEndpoint, _ agent: MesosEndpoint) async -> Void) async throws {
        var configuration = MesosLocal.Configuration(directory: options.workDir)
        configuration.masterAddress = options.masterAddress
        configuration.masterPort = options.masterPort
        configuration.agentAddress = options.agentAddress
        configuration.agentPort = options.agentPort
        if let hostname = options.hostname { configuration.hostname = hostname }
        if let resources = options.resources { configuration.resources = try MachineResources.parse(resources) }
        if let attributes = options.attributes { configuration.attributes = try MachineResources.parseAttributes(attributes) }
        configuration.stopLimit = options.executorStopLimit
        try await MesosLocal(configuration, logger: logger).run { addresses in await ready(addresses.master, addresses.agent) }
    }
}
