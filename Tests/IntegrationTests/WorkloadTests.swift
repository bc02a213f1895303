import ClusterKit
import Foundation
import Testing

/// Deployments, replica sets and replication controllers with real containers, as a user of kubectl sees them.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster("--resources=cpus:8;mem:8192"))
struct WorkloadIntegrationTests {
    /// A deployment of busybox, whose pods end at once when they are told to.
    private func deployment(_ name: String, replicas: Int, extra: [String] = []) -> String {
        (["apiVersion: apps/v1", "kind: Deployment", "metadata: {name: \(name)}", "spec:", "  replicas: \(replicas)"]
            + extra.map { "  " + $0 }
            + [
                "  selector: {matchLabels: {app: \(name)}}", "  template:", "    metadata: {labels: {app: \(name)}}", "    spec:",
                "      terminationGracePeriodSeconds: 2", "      containers:", "      - name: main", "        image: busybox",
                "        command: [sh, -c, \"trap 'exit 0' TERM; while :; do sleep 0.2; done\"]",
            ]).joined(separator: "\n") + "\n"
    }

    /// Runs kubectl and gives what it printed; its errors are part of it.
    private func say(_ program: String, _ arguments: String...) async throws -> String {
        let result = try await theCluster().kubectl(program, arguments)
        return result.output + result.errors
    }

    private func pods(_ name: String) async throws -> [String] {
        try await theCluster().kubectl(
            "get", "pods", "-l", "app=\(name)", "--field-selector=status.phase=Running", "-o",
            "jsonpath={.items[*].metadata.name}"
        )
        .output.split(separator: " ").map(String.init).sorted()
    }

    @Test(arguments: Kubectl.all)
    func aDeploymentIsRolledOutRolledBackPausedAndResumed(kubectl: String) async throws {
        let cluster = try theCluster()
        let name = "web-" + kubectl.filter(\.isNumber)
        #expect(
            try await say(kubectl, "create", "deployment", name, "--image=nginx", "--replicas=2")
                == "deployment.apps/\(name) created\n")
        let first = try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=90s")
        #expect(first.hasSuffix("deployment \"\(name)\" successfully rolled out\n"), "\(first)\(cluster.log)")

