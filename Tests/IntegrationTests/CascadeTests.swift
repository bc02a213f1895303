import ClusterKit
import Foundation
import Testing

/// What goes with what, as a user of kubectl sees it: cascades, namespaces, and endpoints that follow their pods.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster("--resources=cpus:8;mem:8192"))
struct CascadeIntegrationTests {
    private static func deployment(_ name: String) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name)}
        spec:
          replicas: 1
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              terminationGracePeriodSeconds: 1
              containers: [{name: busybox, image: busybox, imagePullPolicy: IfNotPresent, command: [sh, -c, "trap 'exit 0' TERM; while :; do sleep 0.1; done"]}]

        """
    }

    private func deploy(_ name: String, on cluster: TestCluster) async throws {
        try await cluster.apply(CascadeIntegrationTests.deployment(name))
        try await cluster.eventually("\(name) is available") { try await cluster.value("deploy/\(name)", "{.status.availableReplicas}") == "1" }
    }

    private func names(_ kind: String, _ app: String, on cluster: TestCluster) async throws -> [Substring] {
        try await cluster.kubectl("get", kind, "-l", "app=\(app)", "-o", "name").output.split(separator: "\n")
    }

    @Test func inTheBackgroundTheDeploymentGoesAtOnceAndTheRestFollows() async throws {
        let cluster = try theCluster()
        try await deploy("behind", on: cluster)
        #expect(try await cluster.kubectl("delete", "deploy", "behind", "--cascade=background").output == "deployment.apps \"behind\" deleted\n")
        try await cluster.eventually("replica sets and pods are gone") {
            let left = try await names("replicasets", "behind", on: cluster) + names("pods", "behind", on: cluster)
            return left.isEmpty
        }
    }

    @Test func inTheForegroundTheDeploymentGoesLast() async throws {
        let cluster = try theCluster()
        try await deploy("ahead", on: cluster)
        try await cluster.kubectl("delete", "deploy", "ahead", "--cascade=foreground", "--wait=true")
        let left = try await names("replicasets", "ahead", on: cluster) + names("pods", "ahead", on: cluster)
        #expect(left == [])
    }

    @Test func orphansLiveOnWithoutTheirOwner() async throws {
        let cluster = try theCluster()
        try await deploy("parted", on: cluster)
        let pods = try await names("pods", "parted", on: cluster)
        try await cluster.kubectl("delete", "deploy", "parted", "--cascade=orphan")
        let sets = try await names("replicasets", "parted", on: cluster)
        #expect(sets.count == 1)
        #expect(try await cluster.kubectl("get", "rs", "-l", "app=parted", "-o", "jsonpath={.items[0].metadata.ownerReferences}").output == "")
        #expect(try await names("pods", "parted", on: cluster) == pods)
        try await cluster.kubectl("delete", "rs", "-l", "app=parted")
        try await cluster.eventually("the pods are gone") { try await names("pods", "parted", on: cluster).isEmpty }
    }

    @Test func aNamespaceEndsWithThePodsThatRunInItAndToldWhy() async throws {
        let cluster = try theCluster()
        try await cluster.kubectl("create", "namespace", "closing")
        try await cluster.eventually("its service account") {
            try await cluster.kubectl("get", "sa", "default", "-n", "closing", "-o", "name").output == "serviceaccount/default\n"
        }
        #expect(try await cluster.kubectl("apply", "-n", "closing", "-f", "-", input: Manifests.busybox("guest")).succeeded)
        try await cluster.kubectl("create", "configmap", "hold", "-n", "closing", "--from-literal=a=b")
        try await cluster.kubectl("patch", "cm", "hold", "-n", "closing", "--type=merge", "-p", #"{"metadata":{"finalizers":["example.com/hold"]}}"#)
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/guest", "-n", "closing", "--timeout=60s").succeeded)
        try await cluster.kubectl("delete", "namespace", "closing", "--wait=false")
        try await cluster.eventually("only what is held remains, and the namespace says so") {
            let path = "{.status.conditions[?(@.type=='NamespaceContentRemaining')].message}"
            return try await cluster.value("ns/closing", path) == "Some resources are remaining: configmaps. has 1 resource instances"
        }
        try await cluster.kubectl("patch", "cm", "hold", "-n", "closing", "--type=merge", "-p", #"{"metadata":{"finalizers":null}}"#)
        #expect(try await cluster.kubectl("wait", "--for=delete", "ns/closing", "--timeout=60s").succeeded)
    }

    @Test func endpointsFollowAPod() async throws {
        let cluster = try theCluster()
        try await cluster.kubectl("create", "service", "clusterip", "shop", "--tcp=80:80")
        try await cluster.eventually("empty endpoints") {
            try await cluster.kubectl("get", "endpoints", "shop", "--no-headers").output.contains("<none>")
        }
        try await cluster.apply(
            Manifests.busybox(
                "till", container: ["ports: [{containerPort: 80}]", "readinessProbe: {exec: {command: [cat, /tmp/open]}, periodSeconds: 1}"],
                metadata: ["labels: {app: shop}"]))
        try await cluster.eventually("a pod that is not ready") {
            !(try await cluster.value("endpoints/shop", "{.subsets[0].notReadyAddresses[0].ip}")).isEmpty
        }
        // It has an address before its container runs.
        try await cluster.eventually("the probe's file") { try await cluster.kubectl("exec", "till", "--", "touch", "/tmp/open").succeeded }
        let address = try await cluster.value("pod/till", "{.status.podIP}")
        try await cluster.eventually("a ready address") { try await cluster.value("endpoints/shop", "{.subsets[0].addresses[0].ip}") == address }
        let slices = try await cluster.kubectl(
            "get", "endpointslices", "-l", "kubernetes.io/service-name=shop", "-o", "jsonpath={.items[*].endpoints[*].addresses[0]}")
        #expect(slices.output == address)
        try await cluster.kubectl("delete", "pod", "till", "--grace-period=1")
        try await cluster.eventually("no address") { try await cluster.value("endpoints/shop", "{.subsets}").isEmpty }
        try await cluster.kubectl("delete", "service", "shop")
        try await cluster.eventually("endpoints and slices are gone") {
            let left = try await cluster.kubectl("get", "endpoints,endpointslices", "-o", "name").output
            return !left.contains("/shop")
        }
    }

    @Test func aNodeRenewsItsLease() async throws {
        let cluster = try theCluster()
        try await cluster.apply(Manifests.busybox("first"))
        #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/first", "--timeout=60s").succeeded)
        let node = try await cluster.value("pod/first", "{.spec.nodeName}")
        try await cluster.eventually("a lease that its node owns") {
            try await cluster.value("lease/\(node)", "{.metadata.ownerReferences[0].kind}", namespace: "kube-node-lease") == "Node"
        }
        try await cluster.kubectl("delete", "pod", "first", "--grace-period=1")
    }
}
