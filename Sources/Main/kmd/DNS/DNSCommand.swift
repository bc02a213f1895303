import ArgumentParser
import DNS
import Logging
import NIOCore
import Telemetry

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// `kmd dns`: the cluster's DNS as processes of its own. Executors have it built in.
struct DNSCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dns", abstract: "Serve the cluster's DNS.",
        discussion: """
            kmd dns follows the API server and answers. registrar, server and healthz are its parts, for a pod that has them as \
            containers: the registrar writes the zone to a file, the server answers from it.
            """,
        subcommands: [DNSServeCommand.self, DNSRegistrarCommand.self, DNSServerCommand.self, DNSHealthCommand.self],
        defaultSubcommand: DNSServeCommand.self)
}

/// Flags that say which names are ours.
struct DNSZoneFlags: ParsableArguments {
    @Option(
        name: [.customLong("cluster-domain"), .customLong("domain")],
        help: "The domain of the cluster, with or without a final dot.")
    var domain = "cluster.local"

    @Option(help: "Seconds for which an answer may be remembered.")
    var ttl = 5

    @Option(name: .customLong("v"), help: "How much to log on stderr: 0 warnings, 1 notices, 2 information, 3 debug, 4 all.")
    var verbosity = 0

    func validate() throws {
        guard let name = DNSName(domain), name != .root else { throw ValidationError("--domain: '\(domain)' is no domain name.") }
        guard (0...86400).contains(ttl) else { throw ValidationError("--ttl must be between 0 and 86400, not \(ttl).") }
    }
}

/// Flags that say where names come from.
struct DNSSourceFlags: ParsableArguments {
    @Option(
        name: [.customLong("api-servers"), .customLong("kube-master-url")],
        help: """
            The API server: host:port, or a URL; several of one cluster with commas. What KUBERNETES_MASTER says, the service kubernetes within a pod, or 127.0.0.1:8888, \
            when not given.
            """)
    var apiServers: String?

    @Flag(help: "Give names only to pods that are there, instead of to any address of a namespace; every pod is followed then.")
    var verifyPods = false

    func address() throws -> String {
        let service = Invocation.variable("KUBERNETES_SERVICE_HOST").map { host in
            (host.contains(":") ? "[\(host)]" : host) + ":" + (Invocation.variable("KUBERNETES_SERVICE_PORT") ?? "443")
        }
        return try APIServerAddress(
            apiServers, flag: "--api-servers", environment: Invocation.variable("KUBERNETES_MASTER") ?? service
        ).text
    }
}

/// Flags of what listens and asks others.
struct DNSListenFlags: ParsableArguments {
    @Option(name: [.customLong("address"), .customLong("addr")], help: "The IP address to listen on, or address:port.")
    var address = "127.0.0.1"

    @Option(help: "The port to listen on, by UDP and TCP.")
    var port = 53

    @Option(
        help:
            "DNS servers to ask about other names: addresses with commas; those of /etc/resolv.conf when not given, none for 'none'."
    )
    var upstream: String?

    @Option(
        help: "Names of a domain that other servers know: example.com=10.0.0.2, several servers with commas; may be repeated.")
    var stubDomain: [String] = []

    @Option(
        help: "The addresses of services and pods, as ranges with commas (10.10.10.0/24): nobody else is asked about their names."
    )
    var reverseRanges: String?

    func validate() throws {
        try Flags.checkPort(port, "--port")
        guard UpstreamServer(address) != nil || UpstreamServer("[\(address)]") != nil else {
            throw ValidationError("--address: '\(address)' is no IP address.")
        }
        try DNSListenFlags.check(upstream: upstream, "--upstream", stubs: stubDomain, "--stub-domain")
        for range in reverseRanges?.split(separator: ",") ?? [] where ReverseZones.of(String(range)) == nil {
            throw ValidationError("--reverse-ranges: '\(range)' is no range of addresses, as 10.10.10.0/24 is.")
        }
    }

    func apply(to options: inout ClusterDNS.Options) {
        let listen = UpstreamServer(address)?.address
        let host = listen?.ipAddress ?? address
        options.addresses = [(host, address == host ? port : listen?.port ?? port)]
        options.upstreams = upstream.flatMap(DNSListenFlags.servers) ?? DNSListenFlags.systemServers()
        options.stubDomains = DNSListenFlags.stubs(stubDomain)
        options.reverseZones = reverseRanges?.split(separator: ",").flatMap { ReverseZones.of(String($0)) ?? [] } ?? []
    }