        _ = try await say(kubectl, "annotate", "deploy/\(name)", "kubernetes.io/change-cause=first")
        #expect(
            try await say(kubectl, "set", "image", "deploy/\(name)", "nginx=docker.io/library/nginx")
                == "deployment.apps/\(name) image updated\n")
        _ = try await say(kubectl, "annotate", "deploy/\(name)", "kubernetes.io/change-cause=second", "--overwrite")
        let second = try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=90s")
        #expect(
            second.contains("Waiting for deployment \"\(name)\" rollout to finish: 1 out of 2 new replicas have been updated..."),
            "\(second)")
        #expect(second.hasSuffix("deployment \"\(name)\" successfully rolled out\n"), "\(second)\(cluster.log)")
        let history = try await say(kubectl, "rollout", "history", "deploy/\(name)")
        #expect(
            history.split(separator: "\n").map { $0.split(separator: " ") } == [
                ["deployment.apps/\(name)"], ["REVISION", "CHANGE-CAUSE"], ["1", "first"], ["2", "second"],
            ])
        #expect(
            try await say(kubectl, "rollout", "history", "deploy/\(name)", "--revision=2").contains(
                "Image:\tdocker.io/library/nginx"))

        #expect(try await say(kubectl, "rollout", "undo", "deploy/\(name)") == "deployment.apps/\(name) rolled back\n")
        #expect(
            try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=90s").hasSuffix("successfully rolled out\n"))
        let revisions = try await say(kubectl, "rollout", "history", "deploy/\(name)").split(separator: "\n").dropFirst(2).map {
            $0.prefix(1)
        }
        #expect(revisions == ["2", "3"])
        #expect(try await cluster.value("deploy/\(name)", "{.spec.template.spec.containers[0].image}") == "nginx")

        #expect(try await say(kubectl, "rollout", "pause", "deploy/\(name)") == "deployment.apps/\(name) paused\n")
        _ = try await say(kubectl, "set", "env", "deploy/\(name)", "COLOUR=blue")
        #expect(
            try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=2s").contains(
                "0 out of 2 new replicas have been updated..."))
        #expect(try await say(kubectl, "rollout", "undo", "deploy/\(name)").contains("you cannot rollback a paused deployment"))
        #expect(try await say(kubectl, "rollout", "resume", "deploy/\(name)") == "deployment.apps/\(name) resumed\n")
        #expect(
            try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=90s").hasSuffix("successfully rolled out\n"))
        #expect(try await say(kubectl, "rollout", "restart", "deploy/\(name)") == "deployment.apps/\(name) restarted\n")
        #expect(
            try await say(kubectl, "rollout", "status", "deploy/\(name)", "--timeout=90s").hasSuffix("successfully rolled out\n"))
        let described = try await say(kubectl, "describe", "deploy", name)
        #expect(described.contains("2 desired | 2 updated | 2 total | 2 available | 0 unavailable"), "\(described)")
        #expect(described.contains("Scaled up replica set \(name)-"), "\(described)")
        #expect(
            try await say(kubectl, "delete", "deploy", name) == "deployment.apps \"\(name)\" deleted\n" || kubectl.contains("1.3")
        )
        try await cluster.eventually("nothing of it is left") {
            try await cluster.kubectl("get", "rs,pods", "-l", "app=\(name)", "-o", "name").output.isEmpty
        }
    }

    @Test func aScaledDeploymentGrowsAndShrinksAndReplacesALostPod() async throws {
        let cluster = try theCluster()
        try await cluster.apply(deployment("size", replicas: 1))
        #expect(try await cluster.kubectl("wait", "--for=condition=Available", "deploy/size", "--timeout=90s").succeeded)
        #expect(try await cluster.kubectl("scale", "deploy/size", "--replicas=4").output == "deployment.apps/size scaled\n")
        #expect(try await cluster.kubectl("rollout", "status", "deploy/size", "--timeout=90s").succeeded)
        let before = try await pods("size")
        #expect(before.count == 4)
        try await cluster.kubectl("delete", "pod", before[0], "--wait=false")
        try await cluster.eventually("another takes its place") {
            let now = try await pods("size")
            return now.count == 4 && !now.contains(before[0])
        }
        #expect(Set(before.dropFirst()).isSubset(of: Set(try await pods("size"))))
        try await cluster.kubectl("scale", "deploy/size", "--replicas=1")
        try await cluster.eventually("one is left") { try await pods("size").count == 1 }
        let events = try await cluster.kubectl(
            "get", "events", "--field-selector=involvedObject.kind=ReplicaSet", "-o", "custom-columns=R:.reason,M:.message"
        ).output
        #expect(
            events.contains("SuccessfulCreate   Created pod: size-") && events.contains("SuccessfulDelete   Deleted pod: size-"),
            "\(events)")
        try await cluster.kubectl("delete", "deploy", "size")
    }

    @Test func aRolloutThatCannotSucceedSaysSoAndLeavesTheOldPodsRunning() async throws {
        let cluster = try theCluster()
        try await cluster.apply(deployment("stuck", replicas: 2, extra: ["progressDeadlineSeconds: 4"]))
        #expect(try await cluster.kubectl("rollout", "status", "deploy/stuck", "--timeout=90s").succeeded)
        let before = try await pods("stuck")
        try await cluster.kubectl("set", "image", "deploy/stuck", "main=127.0.0.1:9/no/such:image")
        let status = try await cluster.kubectl("rollout", "status", "deploy/stuck", "--timeout=60s")
        #expect(status.errors.contains("error: deployment \"stuck\" exceeded its progress deadline"), "\(status)")
        #expect(try await pods("stuck") == before)
        try await cluster.kubectl("rollout", "undo", "deploy/stuck")
        #expect(try await cluster.kubectl("rollout", "status", "deploy/stuck", "--timeout=60s").succeeded)
        #expect(try await pods("stuck") == before)
        try await cluster.kubectl("delete", "deploy", "stuck")
    }

    @Test func aRecreatedDeploymentHasNoTwoGenerationsOfPods() async throws {
        let cluster = try theCluster()
        try await cluster.apply(deployment("anew", replicas: 2, extra: ["strategy: {type: Recreate}"]))
        #expect(try await cluster.kubectl("rollout", "status", "deploy/anew", "--timeout=90s").succeeded)
        let before = try await pods("anew")
        try await cluster.kubectl("set", "env", "deploy/anew", "COLOUR=red")
        #expect(try await cluster.kubectl("rollout", "status", "deploy/anew", "--timeout=90s").succeeded)
        let after = try await pods("anew")
        #expect(after.count == 2 && Set(after).isDisjoint(with: before))
        try await cluster.kubectl("delete", "deploy", "anew")
    }

    @Test func aReplicationControllerKeepsItsPods() async throws {
        let cluster = try theCluster()
        try await cluster.apply(
            """
            apiVersion: v1
            kind: ReplicationController
            metadata: {name: rc}
            spec:
              replicas: 2
              selector: {app: rc}
              template:
                metadata: {labels: {app: rc}}
                spec:
                  terminationGracePeriodSeconds: 2
                  containers:
                  - {name: main, image: busybox, command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.2; done"]}
            """)
        try await cluster.eventually("both are ready") { try await cluster.value("rc/rc", "{.status.readyReplicas}") == "2" }
        #expect(
            try await cluster.kubectl("scale", "rc", "rc", "--replicas=3", "--current-replicas=2").output
                == "replicationcontroller/rc scaled\n")
        try await cluster.eventually("three are ready") { try await cluster.value("rc/rc", "{.status.readyReplicas}") == "3" }
        let row = try await cluster.kubectl("get", "rc", "rc", "--no-headers").output.split(separator: " ")
        #expect(row.prefix(4) == ["rc", "3", "3", "3"])
        // A pod that is labelled away is replaced and lives on alone.
        let one = try #require(try await pods("rc").first)
        try await cluster.kubectl("label", "pod", one, "app=other", "--overwrite")
        try await cluster.eventually("another takes its place") { try await pods("rc").count == 3 }
        #expect(try await cluster.value("pod/\(one)", "{.metadata.ownerReferences}") == "")
        try await cluster.kubectl("delete", "rc", "rc", "--cascade=orphan")
        try await cluster.eventually("its pods stay") {
            try await cluster.kubectl("get", "rc", "-o", "name").output.isEmpty
        }
        #expect(try await pods("rc").count == 3)
        try await cluster.kubectl("delete", "pods", "-l", "app in (rc, other)")
    }
}
