import ClusterKit
import Foundation
import Testing

extension ThreeNodeIntegrationTests {
    /// Addresses, services and names: from this machine, from pods, and from each node.
    @Suite(.serialized) struct Network {
        /// nginx on node-1 with its service, and somebody to ask on each of the others.
        private func prepared() async throws -> MultiNodeCluster {
            let cluster = try theNodes()
            guard try await !cluster.kubectl("get", "pod", "web").succeeded else { return cluster }
            let service = """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: web}
                spec: {type: NodePort, clusterIP: \(cluster.serviceNetwork).5, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}

                """
            let web = Manifests.nginx("web").replacing("metadata:\n", with: "metadata:\n  labels: {app: web}\n")
                .replacing("spec:\n", with: "spec:\n  \(MultiNodeCluster.on("node-1"))\n")
            try await cluster.run(
                ["web", "ask-2", "ask-3"],
                web + service + "---\n" + Manifests.busybox("ask-2", spec: [MultiNodeCluster.on("node-2")]) + "---\n"
                    + Manifests.busybox("ask-3", spec: [MultiNodeCluster.on("node-3")]))
            return cluster
        }

        private static let welcome = "<title>Welcome to nginx!</title>"

        @Test func eachNodeHasItsAgentsAddressAndARangeOfItsOwn() async throws {
            let cluster = try theNodes()
            let ranges = try await cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[*].spec.podCIDR}").output.split(separator: " ").map(String.init)
            #expect(Set(ranges).count == 3 && ranges.allSatisfy { $0.hasPrefix(cluster.podNetwork + ".") && $0.hasSuffix(".0/24") }, "\(ranges)")
            // Before any pod has run there: what the agent is, and what its executor will be.
            for node in cluster.nodes {
                #expect(try await cluster.value("node/\(node.name)", "{.status.addresses[?(@.type==\"InternalIP\")].address}") == node.address)
                #expect(try await cluster.value("node/\(node.name)", "{.status.nodeInfo.kubeletVersion}") == "v1.33.1+kmd")
            }
        }

        @Test func aServiceAnswersFromThisMachineFromPodsAndFromEachNode() async throws {
            let cluster = try await prepared()
            let (address, pod) = ("http://\(cluster.serviceNetwork).5/", try await cluster.value("pod/web", "{.status.podIP}"))
            try await cluster.eventually("this machine reaches the service") { try await cluster.get(address).body.contains(Self.welcome) }
            for asker in ["ask-2", "ask-3"] {
                for target in [address, "http://\(pod)/"] {
                    try await cluster.eventually("\(asker) reaches \(target)", within: 30) {
                        try await cluster.kubectl("exec", asker, "--", "timeout", "5", "wget", "-q", "-O", "-", target).output.contains(Self.welcome)
                    }
                }
            }
            for node in cluster.nodes {
                for target in [address, "http://\(pod)/"] {
                    try await cluster.eventually("\(node.name) reaches \(target)", within: 30) {
                        try await node.run("curl -s --noproxy '*' --max-time 5 \(target)").output.contains(Self.welcome)
                    }
                }
                // The port of any node leads to the pod, wherever it is.
                #expect(try await cluster.get("http://\(node.address):30080/").body.contains(Self.welcome), "\(node.name)")
            }
        }

        @Test func podsSeeEachOthersOwnAddresses() async throws {
            let cluster = try await prepared()
            let source = try await cluster.value("pod/ask-3", "{.status.podIP}")
            let node = try await cluster.value("pod/ask-3", "{.status.hostIP}")
            #expect(try node == cluster.node("node-3").address)
            for (target, mark) in [("\(try await cluster.value("pod/web", "{.status.podIP}"))", "direct"), ("\(cluster.serviceNetwork).5", "service")] {
                try await cluster.eventually("nginx was asked by the pod itself, \(mark)", within: 30) {
                    _ = try await cluster.kubectl("exec", "ask-3", "--", "timeout", "5", "wget", "-q", "-O", "-", "http://\(target)/?\(mark)")
                    let lines = try await cluster.kubectl("logs", "web").output.split(separator: "\n").filter { $0.contains("/?\(mark) ") }
                    return !lines.isEmpty && lines.allSatisfy { $0.hasPrefix(source + " ") }
                }
            }
            // What leaves for a machine that knows no pods bears the node's address: this one's API server, by the service kubernetes.
            let script = "timeout 5 wget -q -O - http://$KUBERNETES_SERVICE_HOST:$KUBERNETES_SERVICE_PORT_HTTPS/healthz"
            #expect(try await cluster.kubectl("exec", "ask-2", "--", "sh", "-c", script).output == "ok")
        }

