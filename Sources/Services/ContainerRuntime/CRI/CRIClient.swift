import CRIProto
import Core
import GRPCCore
import GRPCKit
import GRPCNIOTransportHTTP2Posix
import Logging

/// The container runtime, over its unix socket: each call of the CRI that kubelet uses, with our own values, a deadline and typed errors.
///
/// The connection lives in `run()`, which somebody must own; calls made while it does not run fail with `.unavailable`.
/// It connects again by itself when the runtime comes back. Calls are safe from any task, many at once.
public final class CRIClient: Sendable {
    /// How long calls may take.
    public struct Deadlines: Sendable {
        /// Calls that only read.
        public var query: Duration = .seconds(10)
        /// Calls that make, start or remove something.
        public var change: Duration = .seconds(120)
        /// A pull, however large the image.
        public var pull: Duration = .seconds(1800)
        public init() {}
    }

    /// The path of the runtime's socket.
    public let socketPath: String
    let logger: Logger
    let deadlines: Deadlines
    /// Mends the pod network after a failed `runPodSandbox`; true when it did something and another try is worth it.
    let repairNetwork: (@Sendable (_ message: String) async -> Bool)?
    /// Returns when no import of an image archive is under way or to come.
    let waitForImports: (@Sendable () async -> Void)?
    let sandboxRemoved: (@Sendable (_ id: String) async -> Void)?
    /// The cgroup above all sandboxes whose config names none; empty leaves it to the runtime.
    private let cgroup: String
    private let client: GRPCClient<HTTP2ClientTransport.Posix>
    let runtime: Runtime_V1_RuntimeService.Client<HTTP2ClientTransport.Posix>
    let images: Runtime_V1_ImageService.Client<HTTP2ClientTransport.Posix>

    /// - Parameters:
    ///   - endpoint: `unix:///run/containerd/containerd.sock` or the bare path.
    ///   - cgroup: the parent of sandboxes whose config names none.
    ///   - repairNetwork: see `ContainerdSupervisor.repairNetwork`; nil leaves the network alone.
    ///   - waitForImports: awaited before an image is said to be absent.
    ///   - sandboxRemoved: awaited after the runtime has removed a sandbox.
    public init(
        endpoint: String, deadlines: Deadlines = Deadlines(), cgroup: String = "", logger: Logger,
        repairNetwork: (@Sendable (_ message: String) async -> Bool)? = nil, waitForImports: (@Sendable () async -> Void)? = nil,
        sandboxRemoved: (@Sendable (_ id: String) async -> Void)? = nil
    ) throws(ContainerRuntimeError) {
        socketPath = try Self.path(ofEndpoint: endpoint)
        self.deadlines = deadlines
        self.logger = logger
        self.repairNetwork = repairNetwork
        self.waitForImports = waitForImports
        self.sandboxRemoved = sandboxRemoved
        self.cgroup = cgroup
        let transport: HTTP2ClientTransport.Posix
        do {
            // containerd is next door and back in 0.1 s: look for it soon and often.
            transport = try .http2NIOPosix(
                target: .unixDomainSocket(path: socketPath, authority: "localhost"), transportSecurity: .plaintext,
                config: .defaults { config in
                    config.backoff.initial = .milliseconds(50)
                    config.backoff.max = .milliseconds(500)
                    config.connection.maxIdleTime = nil
                    config.channelDebuggingCallbacks = .answeringPings
                })
        } catch {
            throw .unavailable("cannot prepare a connection to \(socketPath): \(error)")
        }
        client = GRPCClient(transport: transport)
        runtime = Runtime_V1_RuntimeService.Client(wrapping: client)
        images = Runtime_V1_ImageService.Client(wrapping: client)
    }

    /// Holds the connection until `shutdown()` or until the task is cancelled. To be called once.
    public func run() async throws {
        try await client.runConnections()
    }

    /// Ends `run()` after the calls under way.
    public func shutdown() { client.beginGracefulShutdown() }

    /// One call: options and errors are the same for all.
    func call<Answer: Sendable>(
        _ name: String, deadline: Duration, _ body: (CallOptions) async throws -> Answer
    ) async throws(ContainerRuntimeError) -> Answer {
        var options = CallOptions.defaults
        options.timeout = deadline
        // A list of a thousand containers is longer than gRPC's usual 4 MB; containerd itself stops at 16 MB.
        options.maxResponseMessageBytes = 16 << 20
        options.waitForReady = false
        do {
            return try await body(options)
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw ContainerRuntimeError(error, call: name, deadline: deadline)
        }
    }

    /// The config as the runtime gets it.
    func message(for config: SandboxConfig) -> Runtime_V1_PodSandboxConfig {
        var placed = config
        if placed.cgroupParent.isEmpty { placed.cgroupParent = cgroup }
        return Runtime_V1_PodSandboxConfig(placed)
    }

    /// `unix:///a/b`, `unix:/a/b` or `/a/b`, at most 107 bytes: what a unix socket's address holds.
    static func path(ofEndpoint endpoint: String) throws(ContainerRuntimeError) -> String {
        var path = endpoint[...]
        if path.hasPrefix("unix://") { path = path.dropFirst(7) } else if path.hasPrefix("unix:") { path = path.dropFirst(5) }
        guard path.hasPrefix("/") else {
            throw .unavailable("the endpoint \"\(endpoint)\" is not a unix socket: write unix:///run/containerd/containerd.sock")
        }
        guard path.utf8.count < 108 else {
            throw .unavailable(
                "the socket's path \(path) has \(path.utf8.count) bytes, and the system allows 107: choose a shorter one")
        }
        return String(path)
    }
}
