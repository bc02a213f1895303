import ClusterKit
import Foundation
import Testing

extension ThreeNodeIntegrationTests {
    /// Where pods may run, and who makes room for whom. Each node is in a rack of its own, with 4 CPUs of which an executor takes 0.25.
    @Suite(.serialized) struct Placement {
        /// Each node once, or each so many times.
        private static func eachNode(_ times: Int = 1) -> [String] { (1...3).flatMap { Array(repeating: "node-\($0)", count: times) } }

        /// A busybox pod that asks for so many CPUs.
        private static func pod(_ name: String, cpus: String, app: String, spec: [String] = [], metadata: [String] = []) -> String {
            Manifests.busybox(
                name, container: ["resources: {requests: {cpu: \"\(cpus)\"}}"], spec: spec, metadata: ["labels: {app: \(app)}"] + metadata)
        }

        /// Why a pod waits; empty when it does not say.
        private func waits(_ pod: String, _ cluster: MultiNodeCluster) async throws -> String {
            try await cluster.value("pod/\(pod)", "{.status.conditions[?(@.type==\"PodScheduled\")].message}")
        }

        private func removePods(_ app: String, _ cluster: MultiNodeCluster) async throws {
            try await cluster.kubectl("delete", "pods", "-l", "app=\(app)", "--grace-period=1", "--ignore-not-found")
        }

        @Test func topologySpreadSharesPodsAmongRacks() async throws {
            let cluster = try theNodes()
            let spread = [
                "topologySpreadConstraints:",
                "- {maxSkew: 1, topologyKey: k8s.mesosphere.io/attribute-rack, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: shared}}}",
            ]
            try await cluster.apply(Manifests.deployment("shared", replicas: 6, spec: spread))
            #expect(try await cluster.settled("app=shared", 6) == Self.eachNode(2))
            try await cluster.remove("shared")
        }

        @Test func antiAffinityKeepsPodsApartAndTheOneTooManyWaits() async throws {
            let cluster = try theNodes()
            let apart = [
                "affinity:", "  podAntiAffinity:", "    requiredDuringSchedulingIgnoredDuringExecution:",
                "    - {topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: apart}}}",
            ]
            try await cluster.apply(Manifests.deployment("apart", replicas: 4, spec: apart))
            #expect(try await cluster.settled("app=apart", 3) == Self.eachNode())
            let waiting = try await cluster.kubectl("get", "pods", "-l", "app=apart", "--field-selector=status.phase=Pending", "-o", "jsonpath={.items[*].metadata.name}").output
            try await cluster.eventually("the fourth says why it waits") { try await waits(waiting, cluster).contains("affinity") }
            // One that goes makes room for it, on the same node.
            let placed = try await cluster.placement("app=apart").sorted { $0.key < $1.key }
            let first = try #require(placed.first)
            try await cluster.kubectl("scale", "deployment", "apart", "--replicas=3")
            #expect(try await cluster.settled("app=apart", 3) == Self.eachNode())
            try await cluster.kubectl("delete", "pod", first.key, "--grace-period=1", "--ignore-not-found")
            #expect(try await cluster.settled("app=apart", 3) == Self.eachNode())
            try await cluster.remove("apart")
        }

        @Test func marathonsConstraintsAreUnderstood() async throws {
            let cluster = try theNodes()
            let annotation = #"annotations: {kmd.dev/constraints: '[["rack","LIKE","r[12]"]]'}"#
            try await cluster.run(
                ["liked-1", "liked-2"],
                ["liked-1", "liked-2"].map { Self.pod($0, cpus: "0.1", app: "liked", metadata: [annotation]) }.joined(separator: "---\n"))
            #expect(try await cluster.placement("app=liked").values.allSatisfy { ["node-1", "node-2"].contains($0) })
            try await removePods("liked", cluster)
        }

        @Test func anUrgentPodTakesTheRoomOfAnotherThatLeavesInOrder() async throws {
            let cluster = try theNodes()
            let urgent = """
                apiVersion: scheduling.k8s.io/v1
                kind: PriorityClass
                metadata: {name: urgent}
                value: 1000
                ---

                """
            try await cluster.run(
                ["low-1", "low-2", "low-3"], (1...3).map { Self.pod("low-\($0)", cpus: "3", app: "low") }.joined(separator: "---\n"))
            #expect(try await cluster.placement("app=low").values.sorted() == Self.eachNode())
            try await cluster.run(["high"], urgent + Self.pod("high", cpus: "3", app: "high", spec: ["priorityClassName: urgent"]), within: 120)
            // One had to go, and only one; it was told.
            #expect(try await cluster.placement("app=low").count == 2)
            let events = try await cluster.kubectl("get", "events", "--field-selector=reason=Preempted", "-o", "jsonpath={.items[*].involvedObject.name}").output
            #expect(Set(events.split(separator: " ").map(String.init)).count == 1 && events.hasPrefix("low-"), "\(events)")
            try await removePods("low", cluster)
            try await removePods("high", cluster)
            try await cluster.kubectl("delete", "priorityclass", "urgent")
        }

        @Test func aGroupStartsWhenThereIsRoomForAllAndNotBefore() async throws {
            let cluster = try theNodes()
            try await cluster.run(["blocker"], Self.pod("blocker", cpus: "3", app: "blocker"))
            let annotations = "annotations: {kmd.dev/pod-group: crew, kmd.dev/pod-group-min: \"3\"}"
            try await cluster.apply((1...3).map { Self.pod("crew-\($0)", cpus: "3", app: "crew", metadata: [annotations]) }.joined(separator: "---\n"))
            // Two would fit. That none was started is only worth something once each was tried.
            for number in 1...3 { try await cluster.eventually("crew-\(number) says why it waits") { try await !waits("crew-\(number)", cluster).isEmpty } }
            #expect(try await cluster.placement("app=crew", running: false).values.allSatisfy(\.isEmpty))
            try await removePods("blocker", cluster)
            #expect(try await cluster.settled("app=crew", 3, within: 120) == Self.eachNode())
            try await removePods("crew", cluster)
        }
    }
}
