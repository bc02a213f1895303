import ClusterKit
import Foundation
import Testing

/// A pod's life with real containers, as a user of kubectl sees it.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster("--resources=cpus:8;mem:8192"))
struct PodLifeIntegrationTests {
    @Test func nginxAnswersOnItsPodAddressAndOnAHostPort() async throws {
        let cluster = try theCluster()
        let port = cluster.ports.node % 1000 + 31000
        try await cluster.apply(Manifests.nginx("web", port: ["hostPort: \(port)"]))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/web", "--timeout=90s").succeeded)
        let address = try await cluster.value("pod/web", "{.status.podIP}")
        // Without a probe the pod is ready when nginx has been started, a moment before it listens.
        try await cluster.eventually("the pod's address answers") { try await cluster.get("http://\(address)/").body.contains("Welcome to nginx") }
        let host = try await cluster.value("pod/web", "{.status.hostIP}")
        try await cluster.eventually("the host port answers") {
            // A port mapping is for traffic from elsewhere; loopback is mapped as well where the kernel lets it.
            for candidate in [host, "127.0.0.1"] where try await cluster.get("http://\(candidate):\(port)/").body.contains("Welcome to nginx") { return true }
            return false
        }
        let line = try await cluster.kubectl("get", "pod", "web", "--no-headers").output
        #expect(line.split(separator: " ").prefix(4) == ["web", "1/1", "Running", "0"])
        try await cluster.kubectl("delete", "pod", "web", "--wait")
        #expect(try await cluster.kubectl("get", "pod", "web").errors.contains(#"Error from server (NotFound): pods "web" not found"#))
    }

    @Test func aFailingLivenessProbeRestartsTheContainer() async throws {
        let cluster = try theCluster()
        try await cluster.apply(
            Manifests.nginx(
                "sick",
                container: ["livenessProbe:", "  httpGet: {path: /missing.html, port: 80}", "  periodSeconds: 1", "  failureThreshold: 2"]))
        try await cluster.eventually("a restart") { Int(try await cluster.value("pod/sick", "{.status.containerStatuses[0].restartCount}")) ?? 0 >= 1 }
        let events = try await cluster.kubectl("get", "events", "--field-selector=involvedObject.name=sick").output
        #expect(events.contains("Liveness probe failed: HTTP probe failed with statuscode: 404"))
        #expect(events.contains("Container nginx failed liveness probe, will be restarted"))
        try await cluster.kubectl("delete", "pod", "sick")
    }

    @Test func readinessFollowsItsProbe() async throws {
        let cluster = try theCluster()
        try await cluster.apply(
            Manifests.busybox("gate", container: ["readinessProbe:", "  exec: {command: [cat, /tmp/open]}", "  periodSeconds: 1"]))
        try await cluster.eventually("it runs") { try await cluster.value("pod/gate", "{.status.phase}") == "Running" }
        #expect(try await cluster.value("pod/gate", "{.status.containerStatuses[0].ready}") == "false")
        #expect(try await cluster.kubectl("exec", "gate", "--", "touch", "/tmp/open").succeeded)
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/gate", "--timeout=60s").succeeded)
        try await cluster.kubectl("delete", "pod", "gate")
    }

    @Test func aPodThatAsksTooMuchSaysWhyAndRunsWhenThereIsRoom() async throws {
        let cluster = try theCluster()
        try await cluster.apply(Manifests.busybox("big", container: ["resources: {requests: {cpu: \"5\"}}"]))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/big", "--timeout=60s").succeeded)
        try await cluster.apply(Manifests.busybox("late", container: ["resources: {requests: {cpu: \"4\"}}"]))
        try await cluster.eventually("the reason") {
            try await cluster.value("pod/late", "{.status.conditions[?(@.type=='PodScheduled')].message}").contains("0/1 agents fit: 1 insufficient cpu (nearest: ")
        }
        #expect(try await cluster.value("pod/late", "{.status.phase}") == "Pending")
        #expect(try await cluster.kubectl("get", "events", "--field-selector=involvedObject.name=late").output.contains("FailedScheduling"))
        try await cluster.kubectl("delete", "pod", "big")
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/late", "--timeout=90s").succeeded)
        try await cluster.kubectl("delete", "pod", "late")
    }

