#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Which build an executor is, and with which words it is started: what its description says, and what makes an older one outdated.
enum ExecutorRevision {
    static let label = "kmd.dev/revision"

    /// `0.1.0-5f3a09c1`: kmd's version, and a digest of the rest.
    /// - Parameter build: what tells two builds apart: a checksum, or a file's size and time.
    static func text(build: String, words: [String]) -> String {
        // FNV-1a: nobody is to be kept from finding a collision, two builds only have to differ.
        var hash: UInt32 = 0x811c_9dc5
        for byte in ([build] + words).joined(separator: "\0").utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        let digits = String(hash, radix: 16)
        return "\(KmdVersion.number)-\(String(repeating: "0", count: 8 - digits.count))\(digits)"
    }

    /// What tells the builds of an installed file apart, as far as this machine can see.
    static func build(of file: String) -> String {
        var status = stat()
        guard stat(file, &status) == 0 else { return file }
        return "\(file) \(status.st_size) \(status.st_mtim.tv_sec).\(status.st_mtim.tv_nsec)"
    }
}
