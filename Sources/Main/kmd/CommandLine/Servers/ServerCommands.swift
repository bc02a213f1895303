import ArgumentParser

/// `kmd --role=…`: several roles in one process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the roles that --role names, all of them by default.",
        discussion: "The same as kmd without a command: kmd --role=all --data-dir=/var/lib/kmd")

    @Option(
        help: "The roles of this process: all, or a list of \(Role.allCases.map(\.rawValue).joined(separator: ", ")). (default: all)",
        transform: Role.list)
    var role: Set<Role> = Role.all
    @OptionGroup var common: CommonFlags
    @OptionGroup(title: "API server") var apiserver: APIServerFlags
    @OptionGroup(title: "Store") var store: StoreFlags
    @OptionGroup(title: "Mesos") var mesos: MesosClientFlags
    @OptionGroup(title: "Mesos") var framework: FrameworkFlags
    @OptionGroup(title: "Mesos") var cloud: CloudFlags
    @OptionGroup(title: "Embedded Mesos") var mesosLocal: MesosLocalFlags
    @OptionGroup(title: "Embedded Mesos' master") var mesosMaster: MesosMasterFlags
    @OptionGroup(title: "Scheduler") var scheduler: SchedulerFlags
    @OptionGroup(title: "Addresses") var listen: RoleListenFlags
    @OptionGroup(title: "Executor") var executor: ExecutorFlags
    @OptionGroup(title: "Services") var network: ServiceNetworkFlags
    @OptionGroup(title: "Pods' addresses") var pods: PodNetworkFlags
    @OptionGroup(title: "Controllers") var controllers: ControllerFlags
    @OptionGroup(title: "Election") var election: ElectionFlags

    @Option(help: "Not used: the executor holds the service proxy.")
    var proxyPath: String?

    func validate() throws { try pods.checkParts(controllers.nodeCidrMaskSize) }

    func run() async throws {
        common.bootstrapLogging()
        let place = try store.choice(directory: RoleWiring.storeDirectory(common))
        var wiring = RoleWiring(common: common, cloud: try cloud.read(), network: network, pods: pods)
        wiring.ensemble = election.ensemble
        var (executor, controllers) = (executor, controllers)
        // One range for all nodes means that there is one, which has it.
        if executor.podCidr != nil { controllers.allocateNodeCidrs = false }
        // A whole cluster has DNS, which executors bring along.
        if role == Role.all { executor.clusterDNS = executor.clusterDNS ?? network.usualClusterDNS }
        if role.contains(.mesosLocal) { try Requirements.check(executor, common) }
        if proxyPath != nil { Console.say("--proxy-path is not used: the executor holds the service proxy") }
        try await ServerProcess(common: common).run(
            Role.allCases.filter(role.contains).map { [executor, controllers, wiring] role in
                switch role {
                case .apiserver: wiring.apiServer(apiserver, store: place)
                case .mesosLocal:
                    wiring.mesosLocal(
                        mesosLocal, master: mesosMaster, address: listen.mesosLocalAddress, ports: (listen.mesosLocalMasterPort, listen.mesosLocalAgentPort))
                case .scheduler:
                    wiring.scheduler(
                        scheduler, mesos: mesos, framework: framework, executor: executor, address: listen.schedulerAddress ?? apiserver.address,
                        port: listen.schedulerPort)
                case .controllerManager:
                    wiring.controllerManager(
                        controllers, master: scheduler.apiServers, address: listen.schedulerAddress ?? apiserver.address,
                        port: listen.controllerManagerPort)
                case .proxy:
                    wiring.proxy(
                        master: scheduler.apiServers, nodeName: mesosLocal.hostnameOverride, podRange: executor.podCidr,
                        clusterDNS: executor.clusterDNS, configureRoutes: executor.configureRoutes)
                }
            })
    }
}

struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "apiserver", abstract: "Serve the Kubernetes API.",
        discussion: "kmd apiserver --address=$(hostname -i) --port=8888 --service-cluster-ip-range=10.10.10.0/24")
    @OptionGroup var common: CommonFlags
    @OptionGroup var apiserver: APIServerFlags
    @OptionGroup var store: StoreFlags
    @OptionGroup var cloud: CloudFlags
    @OptionGroup(title: "Services") var network: ServiceNetworkFlags

    func run() async throws {
        common.bootstrapLogging()
        let place = try store.choice(directory: RoleWiring.storeDirectory(common))
        let wiring = RoleWiring(common: common, cloud: try cloud.read(), network: network)
        try await ServerProcess(common: common).run([wiring.apiServer(apiserver, store: place)])
    }
}

struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler", abstract: "Schedule pods as a Mesos framework.",
        discussion: "kmd scheduler --address=$(hostname -i) --mesos-master=mesos-master:5050 --api-servers=$(hostname -i):8888")
    @OptionGroup var common: CommonFlags
    @OptionGroup var listen: SchedulerListenFlags
    @OptionGroup var scheduler: SchedulerFlags
    @OptionGroup(title: "Mesos") var mesos: MesosClientFlags
    @OptionGroup(title: "Mesos") var framework: FrameworkFlags
    @OptionGroup(title: "Mesos") var cloud: CloudFlags
    @OptionGroup(title: "Handed on to the executors") var executor: ExecutorFlags
    @OptionGroup(title: "Services") var network: ServiceNetworkFlags
    @OptionGroup(title: "Pods' addresses") var pods: PodNetworkFlags
    @OptionGroup(title: "Election") var election: ElectionFlags
    @OptionGroup(title: "Of older guides") var unused: UnusedFlags

    func run() async throws {
        common.bootstrapLogging()
        for line in unused.words { Console.say(line) }
        var wiring = RoleWiring(common: common, cloud: try cloud.read(), network: network, pods: pods)
        wiring.ensemble = election.ensemble
        try await ServerProcess(common: common).run([
            wiring.scheduler(
                scheduler, mesos: mesos, framework: framework, executor: executor, address: listen.address, port: listen.port)
        ])
    }
}

struct ControllerManagerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "controller-manager", abstract: "Run the controllers: deployments, replication, endpoints, namespaces, and the others.",
        discussion: "kmd controller-manager --master=$(hostname -i):8888")
    @OptionGroup var common: CommonFlags
    @OptionGroup var manager: ControllerManagerFlags
    @OptionGroup var controllers: ControllerFlags
    @OptionGroup var pods: PodNetworkFlags
    @OptionGroup var cloud: CloudFlags
    @OptionGroup(title: "Election") var election: ElectionFlags

    func validate() throws { try pods.checkParts(controllers.nodeCidrMaskSize) }

    func run() async throws {
        common.bootstrapLogging()
        var wiring = RoleWiring(common: common, cloud: try cloud.read(), pods: pods)
        wiring.ensemble = election.ensemble
        try await ServerProcess(common: common).run([
            wiring.controllerManager(controllers, master: manager.master, address: manager.address, port: manager.port)
        ])
    }
}
