import ClusterKit
import Foundation
import Testing

/// kubectl's commands for deployments, services and the rest against an API server alone: no controller, no node, no root.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .timeLimit(.minutes(3)))
struct ApiKindsIntegrationTests {
    @Test(arguments: Kubectl.all)
    func kindsAreMadeShownScaledAndDeleted(kubectl: String) async throws {
        try await withAPIServer(kubectl) { api in
            #expect(try await api.run("create", "deployment", "web", "--image=nginx:1.19", "--replicas=2", "--port=80") == "deployment.apps/web created\n")
            #expect(try await api.run("create", "serviceaccount", "bot") == "serviceaccount/bot created\n")
            #expect(try await api.row("get", "deployment", "web", "-o", "wide") == ["web", "0/2", "0", "0", "nginx", "nginx:1.19", "app=web"])
            #expect(try await api.run("scale", "deployment", "web", "--replicas=3") == "deployment.apps/web scaled\n")
            let wrongCount = try await api.fails("scale", "deployment", "web", "--current-replicas=9", "--replicas=1")
            #expect(wrongCount == "error: Expected replicas to be 9, was 3\n")
            #expect(try await api.row("get", "deployment", "web", "--subresource=scale") == ["web", "3", "0"])
            #expect(try await api.run("describe", "deployment", "web").contains("\nReplicas:               3 desired | 0 updated | 0 total | 0 available | 0 unavailable\n"))
            #expect(try await api.run("set", "image", "deployment/web", "nginx=nginx:1.20") == "deployment.apps/web image updated\n")
            #expect(try await api.run("get", "deployment", "web", "-o", "jsonpath={.metadata.generation}") == "3")
            let all = try await api.run("get", "all", "-o", "name").split(separator: "\n")
            #expect(all.filter { $0 != "service/kubernetes" } == ["deployment.apps/web"])

            let controller = """
                {"apiVersion": "v1", "kind": "ReplicationController", "metadata": {"name": "rc"}, "spec":
                {"template": {"metadata": {"labels": {"a": "rc"}}, "spec": {"containers": [{"name": "c", "image": "nginx"}]}}}}
                """
            #expect(try await api.run("apply", "-f", "-", input: controller) == "replicationcontroller/rc created\n")
            #expect(try await api.run("apply", "-f", "-", input: controller) == "replicationcontroller/rc unchanged\n")
            #expect(try await api.row("get", "rc", "rc", "-o", "wide") == ["rc", "1", "0", "0", "c", "nginx", "a=rc"])
            #expect(try await api.run("delete", "rc", "rc", "--cascade=orphan", "--wait=false") == "replicationcontroller \"rc\" deleted\n")
            #expect(try await api.run("get", "rc", "rc", "-o", "jsonpath={.metadata.finalizers[*]}") == "orphan")
            #expect(try await api.run("delete", "deployment", "web", "--cascade=foreground", "--wait=false") == "deployment.apps \"web\" deleted\n")
            #expect(try await api.run("get", "deployment", "web", "-o", "jsonpath={.metadata.finalizers[*]}") == "foregroundDeletion")
            #expect(try await api.run("explain", "deployment.spec.strategy").contains("rollingUpdate"))
            #expect(try await api.fails("create", "deployment", "Web", "--image=nginx").contains("a lowercase RFC 1123 subdomain must consist of"))
        }
    }

