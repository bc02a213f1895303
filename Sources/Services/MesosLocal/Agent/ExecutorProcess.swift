import Glibc

/// Starting, watching and signalling the processes of executors.
enum ExecutorProcess {
    /// The id of this boot; pids and start times mean nothing after another.
    static func bootID() -> String {
        let bytes = (try? Disk.read("/proc/sys/kernel/random/boot_id")) ?? nil
        return String(decoding: bytes ?? [], as: UTF8.self).filter { !$0.isWhitespace }
    }

    /// When the process started, in clock ticks after boot; `nil` when there is none or it is a zombie.
    static func startTime(of pid: Int32) -> UInt64? {
        guard let bytes = try? Disk.read("/proc/\(pid)/stat") else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        // The name in brackets may hold anything; the fields follow its last bracket: state is the first, start time the twentieth.
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return UInt64(fields[19])
    }

    static func isAlive(_ process: ProcessIdentity, bootID: String) -> Bool {
        process.bootID == bootID && startTime(of: process.pid) == process.startTime
    }

    /// Signals the process, and with SIGKILL its process group; other sessions (containerd, its shims) are not touched.
    static func signal(_ process: ProcessIdentity, _ number: Int32, bootID: String) {
        guard isAlive(process, bootID: bootID) else { return }
        if number == SIGKILL, getpgid(process.pid) == process.pid { kill(-process.pid, number) }
        kill(process.pid, number)
    }

    /// Starts an executor in a session of its own, in its sandbox, with stdout and stderr in files there.
    ///
    /// The shell that changes to the sandbox replaces itself, so that the pid is the executor's; a command that cannot be run ends with status
    /// 127 as from a shell, and its reason is in stderr. Blocking.
    static func start(_ launch: AgentState.ExecutorLaunch) throws(DiskError) -> Int32 {
        try Disk.makeDirectories(launch.directory)
        let command = launch.command
        var arguments = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", launch.directory]
        if command.shell {
            arguments += ["/bin/sh", "-c", command.value]
        } else {
            arguments += [command.value] + command.arguments.dropFirst()
        }
        var environment = launch.environment
        environment["PWD"] = launch.directory
        return try spawn(arguments, environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }, in: launch.directory)
    }

    private static func spawn(_ arguments: [String], _ environment: [String], in directory: String) throws(DiskError) -> Int32 {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, directory + "/stdout", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, directory + "/stderr", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        for descriptor in openDescriptors() where descriptor > 2 { posix_spawn_file_actions_addclose(&actions, descriptor) }
        var none = sigset_t()
        var all = sigset_t()
        sigemptyset(&none)
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        // POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID (glibc 2.26).
        posix_spawnattr_setflags(&attributes, 0x04 | 0x08 | 0x80)
        var argv: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
        var envp: [UnsafeMutablePointer<CChar>?] = environment.map { strdup($0) } + [nil]
        defer { for pointer in argv + envp { free(pointer) } }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, "/bin/sh", &actions, &attributes, &argv, &envp)
        guard code == 0 else {
            errno = code
            throw DiskError("posix_spawn", arguments.last ?? "")
        }
        return pid
    }

    private static func openDescriptors() -> [Int32] {
        guard let directory = opendir("/proc/self/fd") else { return [] }
        defer { closedir(directory) }
        let own = dirfd(directory)
        var found: [Int32] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if let number = Int32(name), number != own { found.append(number) }
        }
        return found
    }

    /// Waits for a child on a thread of its own and gives its wait status.
    static func reap(_ pid: Int32, _ done: @escaping @Sendable (Int32) -> Void) {
        let job = Unmanaged.passRetained(ReapJob(pid: pid, done: done))
        var thread = pthread_t()
        let code = pthread_create(&thread, nil, { pointer in
            guard let pointer else { return nil }
            let job = Unmanaged<ReapJob>.fromOpaque(pointer).takeRetainedValue()
            var status: Int32 = -1
            while waitpid(job.pid, &status, 0) < 0, errno == EINTR {}
            job.done(status)
            return nil
        }, job.toOpaque())
        if code == 0 {
            pthread_detach(thread)
        } else {
            job.release()
            done(-1)
        }
    }

    private final class ReapJob: Sendable {
        let pid: Int32
        let done: @Sendable (Int32) -> Void
        init(pid: Int32, done: @escaping @Sendable (Int32) -> Void) { (self.pid, self.done) = (pid, done) }
    }
}
