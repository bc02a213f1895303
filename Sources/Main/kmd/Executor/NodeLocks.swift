import NodeFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who works on the containers of a data directory: one executor, or its janitor when there is none. The kernel lets go with the process.
struct NodeLock: ~Copyable {
    private let file: Int32

    /// - Parameter name: `executor.lock`, `janitor.lock`.
    /// - Throws: `PlainFailure` when its file cannot be made.
    /// - Returns: `nil` when somebody holds it.
    static func attempt(_ name: String, in dataDirectory: String) throws -> NodeLock? {
        let path = dataDirectory + "/" + name
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw PlainFailure("cannot open \(path): \(String(cString: strerror(errno)))", .badData) }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return NodeLock(file: file) }
        close(file)
        return nil
    }

    private init(file: Int32) { self.file = file }
    deinit { close(file) }

    /// One executor for a data directory: two would fight over containers. The one before may need a moment to end, and a janitor that is at
    /// work is asked to.
    static func ofExecutor(in dataDirectory: String) throws -> NodeLock {
        for round in 0..<100 {
            if let lock = try attempt("executor.lock", in: dataDirectory) { return lock }
            if round % 10 == 0 { NodeProcesses(dataDirectory: dataDirectory).signal(SIGTERM, to: "executor-janitor") }
            usleep(100_000)
        }
        throw PlainFailure("another executor holds \(dataDirectory)/executor.lock. Stop it, or use another --data-dir.", .alreadyInUse)
    }
}

/// Processes of kmd that work on a data directory, by their command lines: `kmd <command> … --data-dir=DIR …`.
struct NodeProcesses {
    let dataDirectory: String

    func ids(of commands: String...) -> [pid_t] {
        FileTree.names(in: "/proc").compactMap { pid_t($0) }.filter { number in
            let words = DataFiles.read("/proc/\(number)/cmdline").split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
            return words.dropFirst().first.map(commands.contains) == true && words.contains("--data-dir=\(dataDirectory)") && number != getpid()
        }
    }

    func signal(_ number: Int32, to command: String) { for process in ids(of: command) { kill(process, number) } }
}
