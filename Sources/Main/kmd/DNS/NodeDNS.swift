import ContainerRuntime
import Core
import DNS
import Logging
import ServiceRouting

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The DNS server that each node has: it owns the cluster's DNS address on its machine, so pods resolve names with nothing deployed,
/// and go on to do so while the API server is away.
struct NodeDNS: Sendable {
    let options: ExecutorOptions
    let time: any TimeSource
    let logger: Logger

    /// Runs until cancelled. What fails is told and tried again; pods run meanwhile.
    func run() async {
        guard let address = options.clusterDNS.first else { return }
        if let range = options.serviceRange, IPv4Address(address).map(range.contains) != true {
            // Somebody else's server: taking its address over would cut this machine off from it.
            return logger.notice(
                "the cluster's DNS address is no service's; this node does not answer there", metadata: ["address": "\(address)"])
        }
        let directory = options.dataDirectory + "/dns"
        mkdir(directory, 0o755)
        var dns = ClusterDNS.Options()
        (dns.addresses, dns.domain) = ([(address, 53)], options.clusterDomain)
        (dns.apiServer, dns.zoneFile) = (options.apiServer, directory + "/zone")
        let ranges = [options.containerd.podSubnet] + (options.serviceRange.map { ["\($0)"] } ?? [])
        dns.reverseZones = ranges.flatMap { ReverseZones.of($0) ?? [] }
        dns.stubDomains = options.dnsStubDomains
        let own = ServiceAddress(dataDirectory: options.dataDirectory, logger: logger)
        var failures = 0
        while !Task.isCancelled {
            do {
                try await own.assure(address)
                dns.upstreams = options.dnsUpstreams ?? DNSListenFlags.systemServers()
                try await ClusterDNS(options: dns, logger: logger).run()
            } catch {
                logger.error(
                    "no DNS for this node's pods; trying again",
                    metadata: ["address": "\(address)", "error": "\(error)"])
            }
            failures += 1
            try? await time.sleep(for: .seconds(min(2 * failures, 30)))
        }
    }
}
