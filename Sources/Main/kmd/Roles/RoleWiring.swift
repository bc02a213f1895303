import ArgumentParser
import ContainerRuntime
import Core
import Logging
import Mesos
import Scheduling
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

/// Roles made from flags.
struct RoleWiring {
    let common: CommonFlags
    let addresses = Addresses()

    func apiServer(_ flags: APIServerFlags) -> RunnableRole {
        var options = APIServerRole.Options()
        options.dataDirectory = common.dataDir + "/store"
        options.kubeconfig = flags.kubeconfig ?? common.dataDir + "/kubeconfig"
        (options.server.host, options.server.port) = (flags.address, flags.port)
        let (role, addresses, kubeconfig) = (APIServerRole(options: options), addresses, options.kubeconfig ?? "")
        return RunnableRole(name: "apiserver") { ready in
            try await role.run { port in
                let address = "http://\(RoleWiring.reachable(flags.address)):\(port)"
                addresses.api = address
                Console.say("API server       \(address)  (kubeconfig: \(kubeconfig))")
                ready()
            }
        }
    }

    func mesosLocal(_ flags: MesosLocalFlags) -> RunnableRole {
        var options = MesosLocalRole.Options(workDir: common.dataDir)
        (options.masterPort, options.agentPort) = (flags.mesosLocalMasterPort, flags.mesosLocalAgentPort)
        (options.hostname, options.resources, options.attributes) = (flags.hostnameOverride, flags.resources, flags.attributes)
        let (role, addresses) = (MesosLocalRole(options: options, logger: Logger(label: "mesos-local")), addresses)
        return RunnableRole(name: "mesos-local") { ready in
            try await role.run { master, agent in
                addresses.master = master
                Console.say("Mesos master     http://\(master)  (embedded)")
                Console.say("Mesos agent      http://\(agent)  (embedded)")
                ready()
            }
        }
    }

    /// - Parameter executor: handed on to the executors, which run this same binary.
    func scheduler(_ flags: SchedulerFlags, executor: ExecutorFlags) -> RunnableRole {
        let (addresses, common) = (addresses, common)
        return RunnableRole(name: "scheduler") { ready in
            let api = flags.apiServers ?? addresses.api ?? "127.0.0.1:8888"
            let words =
                ["executor", "--data-dir=\(common.dataDir)", "--api-servers=\(api)", "--v=\(common.verbosity)"] + executor.words
            var options = SchedulerOptions(
                apiServer: api, mesosMasters: try RoleWiring.masters(flags.mesosMaster, addresses.master),
                executorFile: RoleWiring.ownProgram, executorArguments: words)
            options.port = flags.schedulerPort
            (options.framework.name, options.framework.user) = (flags.frameworkName, flags.mesosUser)
            try await SchedulerRole(options: options).run { port in
                Console.say("scheduler        http://127.0.0.1:\(port)  (/healthz, /metrics, /debug)")
                ready()
            }
        }
    }

    /// The binary that runs: agents start the same one as their executor.
    static var ownProgram: String { (try? FileLink.target(of: "/proc/self/exe")) ?? CommandLine.arguments[0] }

    private static func masters(_ text: String?, _ embedded: MesosEndpoint?) throws -> [MesosEndpoint] {
        guard let text else { return [embedded ?? MesosEndpoint(host: "127.0.0.1", port: 5050)] }
        guard !text.hasPrefix("zk://") else {
            throw PlainFailure("--mesos-master=\(text): masters cannot be found through ZooKeeper yet. Name them: host:port, with commas.")
        }
        return try text.split(separator: ",").map { part in
            guard let endpoint = MesosEndpoint(part, defaultPort: 5050) else {
                throw PlainFailure("--mesos-master: '\(part)' is not host:port.")
            }
            return endpoint
        }
    }

    /// A server that listens everywhere is reached here by loopback.
    private static func reachable(_ address: String) -> String {
        ["0.0.0.0", "::", ""].contains(address) ? "127.0.0.1" : address.contains(":") ? "[\(address)]" : address
    }
}

extension ExecutorFlags {
    /// How the private containerd of a data directory is set up; the executor and `kmd uninstall` must agree on it.
    func containerd(dataDirectory: String) -> ContainerdOptions {
        var options = ContainerdOptions(dataDirectory: dataDirectory)
        options.podSubnet = podCidr
        if let imageDir { options.imageDirectories = [imageDir] }
        options.cniDirectory = cniBinDir
        return options
    }
}
