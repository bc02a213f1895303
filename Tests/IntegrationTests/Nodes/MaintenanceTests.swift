import ClusterKit
import Foundation
import Testing

extension ThreeNodeIntegrationTests {
    /// What the operator of the Mesos cluster announces and orders, as against what kubectl does.
    @Suite(.serialized) struct Maintenance {
        /// A call to the master's operator API; what it answered.
        @discardableResult private func post(_ path: String, _ body: String, _ cluster: MultiNodeCluster) async throws -> String {
            let result = try await Command.run(
                "/usr/bin/curl",
                [
                    "--silent", "--show-error", "--fail-with-body", "--noproxy", "*", "--max-time", "10", "-H", "Content-Type: application/json", "-H",
                    "Accept: application/json", "-d", body, "http://\(cluster.master)\(path)",
                ])
            guard result.succeeded else { throw TestCluster.Failure("POST \(path) \(body): \(result)\n\(cluster.log)") }
            return result.output
        }

        private func agent(_ node: String, _ cluster: MultiNodeCluster) async throws -> String {
            try await cluster.value("node/\(node)", "{.metadata.annotations.k8s\\.mesosphere\\.io/agentId}")
        }

        @Test func anAgentWhoseMaintenanceHasBegunGetsNoNewPods() async throws {
            let cluster = try theNodes()
            let node = try cluster.node("node-2")
            let now = Int64(Date().timeIntervalSince1970 * 1e9)
            let window = """
                {"windows": [{"machine_ids": [{"hostname": "\(node.name)", "ip": "\(node.address)"}], \
                "unavailability": {"start": {"nanoseconds": \(now)}, "duration": {"nanoseconds": 3600000000000}}}]}
                """
            try await post("/maintenance/schedule", window, cluster)
            try await cluster.apply(Manifests.deployment("elsewhere", replicas: 4))
            try await cluster.settled("app=elsewhere", 4) { !$0.contains("node-2") }
            try await post("/maintenance/schedule", #"{"windows": []}"#, cluster)
            try await cluster.run(["here-again"], Manifests.busybox("here-again", spec: [MultiNodeCluster.on("node-2")]))
            try await cluster.kubectl("delete", "pod", "here-again", "--grace-period=1")
            try await cluster.remove("elsewhere")
        }

        @Test func aDrainedAgentGivesUpItsPodsAndTheyRunElsewhere() async throws {
            let cluster = try theNodes()
            try await cluster.apply(Manifests.deployment("moved", replicas: 4))
            try await cluster.settled("app=moved", 4)
            let agent = try await agent("node-2", cluster)
            try await post("/api/v1", #"{"type": "DRAIN_AGENT", "drain_agent": {"agent_id": {"value": "\#(agent)"}}}"#, cluster)
            try await cluster.settled("app=moved", 4, within: 120) { !$0.contains("node-2") }
            try await post("/api/v1", #"{"type": "REACTIVATE_AGENT", "reactivate_agent": {"agent_id": {"value": "\#(agent)"}}}"#, cluster)
            try await cluster.run(["returned"], Manifests.busybox("returned", spec: [MultiNodeCluster.on("node-2")]))
            try await cluster.kubectl("delete", "pod", "returned", "--grace-period=1")
            try await cluster.remove("moved")
        }
    }
}
