import Glibc

/// A failed system call on a file, with its path.
struct FileError: Error, CustomStringConvertible {
    let operation: String
    let path: String
    let code: Int32
    var description: String { "cannot \(operation) \(path): \(String(cString: strerror(code)))" }
}

/// Blocking file calls: to be used on a thread that may block, or for the small files of /proc, /sys and the data directory.
enum Files {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
    static func isExecutable(_ path: String) -> Bool { access(path, X_OK) == 0 && !isDirectory(path) }

    static func isDirectory(_ path: String) -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && info.st_mode & S_IFMT == S_IFDIR
    }

    /// The first `limit` bytes; nil when it cannot be read.
    static func read(_ path: String, limit: Int = 4 << 20) -> [UInt8]? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let count = Glibc.read(file, &chunk, min(chunk.count, limit - bytes.count))
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }

    static func text(_ path: String) -> String? { read(path).map { String(decoding: $0, as: UTF8.self) } }

    /// Whole or not at all: written beside, then renamed.
    static func write(_ text: String, to path: String, mode: mode_t = 0o644) throws {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)
        guard file >= 0 else { throw FileError(operation: "write", path: beside, code: errno) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                let code = errno
                close(file)
                throw FileError(operation: "write", path: beside, code: code)
            }
            rest = rest.dropFirst(count)
        }
        close(file)
        guard rename(beside, path) == 0 else { throw FileError(operation: "rename", path: beside, code: errno) }
    }

    static func makeDirectory(_ path: String, mode: mode_t = 0o755) throws {
        var made = ""
        for part in path.split(separator: "/") {
            made += "/\(part)"
            if mkdir(made, mode) != 0 && errno != EEXIST {
                throw FileError(operation: "make the directory", path: made, code: errno)
            }
        }
        guard isDirectory(path) else { throw FileError(operation: "make the directory", path: path, code: ENOTDIR) }
    }

    /// The names in a directory, sorted; none when it cannot be read.
    static func names(in directory: String) -> [String] {
        guard let handle = opendir(directory) else { return [] }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file or a directory with all that is in it, never following a link and never leaving its file system.
    /// Returns what could not be removed.
    static func removeTree(_ path: String) -> [FileError] {
        var info = stat()
        guard lstat(path, &info) == 0 else {
            return errno == ENOENT ? [] : [FileError(operation: "remove", path: path, code: errno)]
        }
        return removeTree(path, info, device: info.st_dev)
    }

    private static func removeTree(_ path: String, _ info: stat, device: dev_t) -> [FileError] {
        guard info.st_dev == device else { return [FileError(operation: "remove", path: path, code: EXDEV)] }
        guard info.st_mode & S_IFMT == S_IFDIR else {
            return unlink(path) == 0 || errno == ENOENT ? [] : [FileError(operation: "remove", path: path, code: errno)]
        }
        var failures: [FileError] = []
        for name in names(in: path) {
            var inner = stat()
            if lstat("\(path)/\(name)", &inner) == 0 { failures += removeTree("\(path)/\(name)", inner, device: device) }
        }
        if rmdir(path) != 0 && errno != ENOENT && failures.isEmpty {
            failures.append(FileError(operation: "remove", path: path, code: errno))
        }
        return failures
    }

    /// The path without links and dots; as given when it does not exist.
    static func realPath(_ path: String) -> String {
        guard let resolved = realpath(path, nil) else { return path }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    /// Where a program is: among the directories of PATH and those where a system's own programs are.
    static func find(program: String) -> String? {
        let path = getenv("PATH").map { String(cString: $0) } ?? ""
        let directories =
            path.split(separator: ":").map(String.init) + [
                "/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin",
            ]
        return directories.lazy.map { "\($0)/\(program)" }.first(where: isExecutable)
    }
}
