#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A program that outlives who starts it: in a session of its own, with nothing of ours open.
public enum DetachedProcess {
    /// - Parameters:
    ///   - arguments: the program's path first.
    ///   - log: the file for its stdout and stderr, emptied first.
    /// - Throws: when the file or the program cannot be had.
    public static func start(_ arguments: [String], log: String) throws {
        let file = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw FileError(operation: "open", path: log, code: errno) }
        defer { close(file) }
        _ = try Spawner.spawn(arguments, output: file, ownSession: true)
    }
}
