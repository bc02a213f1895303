import Foundation
import Synchronization

/// A whole cluster of its own on this machine: `kmd --role=all` as a user starts it, with its own data, ports and pod addresses.
///
/// `end()` must be called; it removes all that the cluster made, and says what it could not.
public final class TestCluster: RunningCluster {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    public struct Ports: Sendable {
        public let api, master, agent, scheduler, node: Int
    }

    public let dataDirectory: String
    public let ports: Ports
    public let podNetwork: String
    /// Its services have addresses in this network, of 256, unless the options name another.
    public let serviceNetwork: String
    private let options: [String]
    private let running = Mutex<ChildProcess?>(nil)

    /// Where the binary under test is: beside the tests, or where `KMD_BINARY` says.
    public static var binary: String {
        if let named = ProcessInfo.processInfo.environment["KMD_BINARY"] { return named }
        let root = URL(filePath: #filePath).pathComponents.dropLast(4).joined(separator: "/").dropFirst()
        return "\(root)/.build/debug/kmd"
    }

    /// Whether real containers may be started here: `make test` says so, `make unit` does not.
    public static var isPossible: Bool { ProcessInfo.processInfo.environment["KMD_REAL"] == "1" && getuid() == 0 }

    private static let clusters = Mutex(0)

    /// Prepares a cluster; nothing runs yet. `options` are further flags of kmd.
    public init(_ options: [String] = []) throws {
        let number = TestCluster.clusters.withLock { count in
            count += 1
            return count
        }
        dataDirectory = "/tmp/kmd-test-\(getpid())-\(number)"
        try FileManager.default.createDirectory(atPath: dataDirectory, withIntermediateDirectories: true)
        let free = try FreePorts.find(5)
        ports = Ports(api: free[0], master: free[1], agent: free[2], scheduler: free[3], node: free[4])
        podNetwork = "10.\(100 + Int(getpid()) % 100).\(number % 250)"
        serviceNetwork = "10.\(200 + Int(getpid()) % 50).\(number % 250)"
        self.options = options
    }

    /// kubectl's own files, apart from kmd's.
    public var home: String { dataDirectory + "-home" }

    public var kubeconfig: String { dataDirectory + "/kubeconfig" }
    public var server: String { "http://127.0.0.1:\(ports.api)" }
    public var logFile: String { "\(dataDirectory)/kmd.log" }

    /// Its last words, for a failure's message.
    public var log: String { String(((try? String(contentsOfFile: logFile, encoding: .utf8)) ?? "").suffix(6000)) }

    /// Starts the process and returns once the API answers and the node is ready.
    public func start() async throws {
        let arguments =
            [
                "--role=all", "--data-dir=\(dataDirectory)", "--port=\(ports.api)", "--mesos-local-master-port=\(ports.master)",
                "--mesos-local-agent-port=\(ports.agent)", "--scheduler-port=\(ports.scheduler)", "--controller-manager-port=0", "--node-port=\(ports.node)",
                "--pod-cidr=\(podNetwork).0/24", "--v=2",
            ]
            + (options.contains { $0.hasPrefix("--service-cluster-ip-range=") }
                ? [] : ["--service-cluster-ip-range=\(serviceNetwork).0/24", "--cluster-dns=\(serviceNetwork).10"]) + (ProcessInfo.processInfo.environment["KMD_IMAGES"].map { ["--image-dir=\($0)"] } ?? []) + options
        let process = try ChildProcess(TestCluster.binary, arguments, files: ("/dev/null", logFile, logFile))
        running.withLock { $0 = process }
        try await eventually("the API server answers", within: 60) {
            guard process.isRunning else { throw Failure("kmd ended with status \(await process.wait()):\n\(self.log)") }
            return try await self.get("/readyz").status == 200
        }
        try await eventually("the node is ready", within: 60) {
            try await self.kubectl("get", "nodes", "--no-headers").output.contains(" Ready ")
        }
    }

    /// Sends a signal to kmd and waits until it is gone.
    public func signal(_ number: Int32) async throws {
        guard let process = running.withLock({ $0 }) else { return }
        process.signal(number)
        _ = await process.wait()
        running.withLock { $0 = nil }
    }

    /// Removes all. Returns what was left behind, which is a failure of kmd.
    public func end() async throws -> [String] {
        try await signal(SIGTERM)
        let socket = containerdSocket
        let bridge = bridge
        let result = try await Command.run(TestCluster.binary, ["uninstall", "--data-dir=\(dataDirectory)", "--yes"])
        guard result.succeeded else { throw Failure("uninstall: \(result)") }
        try? FileManager.default.removeItem(atPath: home)
        var left: [String] = []
        if FileManager.default.fileExists(atPath: dataDirectory) { left.append(dataDirectory) }
        let name = URL(filePath: dataDirectory).lastPathComponent
        for folder in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let number = Int32(folder), number != getpid(), let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8),
                line.contains(name + "/") || line.hasSuffix(name) || socket.map(line.contains) == true
            else { continue }
            left.append("process \(number): \(line.replacing("\0", with: " "))")
        }
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        left += mounts.split(separator: "\n").filter { $0.contains(name) }.map { "mount \($0)" }
        if let bridge {
            let tables = try await Command.run("/bin/sh", ["-c", "PATH=$PATH:/usr/sbin; nft list tables 2>/dev/null"])
            left += tables.output.split(separator: "\n").filter { $0.contains(bridge) }.map(String.init)
        }
        let links = try await Command.run("/bin/sh", ["-c", "ip -o addr; iptables-save 2>/dev/null | grep -v '^#'"])
        left += links.output.split(separator: "\n").filter { $0.contains(podNetwork + ".") }.map(String.init)
        return left
    }

    /// The processes of this cluster whose program has this name; `executor` is kmd's own.
    public func processes(named program: String) throws -> [Int32] {
        let marks = [dataDirectory + "/", "--data-dir=\(dataDirectory)", containerdSocket].compactMap { $0 }
        return try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap(Int32.init).filter { number in
            guard let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8) else { return false }
            let words = line.split(separator: "\0").map(String.init)
            guard let name = words.first.map({ URL(filePath: $0).lastPathComponent }), marks.contains(where: line.contains) else { return false }
            return program == "executor" ? name.hasPrefix("kmd") && words.contains("executor") : name == program
        }
    }

    /// Where the private containerd listens; its shims name it.
    private var containerdSocket: String? {
        let text = (try? String(contentsOfFile: dataDirectory + "/containerd/config.toml", encoding: .utf8)) ?? ""
        return text.split(whereSeparator: { "\"'".contains($0) }).first { $0.hasPrefix("/") && $0.hasSuffix("containerd.sock") }.map(String.init)
    }

    /// The name of its bridge, which is also that of its table in the packet filter.
    public var bridge: String? {
        let list = try? String(contentsOfFile: dataDirectory + "/containerd/cni/net.d/10-kmd.conflist", encoding: .utf8)
        return list?.split(separator: "\"").first { $0.hasPrefix("kmd-") }.map(String.init)
    }
}
