import ArgumentParser
import Core
import JSON
import Synchronization
import ZooKeeper

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What a guardian must know to end a session: one line on its standard input. The password never stands in a command line or a file.
struct GuardedSession: Sendable, Equatable {
    /// The ensemble, without credentials: ending a session needs none but its own.
    let servers: [ZooKeeperAddress.Server]
    let timeoutMilliseconds: Int64
    let identity: SessionIdentity

    var line: [UInt8] {
        let value = JSONValue.object([
            "servers": .string(servers.map(\.description).joined(separator: ",")), "timeout": .integer(timeoutMilliseconds),
            "id": .string(String(identity.id)), "password": .array(identity.password.map { .integer(Int64($0)) }),
        ])
        return value.encoded() + [10]
    }

    init(_ ensemble: ElectionEnsemble, _ identity: SessionIdentity) {
        servers = ensemble.address.servers
        let (seconds, attoseconds) = ensemble.timeout.components
        (timeoutMilliseconds, self.identity) = (seconds * 1000 + attoseconds / 1_000_000_000_000_000, identity)
    }

    init?(line: [UInt8]) {
        guard let value = try? JSONValue(parsing: line), let servers = value["servers"]?.string, let address = try? ZooKeeperAddress(servers),
            let timeout = value["timeout"]?.integer, let id = value["id"]?.string.flatMap({ Int64($0) }),
            let password = value["password"]?.array?.compactMap({ $0.integer.flatMap { UInt8(exactly: $0) } }), password.count == 16
        else { return nil }
        (self.servers, timeoutMilliseconds) = (address.servers, timeout)
        identity = SessionIdentity(id: id, password: password)
    }
}

/// A process that ends this one's ZooKeeper session as soon as this one is gone, so that a leader that was killed is replaced at once and not
/// after the session's timeout.
///
/// It holds the read end of a pipe whose only write end is here: the system closes that when this process has ended, with all its threads and
/// sockets, and not before. A frozen process is not gone: its pipe stays open. Until then the guardian does not talk to ZooKeeper.
final class SessionGuardian: Sendable {
    private struct Contents { var pipe: Int32?; var process: pid_t = 0 }
    private let contents = Mutex(Contents())

    /// Starts the guardian. Without one, which is said, the session's timeout must do.
    init() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else {
            Self.missing(errno)
            return
        }
        // No other program may inherit the write end. (Nothing else is started at this moment: a role begins with its election.)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        // A guardian that does not read must not stop us.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        // POSIX_SPAWN_SETSID, a GNU name: what ends our whole process group must leave it time to do its work.
        posix_spawnattr_setflags(&attributes, 0x80)
        var words: [UnsafeMutablePointer<CChar>?] = [strdup("kmd"), strdup(SessionGuardianCommand.name), nil]
        defer { for word in words { free(word) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, RoleWiring.ownProgram, &actions, &attributes, &words, environ)
        guard failure == 0 else {
            close(ends[1])
            Self.missing(failure)
            return
        }
        contents.withLock { $0 = Contents(pipe: ends[1], process: process) }
    }

    private static func missing(_ number: Int32) {
        Console.say("no session guardian: \(String(cString: strerror(number))); if this process is killed, its session ends after its timeout")
    }

    /// From now on this session is the one to end.
    func guardSession(_ session: GuardedSession) { write(session.line) }

    /// The session was ended in order.
    func release() { write([10]) }

    /// Lines are shorter than PIPE_BUF: all or nothing. Nothing, when the guardian is gone or does not read; the pipe stays open even then, for
    /// its end is the sign that this process is gone. A guardian that knows an older session ends one that is over already.
    private func write(_ line: [UInt8]) {
        contents.withLock { contents in
            guard let pipe = contents.pipe else { return }
            #if canImport(Glibc)
            _ = Glibc.write(pipe, line, line.count)
            #else
            _ = Musl.write(pipe, line, line.count)
            #endif
        }
    }

    /// The guardian ends without touching anything.
    func end() {
        release()
        let process = contents.withLock { contents in
            if let pipe = contents.pipe { close(pipe) }
            defer { contents = Contents() }
            return contents.process
        }
        // It ends by itself; what is left of it goes with this process.
        if process > 0 { waitpid(process, nil, WNOHANG) }
    }
}

/// The guardian's own process; started by the scheduler and the controller manager, not by people.
struct SessionGuardianCommand: AsyncParsableCommand {
    static let name = "session-guardian"
    static let configuration = CommandConfiguration(
        commandName: name, abstract: "Ends a ZooKeeper session when the process that started this one is gone.", shouldDisplay: false)

    func run() async throws {
        for number in [SIGTERM, SIGINT, SIGHUP, SIGPIPE] { signal(number, SIG_IGN) }
        // This process does nothing else: a thread of it may wait.
        guard let session = Self.lastSession(of: 0) else { return }
        var configuration = SessionConfiguration(address: ZooKeeperAddress(servers: session.servers))
        configuration.timeout = .milliseconds(session.timeoutMilliseconds)
        configuration.identity = session.identity
        let again = try await ZooKeeperSession.open(configuration)
        try? await again.connected(within: configuration.timeout)
        await again.close()
    }

    /// Reads lines to their end; the last one counts. An empty one: none.
    static func lastSession(of file: Int32) -> GuardedSession? {
        var last: GuardedSession?
        var line: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return last }
            for byte in buffer[..<count] {
                guard byte == 10 else {
                    if line.count < 4096 { line.append(byte) }
                    continue
                }
                last = GuardedSession(line: line)
                line = []
            }
        }
    }
}
