import ClusterKit
import Foundation
import Testing

/// Service addresses with real containers and the machine's own packet filter, as pods and the host see them.
@Suite(
    .enabled(if: TestCluster.isPossible), .serialized,
    .cluster("--resources=cpus:8;mem:8192", "--service-cluster-ip-range=10.95.6.0/24", "--cluster-dns=10.95.6.10"))
struct ServiceIntegrationTests {
    /// Addresses that tests name are among its first sixteen, which are given to nobody who does not ask for them.
    private static let network = "10.95.6"
    private static let client = "client"

    /// A pod that says its own name, once for each request.
    private static func speaker(_ name: String, app: String) -> String {
        Manifests.busybox(
            name, script: "mkdir /www; echo $HOSTNAME >/www/index.html; trap 'exit 0' TERM; httpd -f -p 8080 -h /www & wait",
            metadata: ["labels: {app: \(app)}"])
    }

    private static func service(_ name: String, app: String, ip: Int, _ spec: String = "", port: String = "port: 80, targetPort: 8080") -> String {
        """
        apiVersion: v1
        kind: Service
        metadata: {name: \(name)}
        spec: {clusterIP: \(network).\(ip), selector: {app: \(app)}, ports: [{\(port)}]\(spec)}
        ---

        """
    }

    private func run(_ pods: [String], with manifest: String) async throws -> TestCluster {
        let cluster = try theCluster()
        try await cluster.apply(manifest)
        for pod in pods { #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/\(pod)", "--timeout=60s").succeeded) }
        return cluster
    }

    /// What the host gets from an address.
    private func said(_ cluster: TestCluster, _ address: String) async throws -> String {
        try await cluster.get(address).body.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// What a pod gets from an address; `nil` when it gets nothing.
    private func fetch(_ cluster: TestCluster, from pod: String, _ address: String) async throws -> String? {
        let result = try await cluster.kubectl("exec", pod, "--", "timeout", "5", "wget", "-q", "-O", "-", address)
        return result.succeeded ? result.output.trimmingCharacters(in: .whitespacesAndNewlines) : nil
    }

    private func nft(_ words: String...) async throws -> CommandResult { try await Command.run("/usr/sbin/nft", words) }

    @Test func aServiceAnswersFromTheHostFromAPodAndToItsOwnPod() async throws {
        let cluster = try await run(
            ["one", Self.client],
            with: Self.speaker("one", app: "one") + "---\n" + Manifests.busybox(Self.client) + "---\n"
                + Self.service("one", app: "one", ip: 2, ", type: NodePort", port: "port: 80, targetPort: 8080, nodePort: 30921"))
        let address = "http://\(Self.network).2/"
        try await cluster.eventually("the host reaches the cluster address") { try await said(cluster, address) == "one" }
        #expect(try await said(cluster, "http://127.0.0.1:30921/") == "one")
        #expect(try await said(cluster, "http://\(cluster.podNetwork).1:30921/") == "one")
        #expect(try await fetch(cluster, from: Self.client, address) == "one")
        #expect(try await fetch(cluster, from: Self.client, "http://\(cluster.podNetwork).1:30921/") == "one")
        #expect(try await fetch(cluster, from: "one", address) == "one", "a pod reaches itself through its service")
        // Who has no endpoints any more refuses at once, on each of its addresses.
        try await cluster.kubectl("delete", "pod", "one", "--grace-period=1")
        try await cluster.eventually("it refuses") { try await self.isRefused(address) }
        #expect(try await isRefused("http://127.0.0.1:30921/"))
        #expect(try await fetch(cluster, from: Self.client, address) == nil)
        try await cluster.kubectl("delete", "service", "one")
    }

    /// curl's own number for a refused connection, as against one that nobody answers.
    private func isRefused(_ address: String) async throws -> Bool {
        try await Command.run("/usr/bin/curl", ["--silent", "--noproxy", "*", "--max-time", "10", address]).status == 7
    }

    @Test func whatIsNoServiceInTheRangeIsRefused() async throws {
        let cluster = try await run([Self.client], with: Manifests.busybox(Self.client))
        try await cluster.eventually("the rules are there") { try await self.nft("list", "table", "ip", cluster.bridge ?? "").succeeded }
        #expect(try await isRefused("http://\(Self.network).200/"))
        let refused = try await cluster.kubectl("exec", Self.client, "--", "timeout", "5", "wget", "-O", "-", "http://\(Self.network).200/")
        #expect(refused.errors.contains("Connection refused"))
    }

    @Test func podsFindTheAPIServerByTheServiceKubernetes() async throws {
        let cluster = try await run([Self.client], with: Manifests.busybox(Self.client))
        let line = try await cluster.kubectl("get", "service", "kubernetes", "--no-headers").output
        #expect(line.split(separator: " ").prefix(5) == ["kubernetes", "ClusterIP", "\(Self.network).1", "<none>", "443/TCP"])
        let script = "timeout 5 wget -q -O - http://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT_HTTPS/healthz"
        #expect(try await cluster.kubectl("exec", Self.client, "--", "sh", "-c", script).output == "ok")
        #expect(try await said(cluster, "http://\(Self.network).1:443/healthz") == "ok")
        // Nothing but that leads from a pod to the node's loopback.
        let direct = "ip addr del 127.0.0.1/8 dev lo; ip route add 127.0.0.1 via \(cluster.podNetwork).1; timeout 2 wget -q -O - http://127.0.0.1:\(cluster.ports.api)/healthz"
        try await cluster.apply(Manifests.busybox("sneaky", container: ["securityContext: {privileged: true}"]))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/sneaky", "--timeout=60s").succeeded)
        #expect(try await cluster.kubectl("exec", "sneaky", "--", "sh", "-c", direct).output == "")
        try await cluster.kubectl("delete", "pod", "sneaky", "--grace-period=1", "--wait=false")
    }

    @Test func containersAreToldOfServices() async throws {
        let cluster = try theCluster()
        try await cluster.apply(Self.service("told-you", app: "nobody", ip: 3, port: "name: http-alt, port: 8081"))
        let told = try await run(["told", "untold"], with: Manifests.busybox("told") + "---\n" + Manifests.busybox("untold", spec: ["enableServiceLinks: false"]))
        let variables = try await told.kubectl("exec", "told", "--", "env").output.split(separator: "\n")
        for line in [
            "TOLD_YOU_SERVICE_HOST=\(Self.network).3", "TOLD_YOU_SERVICE_PORT=8081", "TOLD_YOU_SERVICE_PORT_HTTP_ALT=8081",
            "TOLD_YOU_PORT_8081_TCP_ADDR=\(Self.network).3", "KUBERNETES_SERVICE_HOST=\(Self.network).1",
        ] { #expect(variables.contains(Substring(line)), "\(line)") }
        let few = try await told.kubectl("exec", "untold", "--", "env").output
        #expect(few.contains("KUBERNETES_SERVICE_HOST=") && !few.contains("TOLD_YOU"))
        try await cluster.kubectl("delete", "pod/told", "pod/untold", "service/told-you", "--grace-period=1", "--wait=false")
    }

    @Test func aClientStaysWithItsPodAndOthersShare() async throws {
        let cluster = try await run(
            ["s1", "s2"],
            with: Self.speaker("s1", app: "many") + "---\n" + Self.speaker("s2", app: "many") + "---\n" + Self.service("many", app: "many", ip: 4)
                + Self.service("sticky", app: "many", ip: 5, ", sessionAffinity: ClientIP"))
        // By chance, 40 requests go to one of two pods alone once in 2^39 times.
        try await cluster.eventually("both answer") {
            var names: Set<String> = []
            for _ in 0..<40 { names.insert(try await said(cluster, "http://\(Self.network).4/")) }
            return names == ["s1", "s2"]
        }
        var names: Set<String> = []
        for _ in 0..<20 { names.insert(try await said(cluster, "http://\(Self.network).5/")) }
        #expect(names.count == 1 && names.isSubset(of: ["s1", "s2"]))
        // When its pod goes, the client gets the other.
        let chosen = names.first ?? ""
        try await cluster.kubectl("delete", "pod", chosen, "--grace-period=1")
        try await cluster.eventually("the other answers") {
            try await said(cluster, "http://\(Self.network).5/") == (chosen == "s1" ? "s2" : "s1")
        }
        try await cluster.kubectl("delete", "pod/s1", "pod/s2", "service/many", "service/sticky", "--ignore-not-found", "--grace-period=1", "--wait=false")
    }

    @Test func datagramsFindTheirEndpoint() async throws {
        // The node's DNS server, behind another address.
        let cluster = try await run(
            [Self.client],
            with: Manifests.busybox(Self.client) + """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: names}
                spec: {clusterIP: \(Self.network).6, ports: [{name: dns, port: 5300, protocol: UDP}]}
                ---
                apiVersion: discovery.k8s.io/v1
                kind: EndpointSlice
                metadata: {name: names, labels: {kubernetes.io/service-name: names}}
                addressType: IPv4
                ports: [{name: dns, port: 53, protocol: UDP}]
                endpoints: [{addresses: [\(Self.network).10]}]

                """)
        try await cluster.eventually("an answer by UDP") {
            try await cluster.kubectl(
                "exec", Self.client, "--", "timeout", "5", "nslookup", "kubernetes.default.svc.cluster.local", "\(Self.network).6:5300"
            ).output.contains("\(Self.network).1")
        }
        try await cluster.kubectl("delete", "service", "names")
    }

    @Test func aDamagedTableIsMadeAnewAndOthersAreLeftAlone() async throws {
        let cluster = try await run(["two"], with: Self.speaker("two", app: "two") + "---\n" + Self.service("two", app: "two", ip: 7))
        let address = "http://\(Self.network).7/"
        try await cluster.eventually("it answers") { try await said(cluster, address) == "two" }
        let other = "kmd-of-somebody-else-\(getpid())"
        #expect(try await nft("add", "table", "ip", other).succeeded)
        #expect(try await nft("add", "chain", "ip", other, "c").succeeded)
        #expect(try await nft("add", "rule", "ip", other, "c", "counter").succeeded)
        let others = try await nft("list", "table", "ip", other).output
        let table = try #require(cluster.bridge)
        // An executor that runs sees it by itself.
        #expect(try await nft("delete", "element", "ip", table, "service-addresses", "{ \(Self.network).7 . tcp . 80 }").succeeded)
        try await cluster.eventually("the running executor repairs it") { try await said(cluster, address) == "two" }
        // One that was killed left the rules in force, and its successor repairs what happened meanwhile.
        let before = try cluster.processes(named: "executor")
        for number in before { kill(number, SIGKILL) }
        #expect(try await said(cluster, address) == "two")
        #expect(try await nft("flush", "chain", "ip", table, "services").succeeded)
        try await cluster.eventually("the next executor repairs it") { try await said(cluster, address) == "two" }
        #expect(try await nft("list", "table", "ip", other).output == others)
        #expect(try await nft("delete", "table", "ip", other).succeeded)
        try await cluster.kubectl("delete", "pod/two", "service/two", "--grace-period=1", "--wait=false")
    }

    @Test func rulesOutliveTheServers() async throws {
        let cluster = try await run(["three"], with: Self.speaker("three", app: "three") + "---\n" + Self.service("three", app: "three", ip: 8))
        let address = "http://\(Self.network).8/"
        try await cluster.eventually("it answers") { try await said(cluster, address) == "three" }
        try await cluster.signal(SIGKILL)
        #expect(try await said(cluster, address) == "three")
        try await cluster.start()
        try await cluster.kubectl("delete", "pod/three", "service/three", "--grace-period=1", "--wait=false")
    }
}
