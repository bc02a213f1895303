import JSON

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What this machine says about itself, in the words of a node's `nodeInfo`.
enum Machine {
    static func nodeInfo(runtimeVersion: String) -> JSONObject {
        var system = utsname()
        uname(&system)
        let release = withUnsafeBytes(of: &system.release) { text($0) }
        let architecture = withUnsafeBytes(of: &system.machine) { text($0) }
        return [
            "machineID": .string(firstLine("/etc/machine-id")), "systemUUID": .string(firstLine("/etc/machine-id")),
            "bootID": .string(firstLine("/proc/sys/kernel/random/boot_id")), "kernelVersion": .string(release),
            "osImage": .string(osImage()), "containerRuntimeVersion": .string(runtimeVersion),
            "kubeletVersion": .string(KmdVersion.node), "kubeProxyVersion": .string(KmdVersion.node),
            "operatingSystem": "linux", "architecture": .string(architecture == "x86_64" ? "amd64" : architecture == "aarch64" ? "arm64" : architecture),
        ]
    }

    /// All memory, in bytes.
    static var memory: Int64 { Int64(sysconf(Int32(_SC_PHYS_PAGES))) * Int64(sysconf(Int32(_SC_PAGESIZE))) }

    private static func osImage() -> String {
        let name = lines("/etc/os-release").first { $0.hasPrefix("PRETTY_NAME=") } ?? ""
        return String(name.dropFirst("PRETTY_NAME=".count).filter { $0 != "\"" })
    }

    private static func firstLine(_ path: String) -> String { lines(path).first ?? "" }

    /// A small file of the system's, read at once: these are in memory, not on a disk.
    private static func lines(_ path: String) -> [String] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: 8192)
        let count = bytes.withUnsafeMutableBytes { read(file, $0.baseAddress, $0.count) }
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\n").map(String.init)
    }

    private static func text(_ bytes: UnsafeRawBufferPointer) -> String { String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self) }
}
