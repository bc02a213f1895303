import ArgumentParser
import DNS
import HTTPKit
import Logging
import NIOCore
import NIOHTTP1
import Telemetry

/// `kmd dns healthz`: says by HTTP whether a DNS server answers, for probes of its pod.
struct DNSHealthCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "healthz", abstract: "Answer /healthz by asking a DNS server for a name.")
    @Option(help: "The DNS server to ask.")
    var server = "127.0.0.1:53"
    @Option(help: "The name to ask for.")
    var name = "kubernetes.default.svc.cluster.local"
    @Option(help: "The address to listen on.")
    var address = "0.0.0.0"
    @Option(help: "The port to listen on; 0 takes any free one.")
    var port = 8080
    @Option(name: .customLong("v"), help: "How much to log on stderr: 0 warnings, 1 notices, 2 information, 3 debug, 4 all.")
    var verbosity = 0

    func validate() throws {
        try Flags.checkPort(port, "--port")
        guard UpstreamServer(server) != nil else {
            throw ValidationError("--server: '\(server)' is no IP address, nor address:port.")
        }
        guard DNSName(name) != nil else { throw ValidationError("--name: '\(name)' is no domain name.") }
    }

    func run() async throws {
        Verbosity.bootstrap(Verbosity.level(v: verbosity))
        guard let upstream = UpstreamServer(server), let name = DNSName(name) else {
            throw ValidationError("--server and --name are needed.")
        }
        let http = HTTPServer(
            host: address, port: port, service: DNSHealth(probe: DNSProbe(server: upstream, name: name)),
            logger: Logger(label: "healthz"))
        let bound = try await http.start()
        Console.say("healthz          http://\(address):\(bound)/healthz  (asks \(server) for \(name))")
        _ = await Signals.stopRequested()
        await http.shutdown(grace: .seconds(1))
    }
}

/// 200 while the name has an address, 503 with the reason otherwise. `/healthz/alive` asks for an answer only, whatever it says: a server
/// that knows no names yet need not be started again.
struct DNSHealth: HTTPService {
    let probe: DNSProbe

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.path == "/healthz" || request.path == "/healthz/alive" else {
            return exchange.respond(.notFound, contentType: "text/plain", text: "404 page not found\n")
        }
        let needsAddress = request.path == "/healthz"
        exchange.perform { [probe] in
            let problem = await probe.problem(needsAddress: needsAddress)
            exchange.respond(
                problem == nil ? .ok : .serviceUnavailable, contentType: "text/plain", text: (problem ?? "ok") + "\n")
        }
    }
}
