import ArgumentParser

/// Our own Mesos master, with an agent beside it or without.
struct MesosLocalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesos-local", abstract: "A Mesos master, and an agent on this machine, speaking the real v1 HTTP APIs.",
        discussion: """
            Its page for people is at http://127.0.0.1:5050/; tools read /state, as from a real master. Agents on other machines: \
            kmd mesos-local --role=master --address=$(hostname -i) --credentials=FILE, and kmd mesos-agent on each.
            """)
    @OptionGroup var common: CommonFlags

    @Option(help: "master: the master alone, for agents that are processes of their own (kmd mesos-agent); all: an agent beside it.")
    var role: MesosLocalParts = .all
    @OptionGroup var listen: MesosLocalListenFlags
    @OptionGroup(title: "Master") var master: MesosMasterFlags
    @OptionGroup(title: "Several masters") var election: MesosElectionFlags
    @OptionGroup(title: "Agent") var mesosLocal: MesosLocalFlags
    @OptionGroup(title: "Simulated agents") var simulation: MesosSimulationFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ServerProcess(common: common).run([
            RoleWiring(common: common).mesosLocal(
                mesosLocal, master: master, election: election, simulation: simulation, parts: role, address: listen.address, ports: (listen.port, listen.agentPort))
        ])
    }
}

/// Our own Mesos agent, for a master of ours in another process.
struct MesosAgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesos-agent", abstract: "A Mesos agent on this machine, for a master of kmd mesos-local.",
        discussion: "kmd mesos-agent --master=10.0.0.1:5050 --ip=$(hostname -i) --attributes='rack:r1;zone:a' --credential=FILE")
    @OptionGroup var common: CommonFlags
    @OptionGroup var agent: MesosAgentFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ServerProcess(common: common).run([RoleWiring(common: common).mesosAgent(agent)])
    }
}
