import ArgumentParser
import Telemetry

/// The program: reads the command line, runs what it names, and ends with a number that means something.
@main
struct Kmd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kmd",
        abstract: "Kubernetes on Apache Mesos: one binary, every role.",
        discussion: """
            kmd --role=all is a whole cluster on this machine: API server, scheduler, a Mesos master and \
            agent of its own, and pods in real containers. Talk to it with kubectl.
            """,
        version: KmdVersion.text,
        subcommands: [
            RunCommand.self, APIServerCommand.self, SchedulerCommand.self, ExecutorCommand.self, MesosLocalCommand.self,
            UninstallCommand.self, VersionCommand.self,
        ],
        defaultSubcommand: RunCommand.self)

    static func main() async {
        Signals.ignoreBrokenPipes()
        let arguments = CommandLineForms.canonical(Array(CommandLine.arguments.dropFirst()))
        do {
            try checkFirstWord(of: arguments)
            var command = try parseAsRoot(arguments)
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
        let hint = NearestWord.to(word, among: known).map { " Did you mean '\($0)'?" } ?? ""
        throw ValidationError("Unknown command '\(word)'.\(hint) Commands are: \(known.joined(separator: ", ")).")
    }
}

/// What this build is.
enum KmdVersion {
    static let number = "0.1.0"
    /// The Kubernetes release whose API is spoken; `/version` reports the same.
    static let kubernetes = "v1.33.1"
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
