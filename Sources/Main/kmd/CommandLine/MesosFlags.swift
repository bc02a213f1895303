import ArgumentParser
import Core
import KubeClient
import MesosLocal
import ZooKeeper

/// Flags of the embedded Mesos master and agent.
struct MesosLocalFlags: ParsableArguments {
    @Option(help: "The name of this machine as a node; its host name when not given.")
    var hostnameOverride: String?

    @Option(help: "What the agent offers, as Mesos writes it: 'cpus:4;mem:8192;ports:[31000-32000]'. What this machine has when not given.")
    var resources: String?

    @Option(help: "Attributes of the agent, as Mesos writes them: 'rack:r1;zone:a'. They become labels of the node.")
    var attributes: String?
}

/// Where the embedded Mesos listens, when it is a process of its own.
struct MesosLocalListenFlags: ParsableArguments {
    @Option(help: "The address of master and agent. Whoever reaches it can run programs here: leave it on loopback in a network of others.")
    var address = "127.0.0.1"

    @Option(name: [.customLong("port"), .customLong("mesos-local-master-port")], help: "The port of the master; 0 takes any free one.")
    var port = 5050

    @Option(
        name: [.customLong("agent-port"), .customLong("mesos-local-agent-port")],
        help: "The port of the agent; 0 takes any free one, and keeps it.")
    var agentPort = 5051

    func validate() throws {
        try Flags.checkPort(port, "--port")
        try Flags.checkPort(agentPort, "--agent-port")
    }
}

/// Which parts of our own Mesos a process runs.
enum MesosLocalParts: String, CaseIterable, Sendable, ExpressibleByArgument {
    /// The master alone; agents are processes of their own (`kmd mesos-agent`).
    case master
    /// A master and an agent.
    case all
}

/// Flags of our own Mesos master, in the words of Mesos'.
struct MesosMasterFlags: ParsableArguments {
    @Option(
        help: """
            A file with what agents of other machines must know: {"credentials": [{"principal": "agent", "secret": "…"}]}. \
            Without it only agents of this machine are taken.
            """)
    var credentials: String?

    @Option(help: "How often an agent of another process is asked whether it lives, as Mesos writes it: 15secs.", transform: MesosDuration.read)
    var agentPingTimeout: Duration = .seconds(15)

    @Option(help: "How many of these questions in a row may stay unanswered before the agent's tasks are unreachable.")
    var maxAgentPingTimeouts = 5

    @Option(help: "How often resources are offered, as Mesos writes it: 1secs.", transform: MesosDuration.read)
    var allocationInterval: Duration = .seconds(1)

    @Option(help: "An offer that is not used for so long is rescinded, as Mesos writes it: 5mins. Never when not given.", transform: MesosDuration.read)
    var offerTimeout: Duration?

    @Option(help: "How much more than others roles get: 'role1=2,role2=1.5'; 1 for a role that is not named.", transform: MesosMasterFlags.readWeights)
    var weights: [String: Double] = [:]

    private static func readWeights(_ text: String) throws -> [String: Double] {
        var weights: [String: Double] = [:]
        for part in text.split(separator: ",") {
            let sides = part.split(separator: "=", maxSplits: 1).map(String.init)
            guard sides.count == 2, let weight = Double(sides[1]), weight > 0, weight < 1e9 else {
                throw ValidationError("--weights: '\(part)' is no weight; write it as role=2.")
            }
            weights[sides[0]] = weight
        }
        return weights
    }

    func validate() throws {
        guard maxAgentPingTimeouts > 0 else { throw ValidationError("--max-agent-ping-timeouts must be at least 1.") }
        for (name, value) in [("--agent-ping-timeout", agentPingTimeout), ("--allocation-interval", allocationInterval)] where value <= .zero {
            throw ValidationError("\(name) must be longer than nothing.")
        }
    }

    /// - Throws: `PlainFailure` that names the file and the remedy.
    func options(dataDirectory: String) throws -> MesosLocalRole.MasterOptions {
        var options = MesosLocalRole.MasterOptions(dataDirectory: dataDirectory)
        if let credentials { options.credentials = try MesosCredentialFile.read(credentials, flag: "--credentials") }
        (options.agentPingTimeout, options.maxAgentPingTimeouts) = (agentPingTimeout, maxAgentPingTimeouts)
        options.allocationInterval = allocationInterval
        (options.offerTimeout, options.weights) = (offerTimeout, weights)
        return options
    }
}

/// Several masters of which one leads.
struct MesosElectionFlags: ParsableArguments {
    @Option(help: "Where several masters elect the one that leads: zk://host:2181,…/mesos. This one leads when not given.")
    var zk: String?

    @Option(help: "After how long without a sign of life another master leads, as Mesos writes it: 10secs.", transform: MesosDuration.read)
    var zkSessionTimeout: Duration = .seconds(10)

    /// - Throws: `PlainFailure` when the address cannot be read; the address itself may hold a password.
    func apply(to options: inout MesosLocalRole.MasterOptions) throws {
        guard let zk else { return }
        do { options.election = ZooKeeperMasterElection(address: try ZooKeeperAddress(zk), timeout: zkSessionTimeout) } catch { throw PlainFailure("--zk: \(error)") }
    }
}

/// Agents that exist only in the master's process, with executors that follow a script: load without machines.
struct MesosSimulationFlags: ParsableArguments {
    @Option(help: "How many agents are simulated in this process, beside the real ones.")
    var simulatedAgents = 0

    @Option(help: "What each of them offers, as Mesos writes it.")
    var simulatedResources = "cpus:16;mem:65536;disk:100000;ports:[31000-32000]"

