import ClusterKit
import Foundation
import Testing

/// exec, attach, logs and cp, with every kubectl of this machine.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster())
struct ShellIntegrationTests {
    func pod(_ name: String, script: String, container: [String] = ["stdin: true"]) async throws -> TestCluster {
        let cluster = try theCluster()
        try await cluster.apply(Manifests.busybox(name, script: script, container: container))
        let ready = try await cluster.kubectl("wait", "--for=condition=Ready", "pod/\(name)", "--timeout=90s")
        try #require(ready.succeeded, "\(ready)")
        return cluster
    }

    @Test(arguments: Kubectl.all)
    func execGivesOutputErrorsInputAndTheExitCode(kubectl: String) async throws {
        let name = "shell-" + String(kubectl.suffix(2))
        let cluster = try await pod(name, script: "sleep 3600")
        let result = try await cluster.kubectl(kubectl, ["exec", "-i", name, "--", "sh", "-c", "cat; echo wrong >&2; exit 7"], input: "hello\n")
        #expect(result.output == "hello\n")
        #expect(result.errors.contains("wrong\n"))
        #expect(result.status == 7)
        #expect(try await cluster.kubectl(kubectl, ["exec", name, "--", "true"]).status == 0)
        let missing = try await cluster.kubectl(kubectl, ["exec", name, "--", "no-such-program"])
        #expect(missing.succeeded == false)
        try await cluster.kubectl("delete", "pod", name, "--grace-period=1")
    }

    @Test func logsFollowAcrossARestart() async throws {
        let cluster = try await pod("chatty", script: "echo begin; sleep 4; echo end; exit 1")
        async let followed = cluster.kubectl("logs", "-f", "chatty", limit: 60)
        #expect(try await followed.output == "begin\nend\n")
        try await cluster.eventually("the restart") { Int(try await cluster.value("pod/chatty", "{.status.containerStatuses[0].restartCount}")) ?? 0 >= 1 }
        try await cluster.eventually("the log before the restart") { try await cluster.kubectl("logs", "--previous", "chatty").output == "begin\nend\n" }
        let last = try await cluster.kubectl("logs", "--previous", "--tail=1", "chatty")
        #expect(last.output == "end\n")
        try await cluster.kubectl("delete", "pod", "chatty", "--grace-period=1")
    }

    @Test func filesAreCopiedInAndOut() async throws {
        let cluster = try await pod("box", script: "sleep 3600")
        let (sent, back) = (cluster.home + "/sent", cluster.home + "/back")
        try Data("some words\n".utf8).write(to: URL(filePath: sent))
        let there = try await cluster.kubectl("cp", sent, "box:/tmp/words")
        #expect(there.succeeded, "\(there)")
        let here = try await cluster.kubectl("cp", "box:/tmp/words", back)
        #expect(here.succeeded, "\(here)")
        #expect(try String(contentsOfFile: back, encoding: .utf8) == "some words\n")
        try await cluster.kubectl("delete", "pod", "box", "--grace-period=1")
    }

    @Test(arguments: Kubectl.all)
    func attachHearsWhatTheContainerSays(kubectl: String) async throws {
        let name = "listen-" + String(kubectl.suffix(2))
        let cluster = try await pod(name, script: "read line; sleep 1; echo heard $line; sleep 1; exit 0", container: ["stdin: true", "stdinOnce: true"])
        let result = try await cluster.kubectl(kubectl, ["attach", "-i", name], input: "you\n", limit: 30)
        #expect(result.output.contains("heard you"), "\(result)")
        try await cluster.kubectl("delete", "pod", name, "--grace-period=1")
    }
}
