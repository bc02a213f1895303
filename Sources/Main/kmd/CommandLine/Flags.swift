import ArgumentParser
import DNS
import Logging
import ServiceRouting
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

    @Option(help: "The IPv4 address at which pods and nodes reach this API server; the one that it listens on when not given.")
    var advertiseAddress: String?

    func validate() throws {
        try Flags.checkPort(port, "--port")
        guard advertiseAddress == nil || advertiseAddress.flatMap({ IPv4Address($0) }) != nil else {
            throw ValidationError("--advertise-address must be an IPv4 address, not '\(advertiseAddress ?? "")'.")
        }
    }
}

/// Flags of the scheduler.
struct SchedulerFlags: ParsableArguments {
    @Option(
        help: """
            The API server: host:port, or a URL; several of one cluster with commas. When not given: the own one with --role=all, what KUBERNETES_MASTER says, \
            or 127.0.0.1:8888.
            """)
    var apiServers: String?

    @Option(help: "The ClusterIP of the service k8sm-scheduler; any free one when not given.")
    var serviceAddress: String?

    @Option(
        name: [.customLong("executor-path"), .customLong("km-path")],
        help: """
            The file that agents run as executor, /path or file:///path, installed on each. When not given, agents fetch this binary from the \
            scheduler; on a machine of its own (loopback) they run it where it is.
            """)
    var executorPath: String?

    @Option(
        help: """
            The address at which agents reach this scheduler, host:port: they fetch the executor from there. When not given: --address and \
            --port, if that is no loopback address.
            """)
    var advertisedAddress: String?

    @OptionGroup var reconciliation: ReconciliationFlags
    @OptionGroup var offers: OfferFlags
    @OptionGroup(title: "Placement") var placement: PlacementFlags
}

/// Flags of the executor, the part that runs on each agent; the scheduler hands them on.
struct ExecutorFlags: ParsableArguments {
    @Option(help: "The port of the node server, for logs and exec; 0 takes any free one.")
    var nodePort = 10250

    @Option(
        help: """
            The IPv4 address of this node: of its node server, and of what pods have on host ports. When not given, the one that its Mesos \
            agent uses; 127.0.0.1 if that is on loopback.
            """)
    var nodeAddress: String?

    @Option(help: "The socket of a container runtime (CRI) that runs already. kmd starts a containerd of its own when not given.")
    var containerRuntimeEndpoint: String?

    @Option(
        help: """
            The range that pods of this node get their addresses from. Only for a cluster of one node: otherwise each node gets a part of \
            --cluster-cidr, its spec.podCIDR.
            """)
    var podCidr: String?

    @Flag(help: "Let each node send what is for the pods of another straight to that node. All nodes must be on one network (layer 2).")
    var configureRoutes = false

    @Option(help: "A folder of OCI archives that are imported at start; DATA_DIR/images when not given.")
    var imageDir: String?

    @Option(help: "Where the CNI plugins are; looked for in the usual places when not given.")
    var cniBinDir: String?

    @Option(
        name: .customLong("cluster-dns"),
        help: "The address of the cluster's DNS, for the pods' resolv.conf; executors answer there. With --role=all the tenth of the service range: 10.10.10.10.")
    var clusterDNS: String?

    @Option(help: "The domain of the cluster, for the pods' resolv.conf.")
    var clusterDomain = "cluster.local"

    @Option(help: "DNS servers that executors ask about other names: addresses with commas; those of /etc/resolv.conf when not given.")
    var dnsUpstream: String?

    @Option(
        help: "An executor ends when no pod has been on its node for so long; the next pod starts another. 0: never. (default: 20m)",
        transform: { try Flags.duration($0, "--executor-suicide-timeout", orZero: true) })
    var executorSuicideTimeout: Duration = .seconds(1200)

    @Option(
        help: "A node that has had no executor for so long is looked through for containers whose pods are gone. 0: never. (default: 15m)",
        transform: { try Flags.duration($0, "--executor-orphan-timeout", orZero: true) })
    var executorOrphanTimeout: Duration = .seconds(900)

    @Option(help: "Names of a domain that other DNS servers know: example.com=10.0.0.2, several servers with commas; may be repeated.")
    var dnsStubDomain: [String] = []

    func validate() throws {
        try Flags.checkPort(nodePort, "--node-port")
        try PodNetworkFlags.check(nodeRange: podCidr)
        if let nodeAddress, IPv4Address(nodeAddress) == nil {
            throw ValidationError("--node-address must be an IPv4 address of this machine, not '\(nodeAddress)'.")
        }
        if let clusterDNS, AddressText.data(of: clusterDNS) == nil { throw ValidationError("--cluster-dns: '\(clusterDNS)' is no IP address.") }
        try DNSListenFlags.check(upstream: dnsUpstream, "--dns-upstream", stubs: dnsStubDomain, "--dns-stub-domain")
        guard DNSName(clusterDomain) != nil else { throw ValidationError("--cluster-domain: '\(clusterDomain)' is no domain name.") }
    }

