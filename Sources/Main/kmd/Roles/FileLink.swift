#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Symbolic links.
enum FileLink {
    struct Unreadable: Error { let path: String }

    static func target(of path: String) throws -> String {
        let longest = 4096
        let bytes = [UInt8](unsafeUninitializedCapacity: longest) { buffer, count in
            count = buffer.withMemoryRebound(to: CChar.self) { $0.baseAddress.map { max(0, readlink(path, $0, longest)) } ?? 0 }
        }
        guard !bytes.isEmpty else { throw Unreadable(path: path) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
