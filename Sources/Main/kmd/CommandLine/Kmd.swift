import ArgumentParser
import Telemetry

/// The program: reads the command line, runs what it names, and ends with a number that means something.
@main
struct Kmd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: Invocation.current.program,
        abstract: "Kubernetes on Apache Mesos: one binary, every server.",
        discussion: """
            kmd --role=all is a whole cluster on this machine: API server, scheduler, controller manager, a Mesos master and agent \
            of its own, and pods in real containers. Talk to it with kubectl. Each server can run as a process of its own as well: \
            kmd <server> --help describes its flags. They may be written in the guides' older ways too: -portal_net=10.10.10.0/24, -v=2.
            """,
        version: KmdVersion.text,
        subcommands: [
            RunCommand.self, StatusCommand.self, ExplainCommand.self, FrameworkCommand.self, ExecutorsCommand.self, LeaderCommand.self, MigrateCommand.self,
            UninstallCommand.self, VersionCommand.self, SessionGuardianCommand.self, JanitorCommand.self,
        ],
        groupedSubcommands: [CommandGroup(name: "Servers", subcommands: servers)],
        defaultSubcommand: RunCommand.self)

    /// What runs as a process of its own; a link to kmd with such a name is that server.
    static let servers: [any ParsableCommand.Type] = [
        APIServerCommand.self, ControllerManagerCommand.self, SchedulerCommand.self, ExecutorCommand.self, MinionCommand.self,
        ProxyCommand.self, DNSCommand.self, MesosLocalCommand.self, MesosAgentCommand.self,
    ]

    static var serverNames: [String] { servers.compactMap { $0.configuration.commandName } }

    static func main() async {
        Signals.ignoreBrokenPipes()
        do {
            let words = try FlagsFile.expanded(Invocation.current.words)
            try checkFirstWord(of: words)
            var command = try parseAsRoot(words)
            if var running = command as? any AsyncParsableCommand { try await running.run() } else { try command.run() }
        } catch let failure as PlainFailure {
            Console.say(failure.description)
            exit(withError: failure.reason.code)
        } catch {
            exit(withError: error)
        }
    }

    /// A misspelt server or command is named here; the parser would take it for a stray argument of the default command.
    static func checkFirstWord(of arguments: [String]) throws {
        guard let word = arguments.first, !word.hasPrefix("-") else { return }
        let known = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !known.contains(word) else { return }
        throw ValidationError(NearestWord.refusal("command", word, known: known))
    }
}

/// What this build is.
enum KmdVersion {
    static let number = "0.1.0"
    /// The Kubernetes release whose API is spoken; `/version` reports the same.
    static let kubernetes = "v1.33.1"
    /// What nodes say that their kubelet is.
    static let node = kubernetes + "+kmd"
    static let text = "kmd \(number) (Kubernetes API \(kubernetes), Mesos HTTP API v1)"
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print the version.")
    func run() { print(KmdVersion.text) }
}

/// What kmd says to the person who started it: one line each, on stderr, apart from the log.
enum Console {
    static func say(_ line: String) { LineLogHandler.writeToStandardError("kmd: \(line)\n") }
}
