import CRIProto
import Core
import GRPCCore

extension CRIClient {
    /// Makes a container in a sandbox, which stays `created` until `startContainer`; returns its id.
    ///
    /// - Parameter sandbox: the very config that the sandbox was run with.
    public func createContainer(
        sandboxID: String, _ config: ContainerConfig, sandbox: SandboxConfig
    ) async throws(ContainerRuntimeError) -> String {
        try await call("CreateContainer", deadline: deadlines.change) { options in
            var request = Runtime_V1_CreateContainerRequest()
            request.podSandboxID = sandboxID
            request.config = Runtime_V1_ContainerConfig(config)
            request.sandboxConfig = self.message(for: sandbox)
            return try await self.runtime.createContainer(request, options: options).containerID
        }
    }

    /// A container that fails here is `exited` with code 128 and reason `StartError` afterwards.
    public func startContainer(_ id: String) async throws(ContainerRuntimeError) {
        try await call("StartContainer", deadline: deadlines.change) { options in
            var request = Runtime_V1_StartContainerRequest()
            request.containerID = id
            _ = try await self.runtime.startContainer(request, options: options)
        }
    }

    /// Sends the image's stop signal, and SIGKILL when `grace` (whole seconds) is over. Returns when it has ended; gone already is no error.
    public func stopContainer(_ id: String, grace: Duration) async throws(ContainerRuntimeError) {
        try await ignoringNotFound("StopContainer", deadline: grace + deadlines.change) { options in
            var request = Runtime_V1_StopContainerRequest()
            request.containerID = id
            request.timeout = max(0, grace.components.seconds)
            _ = try await self.runtime.stopContainer(request, options: options)
        }
    }

    /// Removes a container, with force if it runs. Doing it again is no error. Its log file stays.
    public func removeContainer(_ id: String) async throws(ContainerRuntimeError) {
        try await ignoringNotFound("RemoveContainer") { options in
            var request = Runtime_V1_RemoveContainerRequest()
            request.containerID = id
            _ = try await self.runtime.removeContainer(request, options: options)
        }
    }

    /// The containers of the runtime, newest first.
    public func listContainers(_ filter: ContainerFilter = ContainerFilter()) async throws(ContainerRuntimeError)
        -> [ContainerSummary]
    {
        try await call("ListContainers", deadline: deadlines.query) { options in
            var request = Runtime_V1_ListContainersRequest()
            request.filter = Runtime_V1_ContainerFilter(filter)
            let answer = try await self.runtime.listContainers(request, options: options)
            return answer.containers.map(ContainerSummary.init).sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
        }
    }

    /// - Throws: `.notFound` for an unknown id.
    public func containerStatus(_ id: String) async throws(ContainerRuntimeError) -> ContainerStatus {
        try await call("ContainerStatus", deadline: deadlines.query) { options in
            var request = Runtime_V1_ContainerStatusRequest()
            request.containerID = id
            return ContainerStatus(try await self.runtime.containerStatus(request, options: options).status)
        }
    }

    /// Changes the limits of a container that runs.
    public func updateContainerResources(_ id: String, _ resources: LinuxResources) async throws(ContainerRuntimeError) {
        try await call("UpdateContainerResources", deadline: deadlines.change) { options in
            var request = Runtime_V1_UpdateContainerResourcesRequest()
            request.containerID = id
            request.linux = Runtime_V1_LinuxContainerResources(resources)
            _ = try await self.runtime.updateContainerResources(request, options: options)
        }
    }

    /// Makes the runtime open the log file anew, after it was renamed away.
    public func reopenContainerLog(_ id: String) async throws(ContainerRuntimeError) {
        try await call("ReopenContainerLog", deadline: deadlines.query) { options in
            var request = Runtime_V1_ReopenContainerLogRequest()
            request.containerID = id
            _ = try await self.runtime.reopenContainerLog(request, options: options)
        }
    }

    /// Runs a command in a container and waits for its end (probes, hooks). Its output must fit in 16 MB.
    ///
    /// - Parameter timeout: whole seconds; zero waits without end. The runtime kills the command then, and this throws `.deadlineExceeded`.
    public func execSync(
        _ id: String, command: [String], timeout: Duration = .zero
    ) async throws(ContainerRuntimeError) -> ExecResult {
        let seconds = timeout.components.seconds
        let deadline = seconds > 0 ? .seconds(seconds) + deadlines.query : Duration.seconds(365 * 86_400)
        return try await call("ExecSync", deadline: deadline) { options in
            var request = Runtime_V1_ExecSyncRequest()
            (request.containerID, request.cmd, request.timeout) = (id, command, seconds)
            let answer = try await self.runtime.execSync(request, options: options)
            return ExecResult(stdout: Array(answer.stdout), stderr: Array(answer.stderr), exitCode: answer.exitCode)
        }
    }

    /// The address of the streaming server for a command: `http://127.0.0.1:…/exec/<token>`, good for one connection within a minute.
    /// It speaks SPDY/3.1 and WebSocket (`v4.channel.k8s.io`).
    ///
    /// With `tty` there is no stderr of its own: `stderr` must be false.
    public func exec(
        _ id: String, command: [String], tty: Bool, stdin: Bool, stdout: Bool, stderr: Bool
    ) async throws(ContainerRuntimeError) -> String {
        try await call("Exec", deadline: deadlines.query) { options in
            var request = Runtime_V1_ExecRequest()
            (request.containerID, request.cmd, request.tty) = (id, command, tty)
            (request.stdin, request.stdout, request.stderr) = (stdin, stdout, stderr)
            return try await self.runtime.exec(request, options: options).url
        }
    }

    /// As `exec`, for the container's first process. `tty` must be as the container has it.
    public func attach(
        _ id: String, tty: Bool, stdin: Bool, stdout: Bool, stderr: Bool
    ) async throws(ContainerRuntimeError) -> String {
        try await call("Attach", deadline: deadlines.query) { options in
            var request = Runtime_V1_AttachRequest()
            (request.containerID, request.tty) = (id, tty)
            (request.stdin, request.stdout, request.stderr) = (stdin, stdout, stderr)
            return try await self.runtime.attach(request, options: options).url
        }
    }

    /// - Throws: `.notFound` for a container that is unknown or does not run.
    public func containerStats(_ id: String) async throws(ContainerRuntimeError) -> ContainerStats {
        try await call("ContainerStats", deadline: deadlines.query) { options in
            var request = Runtime_V1_ContainerStatsRequest()
            request.containerID = id
            return ContainerStats(try await self.runtime.containerStats(request, options: options).stats)
        }
    }

    /// Of the containers that run, by id.
    public func listContainerStats(
        _ filter: ContainerFilter = ContainerFilter()
    ) async throws(ContainerRuntimeError) -> [ContainerStats] {
        try await call("ListContainerStats", deadline: deadlines.query) { options in
            var request = Runtime_V1_ListContainerStatsRequest()
            if let id = filter.id { request.filter.id = id }
            if let sandbox = filter.sandboxID { request.filter.podSandboxID = sandbox }
            request.filter.labelSelector = filter.labels
            let answer = try await self.runtime.listContainerStats(request, options: options)
            return answer.stats.map(ContainerStats.init).sorted { $0.id < $1.id }
        }
    }
}
