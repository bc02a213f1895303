import Foundation

/// A cluster that runs, as those who use it see it: kubectl, plain HTTP, and waiting.
public protocol RunningCluster: Sendable {
    /// `http://127.0.0.1:8888`
    var server: String { get }
    var kubeconfig: String { get }
    /// kubectl's own files, apart from kmd's.
    var home: String { get }
    /// kmd's last words, for a failure's message.
    var log: String { get }
}

extension RunningCluster {
    /// kubectl as a user runs it, the newest of this machine.
    @discardableResult
    public func kubectl(_ arguments: String..., input: String? = nil, limit: Double = 120) async throws -> CommandResult {
        try await kubectl(Kubectl.newest, arguments, input: input, limit: limit)
    }

    @discardableResult
    public func kubectl(_ program: String, _ arguments: [String], input: String? = nil, limit: Double = 120) async throws -> CommandResult {
        let home = home
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let environment = ["HOME": home, "KUBECONFIG": kubeconfig, "KUBECTL_REMOTE_COMMAND_WEBSOCKETS": "true"]
        return try await Command.run(program, ["--cache-dir=\(home)/cache"] + arguments, environment: environment, input: input, limit: limit)
    }

    /// A plain HTTP GET: of the API (`/readyz`) or of any address of this machine (`http://…`).
    public func get(_ address: String) async throws -> (status: Int, body: String) {
        let url = address.hasPrefix("/") ? server + address : address
        let result = try await Command.run("/usr/bin/curl", ["--silent", "--noproxy", "*", "--max-time", "10", "--write-out", "\n%{http_code}", url])
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }

    /// Waits until `condition` holds; throws what was awaited and kmd's last words when it does not in time.
    public func eventually(_ what: String, within seconds: Double = 90, _ condition: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw TestCluster.Failure("not within \(seconds) s: \(what)\n\(log)")
    }

    /// Applies manifests and fails with kubectl's words when they are refused.
    public func apply(_ manifest: String) async throws {
        let result = try await kubectl("apply", "-f", "-", input: manifest)
        guard result.succeeded else { throw TestCluster.Failure("kubectl apply: \(result)") }
    }

    /// A value of an object: `value("pod/nginx", "{.status.podIP}")`.
    public func value(_ object: String, _ path: String, namespace: String = "default") async throws -> String {
        try await kubectl("get", object, "-n", namespace, "-o", "jsonpath=\(path)").output
    }
}