    @Test func anUnknownImageIsNamedInStatusAndEvents() async throws {
        let cluster = try theCluster()
        try await cluster.kubectl("run", "ghost", "--image=127.0.0.1:9/no/such:image")
        try await cluster.eventually("the waiting reason") {
            ["ErrImagePull", "ImagePullBackOff"].contains(try await cluster.value("pod/ghost", "{.status.containerStatuses[0].state.waiting.reason}"))
        }
        #expect(try await cluster.kubectl("describe", "pod", "ghost").output.contains("Failed to pull image \"127.0.0.1:9/no/such:image\""))
        try await cluster.kubectl("delete", "pod", "ghost")
    }

    @Test func aDeletedPodIsGoneWithinItsGrace() async throws {
        let cluster = try theCluster()
        try await cluster.apply(Manifests.busybox("stubborn", script: "trap '' TERM; while :; do sleep 0.2; done"))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/stubborn", "--timeout=60s").succeeded)
        try await cluster.kubectl("delete", "pod", "stubborn", "--grace-period=2", "--wait=false")
        #expect(try await cluster.value("pod/stubborn", "{.metadata.deletionGracePeriodSeconds}") == "2")
        #expect(try await cluster.kubectl("wait", "--for=delete", "pod/stubborn", "--timeout=60s").succeeded)
    }

    @Test func thirtyPodsCreatedAtOnceAllRun() async throws {
        let cluster = try theCluster()
        try await cluster.apply((1...30).map { Manifests.busybox("many-\($0)", metadata: ["labels: {set: many}"]) }.joined(separator: "---\n"))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod", "-l", "set=many", "--timeout=240s", limit: 300).succeeded)
        let restarts = try await cluster.kubectl("get", "pods", "-l", "set=many", "-o", "jsonpath={.items[*].status.containerStatuses[0].restartCount}")
        #expect(restarts.output.split(separator: " ") == Array(repeating: "0", count: 30))
        try await cluster.kubectl("delete", "pod", "-l", "set=many", limit: 240)
        #expect(try await cluster.kubectl("get", "pods", "-l", "set=many").errors.contains("No resources found"))
    }

    @Test func aFinishedPodKeepsItsResult() async throws {
        let cluster = try theCluster()
        try await cluster.apply(Manifests.busybox("good", script: "exit 0", restartPolicy: "Never") + "---\n" + Manifests.busybox("bad", script: "exit 3", restartPolicy: "Never"))
        try await cluster.eventually("both end") {
            let phases = try await (cluster.value("pod/good", "{.status.phase}"), cluster.value("pod/bad", "{.status.phase}"))
            return phases == ("Succeeded", "Failed")
        }
        #expect(try await cluster.value("pod/bad", "{.status.containerStatuses[0].state.terminated.exitCode}") == "3")
        try await cluster.kubectl("delete", "pod", "good", "bad")
    }

    @Test func configurationArrivesAsFilesAndVariables() async throws {
        let cluster = try theCluster()
        try await cluster.kubectl("create", "configmap", "settings", "--from-literal=colour=blue")
        try await cluster.kubectl("create", "secret", "generic", "hidden", "--from-literal=key=s3cret")
        try await cluster.apply(
            Manifests.busybox(
                "reader", script: "echo $COLOUR $(cat /etc/hidden/key) $(cat /etc/settings/colour); sleep 3600",
                container: [
                    "env:", "- name: COLOUR", "  valueFrom: {configMapKeyRef: {name: settings, key: colour}}", "volumeMounts:",
                    "- {name: hidden, mountPath: /etc/hidden}", "- {name: settings, mountPath: /etc/settings}", "- {name: scratch, mountPath: /scratch}",
                ],
                spec: ["volumes:", "- {name: hidden, secret: {secretName: hidden}}", "- {name: settings, configMap: {name: settings}}", "- {name: scratch, emptyDir: {}}"]))
        try await cluster.eventually("what it read") { try await cluster.kubectl("logs", "reader").output == "blue s3cret blue\n" }
        try await cluster.kubectl("delete", "pod", "reader", "--grace-period=1")
        try await cluster.kubectl("delete", "configmap/settings", "secret/hidden")
    }
}
