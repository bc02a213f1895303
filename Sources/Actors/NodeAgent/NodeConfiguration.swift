import Core
import KubeObjects

/// What is fixed for a node agent's life.
public struct NodeConfiguration: Sendable {
    public var nodeName: String
    /// The node's own address.
    public var hostIP: String
    /// Addresses of the cluster's DNS; empty: pods use the host's resolv.conf.
    public var clusterDNS: [String] = []
    public var clusterDomain = "cluster.local"
    /// The memory of the node in bytes, for limits that refer to it.
    public var memory: Int64 = 0
    /// How many steps on the runtime (sandboxes, pulls, starts) may be under way at once.
    public var concurrentSteps = 6
    public var relistPeriod: Duration = .seconds(1)

    public init(nodeName: String, hostIP: String) { (self.nodeName, self.hostIP) = (nodeName, hostIP) }
}

/// Everything that a node agent talks to.
public struct NodePorts: Sendable {
    public var runtime: any ContainerRuntimePort
    public var api: any PodAPI
    public var reporter: any TaskReporter
    public var probes: any ProbeRunner
    public var volumes: any VolumePort
    public var services: any NodeServicesPort
    public var time: any TimeSource
    public init(
        runtime: any ContainerRuntimePort, api: any PodAPI, reporter: any TaskReporter, probes: any ProbeRunner, volumes: any VolumePort,
        services: any NodeServicesPort = NoServices(), time: any TimeSource = SystemTime()
    ) {
        (self.runtime, self.api, self.reporter, self.probes) = (runtime, api, reporter, probes)
        (self.volumes, self.services, self.time) = (volumes, services, time)
    }
}

/// Lets so many through at once; the others wait in order.
actor Gate {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []
    init(_ places: Int) { free = max(1, places) }

    private func enter() async {
        if free > 0 {
            free -= 1
            return
        }
        // Who is inside always leaves, so a waiter need not be woken by cancellation.
        await withCheckedContinuation { waiting.append($0) }
    }
    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }

    nonisolated func pass<T: Sendable>(_ body: @Sendable () async -> T) async -> T {
        await enter()
        let value = await body()
        await leave()
        return value
    }
}
