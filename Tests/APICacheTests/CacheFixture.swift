import APIServer
import Core
import JSON
import KubeAPI
import Logging
import Store
import StoreContract
import Synchronization

/// A cache of pods over a store in memory, running while `body` runs.
func withCache(
    _ change: (inout WatchCache.Options) -> Void = { _ in }, store: MemoryStore = MemoryStore(), time: any TimeSource = QuickTime(),
    _ body: @Sendable (WatchCache, MemoryStore) async throws -> Void
) async throws {
    var options = WatchCache.Options()
    change(&options)
    let cache = WatchCache(.pods, options: options, time: time, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await cache.run(store) }
        try await cache.ready()
        do { try await body(cache, store) } catch {
            await store.close()
            throw error
        }
        await store.close()
        try await group.waitForAll()
    }
}

extension MemoryStore {
    /// Stores a pod, as the API server would.
    @discardableResult
    func put(pod name: String, in namespace: String = "default", labels: [String: String] = [:], node: String = "") async throws -> Revision {
        try await commit(Transaction(then: [podPut(name, namespace, labels, node)])).revision
    }

    @discardableResult
    func delete(pod name: String, in namespace: String = "default") async throws -> Revision {
        try await delete(ResourceKind.pods.storeKey(namespace: namespace, name: name)).revision
    }
}

func podPut(_ name: String, _ namespace: String, _ labels: [String: String], _ node: String) -> Operation {
    var pod = JSONValue.object(JSONObject())
    pod["apiVersion"] = "v1"
    pod["kind"] = "Pod"
    pod.set(.string(name), at: "metadata", "name")
    pod.set(.string(namespace), at: "metadata", "namespace")
    for (key, value) in labels.sorted(by: { $0.key < $1.key }) { pod.set(.string(value), at: "metadata", "labels", key) }
    if !node.isEmpty { pod.set(.string(node), at: "spec", "nodeName") }
    return .put(key: ResourceKind.pods.storeKey(namespace: namespace, name: name), value: ObjectBytes.encode(pod))
}

extension WatchCache {
    /// Returns when `revision` is in the cache and all watchers have been told.
    func told(_ revision: Revision) async throws {
        try await waitUntil(revision)
        // Waits for the lock that is held while watchers are told.
        _ = watcherCount
    }

    /// The whole way of a selector from its text.
    func filter(_ namespace: String? = nil, labels: String = "", fields: String = "") throws -> ObjectFilter {
        ObjectFilter(
            namespace: namespace, labels: try LabelSelector(parsing: labels), fields: try FieldSelector(parsing: fields, for: kind))
    }
}

/// Remembers what it is told.
final class RecordingSink: WatchSink {
    fileprivate struct Record {
        var begun = false
        var lines: [String] = []
        var texts: [String] = []
        var end: WatchEnd?
    }
    private let record = Mutex(Record())
    private let room: Int

    /// Refuses more than `room` live events.
    init(room: Int = .max) { self.room = room }

    func begin(_ events: [CacheEvent]) {
        record.withLock { record in
            precondition(!record.begun, "begun twice")
            record.begun = true
            for event in events { record.add(event) }
        }
    }

    func offer(_ events: [CacheEvent]) -> Bool {
        record.withLock { record in
            precondition(record.begun && record.end == nil, "offered before the beginning or after the end")
            guard record.lines.count + events.count <= room else { return false }
            for event in events { record.add(event) }
            return true
        }
    }

    func end(_ why: WatchEnd) {
        record.withLock { record in
            precondition(record.end == nil, "ended twice")
            record.end = why
        }
    }

    /// `ADDED default/a@1` and so on.
    var lines: [String] { record.withLock { $0.lines } }
    /// What would go over the wire.
    var texts: [String] { record.withLock { $0.texts } }
    var ending: WatchEnd? { record.withLock { $0.end } }
}

extension RecordingSink.Record {
    fileprivate mutating func add(_ event: CacheEvent) {
        let object = event.object.map { "\($0.namespace)/\($0.name)" } ?? ""
        lines.append("\(event.type.rawValue) \(object)@\(event.revision)")
        texts.append(String(buffer: event.bytes))
    }
}

/// Sleeps not at all.
struct QuickTime: TimeSource {
    var now: Instant { ContinuousClock.now }
    var wallClock: Timestamp { SystemTime().wallClock }
    func sleep(until deadline: Instant) async throws { await Task.yield() }
}

/// Sleeps until the test says so.
final class HeldTime: TimeSource {
    private struct State {
        var sleepers: [CheckedContinuation<Void, Never>] = []
        var watchers: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())
    var now: Instant { ContinuousClock.now }
    var wallClock: Timestamp { SystemTime().wallClock }

    func sleep(until deadline: Instant) async throws {
        await withCheckedContinuation { continuation in
            let watchers = state.withLock { state in
                state.sleepers.append(continuation)
                defer { state.watchers = [] }
                return state.watchers
            }
            for watcher in watchers { watcher.resume() }
        }
    }

    /// Returns when somebody sleeps.
    func somebodySleeps() async {
        await withCheckedContinuation { continuation in
            let isNow = state.withLock { state in
                if state.sleepers.isEmpty { state.watchers.append(continuation) }
                return !state.sleepers.isEmpty
            }
            if isNow { continuation.resume() }
        }
    }

    func wake() {
        let sleepers = state.withLock { state in
            defer { state.sleepers = [] }
            return state.sleepers
        }
        for sleeper in sleepers { sleeper.resume() }
    }
}
