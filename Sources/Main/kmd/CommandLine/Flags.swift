import ArgumentParser
import Logging
import Telemetry

/// Flags of every server.
struct CommonFlags: ParsableArguments {
    @Option(help: "Where kmd keeps what must survive it.")
    var dataDir = "/var/lib/kmd"

    @Option(name: .customLong("v"), help: "How much to log on stderr: 0 warnings, 1 notices, 2 information, 3 debug, 4 all.")
    var verbosity = 0

    func validate() throws {
        guard dataDir.hasPrefix("/") else { throw ValidationError("--data-dir must be an absolute path, not '\(dataDir)'.") }
    }

    func bootstrapLogging() { Verbosity.bootstrap(Verbosity.level(v: verbosity)) }
}

/// Flags of the API server.
struct APIServerFlags: ParsableArguments {
    @Option(help: "The address to serve the Kubernetes API on.")
    var address = "127.0.0.1"

    @Option(help: "The port to serve the Kubernetes API on; 0 takes any free one.")
    var port = 8888

    @Option(help: "Where to write a kubeconfig for this cluster; DATA_DIR/kubeconfig when not given.")
    var kubeconfig: String?

    func validate() throws { try Flags.checkPort(port, "--port") }
}

/// Flags of the embedded Mesos master and agent.
struct MesosLocalFlags: ParsableArguments {
    @Option(help: "The port of the embedded Mesos master, on loopback; 0 takes any free one.")
    var mesosLocalMasterPort = 5050

    @Option(help: "The port of the embedded Mesos agent, on loopback; 0 takes any free one, and keeps it.")
    var mesosLocalAgentPort = 5051

    @Option(help: "The name of this machine as a node; its host name when not given.")
    var hostnameOverride: String?

    @Option(help: "What the agent offers, as Mesos writes it: 'cpus:4;mem:8192;ports:[31000-32000]'. What this machine has when not given.")
    var resources: String?

    @Option(help: "Attributes of the agent, as Mesos writes them: 'rack:r1;zone:a'. They become labels of the node.")
    var attributes: String?

    func validate() throws {
        try Flags.checkPort(mesosLocalMasterPort, "--mesos-local-master-port")
        try Flags.checkPort(mesosLocalAgentPort, "--mesos-local-agent-port")
    }
}

/// Flags of the scheduler.
struct SchedulerFlags: ParsableArguments {
    @Option(help: "The Mesos masters: host:port, or several with commas. The embedded one with --role=all.")
    var mesosMaster: String?

    @Option(help: "The API servers: host:port, or several with commas. The own one with --role=all.")
    var apiServers: String?

    @Option(help: "The port of /healthz, /metrics and /debug, on loopback; 0 takes any free one.")
    var schedulerPort = 10251

    @Option(help: "The user that executors run as.")
    var mesosUser = "root"

    @Option(help: "The name of the framework, as Mesos shows it.")
    var frameworkName = "Kubernetes"

    func validate() throws { try Flags.checkPort(schedulerPort, "--scheduler-port") }
}

/// Flags of the executor, the part that runs on each agent; the scheduler hands them on.
struct ExecutorFlags: ParsableArguments {
    @Option(help: "The port of the node server, for logs and exec; 0 takes any free one.")
    var nodePort = 10250

    @Option(help: "The address of the node server.")
    var nodeAddress = "127.0.0.1"

    @Option(help: "The socket of a container runtime (CRI) that runs already. kmd starts a containerd of its own when not given.")
    var containerRuntimeEndpoint: String?

    @Option(help: "The range that pods of this node get their addresses from.")
    var podCidr = "10.244.0.0/24"

    @Option(help: "A folder of OCI archives that are imported at start; DATA_DIR/images when not given.")
    var imageDir: String?

    @Option(help: "Where the CNI plugins are; looked for in the usual places when not given.")
    var cniBinDir: String?

    @Option(name: .customLong("cluster-dns"), help: "The address of the cluster's DNS, for the pods' resolv.conf.")
    var clusterDNS: String?

    @Option(help: "The domain of the cluster, for the pods' resolv.conf.")
    var clusterDomain = "cluster.local"

    func validate() throws { try Flags.checkPort(nodePort, "--node-port") }

    /// The same flags as words of a command line, for the executor that an agent starts.
    var words: [String] {
        var words = [
            "--node-port=\(nodePort)", "--node-address=\(nodeAddress)", "--pod-cidr=\(podCidr)", "--cluster-domain=\(clusterDomain)",
        ]
        if let containerRuntimeEndpoint { words.append("--container-runtime-endpoint=\(containerRuntimeEndpoint)") }
        if let imageDir { words.append("--image-dir=\(imageDir)") }
        if let cniBinDir { words.append("--cni-bin-dir=\(cniBinDir)") }
        if let clusterDNS { words.append("--cluster-dns=\(clusterDNS)") }
        return words
    }
}

enum Flags {
    static func checkPort(_ port: Int, _ name: String) throws {
        guard (0...65535).contains(port) else { throw ValidationError("\(name) must be between 0 and 65535, not \(port).") }
    }
}
