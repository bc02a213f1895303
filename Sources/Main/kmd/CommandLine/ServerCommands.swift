import ArgumentParser

/// `kmd --role=…`: several roles in one process.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the roles that --role names, all of them by default.",
        discussion: "The same as kmd without a command: kmd --role=all --data-dir=/var/lib/kmd")

    @Option(help: "The roles of this process: all, or a list of apiserver, scheduler, mesos-local.", transform: Role.list)
    var role: Set<Role> = Set(Role.allCases)
    @OptionGroup var common: CommonFlags
    @OptionGroup var apiserver: APIServerFlags
    @OptionGroup var mesosLocal: MesosLocalFlags
    @OptionGroup var scheduler: SchedulerFlags
    @OptionGroup var executor: ExecutorFlags

    func run() async throws {
        common.bootstrapLogging()
        if role.contains(.mesosLocal) { try Requirements.check(executor, common) }
        let wiring = RoleWiring(common: common)
        var roles: [RunnableRole] = []
        if role.contains(.apiserver) { roles.append(wiring.apiServer(apiserver)) }
        if role.contains(.mesosLocal) { roles.append(wiring.mesosLocal(mesosLocal)) }
        if role.contains(.scheduler) { roles.append(wiring.scheduler(scheduler, executor: executor)) }
        try await ServerProcess(common: common).run(roles)
    }
}

struct APIServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "apiserver", abstract: "Serve the Kubernetes API.")
    @OptionGroup var common: CommonFlags
    @OptionGroup var apiserver: APIServerFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ServerProcess(common: common).run([RoleWiring(common: common).apiServer(apiserver)])
    }
}

struct SchedulerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "scheduler", abstract: "Schedule pods as a Mesos framework.")
    @OptionGroup var common: CommonFlags
    @OptionGroup var scheduler: SchedulerFlags
    @OptionGroup var executor: ExecutorFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ServerProcess(common: common).run([RoleWiring(common: common).scheduler(scheduler, executor: executor)])
    }
}

struct MesosLocalCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mesos-local", abstract: "A Mesos master and agent on this machine, speaking the real v1 HTTP APIs.")
    @OptionGroup var common: CommonFlags
    @OptionGroup var mesosLocal: MesosLocalFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ServerProcess(common: common).run([RoleWiring(common: common).mesosLocal(mesosLocal)])
    }
}

struct ExecutorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor", abstract: "Run pods on a Mesos agent, which starts this with the environment of an executor.")
    @OptionGroup var common: CommonFlags
    @Option(help: "The API server: host:port, or a URL.")
    var apiServers = "127.0.0.1:8888"
    @OptionGroup var executor: ExecutorFlags

    func run() async throws {
        common.bootstrapLogging()
        try await ExecutorProcess(common: common, apiServers: apiServers, flags: executor).run()
    }
}
