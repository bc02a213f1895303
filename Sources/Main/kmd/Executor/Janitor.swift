import ArgumentParser
import ContainerRuntime
import Core
import KubeClient
import KubeObjects
import Logging
import NodeAgent
import NodeFiles

/// Removes what an executor left behind that died for good: containers whose pods, by the API server's own word, are gone.
///
/// Each executor starts one, a small process in a session of its own, that does nothing while the executor lives. When the executor has been
/// dead for `after` without a successor, it looks, again and again, for as long as there are containers: it starts the private
/// containerd, removes what nobody wants, and lets go. It never removes what the API server still has, or cannot be asked about. A
/// new executor sends it away and starts its own.
struct Janitor: Sendable {
    let options: ExecutorOptions
    let nodeName: String
    /// How long a node may be without an executor before its containers are looked through.
    let after: Duration
    /// How long one look may take, and the rest between two.
    var look: Duration = .seconds(60)
    var rest: Duration = .seconds(300)
    let time: any TimeSource = SystemTime()
    let logger: Logger

    /// Starts one for this executor, with the executor's own words. It is no executor's failure when that does not succeed.
    static func start(_ words: [String], dataDirectory: String, nodeName: String, logger: Logger) {
        do {
            try DetachedProcess.start(
                [RoleWiring.ownProgram, "executor-janitor"] + words + ["--node-name=\(nodeName)"], log: dataDirectory + "/janitor.log")
        } catch { logger.warning("no janitor: what this executor leaves behind stays until the next one comes", metadata: ["because": "\(error)"]) }
    }

    /// Runs until there is nothing more to look after: a successor is there, or no container is left.
    func run() async throws {
        // The one before ends when it sees that its executor has a successor.
        var own = try NodeLock.attempt("janitor.lock", in: options.dataDirectory)
        while own == nil, !Task.isCancelled {
            try? await time.sleep(for: .seconds(1))
            own = try NodeLock.attempt("janitor.lock", in: options.dataDirectory)
        }
        var deadSince: Instant?
        while !Task.isCancelled {
            if try isWithoutExecutor() {
                let since = deadSince ?? time.now
                deadSince = since
                if time.now - since >= after {
                    if try await cleanUp() { return logger.notice("no container is left; the janitor ends") }
                    try? await time.sleep(for: rest)
                    continue
                }
            } else if deadSince != nil {
                return logger.info("a new executor looks after the node; the janitor ends")
            }
            try? await time.sleep(for: min(after / 4, .seconds(5)))
        }
        _ = consume own
    }

    private func isWithoutExecutor() throws -> Bool { try NodeLock.attempt("executor.lock", in: options.dataDirectory) != nil }

    /// Whether nothing is left.
    private func cleanUp() async throws -> Bool {
        // Without the API server there is nothing that may be removed.
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-janitor")
        let isAnswered = (try? await kube.get("/version")) != nil
        guard isAnswered else {
            await kube.shutdown()
            return false
        }
        return try await cleanUp(kube)
    }

    private func cleanUp(_ kube: KubeClient) async throws -> Bool {
        // Held while this looks: an executor that comes meanwhile sends this process a signal, and waits for its end.
        guard let lock = try NodeLock.attempt("executor.lock", in: options.dataDirectory) else {
            await kube.shutdown()
            return false
        }
        logger.notice("this node has no executor; looking for containers that nobody wants", metadata: ["node": "\(nodeName)"])
        var containerd = options.containerd
        // The addresses of pods stay as they are.
        if let range = NodePodRange.inForce(ContainerdLayout(options.containerd).cniConfig) { containerd.podSubnet = "\(range)" }
        let runtime = try ContainerRuntime(options: containerd, endpoint: options.containerRuntimeEndpoint, logger: logger)
        let probes = NetworkProbes()
        let adapter = RuntimeAdapter(client: runtime.client)
        let agent = NodeAgent(
            NodeConfiguration(nodeName: nodeName, hostIP: options.nodeAddress),
            ports: NodePorts(
                runtime: adapter, api: PodAPIAdapter(client: kube, events: EventRecorder(client: kube, component: "kubelet", host: nodeName)),
                reporter: SilentReporter(), probes: probes, volumes: DiskVolumes(files: NodeFiles(root: options.dataDirectory)), time: time))
        let isEmpty = await withTaskGroup(of: Void.self, returning: Bool.self) { group in
            group.addTask { await runtime.run() }
            // It sees off the pods that are being deleted, and removes those that are gone: an executor's work, without Mesos.
            group.addTask { await agent.run() }
            group.addTask { await Informer.podsOfNode(nodeName, kube, time: time).run { await agent.take($0) } }
            let isEmpty = await untilEmpty(adapter)
            group.cancelAll()
            await runtime.stop()
            return isEmpty
        }
        await probes.shutdown()
        await kube.shutdown()
        _ = consume lock
        return isEmpty
    }

    private func untilEmpty(_ runtime: RuntimeAdapter) async -> Bool {
        let end = time.now + look
        while !Task.isCancelled, time.now < end {
            if let snapshot = try? await runtime.list(), snapshot.sandboxes.isEmpty, snapshot.containers.isEmpty { return true }
            try? await time.sleep(for: .seconds(1))
        }
        return false
    }
}

/// There is no Mesos to tell.
private struct SilentReporter: TaskReporter {
    func report(_ task: TaskID, _ state: TaskState, message: String) {}
}

extension Informer {
    /// The pods that the API server has given to a node.
    static func podsOfNode(
        _ name: String, _ kube: KubeClient, time: any TimeSource, failed: @escaping @Sendable (KubeClientError) -> Void = { _ in }
    ) -> Informer {
        Informer(kube, "/api/v1/pods", query: [("fieldSelector", "spec.nodeName=\(name)")], time: time, failed: failed)
    }
}

extension NodeAgent {
    /// What the API server says of this node's pods.
    func take(_ event: InformerEvent) async {
        switch event {
        case .synced(let pods): await send(.podsSynced(pods.map(Pod.init(json:))))
        case .added(let pod), .modified(let pod): await send(.podChanged(Pod(json: pod)))
        case .deleted(let pod): await send(.podDeleted(Pod(json: pod)))
        }
    }
}

/// What an executor starts beside itself; not for people.
struct JanitorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "executor-janitor", abstract: "Remove what a dead executor left behind. Executors start this.", shouldDisplay: false)
    @OptionGroup var flags: NodeFlags

    @Option(help: "The name of this machine as a node.")
    var nodeName: String

    func run() async throws {
        flags.common.bootstrapLogging()
        let server = try APIServerAddress(flags.apiServers, flag: "--api-servers")
        var options = ExecutorOptions(
            apiServer: server.text, dataDirectory: flags.common.dataDir, containerd: flags.executor.containerd(dataDirectory: flags.common.dataDir))
        options.containerRuntimeEndpoint = flags.executor.containerRuntimeEndpoint
        let janitor = Janitor(
            options: options, nodeName: nodeName, after: flags.executor.executorOrphanTimeout, logger: Logger(label: "janitor"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await janitor.run() }
            group.addTask { _ = await Signals.stopRequested() }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
    }
}
