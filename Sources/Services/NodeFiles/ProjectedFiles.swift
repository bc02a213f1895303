public import Core

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A file of a volume that is made from API objects.
public struct VolumeFile: Sendable, Hashable {
    /// Below the volume, without `..`.
    public let path: String
    public let contents: [UInt8]
    public let mode: Int
    public init(path: String, contents: [UInt8], mode: Int) { (self.path, self.contents, self.mode) = (path, contents, mode) }
}

extension NodeFiles {
    /// Writes a volume's files so that a reader sees all of the old ones or all of the new ones.
    ///
    /// As the kubelet does: the files are in a directory of their own, `..data` is a link to it, and each name at the top is a link
    /// through `..data`. A change makes a new directory and renames the link.
    public func projected(_ uid: PodUID, volume: String, kind: String, files: [VolumeFile]) throws(NodeFilesError) -> String {
        let path = volumeDirectory(uid, kind: kind, volume: volume)
        for file in files where file.path.hasPrefix("/") || file.path.split(separator: "/").contains("..") || file.path.isEmpty {
            throw NodeFilesError("the volume \(volume) has a file with the path '\(file.path)', which must be relative and without '..'")
        }
        try makeDirectory(path)
        let link = "\(path)/..data"
        let before = linkTarget(link)
        if let before, holds("\(path)/\(before)", files) { return path }
        let name = try freshDirectory(in: path)
        for file in files {
            let target = "\(path)/\(name)/\(file.path)"
            try makeDirectory(parent(of: target))
            try write(file.contents, to: target, mode: mode_t(truncatingIfNeeded: file.mode))
        }
        try replaceLink(link, to: name)
        try linkNames(of: files, in: path)
        if let before { try FileTree.remove("\(path)/\(before)") }
        return path
    }

    private func freshDirectory(in path: String) throws(NodeFilesError) -> String {
        // mkdtemp(3) puts a name that nobody has in the place of the six X.
        var template = Array("\(path)/..kmd_XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil, chmod(template, 0o755) == 0 else { throw .system("cannot make a directory in", path) }
        let bytes = template.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: bytes, as: UTF8.self).split(separator: "/").last.map(String.init) ?? ""
    }

    private func replaceLink(_ link: String, to target: String) throws(NodeFilesError) {
        let temporary = link + "_tmp"
        unlink(temporary)
        guard symlink(target, temporary) == 0, rename(temporary, link) == 0 else { throw .system("cannot link", link) }
    }

    /// One link a name at the top of the volume; links of files that are no more are removed.
    private func linkNames(of files: [VolumeFile], in path: String) throws(NodeFilesError) {
        let wanted = Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        for name in FileTree.names(in: path) where !name.hasPrefix("..") && !wanted.contains(name) { unlink("\(path)/\(name)") }
        for name in wanted.sorted() where linkTarget("\(path)/\(name)") != "..data/\(name)" {
            try replaceLink("\(path)/\(name)", to: "..data/\(name)")
        }
    }

    /// Whether a directory has just these files with this content.
    private func holds(_ path: String, _ files: [VolumeFile]) -> Bool {
        let top = Set(files.compactMap { $0.path.split(separator: "/").first.map(String.init) })
        guard Set(FileTree.names(in: path)) == top else { return false }
        return files.allSatisfy { file in
            var status = stat()
            guard stat("\(path)/\(file.path)", &status) == 0, status.st_size == file.contents.count,
                Int(status.st_mode & 0o777) == file.mode & 0o777
            else { return false }
            return file.contents.isEmpty || tail("\(path)/\(file.path)", limit: file.contents.count) == file.contents
        }
    }
}