    static func systemServers() -> [UpstreamServer] {
        Upstreams.servers(resolvConf: String(decoding: DataFiles.read("/etc/resolv.conf"), as: UTF8.self))
    }

    /// A list with commas; `none` is an empty one.
    static func servers(_ text: String) -> [UpstreamServer]? {
        text == "none" ? [] : text.split(separator: ",").compactMap { UpstreamServer(String($0)) }
    }

    static func stubs(_ texts: [String]) -> [DNSName: [UpstreamServer]] {
        var stubs: [DNSName: [UpstreamServer]] = [:]
        for (domain, servers) in texts.compactMap(stub) { stubs[domain, default: []] += servers }
        return stubs
    }

    static func check(upstream: String?, _ upstreamFlag: String, stubs: [String], _ stubFlag: String) throws {
        for server in (upstream == "none" ? nil : upstream)?.split(separator: ",") ?? []
        where UpstreamServer(String(server)) == nil {
            throw ValidationError("\(upstreamFlag): '\(server)' is no IP address, nor address:port.")
        }
        for text in stubs where stub(text) == nil { throw ValidationError("\(stubFlag): '\(text)' is not domain=address.") }
    }

    private static func stub(_ text: String) -> (DNSName, [UpstreamServer])? {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let domain = DNSName(parts[0]) else { return nil }
        let servers = parts[1].split(separator: ",").map { UpstreamServer(String($0)) }
        guard !servers.isEmpty, servers.allSatisfy({ $0 != nil }) else { return nil }
        return (domain, servers.compactMap { $0 })
    }
}

/// Both halves in one process.
struct DNSServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Follow the API server and answer, in one process.")
    @OptionGroup var zone: DNSZoneFlags
    @OptionGroup var source: DNSSourceFlags
    @OptionGroup var listen: DNSListenFlags
    @Option(help: "A file to keep the last known names in; they are served at the next start, even without the API server.")
    var zoneFile: String?

    func run() async throws {
        var options = ClusterDNS.Options()
        (options.domain, options.ttl, options.followsPods) = (zone.domain, zone.ttl, source.verifyPods)
        (options.apiServer, options.zoneFile) = (try source.address(), zoneFile)
        listen.apply(to: &options)
        try await DNSProcess.run(options, zone.verbosity)
    }
}

struct DNSRegistrarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "registrar", abstract: "Follow the API server and write the zone to a file.")
    @OptionGroup var zone: DNSZoneFlags
    @OptionGroup var source: DNSSourceFlags
    @Option(help: "The file to write.")
    var zoneFile: String

    func run() async throws {
        var options = ClusterDNS.Options()
        (options.domain, options.ttl, options.followsPods) = (zone.domain, zone.ttl, source.verifyPods)
        (options.apiServer, options.zoneFile) = (try source.address(), zoneFile)
        try await DNSProcess.run(options, zone.verbosity)
    }
}

struct DNSServerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "server", abstract: "Answer from a file that a registrar writes.")
    @OptionGroup var zone: DNSZoneFlags
    @OptionGroup var listen: DNSListenFlags
    @Option(help: "The file to read; it is read again whenever there is a new one in its place.")
    var zoneFile: String
    @Flag(help: "The registrar gives names only to pods that are there.")
    var verifyPods = false

    func run() async throws {
        var options = ClusterDNS.Options()
        (options.domain, options.ttl, options.followsPods, options.zoneFile) = (zone.domain, zone.ttl, verifyPods, zoneFile)
        listen.apply(to: &options)
        try await DNSProcess.run(options, zone.verbosity)
    }
}

/// A process that is nothing but DNS.
enum DNSProcess {
    static func run(_ options: ClusterDNS.Options, _ verbosity: Int) async throws {
        Verbosity.bootstrap(Verbosity.level(v: verbosity))
        let dns = ClusterDNS(options: options, logger: Logger(label: "dns"))
        let role = RunnableRole(name: "dns") { ready in
            try await dns.run { addresses in
                for address in addresses {
                    Console.say(
                        "DNS              \(address.ipAddress ?? "?"):\(address.port ?? 0)  (UDP and TCP, \(options.domain))")
                }
                ready()
            }
        }
        do {
            try await RoleRunner().run([role], started: { Console.say("ready") }, until: { _ = await Signals.stopRequested() })
        } catch let ended as RoleRunner.Ended {
            throw ServerProcess.failure(ended)
        }
    }
}
