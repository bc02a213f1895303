import ClusterKit
import Foundation
import Testing

/// Requests to a service while the pods behind it are replaced.
@Suite(.enabled(if: TestCluster.isPossible), .serialized, .cluster("--resources=cpus:8;mem:8192"))
struct RollingUpdateIntegrationTests {
    private let web = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: web}
        spec:
          replicas: 3
          selector: {matchLabels: {app: web}}
          template:
            metadata: {labels: {app: web}}
            spec:
              containers:
              - name: nginx
                image: nginx
                readinessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 1}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: web}
        spec:
          selector: {app: web}
          ports: [{port: 80}]

        """

    @Test func aRollingUpdateUnderLoadLosesNoRequest() async throws {
        let cluster = try theCluster()
        try await cluster.apply(web)
        #expect(try await cluster.kubectl("rollout", "status", "deploy/web", "--timeout=90s").succeeded, "\(cluster.log)")
        let address = try await cluster.value("service/web", "{.spec.clusterIP}")
        try await cluster.eventually("the service answers") { try await cluster.get("http://\(address)/").status == 200 }

        // A connection for each request: a kept one would hide who is sent where.
        async let load = Command.run("/usr/bin/hey", ["-disable-keepalive", "-z", "12s", "-c", "4", "-q", "40", "http://\(address)/"], limit: 60)
        for colour in ["blue", "green"] {
            _ = try await cluster.kubectl("set", "env", "deploy/web", "COLOUR=\(colour)")
            let rolled = try await cluster.kubectl("rollout", "status", "deploy/web", "--timeout=60s")
            #expect(rolled.succeeded, "\(rolled)")
        }
        let report = try await load.output
        let codes = report.split(separator: "Status code distribution:").last.map(String.init) ?? ""
        #expect(codes.contains("[200]"), "\(report)")
        #expect(!report.contains("Error distribution"), "\(report)")
        #expect(codes.split(separator: "\n").filter { $0.contains("responses") }.count == 1, "other answers than 200: \(codes)")
    }
}
