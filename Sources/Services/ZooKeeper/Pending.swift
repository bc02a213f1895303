internal import CZooKeeper
import Synchronization

/// What a call answered.
enum Reply: Sendable {
    case nothing
    case stat(NodeStat)
    case data(NodeData)
    case created(String, NodeStat)
    case names([String], NodeStat)
    case access([AccessRule], NodeStat)
}

/// One call under way.
///
/// The session's table owns it, and the library borrows its address until it has called back, or until its threads have ended: only then is
/// it removed from the table. The library calls back at most once, and not at all for calls that a close overtook.
final class Pending: Sendable {
    typealias Answer = Result<Reply, ZooKeeperError>

    let id: UInt64
    private let calls: PendingCalls
    private let operation: String, path: String, isWrite: Bool
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>

    init(_ id: UInt64, of calls: PendingCalls, _ operation: String, _ path: String, isWrite: Bool, _ continuation: CheckedContinuation<Answer, Never>) {
        (self.id, self.calls, self.operation, self.path, self.isWrite) = (id, calls, operation, path, isWrite)
        self.continuation = Mutex(continuation)
    }

    /// For the library's `data`.
    var address: UnsafeRawPointer { UnsafeRawPointer(Unmanaged.passUnretained(self).toOpaque()) }

    /// The call that the library's callback is about. On the library's thread.
    static func at(_ address: UnsafeRawPointer?) -> Pending? {
        address.map { Unmanaged<Pending>.fromOpaque($0).takeUnretainedValue() }
    }

    /// From a callback: the library does not know the address any more.
    func finish(_ number: Int32, _ reply: @autoclosure () -> Reply?) {
        if number != 0 { resume(.failure(error(ZooKeeperError.Code(library: number)))) } else if let reply = reply() { resume(.success(reply)) } else {
            resume(.failure(error(.other(number, "the answer is incomplete"))))
        }
        calls.forget(id)
    }

    func fail(_ code: ZooKeeperError.Code) { resume(.failure(error(code))) }

    private func resume(_ answer: Answer) { continuation.withLock { $0.take() }?.resume(returning: answer) }
    private func error(_ code: ZooKeeperError.Code) -> ZooKeeperError { ZooKeeperError(code, operation: operation, path: path, isWrite: isWrite) }
}

/// The calls of a session that are under way.
final class PendingCalls: Sendable {
    private struct Table { var next: UInt64 = 0; var calls: [UInt64: Pending] = [:] }
    private let table = Mutex(Table())

    func add(_ operation: String, _ path: String, isWrite: Bool, _ continuation: CheckedContinuation<Pending.Answer, Never>) -> Pending {
        table.withLock { table in
            table.next += 1
            let pending = Pending(table.next, of: self, operation, path, isWrite: isWrite, continuation)
            table.calls[pending.id] = pending
            return pending
        }
    }

    func forget(_ id: UInt64) { _ = table.withLock { $0.calls.removeValue(forKey: id) } }

    /// The library's threads have ended: what it did not answer is answered here.
    func failAll(_ code: ZooKeeperError.Code) {
        let left = table.withLock { table in
            defer { table.calls = [:] }
            return table.calls.values.sorted { $0.id < $1.id }
        }
        for pending in left { pending.fail(code) }
    }

    var count: Int { table.withLock { $0.calls.count } }
}

/// The library's callbacks: on its completion thread they copy and signal, and never wait.
enum Completion {
    static let void: void_completion_t = { number, data in Pending.at(data)?.finish(number, .nothing) }
    static let stat: stat_completion_t = { number, stat, data in Pending.at(data)?.finish(number, stat.map { .stat(NodeStat($0.pointee)) }) }
    static let data: data_completion_t = { number, bytes, length, stat, data in
        Pending.at(data)?.finish(
            number,
            stat.map { stat in
                let copy = bytes.map { [UInt8](UnsafeRawBufferPointer(start: $0, count: max(0, Int(length)))) } ?? []
                return .data(NodeData(bytes: copy, stat: NodeStat(stat.pointee)))
            })
    }
    static let created: string_stat_completion_t = { number, path, stat, data in
        Pending.at(data)?.finish(number, path.flatMap { path in stat.map { .created(String(cString: path), NodeStat($0.pointee)) } })
    }
    static let names: strings_stat_completion_t = { number, names, stat, data in
        Pending.at(data)?.finish(number, stat.map { .names([String](names), NodeStat($0.pointee)) })
    }
    /// The answer to `sync`: the path, of which nobody needs to hear.
    static let string: string_completion_t = { number, _, data in Pending.at(data)?.finish(number, .nothing) }
    static let access: acl_completion_t = { number, vector, stat, data in
        Pending.at(data)?.finish(
            number,
            stat.map { stat in
                let rules = vector.map { vector in
                    (0..<Int(vector.pointee.count)).compactMap { index in
                        vector.pointee.data.map { rules in
                            let rule = rules[index]
                            return AccessRule(
                                AccessRule.Permissions(rawValue: rule.perms), scheme: rule.id.scheme.map { String(cString: $0) } ?? "",
                                identity: rule.id.id.map { String(cString: $0) } ?? "")
                        }
                    }
                }
                return .access(rules ?? [], NodeStat(stat.pointee))
            })
    }
}
