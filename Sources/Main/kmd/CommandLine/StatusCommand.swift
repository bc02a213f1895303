import ArgumentParser
import JSON
import KubeClient

/// Says how the control plane stands: asks a scheduler, whichever, and writes its answer for people.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Show replicas, leader, term, session, the last failover, and whether Mesos and etcd are well.",
        discussion: """
            Any scheduler process answers, a standby too. Ends with 0 when somebody leads and all that it needs answers, with 1 otherwise. \
            docs/operations.md says what each line means.
            """)

    @Option(name: [.customShort("o"), .long], help: "How to write it: text or json.")
    var output = ExplainCommand.Output.text

    @Option(help: "The scheduler: host:port of its /debug pages; several with commas, of which the first that answers is asked.")
    var scheduler = "127.0.0.1:10251"

    func run() async throws {
        let client = KubeClient(server: scheduler, userAgent: "kmd-status")
        let answer: Result<JSONValue, KubeClientError>
        do throws(KubeClientError) { answer = .success(try await client.get("/debug/status")) } catch { answer = .failure(error) }
        await client.shutdown()
        switch answer {
        case .success(let page):
            print(output == .json ? page.text : StatusText.render(page), terminator: output == .json ? "\n" : "")
            if page["healthy"]?.bool != true { throw ExitCode.failure }
        case .failure(let error): throw PlainFailure(ExplainCommand.plain(error, asked: scheduler))
        }
    }
}
