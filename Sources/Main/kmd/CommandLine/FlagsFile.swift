#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Flags in a file, one word a line, between blank lines and lines that begin with `#`: an operator's, for `--flags-file`, and those of this
/// machine's executors, in the data directory.
///
/// Mesos takes a task for a running executor only if its ExecutorInfo, command line included, is what the executor was started with. So the
/// command line names only this file, and stays the same when kmd is started again with other flags: a running executor gets further tasks,
/// and the next one that starts reads what is wanted then.
enum FlagsFile {
    private static let flag = "--flags-file="

    static func path(in dataDirectory: String) -> String { dataDirectory + "/executor.flags" }

    /// Puts the words into the file, whole or not at all; returns the word that names it.
    static func write(_ words: [String], in dataDirectory: String) throws -> String {
        if let broken = words.first(where: { $0.contains("\n") }) { throw PlainFailure("a flag must not hold line ends: \(broken)") }
        let path = path(in: dataDirectory)
        let file = open(path + ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw failure(path) }
        let bytes = Array((words.joined(separator: "\n") + "\n").utf8)
        let written = Glibc.write(file, bytes, bytes.count)
        close(file)
        guard written == bytes.count, rename(path + ".new", path) == 0 else { throw failure(path) }
        return flag + path
    }

    /// The words of a command line, those of the file that it names in the file's place.
    static func expanded(_ words: [String]) throws -> [String] {
        try words.flatMap { word -> [String] in
            guard word.hasPrefix(flag) else { return [word] }
            let path = String(word.dropFirst(flag.count))
            do {
                // Operators write such files too, with remarks.
                return try DataFiles.text(of: path, limit: 64 << 10).split(separator: "\n").map(trimmed).filter { !$0.isEmpty && !$0.hasPrefix("#") }
            } catch { throw PlainFailure("cannot read the flags in \(path): \(error)") }
        }
    }

    private static func trimmed(_ line: Substring) -> String {
        guard let last = line.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(line[...last].drop(while: \.isWhitespace))
    }

    private static func failure(_ path: String) -> PlainFailure { PlainFailure("cannot write \(path): \(String(cString: strerror(errno)))") }
}
