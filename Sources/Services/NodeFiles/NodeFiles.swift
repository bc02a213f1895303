public import Core

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Why a file or directory of a pod cannot be had, in words for the pod's events.
public struct NodeFilesError: Error, Sendable, Hashable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }

    static func system(_ action: String, _ path: String) -> NodeFilesError {
        NodeFilesError("\(action) \(path): \(String(cString: strerror(errno)))")
    }
}

/// The files of pods on a node's disk: `ROOT/pods/<uid>/…` and `ROOT/logs/<namespace>_<name>_<uid>/`.
///
/// All calls block on the disk: they belong on a thread that may.
public struct NodeFiles: Sendable {
    let root: String

    /// - Parameter root: an absolute path; `pods` and `logs` are made below it.
    public init(root: String) { self.root = root }

    public func podDirectory(_ uid: PodUID) -> String { "\(root)/pods/\(uid)" }

    public func logDirectory(_ key: PodKey, _ uid: PodUID) -> String { "\(root)/logs/\(key.namespace)_\(key.name)_\(uid)" }

    /// Where a volume's files are: the kubelet's layout.
    func volumeDirectory(_ uid: PodUID, kind: String, volume: String) -> String {
        "\(podDirectory(uid))/volumes/kubernetes.io~\(kind)/\(volume)"
    }

    /// Makes a directory that all users of the pod may write; kept when it is there. `Memory` is a tmpfs of at most `sizeLimit` bytes.
    public func emptyDir(_ uid: PodUID, volume: String, medium: String, sizeLimit: Int64?) throws(NodeFilesError) -> String {
        let path = volumeDirectory(uid, kind: "empty-dir", volume: volume)
        try makeDirectory(path)
        if medium == "Memory", !isMountPoint(path) {
            let options = sizeLimit.map { "size=\($0),mode=1777" } ?? "mode=1777"
            guard mount("tmpfs", path, "tmpfs", UInt(MS_NOSUID | MS_NODEV), options) == 0 else { throw .system("cannot mount a tmpfs on", path) }
        } else if chmod(path, 0o777) != 0 {
            throw .system("cannot open up", path)
        }
        return path
    }

    /// Checks a path of the host, or makes it, as the volume's `type` says.
    public func hostPath(_ path: String, type: String) throws(NodeFilesError) {
        let found = fileType(path, following: true)
        switch type {
        case "": return
        case "DirectoryOrCreate":
            if found == nil { try makeDirectory(path) } else if found != S_IFDIR { throw NodeFilesError("hostPath type check failed: \(path) is not a directory") }
        case "FileOrCreate":
            if found == nil { try write([], to: path, mode: 0o644) } else if found != S_IFREG { throw NodeFilesError("hostPath type check failed: \(path) is not a file") }
        default:
            let wanted: [String: (mode_t, String)] = [
                "Directory": (S_IFDIR, "a directory"), "File": (S_IFREG, "a file"), "Socket": (S_IFSOCK, "a socket file"),
                "CharDevice": (S_IFCHR, "a character device"), "BlockDevice": (S_IFBLK, "a block device"),
            ]
            guard let (kind, words) = wanted[type] else { throw NodeFilesError("hostPath type \(type) is not known") }
            guard found == kind else { throw NodeFilesError("hostPath type check failed: \(path) is not \(words)") }
        }
    }

    /// Writes one of the pod's own files, by its path below the pod's directory; kept when it is there, unless `replacing`.
    public func podFile(_ uid: PodUID, path: String, contents: [UInt8], mode: Int, replacing: Bool) throws(NodeFilesError) -> String {
        let file = "\(podDirectory(uid))/\(path)"
        if !replacing, fileType(file, following: false) != nil { return file }
        try makeDirectory(parent(of: file))
        try write(contents, to: file, mode: mode_t(truncatingIfNeeded: mode))
        return file
    }

    /// A path inside a volume; what is absent is made as a directory. A link that leads out of the volume is refused.
    public func subPath(_ volume: String, _ path: String) throws(NodeFilesError) -> String {
        let parts = path.split(separator: "/").map(String.init)
        guard !path.hasPrefix("/"), !parts.contains("..") else { throw NodeFilesError("subPath \(path) must be a relative path without '..'") }
        guard let base = realPath(volume) else { throw .system("cannot read", volume) }
        var current = base
        for part in parts where part != "." {
            let next = "\(current)/\(part)"
            if fileType(next, following: false) == nil, mkdir(next, 0o755) != 0, errno != EEXIST { throw .system("cannot make", next) }
            guard let real = realPath(next), real == base || real.hasPrefix(base + "/") else {
                throw NodeFilesError("subPath \(path) leads out of its volume")
            }
            current = real
        }
        return current
    }

    /// Makes a directory and those above it.
    public func makeDirectory(_ path: String) throws(NodeFilesError) {
        if mkdir(path, 0o755) == 0 { return }
        switch errno {
        case EEXIST: return
        case ENOENT where parent(of: path) != path:
            try makeDirectory(parent(of: path))
            guard mkdir(path, 0o755) == 0 || errno == EEXIST else { throw .system("cannot make", path) }
        default: throw .system("cannot make", path)
        }
    }

    /// The last `limit` bytes of a file; empty when there is none.
    public func tail(_ path: String, limit: Int) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard file >= 0 else { return [] }
        defer { close(file) }
        let size = lseek(file, 0, SEEK_END)
        guard size > 0, lseek(file, max(0, size - off_t(limit)), SEEK_SET) >= 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: limit) { buffer, count in
            count = 0
            while count < limit {
                let got = read(file, buffer.baseAddress.map { $0 + count }, limit - count)
                guard got > 0 else { return }
                count += got
            }
        }
    }

    /// Removes plain files below the root; what is not there, or lies elsewhere, is left.
    public func removeFiles(_ paths: [String]) {
        for path in paths where path.hasPrefix(root + "/") && !path.contains("/../") { unlink(path) }
    }

    /// Removes all that a pod had on this node: volumes, files, logs. Mounted volumes are unmounted, never emptied.
    public func removePod(_ key: PodKey, _ uid: PodUID) throws(NodeFilesError) {
        for mounted in mounts(below: podDirectory(uid)) where umount2(mounted, Int32(MNT_DETACH)) != 0 {
            throw .system("cannot unmount", mounted)
        }
        for path in [podDirectory(uid), logDirectory(key, uid)] { try FileTree.remove(path) }
    }
}
