import ContainerRuntime
import Core
import DNS
import HTTPKit
import JSON
import KubeClient
import KubeObjects
import Logging
import Mesos
import NodeAgent
import NodeFiles
import NodeServer
import ServiceRouting

/// What an executor is started with.
struct ExecutorOptions: Sendable {
    var apiServer: String
    var dataDirectory: String
    /// Of the node server, and what the node gives as its own.
    var nodeAddress = "127.0.0.1"
    var nodePort = 10250
    var containerRuntimeEndpoint: String?
    /// The addresses of this node's pods; `nil`: what the node's `spec.podCIDR` says.
    var podRange: IPv4Range?
    /// The addresses of all pods of the cluster.
    var clusterRange: IPv4Range?
    /// Whether this node keeps routes to the pods of the others.
    var configuresRoutes = false
    var containerd: ContainerdOptions
    var clusterDNS: [String] = []
    /// Servers to ask about names that are not the cluster's; `nil`: those of /etc/resolv.conf.
    var dnsUpstreams: [UpstreamServer]?
    var dnsStubDomains: [DNSName: [UpstreamServer]] = [:]
    var clusterDomain = "cluster.local"
    /// The words of this executor's command line, for its janitor; `nil`: it has none.
    var janitorWords: [String]?
    /// An executor ends when nothing has run on its node for so long; `nil`: never.
    var idleTimeout: Duration? = .seconds(1200)
    /// Where service addresses come from.
    var serviceRange: IPv4Range?
}

/// The executor: runs pods on a Mesos agent.
///
/// Mesos says what to launch and kill; the API server says what has become of the pods; the container runtime does the work. When the
/// executor ends, in order or not, the containers run on, and the next one adopts them.
struct ExecutorRole: Sendable {
    let options: ExecutorOptions
    let logger: Logger
    let time: any TimeSource = SystemTime()

    /// Runs until cancelled, or until Mesos has no use for this executor any more.
    func run(environment: [String: String]) async throws {
        let mesos = MesosExecutorClient(try ExecutorEnvironment(environment: environment), logger: logger)
        let kube = KubeClient(server: options.apiServer, userAgent: "kmd-executor")
        let outcome: Result<Void, any Error>
        do {
            outcome = .success(try await run(mesos, kube))
        } catch {
            outcome = .failure(error)
        }
        await kube.shutdown()
        try outcome.get()
    }

