import ClusterKit
import Foundation
import Testing

/// What the suite's cluster is started with: a service range of its own, and kmd's own image beside the others.
private enum DNSCluster {
    static let root = String(URL(filePath: #filePath).pathComponents.dropLast(3).joined(separator: "/").dropFirst())
    static let server = "10.10.77.10"

    /// A folder of links to all archives: kmd's is large, and lies apart, so that other suites need not import it.
    static let images: String = {
        let files = FileManager.default
        let folder = "\(root)/.build/images-dns-test"
        try? files.removeItem(atPath: folder)
        try? files.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let usual = ProcessInfo.processInfo.environment["KMD_IMAGES"] ?? "\(root)/.build/images"
        for directory in [usual, "\(root)/.build/images-kmd"] {
            for name in (try? files.contentsOfDirectory(atPath: directory)) ?? [] where name.hasSuffix(".tar") {
                try? files.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "\(directory)/\(name)")
            }
        }
        return folder
    }()

    static let options = [
        "--service-cluster-ip-range=10.10.77.0/24", "--cluster-dns=\(server)", "--image-dir=\(images)",
        // Pods that follow the API server reach it by their gateway's address.
        "--address=0.0.0.0", "--resources=cpus:8;mem:8192",
    ]
}

/// Names, as pods and people ask for them.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, ClusterTrait(options: DNSCluster.options))
struct DNSIntegrationTests {
    static let hasDig = FileManager.default.isExecutableFile(atPath: "/usr/bin/dig")

    /// dig's short answer: the data of the answers, one a line.
    func dig(_ words: String..., server: String = DNSCluster.server) async throws -> String {
        try await Command.run("/usr/bin/dig", ["@\(server)", "+time=3", "+tries=2"] + words).output.trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    /// A pod for the node to have an executor, and so DNS, and to ask from.
    func busybox() async throws {
        let cluster = try theCluster()
        guard try await !cluster.kubectl("get", "pod", "busybox").succeeded else { return }
        try await cluster.apply(Manifests.busybox("busybox"))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/busybox", "--timeout=90s").succeeded)
        try await cluster.eventually("the name of the API's service has an address") {
            try await cluster.kubectl("exec", "busybox", "--", "nslookup", "kubernetes").output.contains("10.10.77.1\n")
        }
    }

    @Test func aPodFindsTheAPIByItsShortName() async throws {
        let cluster = try theCluster()
        try await busybox()
        let settings = try await cluster.kubectl("exec", "busybox", "--", "cat", "/etc/resolv.conf").output
        #expect(settings.contains("nameserver 10.10.77.10"))
        #expect(settings.contains("search default.svc.cluster.local svc.cluster.local cluster.local"))
        #expect(settings.contains("ndots:5"))
        let answer = try await cluster.kubectl("exec", "busybox", "--", "nslookup", "kubernetes").output
        let words = answer.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init)
        #expect(answer.hasPrefix("Server:"))
        #expect(words.dropFirst().first == "10.10.77.10")
        #expect(words.contains("Name:") && words.contains("kubernetes.default.svc.cluster.local"))
        #expect(words.contains("10.10.77.1"))
        #expect(try await cluster.kubectl("exec", "busybox", "--", "nslookup", "nothing").output.contains("NXDOMAIN"))
    }

    @Test(.enabled(if: hasDig)) func digSeesWhatTheSpecificationPromises() async throws {
        let cluster = try theCluster()
        try await busybox()
        try await cluster.apply(
            """
            apiVersion: v1
            kind: Service
            metadata: {name: db}
            spec: {clusterIP: None, selector: {app: db}, ports: [{name: web, port: 80}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: out}
            spec: {type: ExternalName, externalName: kubernetes.default.svc.cluster.local}
            ---

            """
                + Manifests.busybox("db-0", spec: ["hostname: first", "subdomain: db"], metadata: ["labels: {app: db}"]))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/db-0", "--timeout=90s").succeeded)
        let address = try await cluster.value("pod/db-0", "{.status.podIP}")
        try await cluster.eventually("the headless service has its pod's address") {
            try await dig("+short", "db.default.svc.cluster.local") == address
        }

        let name = "kubernetes.default.svc.cluster.local"
        #expect(try await dig("+short", name) == "10.10.77.1")
        #expect(try await dig("+short", "+tcp", name) == "10.10.77.1")
        #expect(try await dig("+short", "+noedns", name.uppercased()) == "10.10.77.1")
        #expect(try await dig("+short", "-t", "SRV", "_https._tcp.\(name)") == "0 100 443 \(name).")
        #expect(try await dig("+short", "-x", "10.10.77.1") == "\(name).")
        #expect(try await dig("+short", "-t", "TXT", "dns-version.cluster.local") == "\"1.1.0\"")
        #expect(try await dig("+short", "first.db.default.svc.cluster.local") == address)
        #expect(
            try await dig("+short", "-t", "SRV", "_web._tcp.db.default.svc.cluster.local")
                == "0 100 80 first.db.default.svc.cluster.local.")
        #expect(try await dig("+short", "-x", address) == "first.db.default.svc.cluster.local.")
        #expect(try await dig("+short", "10-1-2-3.default.pod.cluster.local") == "10.1.2.3")
        #expect(try await dig("+short", "out.default.svc.cluster.local") == "\(name).\n10.10.77.1")
        let none = try await dig("-t", "AAAA", name)
        #expect(none.contains("status: NOERROR") && none.contains("ANSWER: 0") && none.contains("SOA\tns.dns.cluster.local."))
        #expect(try await dig("svc.cluster.local").contains("status: NOERROR"))
        #expect(try await dig("kubernetes.svc.cluster.local").contains("status: NXDOMAIN"))
        #expect(try await dig("-x", "10.10.77.200").contains("status: NXDOMAIN"))

