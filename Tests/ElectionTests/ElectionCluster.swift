import ClusterKit
import Core
import Foundation
import JSON
import KubeClient
import Synchronization
import ZooKeeperEnsemble

struct ElectionFailure: Error, CustomStringConvertible { let description: String }

/// One ZooKeeper ensemble, one API server, one Mesos master, and three schedulers: real processes, on the loopback, in a folder of their own.
final class ElectionCluster: Sendable {
    struct Replica: Sendable { let number: Int; let port: Int; let process: ChildProcess; let log: String }

    let folder: String
    let ensemble: ZooKeeperEnsemble
    let kube: KubeClient
    private let apiPort: Int, masterPort: Int
    private let schedulerPorts: [Int]
    private let servers = Mutex<[ChildProcess]>([])
    private let replicas = Mutex<[Int: Replica]>([:])
    private let starts = Mutex(0)

    /// Sessions are as short as the servers allow: two ticks of 500 ms.
    static let sessionTimeout = Duration.seconds(1)

    init() throws {
        ensemble = try ZooKeeperEnsemble(size: 3, tick: 500)
        folder = ensemble.folder
        let ports = try ZooKeeperEnsemble.freePorts(5)
        (apiPort, masterPort, schedulerPorts) = (ports[0], ports[1], Array(ports[2...]))
        kube = KubeClient(server: "http://127.0.0.1:\(ports[0])")
    }

    var zk: String { "zk://\(ensemble.connectString)/kmd" }

    func start() async throws {
        try await ensemble.start()
        let common = ["--data-dir=\(folder)/kmd", "--v=1"]
        let api = try spawn("apiserver", ["apiserver", "--port=\(apiPort)"] + common)
        let master = try spawn("master", ["mesos-local", "--role=master", "--port=\(masterPort)"] + common)
        servers.withLock { $0 = [api, master] }
        try await eventually("the API server answers") { (try? await self.kube.get("/version")) != nil }
        for number in 0..<3 { try startScheduler(number) }
    }

    func startScheduler(_ number: Int) throws {
        let count = starts.withLock { count in
            count += 1
            return count
        }
        let port = schedulerPorts[number]
        let name = "scheduler-\(number)-\(count)"
        let process = try spawn(
            name,
            [
                "scheduler", "--port=\(port)", "--mesos-master=127.0.0.1:\(masterPort)", "--api-servers=127.0.0.1:\(apiPort)", "--ha", "--zk=\(zk)",
                "--zk-session-timeout=1s", "--data-dir=\(folder)/kmd", "--v=2",
            ])
        replicas.withLock { $0[number] = Replica(number: number, port: port, process: process, log: "\(folder)/\(name).log") }
    }

    private func spawn(_ name: String, _ words: [String]) throws -> ChildProcess {
        let log = "\(folder)/\(name).log"
        return try ChildProcess(TestCluster.binary, words, files: ("/dev/null", log, log))
    }

    func replica(_ number: Int) throws -> Replica {
        guard let replica = replicas.withLock({ $0[number] }) else { throw ElectionFailure(description: "no replica \(number)") }
        return replica
    }

    /// What a scheduler says of itself at `/leader`.
    func page(of number: Int) async -> String {
        guard let port = try? replica(number).port else { return "" }
        let client = KubeClient(server: "http://127.0.0.1:\(port)")
        let text = try? await client.call(.GET, "/leader")
        await client.shutdown()
        return text.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The term of each scheduler that says that it leads.
    func leaders(among numbers: [Int] = [0, 1, 2]) async -> [(number: Int, term: Int)] {
        var found: [(Int, Int)] = []
        for number in numbers {
            let lines = await page(of: number).split(separator: "\n")
            if let term = lines.first(where: { $0.hasPrefix("term: ") }).flatMap({ Int($0.dropFirst(6)) }) { found.append((number, term)) }
        }
        return found
    }

    /// The one leader, once there is one with a term above `term`, and the Lease says so.
    func leader(above term: Int, among numbers: [Int] = [0, 1, 2]) async throws -> (number: Int, term: Int) {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(60) {
            let found = await leaders(among: numbers)
            if found.count == 1, found[0].term > term, await lease()?.term == found[0].term { return found[0] }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ElectionFailure(description: "nobody leads with a term above \(term)\n\(logs)")
    }

    /// What `kubectl get leases -n kube-system` shows.
    func lease() async -> (holder: String, term: Int)? {
        guard let lease = try? await kube.get("/apis/coordination.k8s.io/v1/namespaces/kube-system/leases/kmd-scheduler"),
            let holder = lease.at("spec", "holderIdentity")?.string, let term = lease.at("spec", "leaseTransitions")?.integer
        else { return nil }
        return (holder, Int(term))
    }

    /// Ids of the frameworks that the master knows, and how many of them are connected.
    func frameworks() async throws -> (ids: [String], connected: Int) {
        let client = KubeClient(server: "http://127.0.0.1:\(masterPort)")
        let state = try? await client.get("/state")
        await client.shutdown()
        let frameworks = state?["frameworks"]?.array ?? []
        return (frameworks.compactMap { $0["id"]?.string }, frameworks.filter { $0["connected"]?.bool == true }.count)
    }

    /// How often a scheduler has subscribed, by its log.
    func subscriptions(of number: Int) throws -> Int {
        try log(of: number).split(separator: "\n").filter { $0.contains("subscribed to Mesos") && !$0.contains("not subscribed") }.count
    }

    func log(of number: Int) throws -> String { (try? String(contentsOfFile: try replica(number).log, encoding: .utf8)) ?? "" }

    /// A process that subscribes with the framework's id, as a scheduler of another program would, and holds the stream.
    func subscribe(as framework: String) async throws -> ChildProcess {
        let info = #"{"user":"root","name":"Kubernetes","id":{"value":"\#(framework)"},"failover_timeout":604800,"checkpoint":true,"roles":["*"],"capabilities":[{"type":"MULTI_ROLE"}]}"#
        let call = #"{"type":"SUBSCRIBE","framework_id":{"value":"\#(framework)"},"subscribe":{"framework_info":\#(info)}}"#
        let process = try ChildProcess(
            "/usr/bin/curl",
            ["--silent", "--no-buffer", "--noproxy", "*", "--header", "Content-Type: application/json", "--data", call, "http://127.0.0.1:\(masterPort)/api/v1/scheduler"],
            files: ("/dev/null", "\(folder)/stranger.log", "\(folder)/stranger.log"))
        try await eventually("the stranger is subscribed") {
            ((try? String(contentsOfFile: "\(self.folder)/stranger.log", encoding: .utf8)) ?? "").contains("SUBSCRIBED")
        }
        return process
    }

    func kmd(_ words: String...) async throws -> CommandResult { try await Command.run(TestCluster.binary, words) }

    func eventually(_ what: String, _ condition: () async throws -> Bool) async throws {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < .seconds(60) {
            if try await condition() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw ElectionFailure(description: "not in a minute: \(what)\n\(logs)")
    }

    var logs: String {
        let files = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasPrefix("scheduler") }.sorted()
        return files.map { "== \($0)\n" + String(((try? String(contentsOfFile: "\(folder)/\($0)", encoding: .utf8)) ?? "").suffix(1500)) }.joined()
    }

    func end() async {
        let schedulers = replicas.withLock { $0.values.map(\.process) }
        for process in schedulers + servers.withLock({ $0 }).reversed() where process.isRunning {
            process.signal(SIGCONT)
            process.signal(SIGKILL)
            _ = await process.wait()
        }
        await kube.shutdown()
        await ensemble.end()
    }
}