        @Test(.enabled(if: DNSIntegrationTests.hasDig)) func namesAreAnsweredOnEachNodeAndInPods() async throws {
            let cluster = try await prepared()
            let (server, name) = ("\(cluster.serviceNetwork).10", "web.default.svc.cluster.local")
            for node in cluster.nodes {
                try await cluster.eventually("\(node.name) answers", within: 30) {
                    try await node.run("dig @\(server) +time=2 +tries=1 +short \(name)").output.trimmingCharacters(in: .whitespacesAndNewlines)
                        == "\(cluster.serviceNetwork).5"
                }
                #expect(try await node.must("dig @\(server) +tcp +short kubernetes.default.svc.cluster.local") == "\(cluster.serviceNetwork).1")
            }
            // A machine without an executor has a server of its own.
            let here = try cluster.startDNS()
            try await cluster.eventually("this machine answers", within: 30) {
                try await Command.run("/usr/bin/dig", ["@\(cluster.address)", "-p", "\(here.port)", "+time=2", "+tries=1", "+short", name]).output
                    .trimmingCharacters(in: .whitespacesAndNewlines) == "\(cluster.serviceNetwork).5"
            }
            here.process.signal(SIGTERM)
            #expect(await here.process.wait() == 0)
            #expect(try await cluster.kubectl("exec", "ask-2", "--", "nslookup", "web").output.contains("\(cluster.serviceNetwork).5"))
            #expect(try await cluster.kubectl("exec", "ask-3", "--", "timeout", "5", "wget", "-q", "-O", "-", "http://web/").output.contains(Self.welcome))
        }

        /// Logs and exec go from the API server to the node that has the pod.
        @Test func eachNodesPodsAreSpokenTo() async throws {
            let cluster = try await prepared()
            for (pod, node) in [("ask-2", "node-2"), ("ask-3", "node-3")] {
                #expect(try await cluster.value("pod/\(pod)", "{.spec.nodeName}") == node)
                #expect(try await cluster.kubectl("exec", pod, "--", "hostname").output == "\(pod)\n")
            }
            #expect(try await cluster.kubectl("logs", "web").succeeded)
        }

        /// For clusters whose pods cannot be reached by their own addresses.
        @Test func withHostPortEndpointsServicesLeadToNodesAddresses() async throws {
            let cluster = try await prepared()
            await cluster.endServers(SIGTERM)
            try await cluster.startServers(["--host-port-endpoints=true"])
            let served = Manifests.nginx("held", port: ["hostPort: 31080"]).replacing("metadata:\n", with: "metadata:\n  labels: {app: held}\n")
                .replacing("spec:\n", with: "spec:\n  \(MultiNodeCluster.on("node-2"))\n")
            let service = """
                ---
                apiVersion: v1
                kind: Service
                metadata: {name: held}
                spec: {clusterIP: \(cluster.serviceNetwork).6, selector: {app: held}, ports: [{port: 80}]}

                """
            try await cluster.run(["held"], served + service)
            let there = try cluster.node("node-2").address
            try await cluster.eventually("the endpoint is the node's address and the host port") {
                try await cluster.value("endpoints/held", "{.subsets[*].addresses[*].ip}:{.subsets[*].ports[*].port}") == "\(there):31080"
            }
            let address = "http://\(cluster.serviceNetwork).6/"
            try await cluster.eventually("this machine reaches it") { try await cluster.get(address).body.contains(Self.welcome) }
            try await cluster.eventually("a pod reaches it", within: 30) {
                try await cluster.kubectl("exec", "ask-3", "--", "timeout", "5", "wget", "-q", "-O", "-", address).output.contains(Self.welcome)
            }
            await cluster.endServers(SIGTERM)
            try await cluster.startServers()
            try await cluster.kubectl("delete", "pod/held", "service/held", "--grace-period=1")
        }
    }
}
