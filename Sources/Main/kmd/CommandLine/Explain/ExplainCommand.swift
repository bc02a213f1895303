import ArgumentParser
import Core
import JSON
import KubeClient

/// Says why a pod waits, or how far it has come: asks a scheduler, whichever, and writes its answer for people.
struct ExplainCommand: AsyncParsableCommand {
    enum Output: String, ExpressibleByArgument, CaseIterable { case text, json }

    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why a pod waits for a node, and what would help.",
        discussion: """
            kmd explain pod web -n default. Any scheduler process answers: the leader knows offers, attempts and what is short; a standby \
            what the API server knows, and who leads. docs/explain.md says what each line means.
            """)

    @Argument(help: "pod NAME, or pod/NAME.")
    var what: [String]

    @Option(name: [.customShort("n"), .long], help: "The pod's namespace.")
    var namespace = "default"

    @Option(name: [.customShort("o"), .long], help: "How to write it: text or json.")
    var output = Output.text

    @Flag(help: "Try the pod now, and let its back-off begin anew. Only the leader can.")
    var retry = false

    @Option(help: "The scheduler: host:port of its /debug pages; several with commas, of which the first that answers is asked.")
    var scheduler = "127.0.0.1:10251"

    func validate() throws { _ = try podName }

    var podName: String {
        get throws {
            let words = what.count == 1 ? what[0].split(separator: "/", omittingEmptySubsequences: false).map(String.init) : what
            guard words.count == 2, ["pod", "pods", "po"].contains(words[0]), !words[1].isEmpty, !words[1].contains("/") else {
                throw ValidationError("Say which pod: kmd explain pod NAME, not '\(what.joined(separator: " "))'.")
            }
            return words[1]
        }
    }

    func run() async throws {
        let name = try podName
        let client = KubeClient(server: scheduler, userAgent: "kmd-explain")
        let answer: Result<JSONValue, KubeClientError>
        do throws(KubeClientError) {
            if retry { _ = try await client.call(.POST, "/debug/actions/retry", query: [("pod", "\(namespace)/\(name)")]) }
            answer = .success(try await client.get("/debug/scheduler/explain/\(KubeClient.escaped(namespace))/\(KubeClient.escaped(name))"))
        } catch { answer = .failure(error) }
        await client.shutdown()
        switch answer {
        case .success(let page): print(output == .json ? page.text : ExplainText.render(page), terminator: output == .json ? "\n" : "")
        case .failure(let error): throw PlainFailure(Self.plain(error, asked: scheduler))
        }
    }

    /// The client's words speak of an API server; this is a scheduler.
    static func plain(_ error: KubeClientError, asked scheduler: String) -> String {
        var message = error.message
        while message.hasSuffix("\n") { message.removeLast() }
        switch error.kind {
        case .refused where error.code == 503: return "the scheduler at \(scheduler) is a standby: ask the leader (kubectl get leases -n kube-system names it)"
        case .refused: return message
        case .unreachable, .timedOut: return "no scheduler answers at \(scheduler); name one with --scheduler=HOST:PORT (\(message))"
        case .malformed: return "what answers at \(scheduler) is no scheduler of kmd: \(message)"
        case .notPermitted: return message
        case .cancelled: return "interrupted"
        }
    }
}
