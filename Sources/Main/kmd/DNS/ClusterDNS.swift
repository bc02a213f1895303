import Core
import DNS
import DNSRegistrar
import KubeClient
import Logging
import NIOCore

/// DNS for a cluster in one process: names from the API server or from a file, a server, and others to ask.
struct ClusterDNS: Sendable {
    struct Options: Sendable {
        /// Where to listen; empty: names are only followed and written.
        var addresses: [(host: String, port: Int)] = []
        var domain = "cluster.local"
        /// The API server; `nil`: names come from `zoneFile`, which somebody else writes.
        var apiServer: String?
        /// Where the last known names are kept; an absolute path.
        var zoneFile: String?
        var upstreams: [UpstreamServer] = []
        var stubDomains: [DNSName: [UpstreamServer]] = [:]
        /// Reverse zones that are ours alone.
        var reverseZones: [DNSName] = []
        var ttl = 5
        var followsPods = false
    }

    let options: Options
    let logger: Logger
    let time: any TimeSource = SystemTime()

    /// Runs until cancelled.
    /// - Parameter ready: called once when it listens, with the addresses.
    /// - Throws: when it cannot listen.
    func run(ready: @escaping @Sendable ([SocketAddress]) -> Void = { _ in }) async throws {
        let table = try makeTable()
        let file = options.zoneFile.map(ZoneDiskFile.init(path:))
        let domain = text(of: table.options.domain)
        if let table = options.addresses.isEmpty ? nil : table, let file { await load(file, domain, table) }
        let server = try await listen(table, ready)
        await withTaskGroup(of: Void.self) { group in
            if let server { group.addTask { await server.run() } }
            group.addTask {
                if let apiServer = options.apiServer {
                    await follow(apiServer, options.addresses.isEmpty ? nil : table, file, domain)
                } else if let file {
                    await watch(file, domain, table)
                } else {
                    try? await time.sleep(for: .seconds(1 << 40))
                }
            }
            await group.waitForAll()
        }
        await server?.shutdown()
    }

    private func makeTable() throws -> ZoneTable {
        guard let domain = DNSName(options.domain) else { throw PlainFailure("'\(options.domain)' is no domain name") }
        var table = ZoneTable.Options(domain: domain)
        table.reverseZones = options.reverseZones
        table.serverAddresses = options.addresses.compactMap {
            ["0.0.0.0", "::"].contains($0.host) ? nil : AddressText.data(of: $0.host)
        }
        table.ttl = UInt32(clamping: options.ttl)
        table.serial = UInt32(truncatingIfNeeded: time.wallClock.secondsSinceEpoch)
        table.answersAnyPodAddress = !options.followsPods
        return ZoneTable(table)
    }

    private func text(of domain: DNSName) -> String { String(domain.description.dropLast()).lowercased() }

    private func listen(_ table: ZoneTable, _ ready: @Sendable ([SocketAddress]) -> Void) async throws -> DNSServer? {
        guard !options.addresses.isEmpty else {
            ready([])
            return nil
        }
        let upstreams = Upstreams(servers: options.upstreams, stubDomains: options.stubDomains)
            .excluding { server in options.addresses.contains { DNSServer.listens($0, at: server) } }
        let forwarder = Forwarder(Forwarder.Options(upstreams: upstreams), transport: SocketTransport(), logger: logger)
        let server = DNSServer(
            table: table, forwarder: forwarder, options: DNSServer.Options(addresses: options.addresses), logger: logger)
        ready(try await server.start())
        return server
    }

    private func load(_ file: ZoneDiskFile, _ domain: String, _ table: ZoneTable) async {
        let bytes = await file.read()
        guard let names = ZoneFile.read(bytes, domain: domain) else {
            if !bytes.isEmpty {
                logger.warning("the zone on disk is not whole, or another cluster's", metadata: ["file": "\(file.path)"])
            }
            return
        }
        table.replace(with: names.compactMap(ZoneEdit.init))
        logger.info("serving the zone as it was last known", metadata: ["names": "\(names.count)"])
    }

    private func follow(_ apiServer: String, _ table: ZoneTable?, _ file: ZoneDiskFile?, _ domain: String) async {
        let client = KubeClient(server: apiServer, userAgent: "kmd-dns")
        var registrarOptions = DNSRegistrarState.Options(domain: domain)
        (registrarOptions.ttl, registrarOptions.followsPods) = (options.ttl, options.followsPods)
        let registrar = DNSRegistrar(
            state: DNSRegistrarState(registrarOptions, startingAt: time.now), outlet: ZoneTableOutlet(table: table, file: file),
            time: time)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await registrar.run() }
            group.addTask {
                await DNSFeeds(client: client, registrar: registrar, followsPods: options.followsPods, logger: logger).run()
            }
            await group.waitForAll()
        }
        await client.shutdown()
    }

    /// Takes the file up each time that its writer has put a new one in place.
    private func watch(_ file: ZoneDiskFile, _ domain: String, _ table: ZoneTable) async {
        var known: ZoneDiskFile.Version?
        while !Task.isCancelled {
            let version = await file.version()
            if let version, version != known {
                known = version
                await load(file, domain, table)
            }
            try? await time.sleep(for: .milliseconds(500))
        }
    }
}
