import Foundation
import Synchronization

/// A node of a `MultiNodeCluster`: a machine of its own with a Mesos agent on it.
public final class ClusterNode: Sendable {
    public let name: String
    /// The attribute `rack` of its agent.
    public let rack: String
    public let address: String
    /// This machine's end of its cable.
    let device: String
    private let folder: String
    private struct Running { var machine: TestMachine?; var agent: Int?; var starts = 0 }
    private let running = Mutex(Running())

    init(_ name: String, rack: String, address: String, folder: String, device: String) {
        (self.name, self.rack, self.address, self.folder, self.device) = (name, rack, address, folder, device)
    }

    /// What survives a loss of power: the executor's data directory, and the agent's records.
    private var disk: String { "\(folder)/\(name)" }
    var log: String { "\(disk)/agent.log" }

    /// Its machine, while it has power.
    public var machine: TestMachine {
        get throws {
            guard let machine = running.withLock({ $0.machine }) else { throw TestMachine.Failure("\(name) is off") }
            return machine
        }
    }

    /// Runs a command there.
    public func run(_ command: String, limit: Double = 120) async throws -> CommandResult { try await machine.run(command, limit: limit) }

    /// Runs a command there that must succeed, and gives what it printed.
    @discardableResult public func must(_ command: String, limit: Double = 120) async throws -> String { try await machine.must(command, limit: limit) }

    /// - Parameter shared: a folder whose entry `data` is this node's own disk there: agents start their executors with one command line,
    ///   and so with one data directory.
    func boot(binding shared: String) async throws -> TestMachine {
        try FileManager.default.createDirectory(atPath: disk + "/data", withIntermediateDirectories: true)
        let starts = running.withLock { running in
            running.starts += 1
            return running.starts
        }
        let machine = try TestMachine(name, folder: "\(disk)/shell-\(starts)", environment: ["HOME": disk])
        running.withLock { ($0.machine, $0.agent) = (machine, nil) }
        try await machine.must(
            """
            unset KUBECONFIG HTTP_PROXY http_proxy HTTPS_PROXY https_proxy KMD_STORE; export PATH=$PATH:/usr/sbin:/sbin
            mount -t tmpfs tmpfs \(shared) && ln -s \(disk)/data \(shared)/data && mount -t tmpfs tmpfs /run && mkdir -p /run/netns /run/lock &&
            mkdir -p /var/lib/cni && mount -t tmpfs tmpfs /var/lib/cni
            """)
        return machine
    }

    func startAgent(_ words: [String]) async throws {
        let line = (["mesos-agent", "--data-dir=\(disk)/agent", "--v=2"] + words).joined(separator: " ")
        let number = try await machine.must("\(TestCluster.binary) \(line) >>\(log) 2>&1 </dev/null & echo $!")
        running.withLock { $0.agent = Int(number) }
    }

    /// Sends a signal to the agent, and waits until it is gone. Its executor looks for the next one.
    public func endAgent(_ signal: Int32) async throws {
        guard let agent = running.withLock({ $0.agent.take() }) else { return }
        try await machine.must("kill -\(signal) \(agent); for i in $(seq 150); do kill -0 \(agent) 2>/dev/null || exit 0; sleep 0.1; done; false".inSubshell)
    }

    /// The machine loses power.
    public func crash() async {
        let machine = running.withLock { running in
            running.agent = nil
            return running.machine.take()
        }
        await machine?.crash()
        // Processes end a moment after their machine.
        for _ in 0..<50 where !cgroups.isEmpty {
            for path in cgroups { ClusterNode.removeCgroup(path) }
            try? await Task.sleep(for: .milliseconds(100))
        }
    }

    /// The processes on the node whose program has this name; `executor` is kmd's own.
    public func processes(named program: String) async throws -> [Int32] {
        let list = try await machine.must("ps -eo pid=,ppid=,args=")
        let found = list.split(separator: "\n").compactMap { line -> (number: Int32, parent: Int32)? in
            let words = line.split(separator: " ").map(String.init)
            guard words.count > 2, let number = Int32(words[0]), let parent = Int32(words[1]) else { return nil }
            guard let name = words[2].split(separator: "/").last.map(String.init) else { return nil }
            // An agent that fetched kmd calls it after its checksum.
            let isIt = program == "executor" ? name.hasPrefix("kmd") && words.count > 3 && words[3] == "executor" : name == program
            return isIt ? (number, parent) : nil
        }
        // A process that is about to become another program has the name of its parent for a moment.
        return found.filter { process in !found.contains { $0.number == process.parent } }.map(\.number)
    }

    /// Uninstalls kmd as a user would, and ends the machine. Returns what kmd left there.
    func end(dataDirectory: String) async -> [String] {
        // Named while the files that tell of them are there.
        _ = cgroups
        guard (try? machine) != nil else { return [] }
        var left: [String] = []
        do {
            try await endAgent(SIGTERM)
            let result = try await run("\(TestCluster.binary) uninstall --data-dir=\(dataDirectory) --yes")
            if !result.succeeded { left.append("\(name): uninstall: \(result)") }
            left += try await machine.must("ps -eo args= | grep -E '^[^ ]*(kmd|containerd)' || true").split(separator: "\n").map { "\(name): process \($0)" }
            left += try await machine.must("nft list tables ip; ip -o link | grep -o ': kmd-[^ ]*' || true").split(separator: "\n")
                .filter { $0.contains("kmd-") }.map { "\(name): \($0)" }
            left += try await machine.must("ip -4 route show proto 107; ls -A \(disk)/data; ls -A /run/netns").split(separator: "\n").map { "\(name): \($0)" }
            left += cgroups.map { "\(name): \($0)" }
        } catch { left.append("\(error)") }
        await crash()
        return left
    }

    /// The kernel's folders outlive a machine that is only namespaces. Their name comes from the data directory, as the socket's does.
    private var cgroups: [String] {
        let text = (try? String(contentsOfFile: disk + "/data/containerd/config.toml", encoding: .utf8)) ?? ""
        let state = text.split(whereSeparator: { "\"'/".contains($0) }).first { $0.hasPrefix("kmd-") && $0.count == 12 }.map(String.init)
        let known = hash.withLock { known in
            known = state ?? known
            return known
        }
        guard let known else { return [] }
        let base = "/sys/fs/cgroup"
        let hierarchies = (try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []
        return (hierarchies.map { "\(base)/\($0)/\(known)" } + ["\(base)/\(known)"]).filter(FileManager.default.fileExists(atPath:))
    }
    private let hash = Mutex<String?>(nil)

    /// Its files are the kernel's: only directories can be removed, the inner ones first.
    private static func removeCgroup(_ path: String) {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: "\(path)/\(name)", isDirectory: &isDirectory), isDirectory.boolValue { removeCgroup("\(path)/\(name)") }
        }
        rmdir(path)
    }
}

extension String {
    /// As a command that cannot end the shell that runs it.
    fileprivate var inSubshell: String { "( \(self) )" }
}
