import AsyncHTTPClient
import Glibc
import MesosProto
import NIOCore
import NIOPosix

/// Why a file of an executor did not get into its sandbox.
struct FetchProblem: Error, Sendable, Hashable, CustomStringConvertible {
    let uri: String
    let what: String
    var description: String { "\(uri): \(what)" }
}

/// Brings what a CommandInfo's `uris` name into the sandbox, as Mesos' fetcher does: files of this machine, and over http and https.
///
/// `executable` sets the bit, `output_file` the name, `cache` keeps a copy for the next executor. Archives are not extracted: who names one
/// with `extract` hears so.
struct Fetcher: Sendable {
    struct Limits: Sendable {
        /// The largest file, in bytes.
        var file: Int64 = 4 << 30
        /// All that the cache holds, in bytes.
        var cache: Int64 = 2 << 30
    }

    private let folder: String
    private let limits: Limits

    /// - Parameter folder: of the cache.
    init(folder: String, limits: Limits = Limits()) { (self.folder, self.limits) = (folder, limits) }

    private static let client: HTTPClient = {
        var configuration = HTTPClient.Configuration(redirectConfiguration: .follow(max: 5, allowCycles: false))
        // As Mesos' --fetcher_stall_timeout: a minute without a byte.
        configuration.timeout = .init(connect: .seconds(10), read: .minutes(1))
        configuration.httpVersion = .http1Only
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()

    /// Fetches all of them, in order, into `sandbox`, which it makes.
    func fetch(_ uris: [Mesos_V1_CommandInfo.URI], into sandbox: String) async throws {
        for uri in uris {
            let name = try Fetcher.name(of: uri)
            let target = sandbox + "/" + name
            try await onThread {
                try Disk.makeDirectories(sandbox)
                if let slash = name.lastIndex(of: "/") { try Disk.makeDirectories(sandbox + "/" + name[..<slash]) }
            }
            if let path = Fetcher.localPath(uri.value) {
                try await copy(path, to: target, uri.value)
            } else if uri.cache {
                try await copy(try await cached(uri.value), to: target, uri.value)
            } else {
                try await download(uri.value, to: target)
            }
            if uri.executable { try await onThread { if chmod(target, 0o755) != 0 { throw DiskError("chmod", target) } } }
        }
    }

    /// What the file is called in the sandbox: `output_file`, or the last part of the URI's path. Never a way out of the sandbox.
    static func name(of uri: Mesos_V1_CommandInfo.URI) throws(FetchProblem) -> String {
        let path = uri.value.prefix { $0 != "?" && $0 != "#" }
        let name = uri.hasOutputFile && !uri.outputFile.isEmpty ? uri.outputFile : lastPart(of: path)
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw FetchProblem(uri: uri.value, what: "'\(name)' is no name for a file in the sandbox")
        }
        let archives = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".txz", ".tar.xz", ".gz", ".zip"]
        if uri.extract, !uri.executable, archives.contains(where: { path.hasSuffix($0) }) {
            throw FetchProblem(uri: uri.value, what: "archives are not extracted here; say extract: false")
        }
        return name
    }

    /// What stands behind the last slash of the path; nothing when the URI names a folder or a server.
    private static func lastPart(of uri: Substring) -> String {
        let path = uri.firstRange(of: "://").map { uri[$0.upperBound...].drop { $0 != "/" } } ?? uri
        return String(path.split(separator: "/", omittingEmptySubsequences: false).last ?? "")
    }

    /// The path of a file on this machine; `nil` for what is fetched over the network.
    static func localPath(_ uri: String) -> String? {
        if uri.hasPrefix("file://") { return String(uri.dropFirst("file://".count)) }
        return uri.contains("://") ? nil : uri
    }

    // MARK: The cache

    /// The file's copy in the cache. Two that want it at once may both bring it; the later one stands.
    private func cached(_ uri: String) async throws -> String {
        let path = folder + "/" + Fetcher.key(of: uri)
        // The time of the last use decides what goes first.
        if try await onThread({ utimes(path, nil) == 0 }) { return path }
        let part = path + "." + String(UInt64.random(in: .min ... .max), radix: 16) + Fetcher.partSuffix
        let folder = folder
        do {
            try await onThread { try Disk.makeDirectories(folder) }
            try await download(uri, to: part)
            try await onThread { if rename(part, path) != 0 { throw DiskError("rename", path) } }
        } catch {
            // In a task of its own: this one may be cancelled.
            await Task { try? await onThread { _ = unlink(part) } }.value
            throw error
        }
        await makeRoom(keeping: path)
        return path
    }

    private static let partSuffix = ".part"

    /// FNV-1a, 64 bit, in hexadecimal, with the name behind it for people.
    private static func key(of uri: String) -> String {
        let hash = uri.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let name = uri.split(separator: "/").last.map { $0.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-" || $0 == ".") } } ?? ""
        return String(hash, radix: 16) + "-" + name.prefix(100)
    }

    /// Removes what was not used for the longest time until the rest fits, and what a crash has left half.
    private func makeRoom(keeping kept: String) async {
        let (folder, limit) = (folder, limits.cache)
        try? await onThread {
            var files: [(path: String, size: Int64, used: Int)] = []
            for name in Disk.names(in: folder) {
                var information = stat()
                let path = folder + "/" + name
                guard stat(path, &information) == 0 else { continue }
                if name.hasSuffix(Fetcher.partSuffix) {
                    if information.st_mtim.tv_sec < Glibc.time(nil) - 7200 { unlink(path) }
                } else { files.append((path, Int64(information.st_size), information.st_mtim.tv_sec)) }
            }
            var sum = files.reduce(0) { $0 + $1.size }
            for file in files.sorted(by: { ($0.used, $0.path) < ($1.used, $1.path) }) where sum > limit && file.path != kept {
                unlink(file.path)
                sum -= file.size
            }
        }
    }

    // MARK: Bytes

    private func download(_ uri: String, to path: String) async throws {
        guard uri.hasPrefix("http://") || uri.hasPrefix("https://") else {
            throw FetchProblem(uri: uri, what: "only files, http and https can be fetched")
        }
        let limit = limits.file
        do {
            let answer = try await Fetcher.client.execute(HTTPClientRequest(url: uri), timeout: .hours(1))
            guard answer.status == .ok else { throw FetchProblem(uri: uri, what: "the server answered \(answer.status.code)") }
            let file = try await onThread { try OpenFile(path) }
            var total: Int64 = 0
            for try await chunk in answer.body {
                total += Int64(chunk.readableBytes)
                guard total <= limit else { throw FetchProblem(uri: uri, what: "it is longer than \(limit) bytes") }
                try await onThread { try file.write(chunk.readableBytesView) }
            }
            if let length = answer.headers.first(name: "Content-Length").flatMap(Int64.init), length != total {
                throw FetchProblem(uri: uri, what: "\(total) of \(length) bytes came")
            }
        } catch let problem as FetchProblem {
            throw problem
        } catch {
            throw FetchProblem(uri: uri, what: "\(error)")
        }
    }

    private func copy(_ source: String, to target: String, _ uri: String) async throws {
        let limit = limits.file
        try await onThread {
            let input = open(source, O_RDONLY | O_CLOEXEC)
            guard input >= 0 else { throw FetchProblem(uri: uri, what: DiskError("open", source).description) }
            defer { close(input) }
            let output = try OpenFile(target)
            var (part, total) = ([UInt8](repeating: 0, count: 1 << 20), Int64(0))
            while true {
                let count = read(input, &part, part.count)
                guard count >= 0 else { throw FetchProblem(uri: uri, what: DiskError("read", source).description) }
                if count == 0 { return }
                total += Int64(count)
                guard total <= limit else { throw FetchProblem(uri: uri, what: "it is longer than \(limit) bytes") }
                try output.write(part[..<count])
            }
        }
    }
}

/// A new file, written from its beginning; closed with its owner.
private final class OpenFile: Sendable {
    let descriptor: Int32
    private let path: String

    init(_ path: String) throws(DiskError) {
        unlink(path)
        descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        self.path = path
        guard descriptor >= 0 else { throw DiskError("open", path) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: some Collection<UInt8>) throws(DiskError) { try Disk.writeAll(Array(bytes), to: descriptor, path) }
}

/// Blocking work, away from the cooperative pool.
func onThread<Result: Sendable>(_ work: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await NIOThreadPool.singleton.runIfActive(work)
}
