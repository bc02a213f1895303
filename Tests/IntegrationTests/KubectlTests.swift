import ClusterKit
import Testing

/// The commands of kubectl, with each version of it that this machine has.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster())
struct KubectlIntegrationTests {
    @Test(arguments: Kubectl.all)
    func theEverydayCommandsWork(kubectl: String) async throws {
        let cluster = try theCluster()
        let space = "team-" + String(kubectl.suffix(2)).filter { $0.isLetter || $0.isNumber }
        func run(_ arguments: String..., input: String? = nil) async throws -> String {
            let result = try await cluster.kubectl(kubectl, arguments, input: input)
            #expect(result.succeeded, "kubectl \(arguments.joined(separator: " ")): \(result)")
            return result.output
        }
        #expect(try await run("version").contains("Server Version"))
        #expect(try await run("create", "namespace", space) == "namespace/\(space) created\n")
        #expect(try await run("create", "configmap", "a", "--from-literal=k=v", "-n", space) == "configmap/a created\n")
        #expect(try await run("create", "secret", "generic", "b", "--from-literal=k=v", "-n", space) == "secret/b created\n")
        #expect(try await run("get", "secret", "b", "-n", space, "-o", "jsonpath={.data.k}") == "dg==")
        let kinds = try await run("api-resources")
        for kind in ["pods", "namespaces", "nodes", "events", "configmaps", "secrets", "services", "leases"] { #expect(kinds.contains(kind)) }

        #expect(try await run("apply", "-n", space, "-f", "-", input: Manifests.busybox("p", metadata: ["labels: {app: one}"])) == "pod/p created\n")
        #expect(try await run("apply", "-n", space, "-f", "-", input: Manifests.busybox("p", metadata: ["labels: {app: one}"])) == "pod/p unchanged\n")
        #expect(try await run("apply", "-n", space, "-f", "-", input: Manifests.busybox("p", metadata: ["labels: {app: two}"])) == "pod/p configured\n")
        #expect(try await run("wait", "--for=condition=Ready", "pod/p", "-n", space, "--timeout=90s") == "pod/p condition met\n")
        #expect(try await run("get", "pods", "-n", space, "-l", "app=two", "-o", "name") == "pod/p\n")
        #expect(try await run("get", "pods", "-n", space, "-o", "wide").contains("READINESS GATES"))
        #expect(try await run("get", "pod", "p", "-n", space, "-o", "yaml").contains("\nstatus:\n"))
        #expect(try await run("get", "pod", "p", "-n", space, "-o", "json").contains("\"phase\": \"Running\""))
        #expect(try await run("get", "pods", "-A", "--field-selector=metadata.name=p", "--no-headers").contains(space))
        let described = try await run("describe", "pod", "p", "-n", space)
        for words in ["Successfully assigned \(space)/p to ", "Created container", "Started container", "IP:"] { #expect(described.contains(words)) }
        #expect(try await run("describe", "node").contains("Allocated resources"))
        // A command since 1.26.
        if try await Kubectl.minorVersion(of: kubectl) >= 26 { #expect(try await run("events", "-n", space).contains("Scheduled")) }
        #expect(try await run("get", "events", "-n", space).contains("Started"))
        #expect(try await run("label", "pod", "p", "-n", space, "colour=blue") == "pod/p labeled\n")
        #expect(try await run("annotate", "pod", "p", "-n", space, "note=x").hasPrefix("pod/p annotate"))
        #expect(try await run("patch", "pod", "p", "-n", space, "-p", #"{"metadata":{"labels":{"colour":null}}}"#) == "pod/p patched\n")
        #expect(try await run("get", "pod", "p", "-n", space, "-o", "jsonpath={.metadata.labels}") == #"{"app":"two"}"#)
        #expect(try await run("delete", "pod", "p", "-n", space) == "pod \"p\" deleted\n")
        #expect(try await run("delete", "namespace", space) == "namespace \"\(space)\" deleted\n")
        #expect(try await cluster.kubectl(kubectl, ["get", "namespace", space]).errors.contains("not found"))
    }

    @Test func aWatchShowsEachChange() async throws {
        let cluster = try theCluster()
        async let watched = cluster.kubectl("get", "configmaps", "-w", "--no-headers", "--request-timeout=6s", limit: 30)
        try await Task.sleep(for: .seconds(2))
        try await cluster.kubectl("create", "configmap", "seen", "--from-literal=k=v")
        try await cluster.kubectl("delete", "configmap", "seen")
        let lines = try await watched.output.split(separator: "\n").filter { $0.hasPrefix("seen") }
        #expect(lines.count == 2)
    }

    @Test func attributesOfTheAgentAreLabelsOfTheNode() async throws {
        let cluster = try theCluster()
        let nodes = try await cluster.kubectl("get", "nodes", "-o", "jsonpath={.items[*].metadata.labels}")
        #expect(nodes.output.contains("kubernetes.io/hostname"))
    }
}
