import Core
import Glibc
import Logging

/// What a cleanup removed, and what it could not.
public struct CleanupReport: Sendable, Hashable, CustomStringConvertible {
    /// In the order in which it happened, for people: `sandbox default/nginx`, `bridge kmd-1a2b3c4d` …
    public var removed: [String] = []
    public var failed: [String] = []
    public init() {}

    public var description: String {
        (removed.map { "removed \($0)" } + failed.map { "could not remove \($0)" }).joined(separator: "\n")
    }
}

/// Removes all that a private containerd of one data directory left on the machine, and nothing else: `kmd uninstall`.
///
/// The executor must be stopped before. Doing it again finds nothing and is no error. What is removed: the pods' sandboxes and
/// containers, containerd and its shims, mounts, the bridge, CNI's leftovers of our network, cgroups, the state below `/run`, and
/// `containerd/` in the data directory. Pod logs and image archives stay.
public struct ContainerRuntimeCleanup: Sendable {
    private let options: ContainerdOptions
    private let layout: ContainerdLayout
    private let logger: Logger
    private let time: any TimeSource

    /// - Parameter options: as the executor had them; the data directory decides what is ours.
    public static func run(
        _ options: ContainerdOptions, logger: Logger, time: any TimeSource = SystemTime()
    ) async -> CleanupReport {
        let cleanup = ContainerRuntimeCleanup(options: options, layout: ContainerdLayout(options), logger: logger, time: time)
        var report = CleanupReport()
        await cleanup.removePods(&report)
        await cleanup.endProcesses(&report)
        let network = NetworkLeftovers(layout: cleanup.layout)
        await network.remove(&report)
        if let address = await ServiceAddress(dataDirectory: options.dataDirectory, logger: logger).remove() {
            report.removed.append("address \(address)")
        }
        cleanup.unmount(&report)
        cleanup.removeShimSockets(&report)
        cleanup.removeCgroups(&report)
        for directory in [cleanup.layout.state, cleanup.layout.home] where Files.exists(directory) {
            let failures = Files.removeTree(directory)
            if failures.isEmpty { report.removed.append(directory) } else { report.failed += failures.map(\.description) }
        }
        return report
    }

    // MARK: Pods, by the runtime itself

    private func removePods(_ report: inout CleanupReport) async {
        guard Files.exists(layout.config), Files.isDirectory(layout.root) else { return }
        do { _ = try ContainerdPrograms.find(options) } catch {
            logger.warning("containerd cannot be asked to remove its pods", metadata: ["why": "\(error)"])
            return
        }
        guard let runtime = try? ContainerRuntime(options: options, logger: logger, time: time) else { return }
        let (removed, failed) = await withTaskGroup(of: Void.self) { group in
            group.addTask { await runtime.run() }
            var found: (removed: [String], failed: [String]) = ([], [])
            do {
                try await runtime.waitUntilReady(patience: .seconds(20))
                found = await Self.removeSandboxes(of: runtime.client)
            } catch {
                // Without a runtime the processes are ended and the mounts taken away all the same.
                logger.warning("containerd cannot be asked to remove its pods", metadata: ["why": "\(error)"])
            }
            await runtime.stop()
            group.cancelAll()
            await group.waitForAll()
            return found
        }
        report.removed += removed
        report.failed += failed
    }

    /// Four at a time: each takes a third of a second.
    private static func removeSandboxes(of client: CRIClient) async -> (removed: [String], failed: [String]) {
        guard let sandboxes = try? await client.listPodSandboxes() else {
            return ([], ["sandboxes: containerd does not list them"])
        }
        return await withTaskGroup(of: (String, String?).self) { group in
            var waiting = sandboxes[...]
            func addNext() {
                guard let sandbox = waiting.popFirst() else { return }
                let name = "sandbox \(sandbox.metadata.namespace)/\(sandbox.metadata.name)"
                group.addTask {
                    do {
                        try await client.stopPodSandbox(sandbox.id)
                        try await client.removePodSandbox(sandbox.id)
                        return (name, nil)
                    } catch {
                        return (name, "\(error)")
                    }
                }
            }
            for _ in 0..<4 { addNext() }
            var removed: [String] = []
            var failed: [String] = []
            for await (name, problem) in group {
                if let problem { failed.append("\(name): \(problem)") } else { removed.append(name) }
                addNext()
            }
            return (removed.sorted(), failed.sorted())
        }
    }

    // MARK: Processes

    /// containerd, and shims that were started for its socket with all that runs below them.
    private func endProcesses(_ report: inout CleanupReport) async {
        let daemons = ProcessTable.running(with: ["--config", layout.config])
        let shims = ProcessTable.running(with: ["-address", layout.socket])
        let all = daemons + shims + ProcessTable.descendants(of: shims)
        guard !all.isEmpty else { return }
        for process in all { process.signal(SIGKILL) }
        let deadline = time.now + .seconds(10)
        while all.contains(where: \.isAlive) && time.now < deadline {
            do { try await time.sleep(for: .milliseconds(20)) } catch { break }
        }
        for process in all {
            if process.isAlive {
                report.failed.append("process \(process.pid)")
            } else {
                report.removed.append("process \(process.pid)")
            }
        }
    }

    /// A shim that was killed leaves its socket, in a directory that all containerds of a machine share.
    private func removeShimSockets(_ report: inout CleanupReport) {
        let tasks = layout.state + "/containerd/io.containerd.runtime.v2.task/k8s.io"
        for id in Files.names(in: tasks) {
            guard let address = Files.text("\(tasks)/\(id)/address"), address.hasPrefix("unix:///run/containerd/s/") else {
                continue
            }
            let path = String(address.dropFirst(7))
            guard !path.contains("/../"), Files.exists(path) else { continue }
            if unlink(path) == 0 { report.removed.append("socket \(path)") } else { report.failed.append("socket \(path)") }
        }
    }

    // MARK: Mounts and cgroups

    private func unmount(_ report: inout CleanupReport) {
        let mounts = MountTable.read()
        for path in mounts.below(layout.state) + mounts.below(layout.home) {
            if umount2(path, Int32(MNT_DETACH)) == 0 {
                report.removed.append("mount \(path)")
            } else if errno != EINVAL {
                report.failed.append("mount \(path): \(String(cString: strerror(errno)))")
            }
        }
    }

    /// In each hierarchy of version 1, or in the one of version 2.
    private func removeCgroups(_ report: inout CleanupReport) {
        let base = "/sys/fs/cgroup"
        for directory in Files.names(in: base).map({ "\(base)/\($0)\(layout.cgroup)" }) + [base + layout.cgroup]
        where Files.isDirectory(directory) {
            if Self.removeCgroup(directory) {
                report.removed.append("cgroup \(directory)")
            } else {
                report.failed.append("cgroup \(directory)")
            }
        }
    }

    /// Its files are the kernel's: only directories can be removed, the inner ones first.
    private static func removeCgroup(_ directory: String) -> Bool {
        for name in Files.names(in: directory) where Files.isDirectory("\(directory)/\(name)") {
            _ = removeCgroup("\(directory)/\(name)")
        }
        return rmdir(directory) == 0 || errno == ENOENT
    }
}
