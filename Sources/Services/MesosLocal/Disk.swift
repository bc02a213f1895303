import Glibc
import NIOCore
import NIOPosix

/// What went wrong with a file.
public struct DiskError: Error, Sendable, Hashable, CustomStringConvertible {
    public let operation: String
    public let path: String
    public let code: Int32
    init(_ operation: String, _ path: String) { (self.operation, self.path, code) = (operation, path, errno) }
    public var description: String { "\(operation) \(path): \(String(cString: strerror(code)))" }
}

/// Blocking file calls; run them on a thread that may block.
enum Disk {
    static func makeDirectories(_ path: String, mode: mode_t = 0o700) throws(DiskError) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, mode) != 0, errno != EEXIST { throw DiskError("mkdir", made) }
        }
    }

    /// The path from the root, links resolved: executors see it from another folder.
    static func absolute(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// The whole file; `nil` when there is none.
    static func read(_ path: String) throws(DiskError) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw DiskError("open", path)
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count < 0 { throw DiskError("read", path) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// The names in a folder, sorted, without `.` and `..`; none when it cannot be read.
    static func names(in folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            names.append(withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            })
        }
        return names.filter { $0 != "." && $0 != ".." }.sorted()
    }

    static func writeAll(_ bytes: [UInt8], to file: Int32, _ path: String) throws(DiskError) {
        var offset = 0
        while offset < bytes.count {
            let count = bytes.withUnsafeBytes { buffer in Glibc.write(file, buffer.baseAddress.map { $0 + offset }, bytes.count - offset) }
            if count < 0 {
                if errno == EINTR { continue }
                throw DiskError("write", path)
            }
            offset += count
        }
    }

    /// Writes beside, syncs, renames: the file is the old one or the new one, never half of it.
    static func replace(_ path: String, with bytes: [UInt8]) throws(DiskError) {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DiskError("open", beside) }
        defer { close(file) }
        try writeAll(bytes, to: file, beside)
        if fsync(file) != 0 { throw DiskError("fsync", beside) }
        if rename(beside, path) != 0 { throw DiskError("rename", path) }
        try syncDirectory(of: path)
    }

    static func syncDirectory(of path: String) throws(DiskError) {
        let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? "."
        let handle = open(directory.isEmpty ? "/" : directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw DiskError("open", directory) }
        defer { close(handle) }
        if fsync(handle) != 0 { throw DiskError("fsync", directory) }
    }
}

/// A small file that is always replaced as a whole.
struct StateFile: Sendable {
    let path: String
    func load() async throws -> [UInt8]? { try await NIOThreadPool.singleton.runIfActive { try Disk.read(path) } }
    func write(_ bytes: [UInt8]) async throws { try await NIOThreadPool.singleton.runIfActive { try Disk.replace(path, with: bytes) } }
}

/// A folder that one owner works in; the kernel lets go of it with the process.
final class FolderLock: Sendable {
    private let file: Int32

    /// - Throws: `MesosStartProblem` when another process (or another owner in this one) has the folder.
    init(_ folder: String, of owner: String) throws {
        let path = folder + "/lock"
        file = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw DiskError("open", path) }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            close(file)
            throw MesosStartProblem(description: "another \(owner) works in \(folder): stop it, or name another folder")
        }
    }

    deinit { close(file) }
}
