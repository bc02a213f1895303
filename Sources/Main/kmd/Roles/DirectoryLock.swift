#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Who works on a data directory: servers share it, as many as like; `kmd uninstall` wants it alone. The kernel lets go of it with the process.
struct DirectoryLock: ~Copyable {
    enum Claim { case shared, alone }

    static let fileName = "servers.lock"
    private let file: Int32

    /// - Throws: `PlainFailure` when somebody holds it in a way that excludes this claim, or when its file cannot be made.
    init(_ directory: String, _ claim: Claim) throws {
        let path = "\(directory)/\(DirectoryLock.fileName)"
        let file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw PlainFailure("cannot open \(path): \(String(cString: strerror(errno)))", .badData) }
        guard flock(file, (claim == .alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0 else {
            close(file)
            throw PlainFailure(
                claim == .alone
                    ? "servers of kmd run on \(directory); stop them first" : "kmd uninstall is at work on \(directory); wait until it is done",
                .alreadyInUse)
        }
        self.file = file
    }

    deinit { close(file) }
}
