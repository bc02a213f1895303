import Logging
import Store
import Synchronization

/// Brings one watch from the past to where the hub can take it over, at the pace of its reader.
struct CatchUp: Sendable {
    let hub: WatchHub
    let connections: EtcdConnections
    let keys: KeySpace
    let logger: Logger
    let id: Int
    let buffer: WatchBuffer

    func run() async {
        let reached = Reached(buffer.from - 1)
        var pause = Duration.milliseconds(20)
        while !Task.isCancelled {
            let member = connections.preferred
            do {
                try await follow(member, reached)
                return
            } catch StoreError.compacted(let oldest) {
                return buffer.end(.compacted(oldest: oldest))
            } catch {
                if Task.isCancelled { break }
                connections.avoid(member, because: "\(error)")
                logger.notice("etcd: history was interrupted and goes on", metadata: ["because": "\(error)"])
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(1))
        }
        buffer.end(.closed)
    }

    /// Until the hub has taken over.
    private func follow(_ member: Int, _ reached: Reached) async throws {
        let (token, logins) = try await connections.token()
        let stream = WatchStream(member: connections.members[member], token: token, keys: keys)
        let from = reached.value + 1
        // Where nothing of ours has happened since, something must, or nobody would ever know that nothing has.
        let nudge = Task {
            try await Task.sleep(for: .milliseconds(250))
            if reached.value < from { await hub.nudge() }
        }
        defer { nudge.cancel() }
        do {
            try await stream.follow(from: from, created: {}) { batch in
                if let part = buffer.part(of: batch) {
                    await buffer.untilTaken()
                    buffer.append(part)
                }
                reached.advance(to: batch.revision)
                return !hub.join(id, buffer, after: batch.revision)
            }
        } catch {
            if !(error is StoreError) { connections.forgetToken(of: logins) }
            throw error
        }
    }
}

/// A revision that only grows.
private final class Reached: Sendable {
    private let revision: Atomic<Revision>
    init(_ revision: Revision) { self.revision = Atomic(revision) }
    var value: Revision { revision.load(ordering: .relaxed) }
    func advance(to revision: Revision) { self.revision.store(revision, ordering: .relaxed) }
}
