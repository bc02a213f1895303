import Synchronization

/// A role, ready to be run: it calls `ready` once it serves, and returns after its task was cancelled and it has stopped in order.
struct RunnableRole: Sendable {
    let name: String
    let run: @Sendable (_ ready: @escaping @Sendable () -> Void) async throws -> Void
}

/// Runs roles in one process: each starts when the one before it serves, and they stop in the opposite order.
struct RoleRunner: Sendable {
    /// A role that ended although nobody asked it to.
    struct Ended: Error {
        let role: String
        let cause: (any Error)?
    }

    /// - Parameters:
    ///   - started: called when all roles serve.
    ///   - stop: returns when the process is asked to stop.
    /// - Throws: `Ended` when a role could not start or ended by itself; all others have been stopped then.
    func run(_ roles: [RunnableRole], started: @Sendable () -> Void, until stop: @escaping @Sendable () async -> Void) async throws {
        let (happened, report) = AsyncStream.makeStream(of: Happening.self, bufferingPolicy: .bufferingOldest(roles.count * 2 + 1))
        let stopper = Task {
            await stop()
            report.yield(.stopRequested)
        }
        defer { stopper.cancel() }
        var happenings = happened.makeAsyncIterator()
        var running: [(name: String, task: Task<Void, Never>)] = []
        var failure: Ended?
        start: for role in roles {
            running.append((role.name, task(of: role, report)))
            switch await happenings.next() {
            case .ready: continue
            case .ended(let ended):
                failure = ended
                break start
            case .stopRequested, nil: break start
            }
        }
        if failure == nil, running.count == roles.count {
            started()
            if case .ended(let ended) = await happenings.next() { failure = ended }
        }
        for (_, task) in running.reversed() {
            task.cancel()
            await task.value
        }
        if let failure { throw failure }
    }

    private enum Happening: Sendable {
        case ready
        case ended(Ended)
        case stopRequested
    }

    private func task(of role: RunnableRole, _ report: AsyncStream<Happening>.Continuation) -> Task<Void, Never> {
        Task {
            do {
                try await role.run { report.yield(.ready) }
                report.yield(.ended(Ended(role: role.name, cause: nil)))
            } catch {
                report.yield(.ended(Ended(role: role.name, cause: error)))
            }
        }
    }
}
