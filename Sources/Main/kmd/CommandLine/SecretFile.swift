#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

private func systemRead(_ file: Int32, _ bytes: inout [UInt8], _ count: Int) -> Int { read(file, &bytes, count) }

/// A file with one secret in it.
enum SecretFile {
    private static let limit = 4_096

    /// The secret, without the end of its line.
    ///
    /// - Throws: `PlainFailure` when it cannot be read, is empty or too long, or others may read it.
    static func read(_ path: String, flag: String) throws -> String {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw PlainFailure("\(flag)=\(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var status = stat()
        guard fstat(file, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw PlainFailure("\(flag)=\(path): others may read it. Say chmod 600 \(path).")
        }
        var bytes = [UInt8](repeating: 0, count: limit + 1)
        let count = systemRead(file, &bytes, bytes.count)
        guard count >= 0 else { throw PlainFailure("\(flag)=\(path): \(String(cString: strerror(errno)))") }
        let text = bytes[..<count].prefix { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        guard !text.isEmpty, count <= limit else { throw PlainFailure("\(flag)=\(path): it must hold one line of 1 to \(limit) bytes.") }
        return String(decoding: text, as: UTF8.self)
    }
}
