#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The few system calls behind `NodeFiles`.
extension NodeFiles {
    func parent(of path: String) -> String {
        let end = path.lastIndex(of: "/") ?? path.startIndex
        return end == path.startIndex ? "/" : String(path[..<end])
    }

    /// The kind of file (`S_IFDIR`, …), or `nil` when there is none.
    func fileType(_ path: String, following: Bool) -> mode_t? {
        var status = stat()
        guard (following ? stat(path, &status) : lstat(path, &status)) == 0 else { return nil }
        return status.st_mode & S_IFMT
    }

    func write(_ contents: [UInt8], to path: String, mode: mode_t) throws(NodeFilesError) {
        let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .system("cannot write", path) }
        defer { close(file) }
        var rest = contents[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard written > 0 else { throw .system("cannot write", path) }
            rest = rest.dropFirst(written)
        }
        // Not by open(): the process' umask must not narrow what the pod's author asked for.
        guard fchmod(file, mode) == 0 else { throw .system("cannot set the mode of", path) }
    }

    func linkTarget(_ path: String) -> String? {
        let longest = 4096
        let bytes = [UInt8](unsafeUninitializedCapacity: longest) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { max(0, readlink(path, $0, longest)) } ?? 0 }
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    func realPath(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    /// Mount points below a directory, the deepest first.
    func mounts(below path: String) -> [String] {
        let longest = 4 << 20
        let table = String(decoding: contents(of: "/proc/self/mounts", limit: longest), as: UTF8.self)
        return table.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count > 1 else { return nil }
            // The kernel writes blanks as \040.
            let directory = words[1].split(separator: "\\040", omittingEmptySubsequences: false).joined(separator: " ")
            return directory.hasPrefix(path + "/") ? directory : nil
        }.sorted { $0.utf8.count > $1.utf8.count }
    }

    /// A file's first bytes, read to the end or to the limit; what has no size (/proc) is read too.
    private func contents(of path: String, limit: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 64 << 10)
        while bytes.count < limit {
            let got = part.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
            guard got > 0 else { break }
            bytes += part.prefix(got)
        }
        return bytes
    }

    func isMountPoint(_ path: String) -> Bool { mounts(below: parent(of: path)).contains(path) }
}
