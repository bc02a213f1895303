import ClusterKit
import Foundation
import Testing

/// Processes that are really killed: the same containers run on, nothing runs twice, nothing is left.
@Suite(.enabled(if: TestCluster.isPossible), .serialized)
struct CrashIntegrationTests {
    enum Victim: String, CaseIterable, Sendable { case kmd, executor, containerd }

    /// Container ids and restart counts of all pods, by pod.
    func containers(_ cluster: TestCluster) async throws -> [String: String] {
        let path = "jsonpath={range .items[*]}{.metadata.name} {.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}{\"\\n\"}{end}"
        let lines = try await cluster.kubectl("get", "pods", "-o", path).output.split(separator: "\n")
        return Dictionary(uniqueKeysWithValues: lines.map { line in
            let words = line.split(separator: " ").map(String.init)
            return (words[0], words.dropFirst().joined(separator: " "))
        })
    }

    func kill9(_ victim: Victim, of cluster: TestCluster) async throws {
        switch victim {
        case .kmd:
            try await cluster.signal(SIGKILL)
            try await cluster.start()
        case .executor, .containerd:
            let numbers = try cluster.processes(named: victim.rawValue)
            try #require(numbers.count == 1, "\(victim): \(numbers)")
            kill(numbers[0], SIGKILL)
        }
    }

    func serving(_ cluster: TestCluster, count: Int) async throws {
        try await cluster.eventually("\(count) pods are ready", within: 240) {
            let ready = try await cluster.kubectl("get", "pods", "-o", "jsonpath={.items[*].status.containerStatuses[0].ready}").output
            return ready.split(separator: " ") == Array(repeating: "true", count: count)
        }
    }

    func manifests(_ count: Int) -> String { (1...count).map { Manifests.busybox("p\($0)") }.joined(separator: "---\n") }

    @Test(arguments: Victim.allCases)
    func podsOutliveACrashAtRest(victim: Victim) async throws {
        let cluster = try TestCluster(["--resources=cpus:4;mem:4096"])
        do {
            try await cluster.start()
            try await cluster.apply(manifests(3))
            try await serving(cluster, count: 3)
            let before = try await containers(cluster)
            try await kill9(victim, of: cluster)
            // The cluster works again when it starts a pod; only then is "nothing changed" worth anything.
            try await cluster.apply(Manifests.busybox("later"))
            #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/later", "--timeout=120s", limit: 150).succeeded, "\(cluster.log)")
            try await cluster.kubectl("delete", "pod", "later")
            #expect(try await containers(cluster) == before)
            #expect(try await cluster.kubectl("exec", "p1", "--", "true").succeeded)
            let deleted = try await cluster.kubectl("delete", "pods", "--all", limit: 120)
            #expect(deleted.succeeded, "\(deleted)")
            #expect(try cluster.processes(named: "containerd-shim-runc-v2") == [])
        } catch { Issue.record("\(error)") }
        #expect(try await cluster.end() == [])
    }

    @Test(arguments: Victim.allCases)
    func tenStartingPodsAllRunOnceAfterACrash(victim: Victim) async throws {
        let cluster = try TestCluster(["--resources=cpus:4;mem:4096"])
        do {
            try await cluster.start()
            try await cluster.apply(Manifests.busybox("first"))
            try await serving(cluster, count: 1)
            try await cluster.apply(manifests(10))
            try await kill9(victim, of: cluster)
            try await serving(cluster, count: 11)
            // One shim a pod: nothing was launched twice.
            try await cluster.eventually("one sandbox a pod") { try cluster.processes(named: "containerd-shim-runc-v2").count == 11 }
            try await cluster.kubectl("delete", "pods", "--all", limit: 180)
            try await cluster.eventually("nothing is left") { try cluster.processes(named: "containerd-shim-runc-v2") == [] }
        } catch { Issue.record("\(error)") }
        #expect(try await cluster.end() == [])
    }

    @Test func aStoppedClusterIsTakenUpAgain() async throws {
        let cluster = try TestCluster()
        do {
            try await cluster.start()
            try await cluster.apply(manifests(2))
            try await serving(cluster, count: 2)
            let before = try await containers(cluster)
            try await cluster.signal(SIGTERM)
            #expect(try cluster.processes(named: "containerd-shim-runc-v2").count == 2)
            try await cluster.start()
            try await cluster.apply(Manifests.busybox("later"))
            #expect(try await cluster.kubectl("wait", "--for=condition=Ready", "pod/later", "--timeout=120s", limit: 150).succeeded, "\(cluster.log)")
            try await cluster.kubectl("delete", "pod", "later")
            #expect(try await containers(cluster) == before)
        } catch { Issue.record("\(error)") }
        #expect(try await cluster.end() == [])
    }
}
