import Core
import Glibc
import Logging
import Synchronization
import Testing

@testable import ContainerRuntime

@Suite struct StrayShimTests {
    /// A clock that is moved by waiting on it.
    private final class Hurried: TimeSource {
        private let moment = Mutex(Instant.now)
        var now: Instant { moment.withLock { $0 } }
        var wallClock: Timestamp { Timestamp(secondsSinceEpoch: 0) }
        func sleep(until deadline: Instant) async throws { moment.withLock { $0 = max($0, deadline) } }
    }

    /// A process that only looks like a shim.
    private func pretender(_ id: String, _ socket: String) throws -> ProcessIdentity {
        let null = open("/dev/null", O_WRONLY)
        defer { close(null) }
        let words = ["/bin/sh", "-c", "sleep 60 & wait", "containerd-shim-runc-v2", "-namespace", "k8s.io", "-id", id, "-address", socket]
        return try #require(ProcessIdentity(pid: try Spawner.spawn(words, output: null, ownSession: true)))
    }

    @Test func onlyTheShimOfTheRemovedSandboxEnds() async throws {
        let layout = ContainerdLayout(ContainerdOptions(dataDirectory: "/tmp/kmd-shims-\(getpid())"))
        let gone = try pretender("gone", layout.socket)
        let other = try pretender("other", layout.socket)
        let foreign = try pretender("gone", "/run/somebody-else.sock")
        defer { for one in [gone, other, foreign] { kill(-one.pid, SIGKILL); waitpid(one.pid, nil, 0) } }
        await StrayShims(layout: layout, logger: Logger(label: "test"), time: Hurried()).end(of: "gone")
        var status: Int32 = 0
        #expect(waitpid(gone.pid, &status, 0) == gone.pid && status & 0x7f == SIGKILL)
        #expect(other.isAlive)
        #expect(foreign.isAlive)
    }
}
