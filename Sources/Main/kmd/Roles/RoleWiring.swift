import APIServer
import ArgumentParser
import ContainerRuntime
import Core
import Logging
import Mesos
import MesosLocal
import Scheduling
import ServiceRouting
import Synchronization

/// Where the roles of this process are, once they serve. A role reads what those before it have written.
final class Addresses: Sendable {
    private struct Known {
        var api: String?
        var master: MesosEndpoint?
    }
    private let known = Mutex(Known())

    /// `http://127.0.0.1:8888`
    var api: String? {
        get { known.withLock { $0.api } }
        set { known.withLock { $0.api = newValue } }
    }
    var master: MesosEndpoint? {
        get { known.withLock { $0.master } }
        set { known.withLock { $0.master = newValue } }
    }
}

/// Roles made from flags: a function for each role. What they share is here; a role may have its function in a file of its own.
struct RoleWiring {
    let common: CommonFlags
    /// What `--cloud-config` says.
    var cloud = CloudConfig()
    /// Where services have their addresses.
    var network: ServiceNetworkFlags?
    /// Where pods have their addresses.
    var pods: PodNetworkFlags?
    /// Who elects the scheduler and the controller manager that act; `nil`: this process has the only ones.
    var ensemble: ElectionEnsemble?
    let addresses = Addresses()

    init(common: CommonFlags, cloud: CloudConfig = CloudConfig(), network: ServiceNetworkFlags? = nil, pods: PodNetworkFlags? = nil) {
        (self.common, self.cloud, self.network, self.pods) = (common, cloud, network, pods)
    }

    /// - Parameter store: where the objects are; below the data directory when not given.
    func apiServer(_ flags: APIServerFlags, store: StorePlace? = nil) -> RunnableRole {
        var options = APIServerRole.Options()
        options.store = store ?? .sqlite(directory: RoleWiring.storeDirectory(common))
        options.kubeconfig = flags.kubeconfig ?? common.dataDir + "/kubeconfig"
        (options.server.host, options.server.port) = (flags.address, flags.port)
        // Both were checked when the command line was read.
        if let network, let range = try? ServiceAddressRange(parsing: network.serviceClusterIPRange) { options.server.serviceAddresses = range }
        if let network, let range = try? NodePortRange(parsing: network.serviceNodePortRange) { options.server.nodePorts = range }
        options.server.keepsKubernetesService = true
        options.server.advertiseAddress = flags.advertiseAddress ?? ""
        let (role, addresses, kubeconfig, place) = (APIServerRole(options: options), addresses, options.kubeconfig ?? "", options.store)
        return RunnableRole(name: "apiserver") { ready in
            if case .etcd = place { Console.say("objects          in \(place.words)") }
            try await role.run { port in
                let address = "http://\(RoleWiring.reachable(flags.address)):\(port)"
                addresses.api = address
                Console.say("API server       \(address)  (kubeconfig: \(kubeconfig))")
                ready()
            }
        }
    }

    /// - Parameters:
    ///   - executor: handed on to the executors, which run this same binary.
    ///   - address: where /healthz, /metrics and /debug are, with `port`.
    func scheduler(
        _ flags: SchedulerFlags, mesos: MesosClientFlags, framework: FrameworkFlags, executor: ExecutorFlags, address: String, port: Int
    ) -> RunnableRole {
        let wiring = self
        return RunnableRole(name: "scheduler") { ready in
            let api = try wiring.apiServerAddress(flags.apiServers, flag: "--api-servers")
            let access = try mesos.access()
            let masters = try wiring.masters(mesos.mesosMaster, secure: access.trustedCertificates != nil)
            var words = ["--api-servers=\(api)", "--v=\(wiring.common.verbosity)"] + executor.words + (wiring.network?.words ?? [])
                + (wiring.pods?.words ?? [])
            let meant = words
            // The embedded agent is on this machine, and reads this data directory.
            if mesos.mesosMaster == nil, wiring.addresses.master != nil, flags.executorPath == nil {
                words = [try FlagsFile.write(words, in: wiring.common.dataDir)]
            }
            words = ["executor", "--data-dir=\(wiring.common.dataDir)"] + words
            var options = SchedulerOptions(
                apiServer: api, masters: masters,
                executorFile: try flags.executorPath.map(RoleWiring.installedFile) ?? RoleWiring.ownProgram, executorArguments: words)
            (options.address, options.port) = (address, port)
            options.access = access
            options.framework = try framework.description(principal: access.credential?.principal, hostname: MachineResources.hostname())
            options.defaultPodRoles = try framework.podRoles()
            options.agentRefresh = wiring.cloud.stateCacheTTL
            options.masterTimeout = wiring.cloud.httpClientTimeout
            options.serviceAddress = flags.serviceAddress
            options.reconciliation = flags.reconciliation.times
            options.offers = flags.offers.times
            flags.placement.apply(to: &options)
            options.identity = wiring.identity("kmd-scheduler", port: port)
            options.ensemble = wiring.ensemble
            try await wiring.setExecutor(&options, flags, isEmbedded: mesos.mesosMaster == nil && wiring.addresses.master != nil, words: meant)
            try await SchedulerRole(options: options).run { port in
                Console.say("scheduler        http://\(RoleWiring.reachable(address)):\(port)  (/healthz, /metrics, /debug)")
                ready()
            }
        }
    }

