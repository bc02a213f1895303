import Foundation
import Synchronization

/// A cluster of several nodes on this machine: the servers run here, each Mesos agent on a machine of its own (`TestMachine`) with its own
/// containerd, all on one bridge.
///
///     this machine                               node-1, node-2, node-3
///     kmd --role=apiserver,scheduler,            kmd mesos-agent ─► kmd executor ─► containerd
///         controller-manager,proxy
///     kmd mesos-local --role=master
///     bridge 172.30.N.1 ───────────────────────── eth0 172.30.N.11, .12, .13
///
/// `end()` must be called; it removes all that the cluster made, and says what it could not.
public final class MultiNodeCluster: RunningCluster {
    public typealias Failure = TestCluster.Failure

    /// All that the cluster has on the disk is below it.
    public let folder: String
    public let nodes: [ClusterNode]
    /// What the servers are started with, besides what makes a cluster of them.
    private let options: [String]
    private let ports: (api: Int, master: Int, scheduler: Int)
    private let number: Int
    private let running = Mutex<(servers: ChildProcess?, master: ChildProcess?)>((nil, nil))
    private let forwarding = Mutex<String?>(nil)

    private static let clusters = Mutex(0)

    /// Prepares a cluster; nothing runs yet.
    /// - Parameters:
    ///   - count: of the nodes, at most 9: node-1, node-2, … Each is in a rack (`rack`, r1, r2, …) and has 4 CPUs and 4 GB.
    ///   - options: further flags of the servers.
    public init(nodes count: Int, options: [String] = []) throws {
        precondition((1...9).contains(count), "a cluster of \(count) nodes")
        let serial = MultiNodeCluster.clusters.withLock { count in
            count += 1
            return count
        }
        number = (Int(getpid()) * 8 + serial) % 250
        let (folder, number) = ("/tmp/kmd-nodes-\(getpid())-\(serial)", number)
        (self.folder, self.options) = (folder, options)
        try FileManager.default.createDirectory(atPath: folder + "/cluster", withIntermediateDirectories: true)
        nodes = (1...count).map { ClusterNode("node-\($0)", rack: "r\($0)", address: "172.30.\(number).\(10 + $0)", folder: folder, device: "kt\(getpid())n\($0)") }
        let free = try FreePorts.find(3)
        ports = (free[0], free[1], free[2])
    }

    public var home: String { folder + "/home" }
    public var kubeconfig: String { dataDirectory + "/kubeconfig" }
    public var server: String { "http://\(address):\(ports.api)" }
    /// Where the servers have their data, and each executor its own: what lies there is another folder on each machine.
    public var dataDirectory: String { folder + "/cluster/data" }
    /// Of this machine, on the bridge.
    public var address: String { "172.30.\(number).1" }
    /// Services have addresses in this network of 256; the tenth is the DNS server's.
    public var serviceNetwork: String { "10.\(200 + number / 25).\(number)" }
    /// Pods have addresses in this network of 65,536.
    public var podNetwork: String { "100.\(64 + number % 64)" }
    public var master: String { "\(address):\(ports.master)" }
    private var bridge: String { "kt\(getpid())b" }
    private var credential: String { folder + "/credential" }

