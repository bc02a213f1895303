import Glibc
import Store
import StoreContract
import StoreSQLite
import Testing

/// `kill -9` at any moment: what was answered is there, and nothing is torn.
@Suite struct CrashTests {
    @Test func whatWasAnsweredSurvivesKillAndNothingIsTorn() async throws {
        let writer = try crashWriter()
        var random = SplitMix(state: 7)
        try await withDirectory { directory in
            var answered: Set<Int> = []
            var first = 0
            for _ in 0..<6 {
                let lines = try await killed(writer, directory, first: first, after: 1 + random.below(60), spin: random.below(3_000))
                answered.formUnion(lines)
                first = (lines.max() ?? first) + 100

                let store = try await SQLiteStore.open(directory: directory, logger: quiet)
                let left = try await store.read(KeyRange(prefix: "/left/"), at: nil, limit: 0).items
                let right = try await store.read(KeyRange(prefix: "/right/"), at: nil, limit: 0).items
                #expect(left.map(\.text) == right.map(\.text), "a transaction was torn")
                #expect(left.map(\.modRevision) == right.map(\.modRevision))
                #expect(answered.subtracting(left.compactMap { Int($0.text) }).isEmpty, "an answered commit was lost")
                let last = try await store.currentRevision()
                #expect(Set(left.map(\.modRevision)).count == left.count && left.allSatisfy { $0.modRevision <= last })
                await store.close()
            }
            #expect(answered.count > 6)
        }
    }

    /// Starts the writer, kills it some time after it has printed `count` numbers, and gives all that it printed.
    private func killed(_ writer: String, _ directory: String, first: Int, after count: Int, spin: Int) async throws -> [Int] {
        try await withCheckedThrowingContinuation { continuation in
            // Reading a pipe blocks, so it has a thread of its own.
            let job = Job { continuation.resume(with: Result { try run(writer, directory, first: first, after: count, spin: spin) }) }
            job.start()
        }
    }

    private func crashWriter() throws -> String {
        // Test bundle and helper lie in the same directory.
        var path = [UInt8](repeating: 0, count: 4_096)
        let count = readlink("/proc/self/exe", &path, path.count)
        let argument = CommandLine.arguments.first { $0.hasSuffix(".xctest") }
        for candidate in [argument, String(decoding: path[..<max(0, count)], as: UTF8.self)].compactMap({ $0 }) {
            let folder = candidate.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
            if access(folder + "/StoreCrashWriter", X_OK) == 0 { return folder + "/StoreCrashWriter" }
        }
        throw Failure("StoreCrashWriter is not beside the tests")
    }
}

private func run(_ writer: String, _ directory: String, first: Int, after count: Int, spin: Int) throws -> [Int] {
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw Failure("pipe: \(errno)") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
    var arguments: [UnsafeMutablePointer<CChar>?] = []
    for argument in [writer, directory, "\(first)"] { arguments.append(strdup(argument)) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    var pid: pid_t = 0
    guard posix_spawn(&pid, writer, &actions, nil, &arguments, environ) == 0 else { throw Failure("cannot start \(writer)") }
    close(ends[1])
    var text: [UInt8] = []
    var isKilled = false
    var buffer = [UInt8](repeating: 0, count: 4_096)
    while true {
        let got = read(ends[0], &buffer, buffer.count)
        if got <= 0 { break }
        text += buffer[..<got]
        if !isKilled, text.count(where: { $0 == 10 }) >= count {
            usleep(useconds_t(spin))
            kill(pid, SIGKILL)
            isKilled = true
        }
    }
    close(ends[0])
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    guard isKilled else { throw Failure("the writer ended by itself: \(status)") }
    // The last line may be cut; a whole line was printed after its answer.
    return String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).dropLast().compactMap { Int($0) }
}

/// A thread for one blocking piece of work.
private final class Job: Sendable {
    private let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    func start() {
        var thread = pthread_t()
        let box = Unmanaged.passRetained(self)
        pthread_create(
            &thread, nil,
            { pointer in
                if let pointer { Unmanaged<Job>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            }, box.toOpaque())
        pthread_detach(thread)
    }
}
