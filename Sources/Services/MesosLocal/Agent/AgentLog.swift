import Glibc
import MesosProto
import NIOPosix

/// The agent's durable memory: an append-only file of records, each with its length and a checksum.
///
/// A tail that was torn by a crash is cut off at the next start; nothing after it can have been acted upon, since effects wait for the sync.
/// At each start, and when it has grown, the log is rewritten as a snapshot.
final class AgentLog: Sendable {
    let path: String
    private let file: Int32

    private init(path: String, file: Int32) { (self.path, self.file) = (path, file) }

    deinit { close(file) }

    /// The records of the log at `path`, oldest first; empty when there is none.
    static func load(_ path: String) async throws -> [KMD_AgentRecord] {
        try await NIOThreadPool.singleton.runIfActive { parse(try Disk.read(path) ?? []) }
    }

    /// Starts a log with `snapshot` in place of what was at `path`.
    static func start(_ path: String, with snapshot: [KMD_AgentRecord]) async throws -> AgentLog {
        try await NIOThreadPool.singleton.runIfActive {
            try Disk.replace(path, with: snapshot.flatMap(encode))
            let file = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
            guard file >= 0 else { throw DiskError("open", path) }
            return AgentLog(path: path, file: file)
        }
    }

    /// Appends and syncs; when it returns the records outlive a crash. Gives the number of bytes.
    func append(_ records: [KMD_AgentRecord]) async throws -> Int {
        try await NIOThreadPool.singleton.runIfActive { [path, file] in
            let bytes = records.flatMap(AgentLog.encode)
            try Disk.writeAll(bytes, to: file, path)
            if fdatasync(file) != 0 { throw DiskError("fdatasync", path) }
            return bytes.count
        }
    }

    static func encode(_ record: KMD_AgentRecord) -> [UInt8] {
        let body: [UInt8] = (try? record.serializedBytes(partial: true)) ?? []
        return bigEndian(UInt32(body.count)) + bigEndian(checksum(body)) + body
    }

    static func parse(_ bytes: [UInt8]) -> [KMD_AgentRecord] {
        var records: [KMD_AgentRecord] = []
        var position = 0
        while position + 8 <= bytes.count {
            let length = Int(number(bytes[position..<position + 4]))
            let sum = number(bytes[position + 4..<position + 8])
            guard position + 8 + length <= bytes.count else { break }
            let body = Array(bytes[position + 8..<position + 8 + length])
            guard checksum(body) == sum, let record = try? KMD_AgentRecord(serializedBytes: body) else { break }
            records.append(record)
            position += 8 + length
        }
        return records
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt32 { bytes.reduce(0) { $0 << 8 | UInt32($1) } }

    /// FNV-1a: tells a torn record from a whole one.
    private static func checksum(_ bytes: [UInt8]) -> UInt32 {
        bytes.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }
}
