import ClusterKit
import Foundation

/// A real etcd cluster in a directory of its own, on free ports of loopback; its members can be killed and come back.
public final class EtcdCluster: Sendable {
    public struct CannotStart: Error, CustomStringConvertible { public let description: String }

    public static let program = ["/usr/bin/etcd", "/usr/local/bin/etcd"].first(where: FileManager.default.isExecutableFile(atPath:))
    public static let control = ["/usr/bin/etcdctl", "/usr/local/bin/etcdctl"].first(where: FileManager.default.isExecutableFile(atPath:))

    /// Whether tests may start members here: `make test` says so, `make unit` does not.
    public static var isPossible: Bool {
        program != nil && control != nil && ProcessInfo.processInfo.environment["KMD_REAL"] == "1"
    }

    public let directory: URL
    /// The members' client URLs.
    public let endpoints: [String]
    private let members: [Member]

    /// Starts it, and returns when its members answer.
    ///
    /// - Parameters:
    ///   - size: how many members; one that has lost its majority does not answer.
    ///   - arguments: further flags of each member.
    ///   - scheme: `https` when `arguments` name certificates.
    public init(size: Int = 3, arguments: [String] = [], scheme: String = "http") async throws {
        guard let program = EtcdCluster.program else { throw CannotStart(description: "etcd is not installed: scripts/requirements test") }
        directory = FileManager.default.temporaryDirectory.appending(path: "kmd-etcd-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let ports = try FreePorts.take(size * 2)
        let peers = (0..<size).map { "http://127.0.0.1:\(ports[size + $0])" }
        let clients = (0..<size).map { "\(scheme)://127.0.0.1:\(ports[$0])" }
        let initial = peers.enumerated().map { "m\($0.offset)=\($0.element)" }.joined(separator: ",")
        endpoints = clients
        let folder = directory
        members = (0..<size).map { number in
            Member(
                program: program,
                arguments: [
                    "--name=m\(number)", "--data-dir=\(folder.path)/m\(number)", "--listen-client-urls=\(clients[number])",
                    "--advertise-client-urls=\(clients[number])", "--listen-peer-urls=\(peers[number])",
                    "--initial-advertise-peer-urls=\(peers[number])", "--initial-cluster=\(initial)", "--heartbeat-interval=50",
                    "--election-timeout=500", "--log-level=error", "--logger=zap",
                ] + arguments,
                log: folder.path + "/m\(number).log")
        }
        for member in members { try member.start() }
    }

    public var size: Int { members.count }
    /// For a store's options.
    public var addresses: String { endpoints.joined(separator: ",") }

    public func kill(_ member: Int) async { await members[member].end() }
    public func start(_ member: Int) throws { try members[member].start() }
    /// Stops a member where it is, or lets it go on.
    public func freeze(_ member: Int) { members[member].signal(SIGSTOP) }
    public func thaw(_ member: Int) { members[member].signal(SIGCONT) }

    /// Ends all members and removes what they wrote.
    public func stop() async {
        for member in members { await member.end() }
        try? FileManager.default.removeItem(at: directory)
    }

    /// What the members have said, for a failure.
    public var log: String {
        (0..<size).map { (try? String(contentsOf: directory.appending(path: "m\($0).log"), encoding: .utf8)) ?? "" }.joined()
    }

    /// Runs `etcdctl` on this cluster.
    @discardableResult
    public func ctl(_ arguments: [String]) async throws -> CommandResult {
        guard let control = EtcdCluster.control else { throw CannotStart(description: "etcdctl is not installed: scripts/requirements test") }
        return try await Command.run(control, ["--endpoints=\(addresses)"] + arguments, environment: ["ETCDCTL_API": "3"], limit: 30)
    }

    private final class Member: Sendable {
        private let program: String
        private let arguments: [String]
        private let log: String
        private let process = Locked<ChildProcess?>(nil)

        init(program: String, arguments: [String], log: String) { (self.program, self.arguments, self.log) = (program, arguments, log) }

        func start() throws {
            let new = try ChildProcess(program, arguments, files: ("/dev/null", log, log))
            process.set(new)
        }

        func signal(_ number: Int32) { process.get()?.signal(number) }

        func end() async {
            guard let running = process.get() else { return }
            running.signal(SIGCONT)
            running.signal(SIGKILL)
            _ = await running.wait()
            process.set(nil)
        }
    }
}

/// Ports that nobody listens on now.
public enum FreePorts {
    public static func take(_ count: Int) throws -> [Int] {
        var sockets: [Int32] = []
        defer { for socket in sockets { close(socket) } }
        return try (0..<count).map { _ in
            let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            sockets.append(file)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let bound = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, length) == 0 && getsockname(file, $0, &length) == 0 }
            }
            guard bound else { throw EtcdCluster.CannotStart(description: "no free port: \(String(cString: strerror(errno)))") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }
}
