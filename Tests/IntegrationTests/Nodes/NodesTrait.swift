import ClusterKit
import Testing

/// Gives a suite one cluster of several nodes for all its tests, and fails it when the cluster leaves anything behind.
struct NodesTrait: SuiteTrait, TestScoping {
    let count: Int
    let options: [String]
    var isRecursive: Bool { false }

    @TaskLocal static var running: MultiNodeCluster?

    func provideScope(for test: Test, testCase: Test.Case?, performing body: @Sendable () async throws -> Void) async throws {
        guard TestCluster.isPossible else { return try await body() }
        let cluster = try MultiNodeCluster(nodes: count, options: options)
        do {
            try await cluster.start()
            try await NodesTrait.$running.withValue(cluster) { try await body() }
        } catch {
            Issue.record("\(error)")
        }
        #expect(await cluster.end() == [])
    }
}

extension Trait where Self == NodesTrait {
    /// One running cluster of so many nodes, with further flags for its servers.
    static func nodes(_ count: Int, _ options: String...) -> NodesTrait { NodesTrait(count: count, options: options) }
}

/// The cluster of the suite that runs.
func theNodes() throws -> MultiNodeCluster { try #require(NodesTrait.running) }

extension MultiNodeCluster {
    /// Applies pods and waits until all are ready.
    func run(_ names: [String], _ manifest: String, within seconds: Int = 90) async throws {
        try await apply(manifest)
        let ready = try await kubectl(
            Kubectl.newest, ["wait", "--for=condition=Ready", "--timeout=\(seconds)s"] + names.map { "pod/\($0)" }, limit: Double(seconds + 30))
        guard ready.succeeded else {
            let told = try await kubectl("describe", "pods").output.suffix(3000)
            throw TestCluster.Failure("not ready: \(ready)\n\(told)\n\(log)")
        }
    }

    /// The node of each pod that a selector finds and that has not been told to end, by the pod's name.
    func placement(_ selector: String, running: Bool = true) async throws -> [String: String] {
        let path = "jsonpath={range .items[*]}{.metadata.name} {.spec.nodeName} {.status.phase} {.metadata.deletionTimestamp}{\"\\n\"}{end}"
        let lines = try await kubectl("get", "pods", "-l", selector, "-o", path).output.split(separator: "\n")
        var found: [String: String] = [:]
        for line in lines {
            let words = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard words.count == 4, words[3].isEmpty, !running || words[2] == "Running" else { continue }
            found[words[0]] = words[1]
        }
        return found
    }

    /// Waits until so many pods of a selector run, and gives their nodes, sorted.
    @discardableResult func settled(_ selector: String, _ count: Int, within seconds: Double = 90, where holds: ([String]) -> Bool = { _ in true }) async throws -> [String] {
        var nodes: [String] = []
        try await eventually("\(count) pods of \(selector) run where they should; last seen on \(nodes)", within: seconds) {
            nodes = try await self.placement(selector).values.sorted()
            return nodes.count == count && holds(nodes)
        }
        return nodes
    }

    /// Removes a deployment and waits until its pods are gone.
    func remove(_ deployment: String) async throws {
        try await kubectl("delete", "deployment", deployment)
        try await eventually("the pods of \(deployment) are gone") {
            try await self.kubectl("get", "pods", "-l", "app=\(deployment)", "-o", "name").output.isEmpty
        }
    }

    /// What a pod on a node is pinned with.
    static func on(_ node: String) -> String { "nodeSelector: {kubernetes.io/hostname: \(node)}" }
}
