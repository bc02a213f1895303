import Foundation
import Synchronization

/// A program that was started, and how it ended. By posix_spawn and waitpid: nothing between the test and the system.
public final class ChildProcess: Sendable {
    public struct CannotStart: Error, CustomStringConvertible { public let description: String }

    public let id: pid_t
    private let ended = Mutex<(status: Int32?, waiting: [CheckedContinuation<Int32, Never>])>((nil, []))

    /// - Parameters:
    ///   - files: paths for stdin, stdout and stderr; the last two are appended to.
    public init(_ program: String, _ arguments: [String], environment: [String: String] = [:], files: (input: String, output: String, errors: String)) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, files.input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, files.output, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, files.errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        let variables = ProcessInfo.processInfo.environment.merging(environment) { _, new in new }.map { "\($0.key)=\($0.value)" }
        var number: pid_t = 0
        let failure = ChildProcess.withCStrings([program] + arguments) { words in
            ChildProcess.withCStrings(variables) { posix_spawn(&number, program, &actions, nil, words, $0) }
        }
        guard failure == 0 else { throw CannotStart(description: "\(program): \(String(cString: strerror(failure)))") }
        id = number
        let thread = Thread { [self] in reap() }
        thread.start()
    }

    public var isRunning: Bool { ended.withLock { $0.status == nil } }

    /// The exit code, or 128 and the signal; waits for the end.
    public func wait() async -> Int32 {
        await withCheckedContinuation { continuation in
            let known = ended.withLock { ended -> Int32? in
                if ended.status == nil { ended.waiting.append(continuation) }
                return ended.status
            }
            if let known { continuation.resume(returning: known) }
        }
    }

    public func signal(_ number: Int32) { if isRunning { kill(id, number) } }

    private func reap() {
        var raw: Int32 = 0
        while waitpid(id, &raw, 0) < 0 && errno == EINTR {}
        let status = raw & 0x7f == 0 ? raw >> 8 & 0xff : 128 + (raw & 0x7f)
        let waiting = ended.withLock { ended in
            ended.status = status
            defer { ended.waiting = [] }
            return ended.waiting
        }
        for continuation in waiting { continuation.resume(returning: status) }
    }

    private static func withCStrings<T>(_ texts: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> T) -> T {
        let pointers = texts.map { strdup($0) }
        defer { for pointer in pointers { free(pointer) } }
        return body(pointers + [nil])
    }
}
