import Core
import NodeFiles

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Executors of a data directory that outlived their kmd, and their janitors.
struct LeftExecutors {
    let dataDirectory: String

    /// Asks each to end, and waits; what does not end is killed. They hold a lock while they live.
    func stop() async throws {
        let found = NodeProcesses(dataDirectory: dataDirectory).ids(of: "executor", "executor-janitor")
        for process in found { kill(process, SIGTERM) }
        for _ in 0..<150 where found.contains(where: { kill($0, 0) == 0 }) { try await Task.sleep(for: .milliseconds(100)) }
        for process in found where kill(process, 0) == 0 { kill(process, SIGKILL) }
    }
}

/// Files of the data directory.
enum DataFiles {
    /// Makes a data directory, readable by its owner only, if it is not there.
    static func prepare(_ directory: String) throws {
        guard mkdir(directory, 0o700) != 0, errno != EEXIST else { return }
        throw PlainFailure(
            "cannot make the data directory \(directory): \(String(cString: strerror(errno))). "
                + "Choose one that you may write with --data-dir, or run as root.", .badData)
    }

    /// A small file's bytes; empty when it cannot be read.
    static func read(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
        return Array(bytes.prefix(max(0, count)))
    }

    /// A file that a user named, as text.
    /// - Throws: `PlainFailure` when it cannot be read, or is longer than `limit` bytes, or no text.
    static func text(of path: String, limit: Int) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw PlainFailure(String(cString: strerror(errno))) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = part.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count == 0 { break }
            guard count > 0 else { throw PlainFailure(String(cString: strerror(errno))) }
            bytes += part.prefix(count)
            guard bytes.count <= limit else { throw PlainFailure("it is longer than \(limit) bytes") }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw PlainFailure("it is not UTF-8 text") }
        return text
    }
}
