import Glibc

/// An open log file with our place in it. Blocking: for a thread that may block. One user at a time.
struct LogFile: ~Copyable {
    private let descriptor: Int32
    private let inode: ino_t
    private let device: dev_t
    private let path: String
    private var offset: off_t

    /// nil: there is none (yet).
    init?(path: String) throws {
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw FileError(operation: "read", path: path, code: errno)
        }
        var info = stat()
        guard fstat(file, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            close(file)
            throw FileError(operation: "read", path: path, code: EINVAL)
        }
        (descriptor, inode, device, self.path, offset) = (file, info.st_ino, info.st_dev, path, 0)
    }

    deinit { close(descriptor) }

    /// The next bytes, at most `limit`; none at the end, for now.
    mutating func read(limit: Int) throws -> [UInt8] {
        var info = stat()
        // Emptied under us: what comes now is new.
        if fstat(descriptor, &info) == 0 && info.st_size < offset { offset = 0 }
        var bytes = [UInt8](repeating: 0, count: limit)
        while true {
            let count = pread(descriptor, &bytes, limit, offset)
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw FileError(operation: "read", path: path, code: errno) }
            offset += off_t(count)
            bytes.removeLast(limit - count)
            return bytes
        }
    }

    /// Whether the path leads to another file by now: this one was rotated away.
    func isReplaced() -> Bool {
        var info = stat()
        return stat(path, &info) == 0 && (info.st_ino != inode || info.st_dev != device)
    }

    /// Goes to where the last `lines` lines begin; pieces of one long line count as one. Reads from the end.
    mutating func seekToTail(lines: Int) throws {
        var info = stat()
        guard fstat(descriptor, &info) == 0 else { throw FileError(operation: "read", path: path, code: errno) }
        offset = info.st_size
        guard lines > 0 else { return }
        var found = 0
        var position = info.st_size
        // The start of what has been read, up to its first line feed: it is the end of a line whose start is before.
        var tail: [UInt8] = []
        while position > 0 {
            let size = min(position, 64 << 10)
            position -= size
            offset = position
            let chunk = try read(limit: Int(size)) + tail
            var end = chunk.count
            while let feed = chunk[..<end].lastIndex(of: UInt8(ascii: "\n")) {
                // chunk[feed + 1 ..< end] is a whole line; the one after it decides whether this is a line's last piece.
                if feed + 1 < end, LogLine(chunk[(feed + 1)..<end])?.endsLine ?? false {
                    if found == lines {
                        offset = position + off_t(end) + 1
                        return
                    }
                    found += 1
                }
                end = feed
            }
            tail = Array(chunk[..<end])
            if tail.count > LogFormatter.longestLine { tail.removeAll() }
        }
        if found == lines, LogLine(tail[...])?.endsLine ?? false { offset = off_t(tail.count) + 1 } else { offset = 0 }
    }
}
