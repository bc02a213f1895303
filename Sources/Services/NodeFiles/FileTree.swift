#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Directories with all that is in them. All calls block on the disk.
public enum FileTree {
    /// The names in a directory, sorted; none when it cannot be read.
    public static func names(in path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// Removes a file, or a directory with all that is in it, without following links or entering other file systems. Absent is fine.
    public static func remove(_ path: String) throws(NodeFilesError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        try remove(path, status, on: status.st_dev)
    }

    private static func remove(_ path: String, _ status: stat, on device: dev_t) throws(NodeFilesError) {
        guard status.st_dev == device else { throw NodeFilesError("\(path) is mounted and was not removed") }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            guard unlink(path) == 0 || errno == ENOENT else { throw .system("cannot remove", path) }
            return
        }
        for name in names(in: path) {
            var inner = stat()
            guard lstat("\(path)/\(name)", &inner) == 0 else { continue }
            try remove("\(path)/\(name)", inner, on: device)
        }
        guard rmdir(path) == 0 || errno == ENOENT else { throw .system("cannot remove", path) }
    }
}
