import Logging
import Mesos
import MesosLocal

/// Our own Mesos, from flags.
extension RoleWiring {
    /// - Parameter parts: the master alone, or an agent beside it.
    func mesosLocal(
        _ flags: MesosLocalFlags, master: MesosMasterFlags, simulation: MesosSimulationFlags? = nil, parts: MesosLocalParts = .all, address: String,
        ports: (master: Int, agent: Int)
    ) -> RunnableRole {
        let (common, addresses) = (common, addresses)
        return RunnableRole(name: "mesos-local") { ready in
            var options = try master.options(dataDirectory: common.dataDir)
            (options.address, options.port) = (address, ports.master)
            try simulation?.apply(to: &options)
            let logger = Logger(label: "mesos-local")
            if parts == .master {
                return try await MesosLocalRole.runMaster(options, logger: logger) { master in
                    addresses.master = master
                    Console.say("Mesos master     http://\(master)")
                    ready()
                }
            }
            var agent = MesosLocalRole.AgentOptions(workDirectory: common.dataDir + "/mesos/agent")
            (agent.address, agent.port) = (address, ports.agent)
            (agent.hostname, agent.resources, agent.attributes) = (flags.hostnameOverride, flags.resources, flags.attributes)
            try await MesosLocalRole.runBoth(options, agent, logger: logger) { master, agent in
                addresses.master = master
                Console.say("Mesos master     http://\(master)  (embedded)")
                Console.say("Mesos agent      http://\(agent)  (embedded)")
                ready()
            }
        }
    }

    func mesosAgent(_ flags: MesosAgentFlags) -> RunnableRole {
        let workDirectory = flags.workDir ?? common.dataDir + "/mesos/agent"
        return RunnableRole(name: "mesos-agent") { ready in
            let masters = try masters(flags.master)
            let options = try flags.options(workDirectory: workDirectory)
            try await MesosLocalRole.runAgent(options, masters: masters, logger: Logger(label: "mesos-agent")) { agent in
                Console.say("Mesos agent      http://\(agent)  (master: \(masters.map(\.description).joined(separator: ", ")))")
                ready()
            }
        }
    }
}
