import ContainerRuntime
import Core
import NodeAgent

/// The node agent's view of the container runtime, over CRI.
struct RuntimeAdapter: ContainerRuntimePort {
    let client: CRIClient
    private let details = RuntimeDetails()

    /// Called when a sandbox has its network, before anything runs in it.
    private let networkIsUp: @Sendable () async -> Void

    init(client: CRIClient, networkIsUp: @escaping @Sendable () async -> Void = {}) { (self.client, self.networkIsUp) = (client, networkIsUp) }

    func list() async throws(RuntimeFailure) -> RuntimeSnapshot {
        do throws(ContainerRuntimeError) {
            let sandboxes = try await client.listPodSandboxes()
            let containers = try await client.listContainers()
            var snapshot = RuntimeSnapshot()
            for summary in sandboxes { snapshot.sandboxes.append(try await details.sandbox(summary, client)) }
            for summary in containers {
                if let container = try await details.container(summary, client) { snapshot.containers.append(container) }
            }
            await details.forget(except: Set(sandboxes.map(\.id) + containers.map(\.id)))
            return snapshot
        } catch { throw RuntimeFailure(error) }
    }

    func runSandbox(_ spec: SandboxSpec) async throws(RuntimeFailure) -> (id: String, ip: String) {
        do throws(ContainerRuntimeError) {
            let id = try await client.runPodSandbox(SandboxConfig(spec))
            await networkIsUp()
            return (id, try await client.podSandboxStatus(id).addresses.first ?? "")
        } catch { throw RuntimeFailure(error) }
    }

    func stopSandbox(_ id: String) async throws(RuntimeFailure) {
        do throws(ContainerRuntimeError) { try await client.stopPodSandbox(id) } catch { throw RuntimeFailure(error) }
    }

    func removeSandbox(_ id: String) async throws(RuntimeFailure) {
        do throws(ContainerRuntimeError) { try await client.removePodSandbox(id) } catch { throw RuntimeFailure(error) }
    }

    func imageID(_ image: String) async throws(RuntimeFailure) -> String? {
        do throws(ContainerRuntimeError) { return try await client.imageStatus(image)?.id } catch { throw RuntimeFailure(error) }
    }

    /// An image that was imported has no digest of a registry: there is none to ask for a newer one.
    func isPreloaded(_ image: String) async -> Bool {
        guard let found = try? await client.imageStatus(image) else { return false }
        return found.digests.isEmpty
    }

    func pullImage(_ image: String) async throws(RuntimeFailure) -> String {
        do throws(ContainerRuntimeError) { return try await client.pullImage(image) } catch { throw RuntimeFailure(error) }
    }

    func createContainer(_ spec: ContainerSpec, in sandboxID: String, of sandbox: SandboxSpec) async throws(RuntimeFailure) -> String {
        do throws(ContainerRuntimeError) {
            return try await client.createContainer(sandboxID: sandboxID, ContainerConfig(spec), sandbox: SandboxConfig(sandbox))
        } catch { throw RuntimeFailure(error) }
    }

    func startContainer(_ id: String) async throws(RuntimeFailure) {
        do throws(ContainerRuntimeError) {
            try await client.startContainer(id)
        } catch {
            // A start whose answer was lost still goes on: only a look can tell what became of it.
            if case .failed(_, let message) = error, message.contains("is already in starting state") {
                throw RuntimeFailure(.unavailable, message)
            }
            throw RuntimeFailure(error)
        }
    }

    func stopContainer(_ id: String, graceSeconds: Int64) async throws(RuntimeFailure) {
        do throws(ContainerRuntimeError) { try await client.stopContainer(id, grace: .seconds(graceSeconds)) } catch { throw RuntimeFailure(error) }
    }

    func removeContainer(_ id: String) async throws(RuntimeFailure) {
        do throws(ContainerRuntimeError) { try await client.removeContainer(id) } catch { throw RuntimeFailure(error) }
    }

    func exec(_ id: String, command: [String], timeoutSeconds: Int64) async throws(RuntimeFailure) -> (exitCode: Int32, output: String) {
        do throws(ContainerRuntimeError) {
            let result = try await client.execSync(id, command: command, timeout: .seconds(timeoutSeconds))
            return (result.exitCode, String(decoding: (result.stdout + result.stderr).prefix(10 << 10), as: UTF8.self))
        } catch { throw RuntimeFailure(error) }
    }
}

/// What the runtime tells only when asked for one thing. It cannot change any more once it was told, so it is asked once:
/// a look at 100 pods costs two calls, not two hundred.
private actor RuntimeDetails {
    private var addresses: [String: String] = [:]
    private var finished: [String: ObservedContainer] = [:]
    private var started: [String: Timestamp] = [:]

    func sandbox(_ summary: SandboxSummary, _ client: CRIClient) async throws(ContainerRuntimeError) -> ObservedSandbox {
        var address = addresses[summary.id] ?? ""
        if address.isEmpty, summary.state == .ready {
            do throws(ContainerRuntimeError) {
                address = try await client.podSandboxStatus(summary.id).addresses.first ?? ""
                addresses[summary.id] = address
            } catch where error.isNotFound {
                address = ""
            }
        }
        return ObservedSandbox(
            id: summary.id, key: PodKey(namespace: summary.metadata.namespace, name: summary.metadata.name), uid: PodUID(summary.metadata.uid),
            attempt: Int(summary.metadata.attempt), isReady: summary.state == .ready, createdAt: summary.createdAt, ip: address)
    }

    /// `nil` for a container that is gone by now.
    func container(_ summary: ContainerSummary, _ client: CRIClient) async throws(ContainerRuntimeError) -> ObservedContainer? {
        if let known = finished[summary.id] { return known }
        var observed = ObservedContainer(
            id: summary.id, sandboxID: summary.sandboxID, uid: PodUID(summary.labels["io.kubernetes.pod.uid"] ?? ""), name: summary.name,
            attempt: Int(summary.attempt), condition: ObservedContainer.Condition(summary.state), startedAt: started[summary.id],
            image: summary.image, imageID: summary.imageRef)
        guard observed.condition == .exited || (observed.condition == .running && observed.startedAt == nil) else { return observed }
        do throws(ContainerRuntimeError) {
            let status = try await client.containerStatus(summary.id)
            observed.condition = ObservedContainer.Condition(status.state)
            (observed.exitCode, observed.reason, observed.message) = (Int64(status.exitCode), status.reason, status.message)
            (observed.startedAt, observed.finishedAt) = (status.startedAt, status.finishedAt)
            if !status.imageRef.isEmpty { observed.imageID = status.imageRef }
            started[summary.id] = status.startedAt
            if observed.condition == .exited { finished[summary.id] = observed }
        } catch where error.isNotFound {
            return nil
        }
        return observed
    }

    func forget(except ids: Set<String>) {
        addresses = addresses.filter { ids.contains($0.key) }
        finished = finished.filter { ids.contains($0.key) }
        started = started.filter { ids.contains($0.key) }
    }
}

extension RuntimeFailure {
    init(_ error: ContainerRuntimeError) {
        let kind: Kind
        switch error {
        case .unavailable, .cancelled: kind = .unavailable
        case .notFound: kind = .notFound
        case .deadlineExceeded: kind = .timedOut
        case .alreadyExists, .image, .failed: kind = .refused
        }
        self.init(kind, "\(error)")
    }
}

extension ObservedContainer.Condition {
    init(_ state: ContainerState) {
        switch state {
        case .created: self = .created
        case .running: self = .running
        case .exited: self = .exited
        case .unknown: self = .unknown
        }
    }
}