    /// The node's name comes with the agent's first word, the pods' addresses with the node; then the runtime starts, and all that uses it.
    private func run(_ mesos: MesosExecutorClient, _ kube: KubeClient) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await mesos.run() }
            let fence = try DurableTermFence(dataDirectory: options.dataDirectory, framework: mesos.environment.frameworkID)
            if let host = await agent(mesos.events), let pods = await podRange(of: host, kube) {
                if let words = options.janitorWords {
                    Janitor.start(words, dataDirectory: options.dataDirectory, nodeName: host.hostname, logger: logger)
                }
                var containerd = options.containerd
                containerd.podSubnet = "\(pods)"
                let runtime = try ContainerRuntime(options: containerd, endpoint: options.containerRuntimeEndpoint, logger: logger)
                group.addTask { await runtime.run() }
                await serve(mesos, host, runtime, kube, pods, fence)
                // containerd ends, the pods stay with their shims.
                await runtime.stop()
            }
            group.cancelAll()
        }
    }

    private func agent(_ events: EventChannel<ExecutorEvent>) async -> ExecutorAgent? {
        for await event in events {
            if case .subscribed(let agent, _, _, _, _) = event { return agent }
            if case .agentGone(let why) = event { logger.error("no agent takes this executor", metadata: ["why": "\(why)"]) }
        }
        return nil
    }

    private func podRange(of host: ExecutorAgent, _ kube: KubeClient) async -> IPv4Range? {
        let finder = NodePodRange(client: kube, nodeName: host.hostname, fixed: options.podRange, time: time, logger: logger)
        let before = NodePodRange.inForce(ContainerdLayout(options.containerd).cniConfig)
        guard let range = await finder.find(before: before) else { return nil }
        if let before, before != range, options.containerRuntimeEndpoint == nil {
            // The node was registered anew: whoever had pods here has given them up, and their addresses may be another node's by now.
            logger.warning("this node's pods have other addresses now; those that are left are removed", metadata: ["before": "\(before)", "now": "\(range)"])
            let report = await ContainerRuntimeCleanup.run(options.containerd, logger: logger)
            if !report.failed.isEmpty { logger.error("\(report)") }
        }
        return range
    }

    private func serve(
        _ mesos: MesosExecutorClient, _ host: ExecutorAgent, _ runtime: ContainerRuntime, _ kube: KubeClient, _ pods: IPv4Range,
        _ fence: DurableTermFence
    ) async {
        let proxy = ServiceProxyParts(
            ServiceProxyOptions(
                dataDirectory: options.dataDirectory, podRange: pods, clusterRange: options.clusterRange, serviceRange: options.serviceRange,
                clusterDNS: options.clusterDNS, nodeName: host.hostname, configuresRoutes: options.configuresRoutes),
            logger: logger, time: time)
        let recorder = EventRecorder(client: kube, component: "kubelet", host: host.hostname)
        let reporter = MesosReporter(client: mesos, logger: logger)
        let probes = NetworkProbes()
        let agent = nodeAgent(host, runtime, PodAPIAdapter(client: kube, events: recorder), reporter, probes, proxy)
        let server = HTTPServer(
            host: options.nodeAddress, port: options.nodePort,
            service: NodeServer(backend: NodeBackendAdapter(runtime: runtime.client, agent: agent, time: time)), logger: logger)
        let status = nodeStatus(kube, runtime, host, await listen(server))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await recorder.run() }
            group.addTask { await reporter.run() }
            group.addTask { await agent.run() }
            group.addTask { await proxy.run(kube) }
            group.addTask { [logger] in
                await Informer.podsOfNode(host.hostname, kube, time: time) { error in
                    logger.info("the node's pods cannot be followed just now", metadata: ["error": "\(error)"])
                }.run { await agent.take($0) }
            }
            group.addTask { await status.run() }
            group.addTask { await NodeDNS(options: options, time: time, logger: logger).run() }
            let ending = await ExecutorEvents(
                agent: agent, mesos: mesos, reporter: reporter, host: host, fence: fence, time: time, logger: logger
            ).run(idleTimeout: options.idleTimeout)
            group.cancelAll()
            await group.waitForAll()
            // Nobody runs pods here any more, and nobody has to: Mesos' master vouches for its agent again.
            if ending == .idle { await status.handOver() }
        }
        await server.shutdown(grace: .seconds(1))
        await probes.shutdown()
    }

    private func nodeAgent(
        _ host: ExecutorAgent, _ runtime: ContainerRuntime, _ api: PodAPIAdapter, _ reporter: MesosReporter, _ probes: NetworkProbes,
        _ proxy: ServiceProxyParts
    ) -> NodeAgent {
        var node = NodeConfiguration(nodeName: host.hostname, hostIP: options.nodeAddress)
        (node.clusterDNS, node.clusterDomain, node.memory) = (options.clusterDNS, options.clusterDomain, Machine.memory)
        return NodeAgent(
            node,
            ports: NodePorts(
                runtime: RuntimeAdapter(client: runtime.client) { await proxy.filter.bridgeMayHaveChanged() }, api: api, reporter: reporter, probes: probes,
                volumes: DiskVolumes(files: NodeFiles(root: options.dataDirectory)),
                services: NodeServicesAdapter(proxier: proxy.proxier, time: time), time: time))
    }

    /// A port that is taken is tried again for a while: the executor before this one may be on its way out.
    private func listen(_ server: HTTPServer) async -> Int {
        while !Task.isCancelled {
            do { return try await server.start() } catch {
                logger.error(
                    "the node server cannot listen; logs and exec do not work until it can",
                    metadata: ["address": "\(options.nodeAddress):\(options.nodePort)", "error": "\(error)"])
                try? await time.sleep(for: .seconds(1))
            }
        }
        return options.nodePort
    }

    private func nodeStatus(_ kube: KubeClient, _ runtime: ContainerRuntime, _ host: ExecutorAgent, _ port: Int) -> NodeStatusReporter {
        NodeStatusReporter(
            client: kube, nodeName: host.hostname, address: options.nodeAddress, port: port,
            runtimeVersion: { try? await runtime.client.version(within: .seconds(5)).nodeText }, time: time, logger: logger)
    }
}
