import Foundation

/// What a command did.
public struct CommandResult: Sendable, CustomStringConvertible {
    public let status: Int32
    public let output: String
    public let errors: String
    public var succeeded: Bool { status == 0 }
    public var description: String { "exit \(status)\n\(output)\(errors)" }
}

/// Runs a program to its end and keeps what it printed.
public enum Command {
    /// - Parameters:
    ///   - input: what it reads on stdin; nothing when `nil`.
    ///   - limit: seconds after which it is killed, and the result says status -1.
    public static func run(
        _ program: String, _ arguments: [String], environment: [String: String] = [:], input: String? = nil, limit: Double = 120
    ) async throws -> CommandResult {
        let folder = FileManager.default.temporaryDirectory.appending(path: "kmd-command-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        // Files, not pipes: a child that outlives the program must not keep us waiting.
        let files = ["in", "out", "err"].map { folder.appending(path: $0) }
        try Data((input ?? "").utf8).write(to: files[0])
        let process = try ChildProcess(program, arguments, environment: environment, files: (files[0].path, files[1].path, files[2].path))
        let timer = Task {
            try await Task.sleep(for: .seconds(limit))
            process.signal(SIGKILL)
            return true
        }
        let status = await process.wait()
        timer.cancel()
        let late = (try? await timer.value) ?? false
        return CommandResult(
            status: late ? -1 : status,
            output: String(decoding: (try? Data(contentsOf: files[1])) ?? Data(), as: UTF8.self),
            errors: String(decoding: (try? Data(contentsOf: files[2])) ?? Data(), as: UTF8.self))
    }
}

/// The kubectl programs of this machine: the one on the PATH, and the versions that lie beside it.
public enum Kubectl {
    /// Paths, the oldest first. A dispatcher that picks a version itself is left out where the versions themselves are there.
    public static let all: [String] = {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        guard let first = path.split(separator: ":").map({ "\($0)/kubectl" }).first(where: FileManager.default.isExecutableFile(atPath:))
        else { return [] }
        let folder = URL(filePath: first).resolvingSymlinksInPath().deletingLastPathComponent()
        let versions = ["1.27", "1.33"].map { folder.appending(path: "kubectl.\($0)").path }.filter(FileManager.default.isExecutableFile(atPath:))
        return versions.isEmpty ? [first] : versions
    }()

    /// The one that most tests use.
    public static var newest: String { all.last ?? "kubectl" }

    /// The minor version of a kubectl: 20 for the one of Debian 12, which a machine without any gets.
    public static func minorVersion(of program: String) async throws -> Int {
        let output = try await Command.run(program, ["version", "--client", "--output=json"]).output
        let version = try JSONDecoder().decode(ClientVersion.self, from: Data(output.utf8)).clientVersion
        return Int(version.minor.prefix { $0.isNumber }) ?? 0
    }

    private struct ClientVersion: Decodable {
        struct Version: Decodable { let minor: String }
        let clientVersion: Version
    }
}