    public var log: String {
        (["servers", "master"].map { ($0, "\(folder)/\($0).log") } + nodes.map { ($0.name, $0.log) }).map { name, path in
            "--- \(name)\n" + String(((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").suffix(2500))
        }.joined(separator: "\n")
    }

    public func node(_ name: String) throws -> ClusterNode {
        guard let node = nodes.first(where: { $0.name == name }) else { throw Failure("there is no node \(name)") }
        return node
    }

    // MARK: Starting

    /// Starts all, and returns when each node is ready and has addresses for its pods.
    public func start() async throws {
        try await makeNetwork()
        let secret = (0..<32).map { _ in String(UInt8.random(in: 0 ... .max), radix: 16) }.joined()
        guard FileManager.default.createFile(
            atPath: credential, contents: Data(#"{"principal": "agent", "secret": "\#(secret)"}"#.utf8), attributes: [.posixPermissions: 0o600])
        else { throw Failure("cannot write \(credential)") }
        try startMaster()
        try await startServers()
        for node in nodes { try await start(node) }
        try await eventually("all nodes are ready", within: 120) {
            let lines = try await self.kubectl("get", "nodes", "--no-headers", "-o", "wide").output.split(separator: "\n")
            let ranges = try await self.kubectl("get", "nodes", "-o", "jsonpath={.items[*].spec.podCIDR}").output.split(separator: " ")
            return lines.filter { $0.contains(" Ready ") }.count == self.nodes.count && ranges.count == self.nodes.count
        }
    }

    private func makeNetwork() async throws {
        let path = "/proc/sys/net/ipv4/ip_forward"
        forwarding.withLock { $0 = try? String(contentsOfFile: path, encoding: .utf8) }
        try await must("ip link add \(bridge) type bridge && ip addr add \(address)/24 dev \(bridge) && ip link set \(bridge) up && echo 1 >\(path)")
    }

    private func must(_ script: String) async throws {
        let result = try await Command.run("/bin/sh", ["-c", "PATH=$PATH:/usr/sbin:/sbin; " + script])
        guard result.succeeded else { throw Failure("\(script)\n\(result)") }
    }

    /// The Mesos master. Agents that were there before are found again.
    public func startMaster() throws {
        let process = try ChildProcess(
            TestCluster.binary,
            [
                "mesos-local", "--role=master", "--data-dir=\(folder)/master", "--address=\(address)", "--port=\(ports.master)",
                "--credentials=\(credential)", "--agent-ping-timeout=1secs", "--max-agent-ping-timeouts=3", "--v=2",
            ], files: ("/dev/null", "\(folder)/master.log", "\(folder)/master.log"))
        running.withLock { $0.master = process }
    }

    /// API server, scheduler, controllers, and the services' addresses on this machine.
    public func startServers(_ more: [String] = []) async throws {
        var arguments = [
            "--role=apiserver,scheduler,controller-manager,proxy", "--data-dir=\(dataDirectory)", "--address=\(address)", "--port=\(ports.api)",
            "--mesos-master=\(master)", "--scheduler-port=\(ports.scheduler)", "--controller-manager-port=0", "--cluster-cidr=\(podNetwork).0.0/16",
            "--service-cluster-ip-range=\(serviceNetwork).0/24", "--cluster-dns=\(serviceNetwork).10", "--configure-routes", "--v=2",
        ]
        if let images = ProcessInfo.processInfo.environment["KMD_IMAGES"] { arguments.append("--image-dir=\(images)") }
        let log = "\(folder)/servers.log"
        let process = try ChildProcess(TestCluster.binary, arguments + options + more, files: ("/dev/null", log, log))
        running.withLock { $0.servers = process }
        try await eventually("the API server answers", within: 60) {
            guard process.isRunning else { throw Failure("kmd ended with status \(await process.wait()):\n\(self.log)") }
            return try await self.get("/readyz").status == 200
        }
    }

    /// A DNS server of this machine, at its address. The caller ends it.
    public func startDNS() throws -> (process: ChildProcess, port: Int) {
        let (port, log) = (try FreePorts.find(1)[0], "\(folder)/dns.log")
        let process = try ChildProcess(
            TestCluster.binary, ["dns", "--api-servers=\(address):\(ports.api)", "--address=\(address)", "--port=\(port)", "--upstream=none"],
            files: ("/dev/null", log, log))
        return (process, port)
    }

    /// Starts a node's machine, as new or as after a loss of power, and its agent.
    public func start(_ node: ClusterNode) async throws {
        let machine = try await node.boot(binding: folder + "/cluster")
        let first = try await machine.firstProcess()
        // The cable of a machine that lost power goes a moment after it.
        try await must("for i in $(seq 100); do ip link show \(node.device) >/dev/null 2>&1 || break; sleep 0.1; done")
        try await must("ip link add \(node.device) type veth peer name eth0 netns \(first) && ip link set \(node.device) master \(bridge) up")
        try await machine.must(
            "ip link set lo up && ip addr add \(node.address)/24 dev eth0 && ip link set eth0 up && ip route add default via \(address) && hostname \(node.name)")
        try await startAgent(of: node)
    }

    /// Starts a node's agent; executors that were there before are found again.
    public func startAgent(of node: ClusterNode) async throws {
        try await node.startAgent([
            "--master=\(master)", "--ip=\(node.address)", "--hostname=\(node.name)", "--credential=\(credential)",
            "--resources='cpus:4;mem:4096;disk:10000;ports:[31000-32000]'", "--attributes='rack:\(node.rack)'",
        ])
    }

    // MARK: Ending

    /// Sends a signal to the Mesos master and waits until it is gone.
    public func endMaster(_ signal: Int32) async { await end(running.withLock { $0.master.take() }, signal) }
    /// The same for API server, scheduler, controllers and proxy.
    public func endServers(_ signal: Int32) async { await end(running.withLock { $0.servers.take() }, signal) }

    private func end(_ process: ChildProcess?, _ signal: Int32) async {
        process?.signal(signal)
        _ = await process?.wait()
    }

    /// Removes all, also after a failure. Returns what was left behind, which is a failure of kmd.
    public func end() async -> [String] {
        var left: [String] = []
        for node in nodes { left += await node.end(dataDirectory: dataDirectory) }
        await endServers(SIGTERM)
        await endMaster(SIGTERM)
        do {
            let result = try await Command.run(TestCluster.binary, ["uninstall", "--data-dir=\(dataDirectory)", "--yes"])
            if !result.succeeded { left.append("uninstall: \(result)") }
            let links = try await Command.run("/bin/sh", ["-c", "ip -4 route; ip -o -4 addr; PATH=$PATH:/usr/sbin; nft list ruleset"])
            left += links.output.split(separator: "\n").filter { $0.contains(" \(podNetwork).") || $0.contains("\(serviceNetwork).") }.map(String.init)
            try await must("ip link del \(bridge)")
        } catch { left.append("\(error)") }
        if let before = forwarding.withLock({ $0 }) { try? before.write(toFile: "/proc/sys/net/ipv4/ip_forward", atomically: false, encoding: .utf8) }
        for number in (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap({ Int32($0) }) ?? [] where number != getpid() {
            guard let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8), line.contains(folder) else { continue }
            left.append("process \(number): \(line.replacing("\0", with: " "))")
        }
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        left += mounts.split(separator: "\n").filter { $0.contains(folder) }.map { "mount \($0)" }
        try? FileManager.default.removeItem(atPath: folder)
        if FileManager.default.fileExists(atPath: folder) { left.append(folder) }
        return left
    }
}
