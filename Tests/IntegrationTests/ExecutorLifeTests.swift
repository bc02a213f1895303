import ClusterKit
import Foundation
import Testing

/// API server and Mesos in one process, the scheduler in another: what happens to executors and pods when the scheduler comes back as another.
@Suite(.enabled(if: TestCluster.isPossible), .serialized)
struct ExecutorLifeTests {
    /// A cluster whose scheduler is a process of its own, and whose agent fetches the executor from it.
    final class Split {
        let cluster: TestCluster
        private var scheduler: ChildProcess?

        init() throws { cluster = try TestCluster(["--role=apiserver,mesos-local,controller-manager", "--resources=cpus:4;mem:4096"]) }

        var page: String { "127.0.0.1:\(cluster.ports.scheduler)" }

        /// - Parameter flags: what a scheduler says to its executors, and may say otherwise the next time.
        func startScheduler(_ flags: String...) throws {
            let images = ProcessInfo.processInfo.environment["KMD_IMAGES"].map { ["--image-dir=\($0)"] } ?? []
            scheduler = try ChildProcess(
                TestCluster.binary,
                [
                    "scheduler", "--data-dir=\(cluster.dataDirectory)", "--api-servers=127.0.0.1:\(cluster.ports.api)",
                    "--mesos-master=127.0.0.1:\(cluster.ports.master)", "--port=\(cluster.ports.scheduler)", "--advertised-address=\(page)",
                    "--node-port=\(cluster.ports.node)", "--pod-cidr=\(cluster.podNetwork).0/24", "--service-cluster-ip-range=\(cluster.serviceNetwork).0/24",
                    "--v=2",
                ] + images + flags, files: ("/dev/null", cluster.logFile, cluster.logFile))
        }

        func stopScheduler(_ signal: Int32 = SIGTERM) async {
            scheduler?.signal(signal)
            _ = await scheduler?.wait()
            scheduler = nil
        }

        func executors(_ words: String...) async throws -> CommandResult {
            try await Command.run(TestCluster.binary, ["executors"] + words + ["--scheduler=\(page)"], limit: 120)
        }

        func isReady(_ pod: String) async throws {
            let result = try await cluster.kubectl("wait", "--for=condition=Ready", "pod/\(pod)", "--timeout=150s", limit: 180)
            guard result.succeeded else { throw TestCluster.Failure("\(pod): \(result)\n\(cluster.log)") }
        }

        func container(_ pod: String) async throws -> String {
            try await cluster.value("pod/\(pod)", "{.status.containerStatuses[0].containerID} {.status.containerStatuses[0].restartCount}")
        }

        /// The executor's process: what was fetched is named after what is in it.
        func executorProcesses() throws -> [Int32] { try words { $0.dropFirst().first == "executor" } }
        func janitors() throws -> [Int32] { try words { $0.dropFirst().first == "executor-janitor" } }

