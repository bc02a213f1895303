import Core
import JSON

/// What an informer tells, in order.
public enum InformerEvent: Sendable, Hashable {
    /// Everything that exists now: at the start, and again whenever changes may have been missed. What is not in it is gone.
    case synced([JSONValue])
    case added(JSONValue)
    case modified(JSONValue)
    case deleted(JSONValue)
}

/// Keeps a reader up to date with a collection: lists it, watches from there, and lists again when the watch cannot go on.
///
/// Events come one at a time; while the reader works, nothing more is read from the server. A watch that merely ended is taken up
/// where it was; after an error it waits `base` doubling up to `cap`, with jitter, and a 410 leads to a new list.
public struct Informer: Sendable {
    private let client: KubeClient
    private let path: String
    private let query: [(String, String)]
    private let time: any TimeSource
    private let fraction: @Sendable () -> Double
    private let base: Duration
    private let cap: Duration
    private let failed: @Sendable (KubeClientError) -> Void
    private let progressed: @Sendable (UInt64) async -> Void

    /// - Parameters:
    ///   - fraction: random numbers in 0..<1, for the jitter.
    ///   - failed: told of each error before the wait.
    ///   - progressed: told, after a list and after a bookmark, the resource version up to which the reader has been told everything.
    public init(
        _ client: KubeClient, _ path: String, query: [(String, String)] = [], time: any TimeSource = SystemTime(),
        base: Duration = .milliseconds(200), cap: Duration = .seconds(10),
        fraction: @escaping @Sendable () -> Double = { Double.random(in: 0..<1) },
        failed: @escaping @Sendable (KubeClientError) -> Void = { _ in },
        progressed: @escaping @Sendable (UInt64) async -> Void = { _ in }
    ) {
        (self.client, self.path, self.query) = (client, path, query)
        (self.time, self.base, self.cap, self.fraction) = (time, base, cap, fraction)
        (self.failed, self.progressed) = (failed, progressed)
    }

    /// Runs until the task is cancelled.
    public func run(_ handle: @Sendable (InformerEvent) async -> Void) async {
        var failures = 0
        var position: String?
        while !Task.isCancelled {
            do {
                if position == nil {
                    let (items, resourceVersion) = try await client.list(path, query: query)
                    await handle(.synced(items))
                    await progressed(UInt64(resourceVersion) ?? 0)
                    position = resourceVersion
                    failures = 0
                }
                try await watch(&position, &failures, handle)
            } catch {
                guard !Task.isCancelled else { return }
                let error = (error as? KubeClientError) ?? Transport.explain(error)
                failed(error)
                // What we cannot make sense of may have been a change: list again.
                if error.isGone || !error.isRetriable { position = nil }
                await pause(after: &failures)
            }
        }
    }

    private func watch(_ position: inout String?, _ failures: inout Int, _ handle: @Sendable (InformerEvent) async -> Void) async throws {
        guard let start = position else { return }
        // Spread over time, so that the watches of one process do not all end together.
        let timeout = Duration.seconds(300 * (1 + fraction()))
        var seen = start
        defer { position = seen.isEmpty ? nil : seen }
        var count = 0
        try await client.watch(path, query: query, from: start, timeout: timeout) { event in
            count += 1
            switch event {
            case .added(let object): await handle(.added(object))
            case .modified(let object): await handle(.modified(object))
            case .deleted(let object): await handle(.deleted(object))
            case .bookmark(let resourceVersion):
                if !resourceVersion.isEmpty { seen = resourceVersion }
                await progressed(UInt64(resourceVersion) ?? 0)
            case .error(let error):
                if error.isGone { seen = "" }
                throw error
            }
            switch event {
            case .added(let object), .modified(let object), .deleted(let object):
                if let resourceVersion = object.at("metadata", "resourceVersion")?.string { seen = resourceVersion }
            default: break
            }
            return true
        }
        if count > 0 { failures = 0 } else { await pause(after: &failures) }
    }

    private func pause(after failures: inout Int) async {
        var limit = base
        for _ in 0..<min(failures, 16) where limit < cap { limit = limit * 2 }
        failures += 1
        try? await time.sleep(for: min(limit, cap) * (0.5 + 0.5 * fraction()))
    }
}
