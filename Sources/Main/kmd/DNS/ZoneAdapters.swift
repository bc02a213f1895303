import DNS
import DNSRegistrar
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// What the registrar tells, told to the names that the server answers from, and to the disk.
struct ZoneTableOutlet: ZoneOutlet {
    let table: ZoneTable?
    let file: ZoneDiskFile?

    func replace(_ names: [ZoneChange]) async { table?.replace(with: names.compactMap(ZoneEdit.init)) }
    func change(_ names: [ZoneChange]) async { table?.apply(names.compactMap(ZoneEdit.init)) }
    func save(_ zone: [UInt8]) async -> Bool { await file?.write(zone) ?? true }
}

extension ZoneEdit {
    /// `nil` for a name that is too long to be one.
    init?(_ change: ZoneChange) {
        guard let name = DNSName(change.name) else { return nil }
        self.init(name, change.records.compactMap(RecordData.init), exists: change.exists)
    }
}

extension RecordData {
    init?(_ data: ZoneData) {
        switch data {
        case .address(let address): self = address.isIPv6 ? .aaaa(address.bytes) : .a(address.bytes)
        case .alias(let target):
            guard let name = DNSName(target) else { return nil }
            self = .cname(name)
        case .pointer(let target):
            guard let name = DNSName(target) else { return nil }
            self = .ptr(name)
        case .service(let weight, let port, let target):
            guard let name = DNSName(target) else { return nil }
            self = .srv(priority: 0, weight: weight, port: port, target: name)
        }
    }
}

/// The zone on disk. Calls run on threads that may block.
struct ZoneDiskFile: Sendable {
    let path: String

    /// A zone is larger only in a cluster of a million names.
    static let largest = 256 << 20

    /// Whole or not at all: written beside, then renamed.
    func write(_ bytes: [UInt8]) async -> Bool {
        let path = path
        return (try? await NIOThreadPool.singleton.runIfActive { ZoneDiskFile.write(bytes, path) }) ?? false
    }

    func read() async -> [UInt8] {
        let path = path
        return (try? await NIOThreadPool.singleton.runIfActive { ZoneDiskFile.read(path) }) ?? []
    }

    /// What tells one version of the file from the next; `nil` when there is none.
    func version() async -> Version? {
        let path = path
        return
            (try? await NIOThreadPool.singleton.runIfActive {
                var info = stat()
                guard stat(path, &info) == 0 else { return nil }
                return Version(
                    inode: UInt64(info.st_ino), seconds: Int(info.st_mtim.tv_sec), nanoseconds: Int(info.st_mtim.tv_nsec))
            }) ?? nil
    }

    struct Version: Sendable, Hashable { let inode: UInt64, seconds: Int, nanoseconds: Int }

    private static func write(_ bytes: [UInt8], _ path: String) -> Bool {
        let beside = path + ".new"
        let file = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { return false }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            rest = rest.dropFirst(count)
        }
        close(file)
        return rest.isEmpty && rename(beside, path) == 0
    }

    private static func read(_ path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 256 << 10)
        while bytes.count < largest {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