    func controllerManager(_ flags: ControllerFlags, master: String?, address: String, port: Int) -> RunnableRole {
        let wiring = self
        return RunnableRole(name: "controller-manager") { ready in
            var options = ControllerManagerOptions(
                apiServer: try wiring.apiServerAddress(master, flag: "--master"), identity: wiring.identity("kmd-controller-manager", port: port))
            (options.address, options.port) = (address, port)
            options.ensemble = wiring.ensemble
            (options.hostPortEndpoints, options.nodeGrace) = (flags.hostPortEndpoints, flags.nodeMonitorGracePeriod)
            if flags.allocateNodeCidrs { options.podRanges = wiring.pods?.range.map { ($0, flags.nodeCidrMaskSize) } }
            try await ControllerManagerRole(options: options).run { port in
                Console.say("controllers      http://\(RoleWiring.reachable(address)):\(port)  (/healthz)")
                ready()
            }
        }
    }

    /// - Parameters:
    ///   - nodeName: `nil`: this machine's host name.
    ///   - podRange: `nil`: what the node's object says.
    func proxy(master: String?, nodeName: String?, podRange: String?, clusterDNS: String?, configureRoutes: Bool) -> RunnableRole {
        let wiring = self
        return RunnableRole(name: "proxy") { ready in
            let server = try wiring.apiServerAddress(master, flag: "--master")
            let proxy = ServiceProxyOptions(
                dataDirectory: wiring.common.dataDir, podRange: podRange.flatMap { IPv4Range($0) }, clusterRange: wiring.pods?.range,
                serviceRange: wiring.network?.range, clusterDNS: clusterDNS.map { [$0] } ?? [],
                nodeName: nodeName ?? MachineResources.hostname(), configuresRoutes: configureRoutes)
            try await ProxyRole(options: ProxyRole.Options(apiServer: server, proxy: proxy)).run {
                Console.say("service proxy    of \(proxy.nodeName), follows \(server)")
                ready()
            }
        }
    }

    /// Where the store is that a data directory holds.
    static func storeDirectory(_ common: CommonFlags) -> String { common.dataDir + "/store" }

    // MARK: What roles share

    /// Who holds a lease: the same over restarts, and another for each process that can live beside it (a port has one owner), so that a
    /// second server stands by.
    /// - Parameter port: as the command line has it.
    func identity(_ server: String, port: Int) -> String { "\(server)@\(MachineResources.hostname()):\(port)\(common.dataDir)" }

    /// The API server that a role talks to: the one that its flag names, that of this process, or the machine's.
    func apiServerAddress(_ written: String?, flag: String) throws -> String {
        if written == nil, let own = addresses.api { return own }
        return try APIServerAddress(written, flag: flag).text
    }

    /// The Mesos masters: what `--mesos-master` names, that of this process, what the cloud's configuration names, or the machine's.
    ///
    /// - Parameter secure: masters that ZooKeeper names speak TLS.
    func masters(_ written: String?, secure: Bool) throws -> any MasterDetector {
        if written == nil, let embedded = addresses.master { return StaticMasters([embedded]) }
        let (text, source) = written.map { ($0, "--mesos-master") } ?? cloud.mesosMaster.map { ($0, "--cloud-config's mesos-master") }
            ?? ("127.0.0.1:5050", "--mesos-master")
        return try MesosMasters.detector(text, source: source, secure: secure)
    }

    /// The binary that runs: agents start the same one as their executor.
    static var ownProgram: String { (try? FileLink.target(of: "/proc/self/exe")) ?? CommandLine.arguments[0] }

    /// A server that listens everywhere is reached here by loopback.
    static func reachable(_ address: String) -> String {
        ["0.0.0.0", "::", ""].contains(address) ? "127.0.0.1" : address.contains(":") ? "[\(address)]" : address
    }
}

extension ExecutorFlags {
    /// How the private containerd of a data directory is set up; the executor and `kmd uninstall` must agree on it.
    func containerd(dataDirectory: String) -> ContainerdOptions {
        var options = ContainerdOptions(dataDirectory: dataDirectory)
        if let podCidr { options.podSubnet = podCidr }
        if let imageDir { options.imageDirectories = [imageDir] }
        options.cniDirectory = cniBinDir
        return options
    }
}
