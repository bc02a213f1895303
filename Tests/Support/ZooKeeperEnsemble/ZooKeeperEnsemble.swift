import Foundation
import Synchronization

/// Real ZooKeeper servers for a test, one or three, on free ports of the loopback and in a folder of their own.
///
/// `end()` must be called: it kills the servers and removes the folder. The servers are Debian's (`zookeeper`, a JRE); where they are
/// not installed, `isInstalled` is false.
public final class ZooKeeperEnsemble: Sendable {
    public struct Failure: Error, CustomStringConvertible { public let description: String }

    /// Ports of one server: for clients, and for the other servers.
    struct Ports { let client, quorum, election: Int }

    public static let jar = "/usr/share/java/zookeeper.jar"
    public static var isInstalled: Bool {
        FileManager.default.fileExists(atPath: jar) && FileManager.default.isExecutableFile(atPath: "/usr/bin/java")
    }

    /// Whether tests may start servers here: `make test` says so, `make unit` does not.
    public static var isPossible: Bool { isInstalled && ProcessInfo.processInfo.environment["KMD_REAL"] == "1" }

    /// Where the servers keep their data; gone after `end`.
    public let folder: String
    let ports: [Ports]
    private let tick: Int
    private let options: [String]
    private let running: Mutex<[Int: ServerProcess]>

    /// - Parameters:
    ///   - size: 1 or 3.
    ///   - tick: milliseconds; sessions have 2 to 20 ticks.
    ///   - options: further lines of the configuration.
    public init(size: Int = 3, tick: Int = 200, options: [String] = []) throws {
        folder = NSTemporaryDirectory() + "kmd-zookeeper-\(getpid())-\(UInt32.random(in: 0...UInt32.max))"
        let free = try FreePorts.find(size * 3)
        ports = (0..<size).map { Ports(client: free[$0 * 3], quorum: free[$0 * 3 + 1], election: free[$0 * 3 + 2]) }
        (self.tick, self.options) = (tick, options)
        running = Mutex([:])
        for index in 0..<size { try configure(index) }
    }

    /// `127.0.0.1:p1,127.0.0.1:p2`, of all servers or one.
    public var connectString: String { ports.map { "127.0.0.1:\($0.client)" }.joined(separator: ",") }
    public func connectString(of server: Int) -> String { "127.0.0.1:\(ports[server].client)" }
    public var size: Int { ports.count }

    /// Starts all servers, and returns when they serve.
    public func start() async throws {
        for index in ports.indices { try start(index) }
        for index in ports.indices { try await serves(index) }
    }

    /// Starts one server, which takes part again with what it has on its disk.
    public func start(_ index: Int) throws {
        let memory = ["-Xms16m", "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"]
        let properties = [
            "-Dzookeeper.extendedTypesEnabled=true", "-Dzookeeper.admin.enableServer=false", "-Dzookeeper.4lw.commands.whitelist=*",
            "-Dznode.container.checkIntervalMs=500", "-Dzookeeper.jmx.log4j.disable=true", "-Dzookeeper.forceSync=no",
        ]
        let process = try ServerProcess(
            "/usr/bin/java", memory + properties + ["-cp", Self.jar, "org.apache.zookeeper.server.quorum.QuorumPeerMain", "\(folder)/\(index).cfg"],
            log: "\(folder)/\(index).log")
        running.withLock { $0[index] = process }
    }

    /// Ends a server as the loss of its machine would (SIGKILL), and returns when it is gone.
    public func kill(_ index: Int) async {
        guard let process = running.withLock({ $0.removeValue(forKey: index) }) else { return }
        process.signal(SIGKILL)
        await process.wait()
    }

    /// Freezes a server (SIGSTOP), or lets it go on.
    public func freeze(_ index: Int) { running.withLock { $0[index] }?.signal(SIGSTOP) }
    public func thaw(_ index: Int) { running.withLock { $0[index] }?.signal(SIGCONT) }

    /// Returns when a server serves clients.
    public func serves(_ index: Int, within limit: Duration = .seconds(60)) async throws {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < limit {
            if mode(of: index) != nil { return }
            guard running.withLock({ $0[index]?.isRunning == true }) else {
                throw Failure(description: "ZooKeeper server \(index) ended:\n\(log(of: index))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "ZooKeeper server \(index) does not serve:\n\(log(of: index))")
    }

    /// `leader`, `follower`, `standalone`; `nil`: it does not serve.
    public func mode(of index: Int) -> String? {
        guard let answer = FourLetterWord.ask("srvr", port: ports[index].client) else { return nil }
        return answer.split(separator: "\n").first { $0.hasPrefix("Mode: ") }.map { String($0.dropFirst(6)) }
    }

    /// Which server leads the others.
    public func leader(within limit: Duration = .seconds(60)) async throws -> Int {
        let began = ContinuousClock.now
        while ContinuousClock.now - began < limit {
            if let index = ports.indices.first(where: { ["leader", "standalone"].contains(mode(of: $0)) }) { return index }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Failure(description: "no ZooKeeper server leads")
    }

    /// How many watches and connections a server has, as its `mntr` says.
    public func counter(_ name: String, of index: Int) -> Int? {
        FourLetterWord.ask("mntr", port: ports[index].client)?.split(separator: "\n")
            .first { $0.hasPrefix(name + "\t") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    /// Kills what runs, and removes the folder.
    public func end() async {
        for index in ports.indices { await kill(index) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func log(of index: Int) -> String { String(((try? String(contentsOfFile: "\(folder)/\(index).log", encoding: .utf8)) ?? "").suffix(3000)) }

    private func configure(_ index: Int) throws {
        let data = "\(folder)/\(index)"
        try FileManager.default.createDirectory(atPath: data, withIntermediateDirectories: true)
        var lines = [
            "tickTime=\(tick)", "initLimit=20", "syncLimit=5", "dataDir=\(data)", "clientPort=\(ports[index].client)",
            "clientPortAddress=127.0.0.1", "maxClientCnxns=0", "admin.enableServer=false",
        ]
        if ports.count > 1 {
            lines += ports.indices.map { "server.\($0 + 1)=127.0.0.1:\(ports[$0].quorum):\(ports[$0].election)" }
            try "\(index + 1)\n".write(toFile: "\(data)/myid", atomically: false, encoding: .utf8)
        }
        try (lines + options).joined(separator: "\n").write(toFile: "\(folder)/\(index).cfg", atomically: false, encoding: .utf8)
    }
}