        private func words(_ matches: ([String]) -> Bool) throws -> [Int32] {
            let all = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { number in
                let words = ((try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8)) ?? "").split(separator: "\0").map(String.init)
                return words.contains("--data-dir=\(cluster.dataDirectory)") && matches(words)
            }
            // What one of them is about to start has its words until it has become another program.
            return all.filter { number in
                let stat = (try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8)) ?? ""
                let parent = stat[(stat.lastIndex(of: ")") ?? stat.startIndex)...].split(separator: " ").dropFirst(2).first.flatMap { Int32($0) }
                return parent.map { !all.contains($0) } ?? false
            }
        }

        var shims: Int { get throws { try cluster.processes(named: "containerd-shim-runc-v2").count } }
    }

    private func run(_ body: (Split) async throws -> Void) async throws {
        let split = try Split()
        do {
            try split.startScheduler("--executor-suicide-timeout=0", "--executor-orphan-timeout=3s")
            try await split.cluster.start()
            try await body(split)
        } catch { Issue.record("\(error)") }
        await split.stopScheduler()
        #expect(try await split.cluster.end() == [])
    }

    @Test func anExecutorThatWasFetchedOutlivesItsSchedulersFlagsAndMakesRoomOnCommand() async throws {
        try await run { split in
            try await split.cluster.apply(Manifests.busybox("a"))
            try await split.isReady("a")
            let container = try await split.container("a")
            let old = try split.executorProcesses()
            #expect(old.count == 1)
            let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(old[0])/exe")
            #expect(program.contains("/runs/") && program.split(separator: "/").last?.hasPrefix("kmd-") == true, "\(program)")

            // Another scheduler, another command line for its executors: the running one takes new pods all the same.
            await split.stopScheduler()
            try split.startScheduler("--executor-suicide-timeout=0", "--executor-orphan-timeout=3s", "--cluster-domain=other.local")
            try await split.cluster.apply(Manifests.busybox("b"))
            try await split.isReady("b")
            #expect(try split.executorProcesses() == old)
            let listed = try await split.executors("list")
            #expect(listed.output.contains("outdated"), "\(listed)")

            let upgraded = try await split.executors("upgrade", "--all", "--one-at-a-time", "--timeout=100")
            #expect(upgraded.succeeded, "\(upgraded)\n\(split.cluster.log)")
            let new = try split.executorProcesses()
            #expect(new.count == 1 && new != old)
            try await split.isReady("a")
            #expect(try await split.container("a") == container)
            #expect(try await split.executors("list").output.contains("current"))
            #expect(try await split.cluster.kubectl("exec", "a", "--", "true").succeeded)
            let deleted = try await split.cluster.kubectl("delete", "pods", "--all", limit: 120)
            #expect(deleted.succeeded, "\(deleted)")
            #expect(try split.shims == 0)
        }
    }

    @Test func anIdleExecutorEndsItsNodeStaysAndTheNextPodStartsAnother() async throws {
        try await run { split in
            await split.stopScheduler()
            try split.startScheduler("--executor-suicide-timeout=2s", "--executor-orphan-timeout=0")
            try await split.cluster.apply(Manifests.busybox("a"))
            try await split.isReady("a")
            let first = try split.executorProcesses()
            try await split.cluster.kubectl("delete", "pod", "a", limit: 120)
            try await split.cluster.eventually("the executor ends") { try split.executorProcesses() == [] }
            #expect(try await split.cluster.kubectl("get", "nodes", "--no-headers").output.contains(" Ready "))
            #expect(try split.janitors() == [])
            try await split.cluster.apply(Manifests.busybox("b"))
            try await split.isReady("b")
            #expect(try split.executorProcesses() != first)
        }
    }

    @Test func whatADeadExecutorLeftIsRemovedOnceTheAPIServerSaysThatItIsGone() async throws {
        try await run { split in
            try await split.cluster.apply(Manifests.busybox("a") + "---\n" + Manifests.busybox("b"))
            try await split.isReady("a")
            try await split.isReady("b")
            #expect(try split.janitors().count == 1)
            // Nobody is there to start another.
            await split.stopScheduler(SIGKILL)
            for process in try split.executorProcesses() { kill(process, SIGKILL) }
            try await split.cluster.eventually("the executor is gone") { try split.executorProcesses() == [] }
            try await split.cluster.kubectl("delete", "pod", "a", "--grace-period=0", "--force", limit: 60)
            try await split.cluster.eventually("a's containers go, b's stay") { try split.shims == 1 }
            let container = try await split.container("b")
            // The next executor sends the janitor away, and takes over what is left.
            try split.startScheduler("--executor-suicide-timeout=0", "--executor-orphan-timeout=3s")
            try await split.cluster.apply(Manifests.busybox("c"))
            try await split.isReady("c")
            #expect(try await split.container("b") == container)
            #expect(try await split.cluster.kubectl("exec", "b", "--", "true").succeeded)
        }
    }
}