    @Test(arguments: Kubectl.all)
    func servicesGetAddressesAndNodePorts(kubectl: String) async throws {
        try await withAPIServer(kubectl) { api in
            _ = try await api.run("create", "deployment", "web", "--image=nginx:1.19")
            #expect(try await api.run("expose", "deployment", "web", "--port=80", "--target-port=8080") == "service/web exposed\n")
            #expect(try await api.run("create", "service", "clusterip", "hl", "--clusterip=None") == "service/hl created\n")
            #expect(try await api.run("create", "service", "externalname", "ext", "--external-name=example.com") == "service/ext created\n")
            #expect(try await api.run("create", "service", "nodeport", "np", "--tcp=80:80", "--node-port=30080") == "service/np created\n")
            let web = try await api.row("get", "service", "web", "-o", "wide")
            #expect(web.count == 6 && web[1] == "ClusterIP" && web[2].hasPrefix("10.10.77.") && web[4] == "80/TCP" && web[5] == "app=web")
            #expect(try await api.row("get", "service", "np")[4] == "80:30080/TCP")
            #expect(try await api.row("get", "service", "hl")[2] == "None")
            #expect(try await api.row("get", "service", "ext")[3] == "example.com")
            #expect(
                try await api.fails("create", "service", "nodeport", "np2", "--tcp=80:80", "--node-port=30080").contains(
                    "spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated"))
            #expect(
                try await api.fails("create", "service", "clusterip", "same", "--tcp=80:80", "--clusterip=\(web[2])").contains(
                    "failed to allocate IP \(web[2]): provided IP is already allocated"))
            let described = try await api.run("describe", "service", "web")
            for line in ["IP Families:       ", "Session Affinity:  ", "TargetPort:        8080/TCP"] {
                #expect(described.filter { $0 != " " }.contains(line.filter { $0 != " " }))
            }
            #expect(try await api.run("delete", "service", "web", "hl", "ext", "np").split(separator: "\n").count == 4)
            #expect(try await api.run("create", "service", "clusterip", "same", "--tcp=80:80", "--clusterip=\(web[2])") == "service/same created\n")
        }
    }

    /// An API server with a namespace for the test, and kubectl in it.
    private struct APIServerAlone {
        let kubectl: String
        let directory: String

        /// What a command prints that must succeed.
        func run(_ arguments: String..., input: String? = nil) async throws -> String {
            let result = try await call(arguments, input)
            #expect(result.succeeded, "kubectl \(arguments.joined(separator: " ")): \(result)")
            return result.output
        }

        /// What a command complains of that must fail.
        func fails(_ arguments: String...) async throws -> String {
            let result = try await call(arguments, nil)
            #expect(!result.succeeded, "kubectl \(arguments.joined(separator: " ")): \(result)")
            return result.errors
        }

        /// The cells of the one row that is shown, without its age.
        func row(_ arguments: String...) async throws -> [String] {
            let result = try await call(arguments + ["--no-headers"], nil)
            let cells = result.output.split(whereSeparator: \.isWhitespace).map(String.init)
            return cells.enumerated().filter { $0.offset < 3 || !$0.element.isAge }.map(\.element)
        }

        func call(_ arguments: [String], _ input: String?) async throws -> CommandResult {
            try await Command.run(
                kubectl, ["--cache-dir=\(directory)/cache"] + arguments,
                environment: ["HOME": directory, "KUBECONFIG": directory + "/kubeconfig"], input: input, limit: 60)
        }
    }

    private func withAPIServer(_ kubectl: String, _ body: (APIServerAlone) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "kmd-kinds-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let log = directory + "/kmd.log"
        let process = try ChildProcess(
            TestCluster.binary,
            ["apiserver", "--data-dir=\(directory)", "--port=0", "--service-cluster-ip-range=10.10.77.0/24"], files: ("/dev/null", log, log))
        do {
            let api = APIServerAlone(kubectl: kubectl, directory: directory)
            let deadline = ContinuousClock.now + .seconds(30)
            while try await !api.call(["get", "namespace", "default"], nil).succeeded {
                try #require(process.isRunning && ContinuousClock.now < deadline, "\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")")
                try await Task.sleep(for: .milliseconds(100))
            }
            try await body(api)
        } catch {
            process.signal(SIGTERM)
            _ = await process.wait()
            throw error
        }
        process.signal(SIGTERM)
        #expect(await process.wait() == 0)
    }
}

extension String {
    /// `5s`, `2m10s`.
    fileprivate var isAge: Bool { !isEmpty && last.map { "smhd".contains($0) } == true && dropLast().allSatisfy { $0.isNumber || "mhd".contains($0) } }
}
