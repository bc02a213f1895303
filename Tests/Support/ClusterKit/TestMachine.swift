import Foundation
import Synchronization

/// A machine of its own, as far as what runs on it can tell: own network, processes, mounts and host name, with the files of the real one.
///
/// It is a shell in namespaces. When the shell is killed the kernel ends every process on the machine and takes its network and mounts
/// away, as a loss of power does. If the test itself dies, the shell reads the end of its input and the same happens.
public final class TestMachine: Sendable {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        public init(_ description: String) { self.description = description }
    }

    public let name: String
    /// What the machine's commands print, and its shell's input: a folder of the real machine.
    public let folder: String
    private let shell: ChildProcess
    private let input: FileHandle
    private let counter = Mutex(0)

    /// Variables of the tests that must not reach what runs on the machine.
    private static let unset = ["KUBECONFIG", "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "KMD_STORE"]

    /// Starts the machine. It has no network but an unconfigured loopback yet.
    public init(_ name: String, folder: String, environment: [String: String] = [:]) throws {
        (self.name, self.folder) = (name, folder)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let pipe = folder + "/input"
        unlink(pipe)
        guard mkfifo(pipe, 0o600) == 0 else { throw Failure("mkfifo: errno \(errno)") }
        // For reading and writing: neither this open nor the shell's waits for the other.
        let descriptor = open(pipe, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("open: errno \(errno)") }
        input = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        let log = folder + "/shell.log"
        shell = try ChildProcess(
            "/usr/bin/unshare", ["-n", "-m", "-u", "-p", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "/bin/bash"],
            environment: environment.merging(TestMachine.unset.map { ($0, "") }) { given, _ in given }, files: (pipe, log, log))
    }

    /// Runs a command in the machine's shell, which keeps its variables and jobs.
    public func run(_ command: String, limit: Double = 120) async throws -> CommandResult {
        let number = counter.withLock { number in
            number += 1
            return number
        }
        let stem = "\(folder)/\(number)"
        let words = "{\n\(command)\n} >\(stem).out 2>&1 </dev/null\necho $? >\(stem).new; mv \(stem).new \(stem).status\n"
        try input.write(contentsOf: Data(words.utf8))
        let deadline = ContinuousClock.now + .seconds(limit)
        while ContinuousClock.now < deadline {
            if let status = try? String(contentsOfFile: "\(stem).status", encoding: .utf8) {
                let output = String(decoding: (try? Data(contentsOf: URL(filePath: "\(stem).out"))) ?? Data(), as: UTF8.self)
                return CommandResult(status: Int32(status.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1, output: output, errors: "")
            }
            guard shell.isRunning else { throw Failure("\(name) ended during: \(command)") }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure("\(name): not within \(limit) s: \(command)")
    }

    /// Runs a command that must succeed, and gives what it printed.
    @discardableResult public func must(_ command: String, limit: Double = 120) async throws -> String {
        let result = try await run(command, limit: limit)
        guard result.succeeded else { throw Failure("\(name): \(command)\n\(result)") }
        return result.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// The machine's first process, as the real machine numbers it.
    public func firstProcess() async throws -> pid_t {
        for _ in 0..<250 {
            if let child = TestMachine.child(of: shell.id) { return child }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Failure("\(name) has no process:\n\((try? String(contentsOfFile: folder + "/shell.log", encoding: .utf8)) ?? "")")
    }

    private static func child(of parent: pid_t) -> pid_t? {
        let numbers = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { pid_t($0) }
        return numbers.first { number in
            guard let text = try? String(contentsOfFile: "/proc/\(number)/stat", encoding: .utf8), let close = text.lastIndex(of: ")") else { return false }
            // After the name in brackets: the state, then the parent.
            return text[text.index(after: close)...].split(separator: " ").dropFirst().first.flatMap { pid_t($0) } == parent
        }
    }

    /// Loses power: all of its processes, mounts and interfaces are gone at once.
    public func crash() async {
        shell.signal(SIGKILL)
        _ = await shell.wait()
        try? input.close()
    }

    public var isRunning: Bool { shell.isRunning }
}
