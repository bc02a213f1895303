import Core
import JSON
import KubeAPI
import Logging
import Store

/// What ends a namespace whose deletion was asked for. A part of the API server for now, behind this protocol so that a controller can take over.
protocol NamespaceFinalizing: Sendable {
    /// Works until cancelled. Starts with the namespaces that were ending when the server stopped.
    func run() async
}

/// Deletes all that a terminating namespace holds, as a client would (pods end within their grace), then lets the namespace go.
struct NamespaceEmptier: NamespaceFinalizing {
    let service: APIService
    let namespaces: ResourceKind
    let logger: Logger
    let time: any TimeSource

    func run() async {
        // Coalescing: one pending wake-up stands for any number of changes.
        let (wakeups, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        guard let cache = service.caches[namespaces.storePrefix],
            let watch = try? cache.subscribe(ObjectFilter(), from: .initial(bookmark: false), sink: WakeUpSink(wake))
        else { return }
        defer { watch.cancel() }
        for await _ in wakeups {
            while !Task.isCancelled {
                let ending = cache.snapshot().list(namespaces, ObjectFilter(), limit: 0, after: nil).objects
                    .filter { $0.index.deletionTimestamp != nil }
                guard !ending.isEmpty else { break }
                var isDone = true
                for namespace in ending {
                    do {
                        if try await !end(namespace) { isDone = false }
                    } catch {
                        isDone = false
                        if !Task.isCancelled { logger.warning("namespace \(namespace.name) is not empty yet: \(apiStatus(of: error).message)") }
                    }
                }
                if isDone { break }
                do { try await time.sleep(for: .milliseconds(200)) } catch { return }
            }
        }
    }

    /// Whether nothing is left to do here for now.
    private func end(_ namespace: CachedObject) async throws -> Bool {
        var isEmpty = true
        for kind in service.registry.kinds where kind.isNamespaced {
            guard let cache = service.caches[kind.storePrefix] else { continue }
            for object in cache.snapshot().list(kind, ObjectFilter(namespace: namespace.name), limit: 0, after: nil).objects {
                isEmpty = false
                if object.index.deletionTimestamp != nil { continue }
                let target = ResourceTarget(kind: kind, namespace: namespace.name, name: object.name, subresource: nil)
                do { _ = try await service.delete(target, DeleteOptions()) } catch let status as APIStatus where status.code == 404 {}
            }
        }
        guard isEmpty, try await holdsNothing(namespace.name) else { return false }
        return try await release(namespace)
    }

    /// Each kind's cache is up to date in its own time, so the store has the last word.
    private func holdsNothing(_ name: String) async throws -> Bool {
        for kind in service.registry.kinds where kind.isNamespaced {
            let range = KeyRange(prefix: kind.storePrefix(namespace: name))
            if try await !service.store.read(range, at: nil, limit: 1).items.isEmpty { return false }
        }
        return true
    }

    /// Nothing is in it, and nothing can come: creates are conditional on the namespace as it was before its deletion began.
    private func release(_ namespace: CachedObject) async throws -> Bool {
        var tree = try JSONValue(parsing: namespace.clientBytes)
        tree.remove(at: "spec", "finalizers")
        let unchanged = [Compare.unchanged(namespace.key, since: namespace.modRevision)]
        let isHeld = !(tree.at("metadata", "finalizers")?.array ?? []).isEmpty
        if isHeld, try JSONValue(parsing: namespace.clientBytes) == tree { return true }
        let step: Operation =
            isHeld ? .put(key: namespace.key, value: ObjectBytes.encode(tree)) : .delete(KeyRange(key: namespace.key))
        return try await service.commit(Transaction(if: unchanged, then: [step]), namespaces).succeeded
    }
}

/// Turns any change into a wake-up.
final class WakeUpSink: WatchSink {
    private let wake: AsyncStream<Void>.Continuation
    init(_ wake: AsyncStream<Void>.Continuation) { self.wake = wake }
    func begin(_ events: [CacheEvent]) { wake.yield() }
    func offer(_ events: [CacheEvent]) -> Bool {
        wake.yield()
        return true
    }
    func end(_ why: WatchEnd) { wake.finish() }
}
