import Core
import DNS
import Foundation
import Logging
import NIOCore
import Testing

@testable import kmd

/// DNS as its roles put it together, on loopback, with the API server away.
@Suite struct ClusterDNSTests {
    let folder = FileManager.default.temporaryDirectory.appending(path: "kmd-dns-\(UUID().uuidString)").path
    var file: String { folder + "/zone" }

    func write(_ address: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let text =
            "; a cluster's zone, as kmd last knew it: cluster.local\nweb.default.svc.cluster.local. 5 IN A \(address)\n; end\n"
        // In place of the one before, as the registrar does it.
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    /// Runs DNS with these options on a free port while `body` asks it.
    func serving(_ options: ClusterDNS.Options, _ body: @Sendable @escaping (UpstreamServer) async throws -> Void) async throws {
        var options = options
        options.addresses = [("127.0.0.1", 0)]
        let dns = ClusterDNS(options: options, logger: Logger(label: "test"))
        let (bound, report) = AsyncStream.makeStream(of: SocketAddress.self, bufferingPolicy: .bufferingOldest(1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await dns.run { addresses in for address in addresses { report.yield(address) } } }
            for await address in bound {
                try await body(UpstreamServer(address))
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    @Test func theLastKnownZoneIsServedWhileTheAPIServerIsAway() async throws {
        try write("10.10.10.7")
        var options = ClusterDNS.Options()
        // Nobody listens on the port of discard.
        (options.apiServer, options.zoneFile) = ("http://127.0.0.1:9", file)
        let name = try #require(DNSName("web.default.svc.cluster.local"))
        try await serving(options) { server in
            #expect(await DNSProbe(server: server, name: name).problem(within: .seconds(10)) == nil)
        }
    }

    @Test func aServerTakesUpAZoneThatComesLater() async throws {
        var options = ClusterDNS.Options()
        options.zoneFile = file
        let name = try #require(DNSName("web.default.svc.cluster.local"))
        try await serving(options) { server in
            let probe = DNSProbe(server: server, name: name)
            #expect(await probe.problem(within: .seconds(10))?.contains("no address") == true)
            #expect(await probe.problem(needsAddress: false, within: .seconds(10)) == nil)
            try write("10.10.10.8")
            let deadline = ContinuousClock.now + .seconds(30)
            while await probe.problem(within: .seconds(10)) != nil, ContinuousClock.now < deadline { await Task.yield() }
            #expect(await probe.problem(within: .seconds(10)) == nil)
        }
    }

    @Test(arguments: [
        (["dns", "--cluster-domain=cluster.local.", "--kube_master_url=http://10.0.0.1:8888"], true),
        (
            [
                "dns", "--address=10.0.0.5", "--port=5353", "--upstream=10.0.0.2,10.0.0.3:5353",
                "--stub-domain=corp.example=10.0.0.4",
            ], true
        ),
        (["dns", "server", "--addr=0.0.0.0:53", "--domain=cluster.local", "--zone-file=/zone/zone"], true),
        (["dns", "registrar", "--domain=cluster.local", "--zone-file=/zone/zone", "--kube_master_url=10.0.0.1:8888"], true),
        (["dns", "registrar"], false), (["dns", "registrar", "--zone-file=/zone/zone", "--kube_master_url="], false),
        (["dns", "server"], false), (["dns", "--upstream=example.com"], false), (["dns", "--stub-domain=x"], false),
        (["dns", "--address=nowhere"], false),
        (["dns", "--domain=a..b"], false), (["dns", "--reverse-ranges=10.10.10.0"], false), (["dns", "--port=70000"], false),
    ])
    func flagsAreReadAndNonsenseIsRefused(words: [String], isGood: Bool) {
        let command = try? Kmd.parseAsRoot(CommandLineForms.canonical(words))
        #expect((command != nil) == isGood)
    }

    @Test(arguments: [
        ("/kube2sky", ["dns", "registrar"]), ("/skydns", ["dns", "server"]), ("/exechealthz", ["dns", "healthz"]),
    ])
    func theNamesOfTheOriginalsProgramsAreKnown(program: String, words: [String]) {
        #expect(Invocation([program, "--v=2"], servers: []).words == words + ["--v=2"])
    }
}
