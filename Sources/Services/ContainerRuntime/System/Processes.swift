import Glibc
import NIOPosix
import Synchronization

/// A process of this machine, told from a later one of the same number by the moment it started.
struct ProcessIdentity: Sendable, Hashable {
    let pid: pid_t
    /// Clock ticks since boot (field 22 of /proc/PID/stat).
    let startTicks: UInt64

    /// nil when there is none, or when it is dead and only waits to be collected.
    init?(pid: pid_t) {
        guard let fields = Self.statFields(pid), fields.count > 19, fields[0] != "Z", fields[0] != "X",
            let ticks = UInt64(fields[19])
        else { return nil }
        (self.pid, startTicks) = (pid, ticks)
    }

    var isAlive: Bool { ProcessIdentity(pid: pid) == self }

    /// Sends a signal if it still is this process.
    func signal(_ number: Int32) { if isAlive { kill(pid, number) } }

    /// The fields after the command's name, which may hold blanks and brackets: state, parent …
    private static func statFields(_ pid: pid_t) -> [Substring]? {
        guard let text = Files.text("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        return text[text.index(after: end)...].split(separator: " ")
    }

    static func parent(of pid: pid_t) -> pid_t? {
        statFields(pid).flatMap { $0.count > 1 ? pid_t($0[1]) : nil }
    }
}

/// What runs on this machine, out of /proc.
enum ProcessTable {
    static func all() -> [pid_t] { Files.names(in: "/proc").compactMap { pid_t($0) }.sorted() }

    static func arguments(of pid: pid_t) -> [String] {
        (Files.read("/proc/\(pid)/cmdline") ?? []).split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// The processes whose arguments contain these, one after the other.
    static func running(with sequence: [String]) -> [ProcessIdentity] {
        all().filter { pid in
            let arguments = arguments(of: pid)
            return arguments.indices.contains { start in arguments[start...].starts(with: sequence) }
        }.compactMap(ProcessIdentity.init)
    }

    /// These processes' children, and theirs, deepest last.
    static func descendants(of roots: [ProcessIdentity]) -> [ProcessIdentity] {
        var children: [pid_t: [pid_t]] = [:]
        for pid in all() { if let parent = ProcessIdentity.parent(of: pid) { children[parent, default: []].append(pid) } }
        var found: [pid_t] = []
        var queue = roots.map(\.pid)
        while !queue.isEmpty {
            let next = queue.removeFirst()
            for child in children[next] ?? [] where !found.contains(child) {
                found.append(child)
                queue.append(child)
            }
        }
        return found.compactMap(ProcessIdentity.init)
    }
}

/// Starts programs. Nothing of ours goes with them: no open files, no ignored or blocked signals.
enum Spawner {
    /// - Parameters:
    ///   - output: the open file for its stdout and stderr.
    ///   - ownSession: it outlives our terminal and our process group.
    static func spawn(_ arguments: [String], output: Int32, ownSession: Bool) throws -> pid_t {
        guard let program = arguments.first else { throw FileError(operation: "run", path: "", code: EINVAL) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, 1)
        posix_spawn_file_actions_adddup2(&actions, output, 2)
        // A listening socket that a child holds would keep its port taken after we are gone.
        // (Some room above the highest, for what other threads open meanwhile; closing what is not open does no harm.)
        let highest = Files.names(in: "/proc/self/fd").compactMap { Int32($0) }.max() ?? 1024
        for file in 3...(highest + 64) { posix_spawn_file_actions_addclose(&actions, file) }

        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        var flags = Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF)
        // POSIX_SPAWN_SETSID, a GNU name.
        if ownSession { flags |= 0x80 }
        posix_spawnattr_setflags(&attributes, flags)

        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment().map { strdup($0) } + [nil]
        defer { for text in argv + envp { free(text) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, program, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw FileError(operation: "run", path: program, code: code) }
        return pid
    }

    /// Ours, with the directories of system programs on PATH: containerd looks for its shim there, CNI plugins for iptables.
    private static func environment() -> [String] {
        var variables: [String] = []
        var path = ""
        var entry = environ
        while let variable = entry.pointee {
            let text = String(cString: variable)
            if text.hasPrefix("PATH=") { path = String(text.dropFirst(5)) } else { variables.append(text) }
            entry += 1
        }
        var directories = path.split(separator: ":").map(String.init)
        for directory in ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        where !directories.contains(directory) {
            directories.append(directory)
        }
        return ["PATH=" + directories.joined(separator: ":")] + variables
    }
}

/// What a program said and how it ended.
struct CommandResult: Sendable {
    /// 128 + signal when one ended it; 127 when it could not be started.
    let exitCode: Int32
    /// stdout and stderr as they came, at most 4 MB.
    let output: String
    var succeeded: Bool { exitCode == 0 }
}

/// Runs a program to its end on a thread that may block. A cancelled task kills it.
enum Command {
    static func run(_ arguments: [String], timeout: Duration = .seconds(60)) async -> CommandResult {
        let cancelled = Flag()
        return await withTaskCancellationHandler {
            do {
                return try await NIOThreadPool.singleton.runIfActive {
                    blocking(arguments, timeout: timeout, cancelled: cancelled)
                }
            } catch {
                return CommandResult(exitCode: 127, output: "\(error)")
            }
        } onCancel: {
            cancelled.raise()
        }
    }

    /// Says to a thread that nobody waits any more.
    final class Flag: Sendable {
        private let value = Mutex(false)
        var isRaised: Bool { value.withLock { $0 } }
        func raise() { value.withLock { $0 = true } }
    }

    private static func blocking(_ arguments: [String], timeout: Duration, cancelled: Flag) -> CommandResult {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return CommandResult(exitCode: 127, output: String(cString: strerror(errno))) }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        defer { close(ends[0]) }
        let pid: pid_t
        do {
            defer { close(ends[1]) }
            pid = try Spawner.spawn(arguments, output: ends[1], ownSession: true)
        } catch {
            return CommandResult(exitCode: 127, output: "\(error)")
        }
        let output = readAll(from: ends[0], of: pid, until: ContinuousClock.now + timeout, cancelled: cancelled)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return CommandResult(
            exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: String(decoding: output, as: UTF8.self))
    }

    private static func readAll(
        from pipe: Int32, of pid: pid_t, until deadline: ContinuousClock.Instant, cancelled: Flag
    ) -> [UInt8] {
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 32 << 10)
        while true {
            if cancelled.isRaised || ContinuousClock.now >= deadline {
                kill(-pid, SIGKILL)
                return output + Array("\n(stopped: \(cancelled.isRaised ? "cancelled" : "it took too long"))".utf8)
            }
            // 50 ms, then a look whether it is still wanted.
            var waiting = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            guard poll(&waiting, 1, 50) > 0 else { continue }
            let count = read(pipe, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return output }
            // What is beyond the limit is read, so that the program is not held up, and dropped.
            if output.count < 4 << 20 { output += chunk[..<count] }
        }
    }
}
