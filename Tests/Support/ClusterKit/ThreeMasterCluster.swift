import Foundation
import Synchronization

/// The deployment of docs/ha.md on this machine, as `make ha` builds it: `scripts/ha` with a folder and a network of its own.
///
///     m1, m2, m3                                       n1, n2                                           lb
///     ZooKeeper, etcd, Mesos master, kmd               kmd mesos-agent ─► kmd executor ─► containerd    haproxy
///
/// `end()` must be called; it removes all that the cluster made, and says what it could not.
public final class ThreeMasterCluster: RunningCluster {
    public typealias Failure = TestCluster.Failure

    public static let masters = ["m1", "m2", "m3"]
    public static let agents = ["n1", "n2"]

    /// All that the cluster has on the disk is below it.
    public let folder: String
    /// The first three numbers of its network.
    public let network: String

    /// Whether this machine has what the hosts need; `scripts/requirements ha` installs it.
    public static var isPossible: Bool {
        TestCluster.isPossible && ["/usr/sbin/haproxy", "/usr/bin/etcd", "/usr/share/java/zookeeper.jar"].allSatisfy(FileManager.default.fileExists(atPath:))
    }

    public init() {
        folder = "/tmp/kmd-ha-\(getpid())"
        network = "10.77.\(1 + Int(getpid()) % 250)"
    }

    public var home: String { folder + "-home" }
    public var kubeconfig: String { home + "/kubeconfig" }
    /// The balancer's.
    public var server: String { "http://\(network).10:8888" }
    /// Where ZooKeeper holds the elections.
    public var ensemble: String { "zk://" + ThreeMasterCluster.masters.map { "\(address(of: $0)):2181" }.joined(separator: ",") + "/kmd" }

    public func address(of host: String) -> String { "\(network).\(host.hasPrefix("m") ? "1" : "2")\(host.dropFirst())" }

    public var log: String {
        let names = (ThreeMasterCluster.masters + ThreeMasterCluster.agents).flatMap { host in
            ["kmd", "mesos-master", "mesos-agent"].map { "\(host)/\($0).log" }
        }
        return names.compactMap { name in
            (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).map { "--- \(name)\n" + String($0.suffix(1500)) }
        }.joined(separator: "\n")
    }

    // MARK: scripts/ha

    /// Runs `scripts/ha` with these words, which must succeed, and gives what it printed.
    @discardableResult public func ha(_ words: String..., limit: Double = 180) async throws -> String {
        let root = "/" + URL(filePath: #filePath).pathComponents.dropFirst().dropLast(4).joined(separator: "/")
        var environment = ["HA_DIR": folder, "HA_NET": network, "KMD": TestCluster.binary]
        if let images = ProcessInfo.processInfo.environment["KMD_IMAGES"] { environment["KMD_IMAGES"] = images }
        let result = try await Command.run("\(root)/scripts/ha", words, environment: environment, limit: limit)
        guard result.succeeded else { throw Failure("scripts/ha \(words.joined(separator: " ")): \(result)") }
        return result.output
    }

    public func start() async throws {
        try await ha("up")
        try FileManager.default.createDirectory(atPath: home, withIntermediateDirectories: true)
        let cluster = "{name: ha, cluster: {server: \"\(server)\"}}"
        try "{apiVersion: v1, kind: Config, clusters: [\(cluster)], contexts: [{name: ha, context: {cluster: ha}}], current-context: ha}"
            .write(toFile: kubeconfig, atomically: true, encoding: .utf8)
    }

    /// Removes all. Returns what was left behind.
    public func end() async -> [String] {
        var left: [String] = []
        do { try await ha("down") } catch { left.append("\(error)") }
        try? FileManager.default.removeItem(atPath: home)
        if FileManager.default.fileExists(atPath: folder) { left.append(folder) }
        for number in (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap({ Int32($0) }) ?? [] where number != getpid() {
            guard let line = try? String(contentsOfFile: "/proc/\(number)/cmdline", encoding: .utf8), line.contains(folder + "/") else { continue }
            left.append("process \(number): \(line.replacing("\0", with: " "))")
        }
        let mounts = (try? String(contentsOfFile: "/proc/mounts", encoding: .utf8)) ?? ""
        left += mounts.split(separator: "\n").filter { $0.contains(folder) }.map { "mount \($0)" }
        let links = try? await Command.run("/bin/sh", ["-c", "PATH=$PATH:/usr/sbin; ip -o -4 addr; ip -4 route"])
        left += (links?.output ?? "").split(separator: "\n").filter { $0.contains("\(network).") }.map(String.init)
        return left
    }

    // MARK: What is so

    /// Of `scheduler` or `controller-manager`, as ZooKeeper has it: the present term, who won it, and the identities of all who take part.
    public func election(_ component: String) async throws -> (term: Int, holder: String, candidates: [String]) {
        let text = try await Command.run(TestCluster.binary, ["leader", "show", "--zk=\(ensemble)"]).output
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("\(component): term ") }
        guard let first = lines.first?.firstMatch(of: /term (\d+), won by (\S+) at/), let term = Int(first.1) else { return (0, "", []) }
        let candidates = lines.dropFirst().prefix { $0.hasPrefix("  ") }.compactMap { $0.firstMatch(of: /(\S+)  http:/).map { String($0.1) } }
        return (term, String(first.2), candidates)
    }

    /// What a host's process list says of the programs in pods: number, start and words of each. kmd has no part in it.
    public func programs(_ words: String) async throws -> Set<String> {
        var found: Set<String> = []
        for host in ThreeMasterCluster.agents {
            let list = try await ha("exec", host, "ps", "-eo", "pid=,lstart=,args=")
            for line in list.split(separator: "\n") where line.contains(words) { found.insert("\(host) \(line)") }
        }
        return found
    }
}
