import ClusterKit
import Foundation
import Testing

extension ThreeNodeIntegrationTests {
    /// Nodes that are drained, tainted, killed, and come back.
    @Suite(.serialized) struct Loss {
        /// Pods of a node that is silent go after 2 s instead of 300.
        private static let leavesSoon =
            ["not-ready", "unreachable"].map { "- {key: node.kubernetes.io/\($0), operator: Exists, effect: NoExecute, tolerationSeconds: 2}" }

        private static func leaving() -> [String] { ["tolerations:"] + leavesSoon }

        @Test func aNoExecuteTaintMovesPodsThatDoNotTolerateIt() async throws {
            let cluster = try theNodes()
            let stays = Manifests.busybox("stays", spec: [MultiNodeCluster.on("node-1"), "tolerations: [{key: repair, operator: Exists, effect: NoExecute}]"])
            try await cluster.run(["stays"], stays)
            try await cluster.apply(Manifests.deployment("moving", replicas: 3))
            try await cluster.settled("app=moving", 3)
            #expect(try await cluster.kubectl("taint", "nodes", "node-1", "repair=now:NoExecute").succeeded)
            try await cluster.settled("app=moving", 3) { !$0.contains("node-1") }
            #expect(try await cluster.value("pod/stays", "{.status.phase}") == "Running")
            #expect(try await cluster.kubectl("taint", "nodes", "node-1", "repair-").succeeded)
            try await cluster.kubectl("delete", "pod", "stays", "--grace-period=1")
            try await cluster.remove("moving")
        }

        @Test func kubectlDrainEmptiesANodeAndUncordonFillsItAgain() async throws {
            let cluster = try theNodes()
            try await cluster.apply(Manifests.deployment("drained", replicas: 4))
            try await cluster.settled("app=drained", 4)
            let drain = try await cluster.kubectl("drain", "node-2", "--ignore-daemonsets", "--delete-emptydir-data", "--timeout=60s")
            #expect(drain.succeeded, "\(drain)")
            #expect(drain.output.contains("node/node-2 drained"))
            try await cluster.settled("app=drained", 4) { !$0.contains("node-2") }
            #expect(try await cluster.kubectl("get", "node", "node-2", "--no-headers").output.contains("Ready,SchedulingDisabled"))
            let waiting = Manifests.busybox("waits", spec: [MultiNodeCluster.on("node-2")])
            try await cluster.apply(waiting)
            try await cluster.eventually("a pod for it waits, and says why") {
                try await cluster.value("pod/waits", "{.status.conditions[?(@.type==\"PodScheduled\")].message}").contains(/unschedulable|cordoned/)
            }
            #expect(try await cluster.kubectl("uncordon", "node-2").succeeded)
            #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/waits", "--timeout=60s").succeeded)
            try await cluster.kubectl("delete", "pod", "waits", "--grace-period=1")
            try await cluster.remove("drained")
        }

        /// The id and restart count of a pod's container: the same for the same container.
        private func container(_ pod: String, _ cluster: MultiNodeCluster) async throws -> String {
            try await cluster.value("pod/\(pod)", "{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}")
        }

        @Test func podsOutliveTheirMesosAgentAndItTakesPodsAgainWhenItReturns() async throws {
            let cluster = try theNodes()
            let node = try cluster.node("node-3")
            // It may stay where it is for 300 s, as pods may that say nothing.
            try await cluster.run(["settler"], Manifests.busybox("settler", spec: [MultiNodeCluster.on("node-3")]))
            let before = try await container("settler", cluster)
            try await node.endAgent(SIGKILL)
            // The executor speaks for the node: it is ready, and the pod runs on past the grace of silent nodes.
            try await Task.sleep(for: .seconds(22))
            #expect(try await cluster.kubectl("get", "node", "node-3", "--no-headers").output.contains(" Ready "))
            #expect(try await container("settler", cluster) == before)
            try await cluster.startAgent(of: node)
            try await cluster.run(["newcomer"], Manifests.busybox("newcomer", spec: [MultiNodeCluster.on("node-3")]))
            #expect(try await container("settler", cluster) == before)
            let executors = try await node.processes(named: "executor")
            let processes = try await node.run("ps -eo pid,ppid,lstart,args")
            #expect(executors.count == 1, "\(executors) of\n\(processes)")
            #expect(try await node.processes(named: "containerd-shim-runc-v2").count == 2)
            try await cluster.kubectl("delete", "pods", "settler", "newcomer", "--grace-period=1")
        }

        @Test func aRestartedMasterFindsAgentsAndTasksAgain() async throws {
            let cluster = try theNodes()
            try await cluster.run(["steady"], Manifests.busybox("steady", spec: [MultiNodeCluster.on("node-1")]))
            let before = try await container("steady", cluster)
            await cluster.endMaster(SIGKILL)
            try cluster.startMaster()
            try await cluster.run(["after"], Manifests.busybox("after", spec: [MultiNodeCluster.on("node-2")]), within: 120)
            #expect(try await container("steady", cluster) == before)
            #expect(try await cluster.kubectl("get", "nodes", "--no-headers").output.split(separator: "\n").filter { $0.contains(" Ready ") }.count == 3)
            try await cluster.kubectl("delete", "pods", "steady", "after", "--grace-period=1")
        }

        @Test func podsOfAMachineThatIsLostRunElsewhereAndItReturnsEmpty() async throws {
            let cluster = try theNodes()
            let node = try cluster.node("node-3")
            try await cluster.apply(Manifests.deployment("spared", replicas: 3, spec: Self.leaving()))
            try await cluster.settled("app=spared", 3)
            try await cluster.run(["lost"], Manifests.busybox("lost", spec: [MultiNodeCluster.on("node-3")] + Self.leaving()))
            await node.crash()
            try await cluster.eventually("the node is not ready", within: 60) {
                try await cluster.kubectl("get", "node", "node-3", "--no-headers").output.contains(" NotReady ")
            }
            try await cluster.settled("app=spared", 3, within: 120) { !$0.contains("node-3") }
            // While it is away its node is given up, and its range goes to another: it must not go on with those addresses.
            let before = try await cluster.value("node/node-3", "{.spec.podCIDR}")
            try await cluster.kubectl("delete", "node", "node-3")
            try await cluster.apply("{apiVersion: v1, kind: Node, metadata: {name: taker}, spec: {podCIDR: \(before), podCIDRs: [\(before)]}}")
            try await cluster.start(node)
            try await cluster.eventually("the node is ready again", within: 120) {
                try await cluster.kubectl("get", "node", "node-3", "--no-headers").output.contains(" Ready ")
            }
            try await cluster.eventually("the lost pod is gone", within: 120) { try await cluster.kubectl("get", "pod", "lost").succeeded == false }
            try await cluster.run(["back"], Manifests.busybox("back", spec: [MultiNodeCluster.on("node-3")]), within: 120)
            let now = try await cluster.value("node/node-3", "{.spec.podCIDR}")
            #expect(now != before && now.hasPrefix(cluster.podNetwork + "."), "\(now)")
            let address = try await cluster.value("pod/back", "{.status.podIP}")
            #expect(address.hasPrefix(now.split(separator: ".").prefix(3).joined(separator: ".") + "."), "\(address) is not in \(now)")
            try await cluster.kubectl("delete", "node", "taker")
            // Nothing of before came to life again beside it.
            #expect(try await node.processes(named: "containerd-shim-runc-v2").count == 1)
            try await cluster.kubectl("delete", "pod", "back", "--grace-period=1")
            try await cluster.remove("spared")
        }
    }
}
