import Logging
import Mesos
import MesosLocal

/// Our own Mesos, from flags.
extension RoleWiring {
    /// - Parameter parts: the master alone, or an agent beside it.
    func mesosLocal(
        _ flags: MesosLocalFlags, master: MesosMasterFlags, election: MesosElectionFlags? = nil, simulation: MesosSimulationFlags? = nil,
        parts: MesosLocalParts = .all, address: String, ports: (master: Int, agent: Int)
    ) -> RunnableRole {
        let (common, addresses) = (common, addresses)
        return RunnableRole(name: "mesos-local") { ready in
            var options = try master.options(dataDirectory: common.dataDir)
            (options.address, options.port) = (address, ports.master)
            try election?.apply(to: &options)
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
            let options = try flags.options(workDirectory: workDirectory)
            let logger = Logger(label: "mesos-agent")
            if let address = try flags.zooKeeper() {
                let finder = ZooKeeperMasterFinder(address)
                do {
                    try await MesosLocalRole.runAgent(options, masters: { await finder.masters() }, logger: logger) { agent in
                        Console.say("Mesos agent      http://\(agent)  (master: \(address))")
                        ready()
                    }
                } catch {
                    await finder.close()
                    throw error
                }
                return await finder.close()
            }
            // What names ZooKeeper was taken above.
            let masters = (try masters(flags.master, secure: false) as? StaticMasters)?.endpoints ?? []
            try await MesosLocalRole.runAgent(options, masters: { masters }, logger: logger) { agent in
                Console.say("Mesos agent      http://\(agent)  (master: \(masters.map(\.description).joined(separator: ", ")))")
                ready()
            }
        }
    }
}
