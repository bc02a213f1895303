import ArgumentParser
import ContainerRuntime
import Core
import Logging
import Mesos
import ServiceRouting

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The process that a Mesos agent starts on its node.
struct ExecutorProcess {
    let common: CommonFlags
    let apiServers: String
    let flags: ExecutorFlags
    let network: ServiceNetworkFlags
    let pods: PodNetworkFlags

    func run() async throws {
        var options = ExecutorOptions(
            apiServer: apiServers, dataDirectory: common.dataDir, containerd: flags.containerd(dataDirectory: common.dataDir))
        let environment = ExecutorProcess.environment()
        let found: ExecutorEnvironment
        do { found = try ExecutorEnvironment(environment: environment) } catch { throw PlainFailure("\(error)") }
        options.nodeAddress = flags.nodeAddress ?? NodeAddress.detected(environment, agent: found.agent.host)
        options.nodePort = flags.nodePort
        (options.podRange, options.clusterRange) = (flags.podCidr.flatMap { IPv4Range($0) }, pods.range)
        options.configuresRoutes = flags.configureRoutes
        options.containerRuntimeEndpoint = flags.containerRuntimeEndpoint
        options.clusterDNS = flags.clusterDNS.map { [$0] } ?? []
        options.dnsUpstreams = flags.dnsUpstream.flatMap(DNSListenFlags.servers)
        options.dnsStubDomains = DNSListenFlags.stubs(flags.dnsStubDomain)
        options.janitorWords = flags.executorOrphanTimeout > .zero ? Array(Invocation.current.words.dropFirst()) : nil
        options.idleTimeout = flags.executorSuicideTimeout > .zero ? flags.executorSuicideTimeout : nil
        options.clusterDomain = flags.clusterDomain
        options.serviceRange = network.range
        // On an agent's node nothing of ours has run before.
        try DataFiles.prepare(common.dataDir)
        let lock = try NodeLock.ofExecutor(in: common.dataDir)
        let role = ExecutorRole(options: options, logger: Logger(label: "executor"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await role.run(environment: environment) }
            group.addTask { _ = await Signals.stopRequested() }
            try await group.next()
            group.cancelAll()
            try await group.waitForAll()
        }
        _ = consume lock
    }

    private static func environment() -> [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") { variables[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
            next += 1
        }
        return variables
    }
}