    @Option(help: "Over how many racks they are spread: the attribute rack:r0 and so on; 0: without it.")
    var simulatedRacks = 50

    @Option(help: "How long a task takes to run, half of it more or less, as Mesos writes it.", transform: MesosDuration.read)
    var simulatedStartDelay: Duration = .milliseconds(100)

    @Option(help: "How long a task runs until it finishes by itself, half of it more or less; until it is killed when not given.", transform: MesosDuration.read)
    var simulatedRunTime: Duration?

    @Option(help: "Which part of the tasks fails instead of running: 0 to 1.")
    var simulatedFailures = 0.0

    @Option(help: "What chance begins with: the same seed, the same run.")
    var simulatedSeed: UInt64 = 1

    @Option(help: "The API server at which simulated executors bind and report their pods, as real ones do; they do not when not given.")
    var simulatedApi: String?

    func validate() throws {
        guard (0...100_000).contains(simulatedAgents) else { throw ValidationError("--simulated-agents must be between 0 and 100000.") }
        guard (0...1).contains(simulatedFailures) else { throw ValidationError("--simulated-failures must be between 0 and 1.") }
    }

    /// - Throws: `MachineResources.Problem` when the resources cannot be read.
    func apply(to options: inout MesosLocalRole.MasterOptions) throws {
        guard simulatedAgents > 0 else { return }
        var script = SimulatedAgentScript()
        script.agents = simulatedAgents
        script.resources = try MachineResources.parse(simulatedResources)
        (script.racks, script.startDelay, script.runTime) = (simulatedRacks, simulatedStartDelay, simulatedRunTime)
        (script.failures, script.seed) = (simulatedFailures, simulatedSeed)
        options.simulation = script
        if let simulatedApi { options.simulatedPods = SimulatedPodsAdapter(client: KubeClient(server: simulatedApi, userAgent: "kmd-simulated-executor")) }
    }
}

/// Flags of our own Mesos agent, in the words of Mesos'.
struct MesosAgentFlags: ParsableArguments {
    @Option(help: "The masters: host:port, several with commas, or zk://host:2181,…/mesos. The agent finds out which one leads.")
    var master: String?

    @Option(help: "The address to serve executors on. Whoever reaches it can pose as an executor of this agent.")
    var ip = "127.0.0.1"

    @Option(help: "The port to serve executors on; 0 takes any free one, and keeps it.")
    var port = 5051

    @Option(name: [.customLong("hostname"), .customLong("hostname-override")], help: "The name of this machine as a node; its host name when not given.")
    var hostname: String?

    @Option(help: "What the agent offers, as Mesos writes it: 'cpus:4;mem:8192;ports:[31000-32000];cpus(role):1'. What this machine has when not given.")
    var resources: String?

    @Option(help: "Attributes of the agent, as Mesos writes them: 'rack:r1;zone:a'. They become labels of the node.")
    var attributes: String?

    @Option(help: "Where the agent keeps its records and the sandboxes; DATA_DIR/mesos/agent when not given.")
    var workDir: String?

    @Option(help: "A file with what the master wants to know: {\"principal\": \"agent\", \"secret\": \"…\"}.")
    var credential: String?

    @Option(help: "How long an executor may take to subscribe, as Mesos writes it: 1mins.", transform: MesosDuration.read)
    var executorRegistrationTimeout: Duration = .seconds(60)

    @Option(help: "How long executors wait for an agent that comes back, as Mesos writes it: 15mins.", transform: MesosDuration.read)
    var recoveryTimeout: Duration = .seconds(900)

    @Option(help: "How long an executor may take to end after SHUTDOWN, as Mesos writes it: 5secs.", transform: MesosDuration.read)
    var executorShutdownGracePeriod: Duration = .seconds(5)

    @Flag(help: "End the executors when the agent ends; without it they run on, as with Mesos' agent, and the next agent takes them back.")
    var stopExecutors = false

    func validate() throws {
        try Flags.checkPort(port, "--port")
        if let workDir, !workDir.hasPrefix("/") { throw ValidationError("--work-dir must be an absolute path, not '\(workDir)'.") }
    }

    /// Where the masters elect one, if `--master` says so.
    /// - Throws: `PlainFailure` when the address cannot be read.
    func zooKeeper() throws -> ZooKeeperAddress? {
        guard let master, master.hasPrefix("zk://") else { return nil }
        do { return try ZooKeeperAddress(master) } catch { throw PlainFailure("--master: \(error)") }
    }

    /// - Throws: `PlainFailure` that names the file and the remedy.
    func options(workDirectory: String) throws -> MesosLocalRole.AgentOptions {
        var options = MesosLocalRole.AgentOptions(workDirectory: workDirectory)
        (options.address, options.port) = (ip, port)
        (options.hostname, options.resources, options.attributes) = (hostname, resources, attributes)
        if let credential { options.credential = try MesosCredentialFile.read(credential, flag: "--credential").first }
        options.executorRegistrationTimeout = executorRegistrationTimeout
        options.recoveryTimeout = recoveryTimeout
        options.shutdownGracePeriod = executorShutdownGracePeriod
        options.stopsExecutors = stopExecutors
        return options
    }
}

/// Durations as Mesos' flags have them.
enum MesosDuration {
    static func read(_ text: String) throws -> Duration {
        guard let duration = Duration(mesosText: text) ?? GoDuration.parse(text) else {
            throw ValidationError("'\(text)' is no duration; write it as 15secs, 1mins, 500ms.")
        }
        return duration
    }
}
