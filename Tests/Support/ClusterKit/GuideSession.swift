import Foundation

/// A shell on a machine of its own, as far as a guide can tell: own network, processes, mounts and host name. Whatever the guide starts ends
/// with it.
public final class GuideSession: Sendable {
    public typealias Failure = TestMachine.Failure

    /// What the guides' servers use unless told otherwise.
    static let dataDirectory = "/var/lib/kmd"

    /// This machine's address in there, what `hostname -i` says.
    public static let address = "172.31.0.2"

    /// Where the commands are run; the project's examples are linked into it.
    public let folder: String
    private let machine: TestMachine

    /// Commands that only look, and are asked again until they show what the guide shows: the guide says to wait a moment.
    static let looks = ["kubectl get", "kubectl exec", "kubectl describe", "kubectl logs", "curl", "km --", "kmd --", "ss "]

    /// - Parameter links: what lies in the folder, as links to files elsewhere.
    public init(links: [String: String]) throws {
        folder = "/tmp/kmd-guide-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let files = FileManager.default
        try files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, target) in links {
            let path = folder + "/" + name
            try files.createDirectory(atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            try files.createSymbolicLink(atPath: path, withDestinationPath: target)
        }
        machine = try TestMachine("the guide's machine", folder: folder + "/.session", environment: ["HOME": folder])
    }

    /// Makes the machine ready: addresses, a name, a data directory where the guides have it, and a folder to work in.
    public func prepare() async throws {
        let files = FileManager.default
        try files.createDirectory(atPath: GuideSession.dataDirectory, withIntermediateDirectories: true)
        guard try files.contentsOfDirectory(atPath: GuideSession.dataDirectory).isEmpty else {
            throw Failure("a kmd of this machine uses \(GuideSession.dataDirectory), which the guides use too: run them elsewhere")
        }
        let hosts = folder + "/.session/hosts"
        try "127.0.0.1 localhost\n\(GuideSession.address) kmd-guide\n".write(toFile: hosts, atomically: true, encoding: .utf8)
        let result = try await run(
            """
            unset KUBECONFIG HTTP_PROXY http_proxy HTTPS_PROXY https_proxy KMD_STORE
            ip link set lo up && ip link add up0 type bridge && ip addr add \(GuideSession.address)/24 dev up0 && ip link set up0 up &&
            ip route add default via 172.31.0.1 && hostname kmd-guide && mount --bind \(hosts) /etc/hosts &&
            mkdir -p \(folder)/.session/data && mount --bind \(folder)/.session/data \(GuideSession.dataDirectory) && cd \(folder)
            """)
        guard result.succeeded else { throw Failure("no machine of its own: \(result)") }
    }

    /// Runs a command in the shell, which keeps its variables and jobs.
    public func run(_ command: String, limit: Double = 120) async throws -> CommandResult {
        do { return try await machine.run(command, limit: limit) } catch let failure as Failure { throw Failure("\(failure)\n\(logs())") }
    }

    /// Does a step of a guide. Returns what is not as the guide says; `nil`: all is.
    public func perform(_ step: Guide.Step, within seconds: Double = 90) async throws -> String? {
        let words = step.command.split(separator: " ").joined(separator: " ")
        let isLook = GuideSession.looks.contains { words.hasPrefix($0) } && step.command.firstMatch(of: /\ -X|\ -d/) == nil
        let deadline = ContinuousClock.now + .seconds(isLook && !step.expected.isEmpty ? seconds : 0)
        while true {
            let result = try await run(step.command)
            let fault =
                step.expected.isEmpty
                ? (result.succeeded ? nil : "exit status \(result.status)") : GuideOutput.difference(step.expected, result.output)
            guard let fault else { return nil }
            if ContinuousClock.now >= deadline { return "\(step): \(fault)\n--- printed:\n\(result.output)" }
            try await Task.sleep(for: .milliseconds(300))
        }
    }

    /// The last words of the servers, for a failure's message.
    public func logs() -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".log") }.sorted()
        return names.map { name in
            "--- \(name)\n" + String(((try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? "").suffix(2000))
        }.joined(separator: "\n")
    }

    /// Ends the shell and with it every process that the guide started; removes the folder, and what a guide left that did not come to its end.
    public func end(binary: String) async {
        // In here, -1 is every process of the guide's and no other.
        _ = try? await run("kill -9 -1; \(binary) uninstall --yes", limit: 60)
        await machine.crash()
        try? FileManager.default.removeItem(atPath: folder)
        rmdir(GuideSession.dataDirectory)
    }
}
