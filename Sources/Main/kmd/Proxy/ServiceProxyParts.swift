import ContainerRuntime
import Core
import KubeClient
import Logging
import NodeAgent
import ServiceProxier
import ServiceProxy
import ServiceRouting

/// What a node's service proxy is to be.
struct ServiceProxyOptions: Sendable {
    /// It names the table and the bridge, as it names everything of this node.
    var dataDirectory: String
    /// The addresses of this node's pods; `nil`: it has none.
    var podRange: IPv4Range?
    /// The addresses of all pods.
    var clusterRange: IPv4Range?
    /// `nil`: what is not in use of the service range is not refused.
    var serviceRange: IPv4Range?
    /// Addresses in the service range that this node answers itself.
    var clusterDNS: [String] = []
    var nodeName: String
    /// Whether this node keeps routes to the pods of the others.
    var configuresRoutes: Bool

    init(
        dataDirectory: String, podRange: IPv4Range?, clusterRange: IPv4Range?, serviceRange: IPv4Range?, clusterDNS: [String] = [],
        nodeName: String, configuresRoutes: Bool = false
    ) {
        (self.dataDirectory, self.podRange, self.clusterRange) = (dataDirectory, podRange, clusterRange)
        (self.serviceRange, self.clusterDNS, self.nodeName, self.configuresRoutes) = (serviceRange, clusterDNS, nodeName, configuresRoutes)
    }
}

/// The service proxy of one node: what follows the API server, decides, and loads the rules. The executor holds one; `kmd proxy` is one.
struct ServiceProxyParts: Sendable {
    let proxier: ServiceProxier
    let filter: PacketFilter
    private let routes: NodeRouteKeeper?
    private let logger: Logger

    init(_ options: ServiceProxyOptions, logger: Logger, time: any TimeSource = SystemTime()) {
        let layout = ContainerdLayout(ContainerdOptions(dataDirectory: options.dataDirectory))
        let routing = RoutingConfiguration(
            table: layout.networkName, bridge: layout.bridge, podRange: options.podRange, clusterRange: options.clusterRange,
            serviceRange: options.serviceRange, clusterDNS: options.clusterDNS.compactMap { IPv4Address($0) }, nodeName: options.nodeName,
            bridgeIsFiltered: BridgeFiltering.isOn)
        filter = PacketFilter(
            PacketFilterOptions(routing: routing, lockFile: options.dataDirectory + "/proxy.lock"), logger: logger)
        proxier = ServiceProxier(
            state: ServiceProxierState(routing, startingAt: time.now),
            outlet: PacketFilterOutlet(filter: filter), time: time)
        routes = options.configuresRoutes
            ? NodeRouteKeeper(nodeName: options.nodeName, table: RouteTable(owner: layout.networkName, logger: logger), time: time, logger: logger) : nil
        self.logger = logger
    }

    /// Runs until cancelled. The rules stay, so that traffic goes on.
    func run(_ kube: KubeClient) async {
        if let missing = PacketFilter.missing { logger.error("\(missing)") }
        let (proxier, logger) = (proxier, logger)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await proxier.run() }
            if let routes { group.addTask { await routes.run(kube) } }
            group.addTask {
                await ServiceProxyParts.informer(kube, "/api/v1/services", logger).run { await proxier.tell(service: $0) }
            }
            group.addTask {
                await ServiceProxyParts.informer(kube, "/apis/discovery.k8s.io/v1/endpointslices", logger).run { await proxier.tell(slice: $0) }
            }
        }
    }

    private static func informer(_ kube: KubeClient, _ path: String, _ logger: Logger) -> Informer {
        Informer(
            kube, path,
            failed: { error in logger.info("services cannot be followed just now", metadata: ["path": "\(path)", "error": "\(error)"]) })
    }
}

extension ServiceProxier {
    fileprivate nonisolated func tell(service event: InformerEvent) async {
        switch event {
        case .synced(let all): await tell(.servicesSynced(all.compactMap(Service.init(json:))))
        case .added(let object), .modified(let object):
            if let service = Service(json: object) { await tell(.serviceChanged(service)) }
        case .deleted(let object):
            if let service = Service(json: object) { await tell(.serviceGone(service.key)) }
        }
    }

    fileprivate nonisolated func tell(slice event: InformerEvent) async {
        switch event {
        case .synced(let all): await tell(.slicesSynced(all.compactMap(EndpointSlice.init(json:))))
        case .added(let object), .modified(let object):
            // One that belongs to no service any more is as good as gone.
            if let slice = EndpointSlice(json: object) { await tell(.sliceChanged(slice)) } else { fallthrough }
        case .deleted(let object):
            await tell(.sliceGone(
                namespace: object.at("metadata", "namespace")?.string ?? "", name: object.at("metadata", "name")?.string ?? ""))
        }
    }
}

/// The packet filter, as the proxier wants it.
struct PacketFilterOutlet: RuleOutlet {
    let filter: PacketFilter
    func replace(_ contents: RuleContents, forgetting flows: Set<DatagramFlow>) async -> Bool {
        await filter.replace(contents, forgetting: flows)
    }
    func apply(_ change: RuleChange) async -> Bool { await filter.apply(change) }
    func isIntact(_ expected: RoutingTable) async -> Bool? { await filter.isIntact(expected) }
}

/// What pods need to know of services, from what the proxier has read and done.
struct NodeServicesAdapter: NodeServicesPort {
    let proxier: ServiceProxier
    let time: any TimeSource

    /// At its start a node may launch pods before it has read the services: a moment's patience spares them a failed attempt.
    func variables(namespace: String, links: Bool) async -> [(name: String, value: String)]? {
        let deadline = time.now + .seconds(5)
        while !Task.isCancelled {
            if let variables = await proxier.variables(namespace: namespace, links: links) { return variables }
            guard time.now < deadline else { break }
            try? await time.sleep(for: .milliseconds(50))
        }
        return nil
    }

    func released(_ address: String) async {
        guard let address = IPv4Address(address) else { return }
        while !Task.isCancelled, await proxier.mayRoute(to: address) { try? await time.sleep(for: .milliseconds(20)) }
    }
}
