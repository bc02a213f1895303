import ContainerRuntime
import Core
import JSON
import NIOCore
import NodeAgent
import NodeServer

/// What the node server asks, answered by the container runtime and the node agent.
struct NodeBackendAdapter: NodeBackend {
    let runtime: CRIClient
    let agent: NodeAgent
    let time: any TimeSource

    func writeLog(_ request: ContainerLogRequest, to sink: any LogSink) async throws {
        let instances = try await containers(request.name)
        guard let chosen = request.previous ? instances.dropFirst().first : instances.first else {
            let which = request.previous ? "previous terminated container" : "container"
            throw NodeRequestError.badRequest("\(which) \"\(request.name.container)\" in pod \"\(request.name.pod.name)\" not found")
        }
        let path = try await translate { () async throws(ContainerRuntimeError) in try await runtime.containerStatus(chosen.id).logPath }
        let since = request.since ?? request.sinceSeconds.map { time.wallClock.advanced(by: .seconds(-$0)) }
        let options = ContainerLogOptions(
            tailLines: request.tailLines, since: since, limitBytes: request.limitBytes, timestamps: request.timestamps,
            follow: request.follow && chosen.state == .running)
        let logs = ContainerLogs(path: path, options: options, time: time) { [runtime] in
            do throws(ContainerRuntimeError) {
                return try await runtime.containerStatus(chosen.id).state == .running
            } catch {
                // A runtime that is being restarted does not end the container.
                return !error.isNotFound
            }
        }
        for try await chunk in logs { try await sink.write(ByteBuffer(bytes: chunk)) }
    }

    func streamURL(_ request: ContainerStreamRequest) async throws -> String {
        if case .portForward(let ports) = request.purpose {
            let sandbox = try await sandbox(of: request.name.pod)
            return try await translate { () async throws(ContainerRuntimeError) in
                try await runtime.portForward(sandbox: sandbox, ports: ports.map { Int32($0) })
            }
        }
        guard let container = try await containers(request.name).first, container.state == .running else {
            throw NodeRequestError.notFound("container not found (\"\(request.name.container)\")")
        }
        return try await translate { () async throws(ContainerRuntimeError) in
            switch request.purpose {
            case .exec(let command):
                try await runtime.exec(
                    container.id, command: command, tty: request.tty, stdin: request.stdin, stdout: request.stdout,
                    stderr: request.stderr && !request.tty)
            case .attach, .portForward:
                try await runtime.attach(
                    container.id, tty: request.tty, stdin: request.stdin, stdout: request.stdout, stderr: request.stderr && !request.tty)
            }
        }
    }

    func podList() async throws -> [UInt8] {
        let pods = await agent.pods
        let list: JSONValue = ["kind": "PodList", "apiVersion": "v1", "metadata": [:], "items": .array(pods.map(\.json))]
        return list.encoded()
    }

    /// The instances of a container, the newest first.
    private func containers(_ name: ContainerName) async throws -> [ContainerSummary] {
        let labels = [
            "io.kubernetes.pod.namespace": name.pod.namespace, "io.kubernetes.pod.name": name.pod.name,
            "io.kubernetes.container.name": name.container,
        ]
        let uid = await agent.pods.first { $0.key == name.pod }?.uid.value
        return try await translate { () async throws(ContainerRuntimeError) in
            try await runtime.listContainers(ContainerFilter(labels: labels))
                .filter { uid == nil || $0.labels["io.kubernetes.pod.uid"] == uid }
                .sorted { ($1.createdAt, $1.attempt) < ($0.createdAt, $0.attempt) }
        }
    }

    private func sandbox(of pod: PodKey) async throws -> String {
        let labels = ["io.kubernetes.pod.namespace": pod.namespace, "io.kubernetes.pod.name": pod.name]
        let found = try await translate { () async throws(ContainerRuntimeError) in
            try await runtime.listPodSandboxes(SandboxFilter(state: .ready, labels: labels))
        }
        guard let sandbox = found.first else { throw NodeRequestError.notFound("pod not found (\"\(pod.name)_\(pod.namespace)\")") }
        return sandbox.id
    }

    private func translate<T>(_ call: () async throws(ContainerRuntimeError) -> T) async throws -> T {
        do throws(ContainerRuntimeError) {
            return try await call()
        } catch {
            throw error.isNotFound ? NodeRequestError.notFound("\(error)") : NodeRequestError.failed("\(error)")
        }
    }
}
