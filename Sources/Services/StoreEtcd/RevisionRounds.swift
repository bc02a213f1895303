import Store
import Synchronization

/// Asks for the store's present revision once for all who ask at the same time.
///
/// Whoever asks while a question is under way waits for the next one, since the answer must be no older than the asking.
final class RevisionRounds: Sendable {
    private typealias Asker = CheckedContinuation<Revision, any Error>
    private let askers = Mutex<(waiting: [Asker], isClosed: Bool)>(([], false))
    private let asked = Signal()
    private let ask: @Sendable () async throws -> Revision

    init(_ ask: @escaping @Sendable () async throws -> Revision) { self.ask = ask }

    func revision() async throws -> Revision {
        try await withCheckedThrowingContinuation { continuation in
            let isOpen = askers.withLock { askers in
                if !askers.isClosed { askers.waiting.append(continuation) }
                return !askers.isClosed
            }
            if isOpen { asked.fire() } else { continuation.resume(throwing: StoreError.closed) }
        }
    }

    /// Answers until cancelled; then refuses.
    func run() async {
        while await asked.wait() {
            let round = take()
            guard !round.isEmpty else { continue }
            do {
                let revision = try await ask()
                for asker in round { asker.resume(returning: revision) }
            } catch {
                for asker in round { asker.resume(throwing: Task.isCancelled ? StoreError.closed : error) }
            }
        }
        askers.withLock { $0.isClosed = true }
        for asker in take() { asker.resume(throwing: StoreError.closed) }
    }

    private func take() -> [Asker] {
        askers.withLock { askers in
            defer { askers.waiting = [] }
            return askers.waiting
        }
    }
}
