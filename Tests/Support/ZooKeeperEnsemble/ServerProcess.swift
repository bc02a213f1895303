import Foundation
import Synchronization

/// A server that was started, and whether it has ended. In a session of its own, so that a terminal's interrupt does not reach it.
final class ServerProcess: Sendable {
    private let id: pid_t
    private let ended = Mutex<(isOver: Bool, waiting: [CheckedContinuation<Void, Never>])>((false, []))

    init(_ program: String, _ arguments: [String], log: String) throws {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        posix_spawnattr_setflags(&attributes, 0x80 /* POSIX_SPAWN_SETSID */)
        var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) } + [nil]
        var number: pid_t = 0
        let failure = posix_spawn(&number, program, &actions, &attributes, &words, environ)
        for word in words { free(word) }
        guard failure == 0 else { throw ZooKeeperEnsemble.Failure(description: "\(program): \(String(cString: strerror(failure)))") }
        id = number
        Thread { [self] in reap() }.start()
    }

    var isRunning: Bool { ended.withLock { !$0.isOver } }
    func signal(_ number: Int32) { if isRunning { kill(id, number) } }

    func wait() async {
        await withCheckedContinuation { continuation in
            let isOver = ended.withLock { ended in
                if !ended.isOver { ended.waiting.append(continuation) }
                return ended.isOver
            }
            if isOver { continuation.resume() }
        }
    }

    private func reap() {
        var status: Int32 = 0
        while waitpid(id, &status, 0) < 0 && errno == EINTR {}
        let waiting = ended.withLock { ended in
            ended.isOver = true
            defer { ended.waiting = [] }
            return ended.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}

extension ZooKeeperEnsemble {
    /// Ports of the loopback that nobody has just now, for what else a test starts.
    public static func freePorts(_ count: Int) throws -> [Int] { try FreePorts.find(count) }
}

/// Ports of the loopback that nobody has just now.
enum FreePorts {
    static func find(_ count: Int) throws -> [Int] {
        var held: [Int32] = []
        defer { for file in held { close(file) } }
        return try (0..<count).map { _ in
            let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            held.append(file)
            var address = loopback(port: 0)
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let failed = withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(file, $0, length) != 0 || getsockname(file, $0, &length) != 0 }
            }
            if failed { throw ZooKeeperEnsemble.Failure(description: "no free port: \(String(cString: strerror(errno)))") }
            return Int(UInt16(bigEndian: address.sin_port))
        }
    }

    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        return address
    }
}

/// ZooKeeper's plain questions: four letters, and the answer until the server closes.
enum FourLetterWord {
    static func ask(_ word: String, port: Int) -> String? {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard file >= 0 else { return nil }
        defer { close(file) }
        // A frozen server takes the connection and says nothing.
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = FreePorts.loopback(port: port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(file, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0 }
        }
        guard connected, send(file, word, word.utf8.count, Int32(MSG_NOSIGNAL)) == word.utf8.count else { return nil }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while answer.count < 1 << 20 {
            let count = recv(file, &buffer, buffer.count, 0)
            if count <= 0 { break }
            answer += buffer[..<count]
        }
        return answer.isEmpty ? nil : String(decoding: answer, as: UTF8.self)
    }
}
