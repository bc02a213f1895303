import Core
import Logging

/// The container runtime of one node: the client, and the private containerd behind it unless another one was named.
///
///     let runtime = try ContainerRuntime(options: ContainerdOptions(dataDirectory: data), endpoint: nil, logger: logger)
///     try await withThrowingTaskGroup(of: Void.self) { group in
///         group.addTask { await runtime.run() }
///         try await runtime.waitUntilReady()
///         let sandbox = try await runtime.client.runPodSandbox(config)
///         …
///         await runtime.stop()   // containerd ends, pods run on
///     }
public final class ContainerRuntime: Sendable {
    public let client: CRIClient
    /// nil when the runtime is somebody else's (`--container-runtime-endpoint`): then nothing is started, imported or mended.
    public let supervisor: ContainerdSupervisor?
    private let logger: Logger
    private let time: any TimeSource

    /// - Parameter endpoint: `--container-runtime-endpoint`; nil for a private containerd.
    public init(
        options: ContainerdOptions, endpoint: String? = nil, deadlines: CRIClient.Deadlines = CRIClient.Deadlines(),
        logger: Logger,
        time: any TimeSource = SystemTime()
    ) throws(ContainerRuntimeError) {
        self.logger = logger
        self.time = time
        if let endpoint {
            supervisor = nil
            client = try CRIClient(endpoint: endpoint, deadlines: deadlines, logger: logger)
        } else {
            let supervisor = ContainerdSupervisor(options: options, logger: logger, time: time)
            self.supervisor = supervisor
            let strays = StrayShims(layout: supervisor.layout, logger: logger, time: time)
            client = try CRIClient(
                endpoint: supervisor.layout.endpoint, deadlines: deadlines, cgroup: supervisor.layout.cgroup, logger: logger,
                repairNetwork: { await supervisor.repairNetwork($0) }, waitForImports: { await supervisor.waitForImports() },
                sandboxRemoved: { await strays.end(of: $0) })
        }
    }

    /// Holds the connection and the supervision; ends when cancelled or after `stop()`.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                do { try await self.client.run() } catch {
                    if !(error is CancellationError) {
                        self.logger.error("the connection to the container runtime ended", metadata: ["why": "\(error)"])
                    }
                }
            }
            if let supervisor { group.addTask { await supervisor.run(client: self.client) } }
            await group.waitForAll()
        }
    }

    /// Returns as soon as the runtime serves.
    ///
    /// - Throws: `.unavailable` with the reason (for instance what has to be installed) after `patience`, or when cancelled `.cancelled`.
    @discardableResult
    public func waitUntilReady(patience: Duration = .seconds(60)) async throws(ContainerRuntimeError) -> RuntimeVersion {
        let deadline = time.now + patience
        while true {
            if let supervisor {
                if case .ready(let version, _) = supervisor.state { return version }
            } else if let version = try? await client.version(within: .seconds(2)) {
                return version
            }
            if time.now >= deadline { throw .unavailable(whyNotReady) }
            do { try await time.sleep(for: .milliseconds(20)) } catch { throw .cancelled }
        }
    }

    /// Ends the private containerd, if it is ours; pods run on in any case. `run()` returns then.
    public func stop() async {
        await supervisor?.stop()
        client.shutdown()
    }

    private var whyNotReady: String {
        switch supervisor?.state {
        case .down(let reason, _): reason
        case nil: "nothing answers at \(client.socketPath): is the container runtime running?"
        default: "containerd is still starting"
        }
    }
}
