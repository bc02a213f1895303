import CRIProto
import Core
import GRPCCore

extension CRIClient {
    /// Who the runtime is. Answers as soon as the runtime serves.
    public func version(within deadline: Duration? = nil) async throws(ContainerRuntimeError) -> RuntimeVersion {
        try await call("Version", deadline: deadline ?? deadlines.query) { options in
            var request = Runtime_V1_VersionRequest()
            request.version = "v1"
            let answer = try await self.runtime.version(request, options: options)
            return RuntimeVersion(runtimeName: answer.runtimeName, runtimeVersion: answer.runtimeVersion)
        }
    }

    /// Whether the runtime and its network are ready, and why not.
    public func status() async throws(ContainerRuntimeError) -> [RuntimeCondition] {
        try await call("Status", deadline: deadlines.query) { options in
            let answer = try await self.runtime.status(Runtime_V1_StatusRequest(), options: options)
            return answer.status.conditions.map {
                RuntimeCondition(type: $0.type, isTrue: $0.status, reason: $0.reason, message: $0.message)
            }
        }
    }

    /// Makes and starts a sandbox; returns its id.
    ///
    /// When it fails, nothing of it is left behind, and a pod network that is known to be broken is mended and tried once more.
    public func runPodSandbox(_ config: SandboxConfig) async throws(ContainerRuntimeError) -> String {
        do {
            return try await runPodSandboxOnce(config)
        } catch {
            guard case .failed(_, let message) = error else { throw error }
            await removeLeftover(of: config)
            guard let repairNetwork, await repairNetwork(message) else { throw error }
            logger.warning("mended the pod network, trying the sandbox again", metadata: ["pod": "\(config.metadata.name)"])
            return try await runPodSandboxOnce(config)
        }
    }

    private func runPodSandboxOnce(_ config: SandboxConfig) async throws(ContainerRuntimeError) -> String {
        try await call("RunPodSandbox", deadline: deadlines.change) { options in
            var request = Runtime_V1_RunPodSandboxRequest()
            request.config = self.message(for: config)
            return try await self.runtime.runPodSandbox(request, options: options).podSandboxID
        }
    }

    /// A failed network set-up can leave a sandbox that is not ready and holds the name.
    private func removeLeftover(of config: SandboxConfig) async {
        guard let all = try? await listPodSandboxes() else { return }
        for sandbox in all where sandbox.metadata == config.metadata && sandbox.state == .notReady {
            do {
                try await stopPodSandbox(sandbox.id)
                try await removePodSandbox(sandbox.id)
            } catch {
                logger.warning(
                    "a sandbox that failed to start could not be removed", metadata: ["id": "\(sandbox.id)", "why": "\(error)"])
            }
        }
    }

    /// Stops all that runs in the sandbox and gives its network back. Doing it again is no error.
    public func stopPodSandbox(_ id: String) async throws(ContainerRuntimeError) {
        try await ignoringNotFound("StopPodSandbox") { options in
            var request = Runtime_V1_StopPodSandboxRequest()
            request.podSandboxID = id
            _ = try await self.runtime.stopPodSandbox(request, options: options)
        }
    }

    /// Removes a sandbox and its containers. Doing it again is no error.
    public func removePodSandbox(_ id: String) async throws(ContainerRuntimeError) {
        try await ignoringNotFound("RemovePodSandbox") { options in
            var request = Runtime_V1_RemovePodSandboxRequest()
            request.podSandboxID = id
            _ = try await self.runtime.removePodSandbox(request, options: options)
        }
        await sandboxRemoved?(id)
    }

    /// - Throws: `.notFound` for an unknown id.
    public func podSandboxStatus(_ id: String) async throws(ContainerRuntimeError) -> SandboxStatus {
        try await call("PodSandboxStatus", deadline: deadlines.query) { options in
            var request = Runtime_V1_PodSandboxStatusRequest()
            request.podSandboxID = id
            return SandboxStatus(try await self.runtime.podSandboxStatus(request, options: options).status)
        }
    }

    /// The sandboxes of the runtime, newest first.
    public func listPodSandboxes(_ filter: SandboxFilter = SandboxFilter()) async throws(ContainerRuntimeError)
        -> [SandboxSummary]
    {
        try await call("ListPodSandbox", deadline: deadlines.query) { options in
            var request = Runtime_V1_ListPodSandboxRequest()
            request.filter = Runtime_V1_PodSandboxFilter(filter)
            let answer = try await self.runtime.listPodSandbox(request, options: options)
            return answer.items.map(SandboxSummary.init).sorted { ($1.createdAt, $0.id) < ($0.createdAt, $1.id) }
        }
    }

    /// The address of the streaming server for a port-forward: `http://127.0.0.1:…/portforward/<token>`, good for one connection.
    public func portForward(sandbox id: String, ports: [Int32] = []) async throws(ContainerRuntimeError) -> String {
        try await call("PortForward", deadline: deadlines.query) { options in
            var request = Runtime_V1_PortForwardRequest()
            (request.podSandboxID, request.port) = (id, ports)
            return try await self.runtime.portForward(request, options: options).url
        }
    }

    /// For what has to be gone in the end: gone already is fine.
    func ignoringNotFound(
        _ name: String, deadline: Duration? = nil, _ body: (CallOptions) async throws -> Void
    ) async throws(ContainerRuntimeError) {
        do {
            try await call(name, deadline: deadline ?? deadlines.change, body)
        } catch {
            if !error.isNotFound { throw error }
        }
    }
}