        try await cluster.kubectl("delete", "service", "db", "out")
        try await cluster.eventually("a name goes with its service") {
            try await dig("db.default.svc.cluster.local").contains("status: NXDOMAIN")
        }
    }

    /// The `sed` commands of both guides, as they print them.
    @Test(.enabled(if: hasDig)) func theAddonOfTheGuidesRunsFromItsTemplates() async throws {
        let cluster = try theCluster()
        try await busybox()
        let folder = cluster.home + "/addon"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let script = #"""
            cd "$FOLDER"; ln -sfn "$ROOT/cluster" cluster
            sed -e "s/{{ pillar\['dns_replicas'\] }}/1/g;"\
            "s,\(command = \"/kube2sky\"\),\\1\\"$'\n'"        - --kube_master_url=${KUBERNETES_MASTER},;"\
            "s/{{ pillar\['dns_domain'\] }}/cluster.local/g" \
              cluster/addons/dns/kubedns-controller.yaml.in > kubedns-controller.yaml
            sed -e "s/{{ pillar\['dns_server'\] }}/10.10.77.10/g" \
              cluster/addons/dns/kubedns-svc.yaml.in > kubedns-svc.yaml
            """#
        let filled = try await Command.run(
            "/bin/bash", ["-c", script],
            environment: [
                "FOLDER": folder, "ROOT": DNSCluster.root,
                "KUBERNETES_MASTER": "http://\(cluster.podNetwork).1:\(cluster.ports.api)",
            ])
        #expect(filled.succeeded, "\(filled)")
        for name in ["kubedns-controller", "kubedns-svc"] {
            let created = try await cluster.kubectl("create", "-f", "\(folder)/\(name).yaml")
            #expect(created.succeeded, "\(created)")
        }
        try await cluster.eventually("all three containers are ready", within: 120) {
            try await cluster.kubectl("get", "pods", "-n", "kube-system", "--no-headers").output.contains(
                /kube-dns-\S+ +3\/3 +Running/)
        }
        let pod = try await cluster.kubectl(
            "get", "pods", "-n", "kube-system", "-l", "k8s-app=kube-dns", "-o", "jsonpath={.items[0].status.podIP}"
        ).output
        #expect(try await dig("+short", "kubernetes.default.svc.cluster.local", server: pod) == "10.10.77.1")
        #expect(try await cluster.get("http://\(pod):8080/healthz").status == 200)
        try await cluster.eventually("the service leads to the pod") {
            try await cluster.value("endpoints/kube-dns", "{.subsets[0].addresses[0].ip}", namespace: "kube-system") == pod
        }
        try await cluster.eventually("pods are answered") {
            try await cluster.kubectl("exec", "busybox", "--", "nslookup", "kubernetes").output.contains("10.10.77.1\n")
        }
        for kind in ["service/kube-dns", "replicationcontroller/kube-dns-v8"] {
            try await cluster.kubectl("delete", kind, "-n", "kube-system")
        }
    }

    /// Last of all: it ends kmd.
    @Test(.enabled(if: hasDig)) func namesAreAnsweredWhileTheAPIIsGone() async throws {
        let cluster = try theCluster()
        try await busybox()
        try await cluster.eventually("the zone is on disk") {
            ((try? String(contentsOfFile: cluster.dataDirectory + "/dns/zone", encoding: .utf8)) ?? "").contains(
                "kubernetes.default.svc.cluster.local. 5 IN A 10.10.77.1")
        }
        try await cluster.signal(SIGKILL)
        #expect(try await dig("+short", "kubernetes.default.svc.cluster.local") == "10.10.77.1")
    }
}
