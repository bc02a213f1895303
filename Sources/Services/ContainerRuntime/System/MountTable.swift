/// The mounts that this process sees.
struct MountTable {
    struct Mount: Equatable {
        let path: String
        let type: String
    }
    /// In the order in which they were made: later ones may lie on earlier ones.
    let mounts: [Mount]

    static func read() -> MountTable { MountTable(mountinfo: Files.text("/proc/self/mountinfo") ?? "") }

    /// Lines of `id parent device root PATH options… - TYPE source options`; blanks in paths are written `\040`.
    init(mountinfo: String) {
        mounts = mountinfo.split(separator: "\n").compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 6, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { return nil }
            return Mount(path: Self.unescaped(fields[4]), type: String(fields[dash + 1]))
        }
    }

    /// Those at or below a directory, in the order in which they can be taken away.
    func below(_ directory: String) -> [String] {
        mounts.map(\.path).filter { $0 == directory || $0.hasPrefix(directory + "/") }.reversed()
    }

    /// The kind of file system that a path is on.
    func type(of path: String) -> String? {
        mounts.enumerated().filter { path == $1.path || path.hasPrefix($1.path == "/" ? "/" : $1.path + "/") }
            .max { ($0.element.path.utf8.count, $0.offset) < ($1.element.path.utf8.count, $1.offset) }?.element.type
    }

    private static func unescaped(_ text: Substring) -> String {
        guard text.contains("\\") else { return String(text) }
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
