import APIServer
import JSON
import KubeAPI
import Logging
import NIOCore
import Store
import Synchronization

/// A pod of about 2.3 KB, as it is stored.
func storedPod(_ name: String, in namespace: String) -> [UInt8] {
    var pod = JSONValue.object(JSONObject())
    pod["apiVersion"] = "v1"
    pod["kind"] = "Pod"
    pod.set(.string(name), at: "metadata", "name")
    pod.set(.string(namespace), at: "metadata", "namespace")
    pod.set(.string("web"), at: "metadata", "labels", "app")
    pod.set(.string("node-\(name.utf8.count % 7)"), at: "spec", "nodeName")
    for number in 0..<18 {
        pod.set(.string("a value like those that fill a pod: image names, paths, conditions and times \(number)"), at: "spec", "field-\(number)")
    }
    pod.set(.string("Running"), at: "status", "phase")
    return ObjectBytes.encode(pod)
}

/// Takes events, and counts their bytes as a stream would write them.
private final class CountingSink: WatchSink {
    let bytes = Mutex(0)
    func begin(_ events: [CacheEvent]) {}
    func offer(_ events: [CacheEvent]) -> Bool {
        bytes.withLock { total in for event in events { total += event.bytes.readableBytes } }
        return true
    }
    func end(_ why: WatchEnd) {}
}

/// What no list can go below on this machine: its bytes, copied into memory that is as new as a list's.
private func copyOnce(_ objects: [CachedObject]) {
    let size = objects.reduce(0) { $0 + $1.clientBytes.count }
    let target = UnsafeMutableRawBufferPointer.allocate(byteCount: size, alignment: 16)
    var offset = 0
    for object in objects {
        object.clientBytes.withUnsafeBytes { source in
            UnsafeMutableRawBufferPointer(rebasing: target[offset..<offset + source.count]).copyMemory(from: source)
        }
        offset += object.clientBytes.count
    }
    target.deallocate()
}

/// Lists and watches from memory.
func cacheBenchmarks() async throws {
    let pods = 10_000
    let store = ScriptedStore(
        (0..<pods).map { number in
            let (namespace, name) = ("ns-\(number % 10)", "pod-\(number)")
            let key = ResourceKind.pods.storeKey(namespace: namespace, name: name)
            let value = storedPod(name, in: namespace)
            return KeyValue(key: key, value: value, createRevision: 1, modRevision: Revision(number + 1), version: 1)
        }, revision: Revision(pods))
    print("pod: \(storedPod("pod-1000", in: "ns-1").count) bytes")
    let cache = WatchCache(.pods, logger: Logger(label: "bench") { _ in SwiftLogNoOpLogHandler() })
    let running = Task { await cache.run(store) }
    try await measure("fill the cache, each of \(pods) pods", count: pods) { try await cache.ready() }

    let bytes = ObjectBytes.clientBytes(stored: storedPod("pod-1000", in: "ns-1"), revision: 12_345)
    try await measure("index of one pod", count: 20_000) {
        for _ in 0..<20_000 { _ = try ObjectIndex(.pods, bytes: bytes) }
    }
    try await measure("get of one pod", count: 200_000) {
        for number in 0..<200_000 { _ = cache.get(namespace: "ns-\(number % 10)", name: "pod-\(number % pods)") }
    }
    try await measure("list of \(pods) pods, bytes assembled", count: 20) {
        for _ in 0..<20 { _ = try cache.list(ObjectFilter()).bytes(.pods) }
    }
    let objects = try cache.list(ObjectFilter()).objects
    try await measure("  the same bytes only copied to new memory", count: 20) {
        for _ in 0..<20 { copyOnce(objects) }
    }
    let selected = ObjectFilter(labels: try LabelSelector(parsing: "app=web"), fields: try FieldSelector(parsing: "spec.nodeName=node-1", for: .pods))
    try await measure("list with selectors, \(pods) pods looked at", count: 20) {
        for _ in 0..<20 { _ = try cache.list(selected) }
    }
    for watchers in [0, 1, 100, 1_000] {
        let sinks = (0..<watchers).map { _ in CountingSink() }
        let watches = try sinks.map { try cache.subscribe(ObjectFilter(), from: .now, sink: $0) }
        let changes = 1_000
        try await measure("change told to \(watchers) watchers", count: changes) {
            try await cache.waitUntil(store.change(changes))
        }
        for watch in watches { watch.cancel() }
    }
    await store.close()
    await running.value
}
