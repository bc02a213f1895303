import ArgumentParser

/// What the commands of a node have in common.
struct NodeFlags: ParsableArguments {
    @OptionGroup var common: CommonFlags

    @Option(help: "The API server: host:port, or a URL; several of one cluster with commas. What KUBERNETES_MASTER says, or 127.0.0.1:8888, when not given.")
    var apiServers: String?

    @OptionGroup var executor: ExecutorFlags
    @OptionGroup var network: ServiceNetworkFlags
    @OptionGroup var pods: PodNetworkFlags

    func run() async throws {
        common.bootstrapLogging()
        let server = try APIServerAddress(apiServers, flag: "--api-servers")
        try await ExecutorProcess(common: common, apiServers: server.text, flags: executor, network: network, pods: pods).run()
    }
}

struct ExecutorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor", abstract: "Run pods on a Mesos agent, which starts this with the environment of an executor.")
    @OptionGroup var flags: NodeFlags
    func run() async throws { try await flags.run() }
}

/// The original's name for an executor with a service proxy beside it; kmd's executor holds the proxy itself.
struct MinionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "minion", abstract: "All of a node: executor, service proxy and DNS. The same as executor, under its older name.")
    @OptionGroup var flags: NodeFlags
    func run() async throws { try await flags.run() }
}

/// The service proxy without the rest of an executor.
struct ProxyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "proxy", abstract: "Serve the services' addresses on this node. Executors hold one of their own.",
        discussion: "kmd proxy --master=$(hostname -i):8888. The rules of one data directory have one owner: an executor, or a proxy.")
    @OptionGroup var common: CommonFlags

    @Option(
        name: [.customLong("master"), .customLong("api-servers")],
        help: "The API server: host:port, or a URL; several of one cluster with commas. What KUBERNETES_MASTER says, or 127.0.0.1:8888, when not given.")
    var master: String?

    @Option(help: "The name of this machine as a node; its host name when not given.")
    var hostnameOverride: String?

    @Option(help: "The range that pods of this node get their addresses from; what the node's spec.podCIDR says when not given.")
    var podCidr: String?

    @Option(name: .customLong("cluster-dns"), help: "The address of the cluster's DNS, which this node answers itself.")
    var clusterDNS: String?

    @Flag(help: "Send what is for the pods of a node straight to that node. All nodes must be on one network (layer 2).")
    var configureRoutes = false

    @OptionGroup var network: ServiceNetworkFlags
    @OptionGroup var pods: PodNetworkFlags

    func validate() throws { try PodNetworkFlags.check(nodeRange: podCidr) }

    func run() async throws {
        common.bootstrapLogging()
        let wiring = RoleWiring(common: common, network: network, pods: pods)
        try await ServerProcess(common: common).run([
            wiring.proxy(
                master: master, nodeName: hostnameOverride, podRange: podCidr, clusterDNS: clusterDNS, configureRoutes: configureRoutes)
        ])
    }
}
