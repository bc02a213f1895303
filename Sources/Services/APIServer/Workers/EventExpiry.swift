import Core
import JSON
import KubeAPI
import Logging
import Store

/// Removes events that nobody needs any more, so that they do not fill the store: after an hour, and the oldest beyond a number.
struct EventExpiry: Sendable {
    let service: APIService
    let events: ResourceKind
    let logger: Logger
    let time: any TimeSource
    /// As Kubernetes' `--event-ttl`.
    var age = Duration.seconds(3600)
    var limit = 10_000
    var interval = Duration.seconds(60)
    /// Keys removed in one transaction.
    private var batch: Int { min(200, service.store.operationLimit) }

    init(service: APIService, events: ResourceKind, logger: Logger, time: any TimeSource) {
        (self.service, self.events, self.logger, self.time) = (service, events, logger, time)
    }

    func run() async {
        while !Task.isCancelled {
            do { try await time.sleep(for: interval) } catch { return }
            do { try await sweep() } catch { logger.warning("old events stay for now: \(apiStatus(of: error).message)") }
        }
    }

    func sweep() async throws {
        guard let cache = service.caches[events.storePrefix] else { return }
        let now = time.wallClock
        let objects = cache.snapshot().list(events, ObjectFilter(), limit: 0, after: nil).objects.sorted { $0.modRevision < $1.modRevision }
        let surplus = max(0, objects.count - limit)
        var old: [CachedObject] = []
        for (position, object) in objects.enumerated() {
            if position < surplus || isOld(object, now) { old.append(object) }
        }
        for start in stride(from: 0, to: old.count, by: batch) {
            let keys = old[start..<min(start + batch, old.count)].map(\.key)
            _ = try await service.store.commit(Transaction(then: keys.map { .delete(KeyRange(key: $0)) }))
        }
    }

    private func isOld(_ object: CachedObject, _ now: Timestamp) -> Bool {
        guard let document = try? JSONDocument(parsing: object.clientBytes) else { return false }
        let texts = [document.find("series", "lastObservedTime"), document.find("lastTimestamp"), document.find("eventTime"),
            document.find("metadata", "creationTimestamp")]
        let last = texts.compactMap { $0.flatMap { document.string($0) }.flatMap { Timestamp(rfc3339: $0) } }.max()
        guard let last else { return false }
        return now.duration(since: last) > age
    }
}
