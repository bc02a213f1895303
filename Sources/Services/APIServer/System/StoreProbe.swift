import Core
import Logging
import Store

/// Whether the store answers, for `/healthz`, `/livez` and `/readyz`.
///
/// The question is the store's present revision, which etcd answers by the word of its majority: a member that is cut off does not pass.
/// It is asked once for all who want to know at the same time, and its answer holds for a second, so that many health checks
/// are no load. It has a deadline: a store that hangs is as bad as one that refuses.
actor StoreProbe {
    private let present: @Sendable () async throws -> Revision
    private let time: any TimeSource
    private let logger: Logger
    /// As long as Kubernetes' API server gives its etcd.
    private let deadline: Duration
    /// How long an answer holds.
    private let freshness: Duration
    private var last: (fault: String?, at: Instant)?
    private var question: Task<String?, Never>?

    /// - Parameter present: the store's `currentRevision`.
    init(
        time: any TimeSource, logger: Logger, deadline: Duration = .seconds(2), freshness: Duration = .seconds(1),
        present: @escaping @Sendable () async throws -> Revision
    ) {
        (self.time, self.logger, self.deadline, self.freshness, self.present) = (time, logger, deadline, freshness, present)
    }

    /// What is wrong with the store; `nil`: it answers.
    func fault() async -> String? {
        if let question { return await question.value }
        if let last, time.now - last.at < freshness { return last.fault }
        // A task of its own, since the client who asked first may leave before the others have their answer. It ends by its deadline.
        let question = Task { [present, time, deadline] in await StoreProbe.ask(present, time, deadline) }
        self.question = question
        let fault = await question.value
        if let fault, last?.fault == nil { logger.error("the store does not answer", metadata: ["because": "\(fault)"]) }
        if fault == nil, last?.fault != nil { logger.notice("the store answers again") }
        (last, self.question) = ((fault, time.now), nil)
        return fault
    }

    private static func ask(_ present: @escaping @Sendable () async throws -> Revision, _ time: any TimeSource, _ deadline: Duration) async -> String? {
        await withTaskGroup(of: String?.self) { group in
            group.addTask {
                do {
                    _ = try await present()
                    return nil
                } catch { return "\(error)" }
            }
            group.addTask {
                try? await time.sleep(for: deadline)
                return "no answer within \(deadline)"
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
    }
}