    /// The same flags as words of a command line, for the executor that an agent starts.
    var words: [String] {
        var words = ["--node-port=\(nodePort)", "--cluster-domain=\(clusterDomain)"]
        if let nodeAddress { words.append("--node-address=\(nodeAddress)") }
        if let podCidr { words.append("--pod-cidr=\(podCidr)") }
        if configureRoutes { words.append("--configure-routes") }
        words.append("--executor-orphan-timeout=\(executorOrphanTimeout.components.seconds)s")
        words.append("--executor-suicide-timeout=\(executorSuicideTimeout.components.seconds)s")
        if let containerRuntimeEndpoint { words.append("--container-runtime-endpoint=\(containerRuntimeEndpoint)") }
        if let imageDir { words.append("--image-dir=\(imageDir)") }
        if let cniBinDir { words.append("--cni-bin-dir=\(cniBinDir)") }
        if let clusterDNS { words.append("--cluster-dns=\(clusterDNS)") }
        if let dnsUpstream { words.append("--dns-upstream=\(dnsUpstream)") }
        words += dnsStubDomain.map { "--dns-stub-domain=\($0)" }
        return words
    }
}

/// Where a server that is a process of its own listens.
struct SchedulerListenFlags: ParsableArguments {
    @Option(help: "The address of /healthz, /metrics and /debug, and of the service k8sm-scheduler.")
    var address = "127.0.0.1"

    @Option(help: "The port of /healthz, /metrics and /debug; 0 takes any free one.")
    var port = 10251

    func validate() throws { try Flags.checkPort(port, "--port") }
}

/// What the controllers do, beside where they are.
struct ControllerFlags: ParsableArguments {
    @Option(help: "The prefix of each node's part of --cluster-cidr.")
    var nodeCidrMaskSize = 24

    @Option(help: "Whether each node is given a part of --cluster-cidr; false where somebody else sets spec.podCIDR, or --pod-cidr is used.")
    var allocateNodeCidrs = true

    @Option(
        help: """
            Whether services lead to the nodes' addresses and host ports, not to the pods' own: true for clusters whose pod addresses are not \
            routed between nodes. Pods then need host ports.
            """)
    var hostPortEndpoints = false

    @Option(
        help: "How long a node may be silent until it is Unknown, as Kubernetes writes it: 40s. Nodes give a sign every 10 s.",
        transform: ControllerFlags.grace)
    var nodeMonitorGracePeriod: Duration = .seconds(40)

    private static func grace(_ text: String) throws -> Duration {
        guard let duration = GoDuration.parse(text), duration >= .seconds(12) else {
            throw ValidationError("--node-monitor-grace-period must be at least 12s, since nodes give a sign every 10 s; not '\(text)'.")
        }
        return duration
    }
}

/// Flags of the controller manager, when it is a process of its own.
struct ControllerManagerFlags: ParsableArguments {
    @Option(help: "The API server: host:port, or a URL; several of one cluster with commas. What KUBERNETES_MASTER says, or 127.0.0.1:8888, when not given.")
    var master: String?

    @Option(help: "The address of /healthz.")
    var address = "127.0.0.1"

    @Option(help: "The port of /healthz; 0 takes any free one.")
    var port = 10252

    func validate() throws { try Flags.checkPort(port, "--port") }
}

/// Where the servers of a process with several roles listen, beside the API server.
struct RoleListenFlags: ParsableArguments {
    @Option(help: "The address of the scheduler's /healthz, /metrics and /debug; that of the API server when not given.")
    var schedulerAddress: String?

    @Option(help: "The port of the scheduler's /healthz, /metrics and /debug; 0 takes any free one.")
    var schedulerPort = 10251

    @Option(help: "The port of the controller manager's /healthz, at the scheduler's address; 0 takes any free one.")
    var controllerManagerPort = 10252

    @Option(help: "The address of the embedded Mesos. Whoever reaches it can run programs here: leave it on loopback in a network of others.")
    var mesosLocalAddress = "127.0.0.1"

    @Option(help: "The port of the embedded Mesos master; 0 takes any free one.")
    var mesosLocalMasterPort = 5050

    @Option(help: "The port of the embedded Mesos agent; 0 takes any free one, and keeps it.")
    var mesosLocalAgentPort = 5051

    func validate() throws {
        try Flags.checkPort(schedulerPort, "--scheduler-port")
        try Flags.checkPort(controllerManagerPort, "--controller-manager-port")
        try Flags.checkPort(mesosLocalMasterPort, "--mesos-local-master-port")
        try Flags.checkPort(mesosLocalAgentPort, "--mesos-local-agent-port")
    }
}

enum Flags {
    static func checkPort(_ port: Int, _ name: String) throws {
        guard (0...65535).contains(port) else { throw ValidationError("\(name) must be between 0 and 65535, not \(port).") }
    }
}
