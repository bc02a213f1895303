import Glibc
import NIOPosix
import Synchronization

/// How a program ended and what it said.
struct ProgramResult: Sendable {
    /// 128 + signal when one ended it; 127 when it could not be started.
    let exitCode: Int32
    /// stdout and stderr as they came.
    let output: String
}

/// Runs small programs of the system's, on threads that may block.
enum Programs {
    /// The program's path, on PATH or where administration's programs are.
    static func find(_ name: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        for directory in path.split(separator: ":").map(String.init) + ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"] {
            let candidate = "\(directory)/\(name)"
            if access(candidate, X_OK) == 0 { return candidate }
        }
        return nil
    }

    /// Gives `input` to the program's stdin. A cancelled task does not end it: a transaction is finished or not begun.
    static func run(_ arguments: [String], input: [UInt8] = [], outputLimit: Int = 1 << 20, timeout: Duration) async -> ProgramResult {
        do {
            return try await NIOThreadPool.singleton.runIfActive { blocking(arguments, input, outputLimit, timeout) }
        } catch {
            return ProgramResult(exitCode: 127, output: "\(error)")
        }
    }

    private static func blocking(_ arguments: [String], _ input: [UInt8], _ outputLimit: Int, _ timeout: Duration) -> ProgramResult {
        var (toChild, fromChild): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard pipe(&toChild) == 0 else { return ProgramResult(exitCode: 127, output: String(cString: strerror(errno))) }
        guard pipe(&fromChild) == 0 else {
            for end in toChild { close(end) }
            return ProgramResult(exitCode: 127, output: String(cString: strerror(errno)))
        }
        for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var pid: pid_t = 0
        let code = spawn(arguments, stdin: toChild[0], stdout: fromChild[1], &pid)
        close(toChild[0])
        close(fromChild[1])
        defer { close(fromChild[0]) }
        guard code == 0 else {
            close(toChild[1])
            return ProgramResult(exitCode: 127, output: "cannot run \(arguments.first ?? ""): \(String(cString: strerror(code)))")
        }
        let output = converse(pid, input, to: toChild[1], from: fromChild[0], outputLimit, until: ContinuousClock.now + timeout)
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
        let signal = status & 0x7f
        return ProgramResult(exitCode: signal == 0 ? (status >> 8) & 0xff : 128 + signal, output: String(decoding: output, as: UTF8.self))
    }

    private static func spawn(_ arguments: [String], stdin: Int32, stdout: Int32, _ pid: inout pid_t) -> Int32 {
        guard let program = arguments.first else { return EINVAL }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, stdin, 0)
        posix_spawn_file_actions_adddup2(&actions, stdout, 1)
        posix_spawn_file_actions_adddup2(&actions, stdout, 2)
        // Files that others opened without CLOEXEC stay ours. Closing what is not open does no harm.
        for file in 3...(highestFile() + 64) { posix_spawn_file_actions_addclose(&actions, file) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF))
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        defer { for text in argv { free(text) } }
        return posix_spawn(&pid, program, &actions, &attributes, &argv, environ)
    }

    private static func highestFile() -> Int32 {
        guard let directory = opendir("/proc/self/fd") else { return 1024 }
        defer { closedir(directory) }
        var highest: Int32 = 3
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            highest = max(highest, Int32(name) ?? 0)
        }
        return highest
    }

    /// Writes and reads as either side is ready, so that neither waits for the other for ever.
    private static func converse(
        _ pid: pid_t, _ input: [UInt8], to stdin: Int32, from stdout: Int32, _ limit: Int, until deadline: ContinuousClock.Instant
    ) -> [UInt8] {
        _ = fcntl(stdin, F_SETFL, O_NONBLOCK)
        var rest = input[...]
        var isOpen = true
        if rest.isEmpty {
            close(stdin)
            isOpen = false
        }
        defer { if isOpen { close(stdin) } }
        var output: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            if ContinuousClock.now >= deadline {
                kill(pid, SIGKILL)
                return output + Array("\n(stopped: it took too long)".utf8)
            }
            var files = [pollfd(fd: stdout, events: Int16(POLLIN), revents: 0)]
            if isOpen { files.append(pollfd(fd: stdin, events: Int16(POLLOUT), revents: 0)) }
            guard poll(&files, nfds_t(files.count), 100) > 0 else { continue }
            if isOpen, files[1].revents != 0 {
                let count = rest.withUnsafeBytes { write(stdin, $0.baseAddress, $0.count) }
                if count > 0 { rest = rest.dropFirst(count) }
                // Who does not read on has an answer already.
                if rest.isEmpty || (count < 0 && errno != EAGAIN && errno != EINTR) {
                    close(stdin)
                    isOpen = false
                }
            }
            guard files[0].revents != 0 else { continue }
            let count = read(stdout, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return output }
            if output.count < limit { output += chunk[..<count] }
        }
    }
}
