import HTTPKit
import NIOCore
import NIOPosix

#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// The binary that agents fetch and run as our executor: this program itself, under a name that says what is in it.
struct ExecutorArtifact: Sendable, Equatable {
    /// Where it lies here.
    let file: String
    /// 64 hexadecimal digits.
    let sha256: String
    /// In bytes.
    let size: Int

    /// `kmd-<the first 16 digits of its SHA-256>`: another build has another name, in the agents' caches too.
    var name: String { "kmd-\(sha256.prefix(16))" }

    /// What an agent fetches.
    /// - Parameter base: `http://host:port`
    func url(base: String) -> String { "\(base)/static/\(name)" }

    /// The command that checks what was fetched against its sum, and becomes it.
    ///
    /// An agent's fetcher does not check what it got, and a program cannot check itself; `sha256sum` can.
    func command(_ words: [String]) -> String {
        "echo '\(sha256)  \(name)' | sha256sum -c - >&2 && exec ./\(name) " + words.map(ExecutorArtifact.quoted).joined(separator: " ")
    }

    /// A word for a POSIX shell.
    static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { byte in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || "-_=./:,@%+".utf8.contains(byte)
        }
        return isPlain ? word : "'" + word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Reads the file once, with `sha256sum`, on a thread that may wait.
    /// - Throws: `PlainFailure` that names file and cause.
    static func of(file: String) async throws -> ExecutorArtifact {
        try await NIOThreadPool.singleton.runIfActive {
            var status = stat()
            guard stat(file, &status) == 0 else { throw PlainFailure("\(file): \(String(cString: strerror(errno)))") }
            guard let pipe = popen("exec sha256sum < \(quoted(file))", "r") else {
                throw PlainFailure("sha256sum cannot be run: \(String(cString: strerror(errno)))", .missingRequirement)
            }
            var line = [UInt8](repeating: 0, count: 128)
            let count = fread(&line, 1, line.count, pipe)
            let code = pclose(pipe)
            let sum = String(decoding: line.prefix(count), as: UTF8.self).prefix(64)
            guard code == 0, sum.count == 64, sum.allSatisfy({ $0.isHexDigit }) else {
                throw PlainFailure("sha256sum of \(file) failed (code \(code)); it comes with coreutils", .missingRequirement)
            }
            return ExecutorArtifact(file: file, sha256: String(sum), size: Int(status.st_size))
        }
    }
}

/// `GET /static/<name>`: sends the artifact, in pieces, as fast as the client takes them.
struct ArtifactService: Sendable {
    static let prefix = "/static/"
    let artifact: ExecutorArtifact

    func handle(_ request: HTTPRequest, _ exchange: HTTPExchange) {
        guard request.path == ArtifactService.prefix + artifact.name else {
            return exchange.respond(
                .notFound, contentType: "text/plain", text: "not here; this build is \(ArtifactService.prefix)\(artifact.name)\n")
        }
        let artifact = artifact
        let isHead = request.method == .HEAD
        exchange.perform(handsOn: true) { await ArtifactService.send(artifact, isHead, exchange) }
    }

    private static func send(_ artifact: ExecutorArtifact, _ isHead: Bool, _ exchange: HTTPExchange) async {
        let descriptor = open(artifact.file, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            return exchange.respond(.internalServerError, contentType: "text/plain", text: "the file cannot be read\n")
        }
        defer { close(descriptor) }
        let stream = exchange.stream(.ok, headers: [
            "Content-Type": "application/octet-stream", "Content-Length": String(artifact.size), "ETag": "\"\(artifact.sha256)\"",
        ])
        var left = isHead ? 0 : artifact.size
        do {
            while left > 0 {
                let wanted = min(left, 256 << 10)
                let piece = try await NIOThreadPool.singleton.runIfActive { () -> ByteBuffer in
                    var buffer = ByteBufferAllocator().buffer(capacity: wanted)
                    buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: wanted) { max(0, read(descriptor, $0.baseAddress, wanted)) }
                    return buffer
                }
                // It was exchanged for a shorter one under our feet: what was promised cannot be sent.
                guard piece.readableBytes > 0 else { return stream.abort() }
                left -= piece.readableBytes
                try await stream.write(piece)
            }
            stream.finish()
        } catch { stream.abort() }
    }
}
