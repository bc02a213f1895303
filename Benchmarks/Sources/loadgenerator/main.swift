// Drives a running API server and prints what it costs it: `loadgenerator URL PID`, where PID is the server's, whose CPU time and memory
// are read from /proc. Counts and CPU time are what to compare; a busy machine disturbs the rest.
import Glibc
import JSON
import KubeClient

guard CommandLine.arguments.count == 3, let pid = Int32(CommandLine.arguments[2]) else {
    print("usage: loadgenerator URL PID")
    exit(64)
}
let client = KubeClient(server: CommandLine.arguments[1], userAgent: "kmd-loadgenerator")
let configMaps = "/api/v1/namespaces/default/configmaps"
let prefix = "load-\(getpid())-"

func configMap(_ name: String) -> JSONValue {
    var object = JSONValue.object(JSONObject())
    object["apiVersion"] = "v1"
    object["kind"] = "ConfigMap"
    object.set(.string(name), at: "metadata", "name")
    for number in 0..<20 { object.set(.string("about a hundred bytes, so that the whole is as large as a pod usually is, more or less \(number)"), at: "data", "k\(number)") }
    return object
}

print("memory before: \(memory(of: pid)) MB")
let writers = 16
let each = 64
let total = writers * each
try await measure("durable create, \(writers) clients", pid, count: total) {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for writer in 0..<writers {
            group.addTask { for number in 0..<each { try await client.create(configMaps, configMap("\(prefix)\(writer)-\(number)")) } }
        }
        try await group.waitForAll()
    }
}
print("memory with \(total) objects more: \(memory(of: pid)) MB")
try await measure("get", pid, count: 5_000) {
    for number in 0..<5_000 { _ = try await client.call(.GET, "\(configMaps)/\(prefix)\(number % writers)-\(number % each)") }
}
try await measure("list of \(total)", pid, count: 20) {
    for _ in 0..<20 { _ = try await client.call(.GET, configMaps) }
}
print("memory after: \(memory(of: pid)) MB")
try await watchLatency(count: 200)
try await withThrowingTaskGroup(of: Void.self) { group in
    for writer in 0..<writers {
        group.addTask { for number in 0..<each { try await client.delete("\(configMaps)/\(prefix)\(writer)-\(number)") } }
    }
    try await group.waitForAll()
}
await client.shutdown()

/// From a patch's sending to its event's coming: the median of `count`, which includes one sync of the disk.
func watchLatency(count: Int) async throws {
    let name = "\(prefix)0-0"
    let version = try await client.get(configMaps).at("metadata", "resourceVersion")?.string ?? "0"
    let (seen, tell) = AsyncStream<ContinuousClock.Instant>.makeStream(bufferingPolicy: .bufferingNewest(16))
    let watching = Task {
        var left = count
        try await client.watch(configMaps, from: version) { event in
            guard case .modified = event else { return true }
            tell.yield(.now)
            left -= 1
            return left > 0
        }
    }
    var arrivals = seen.makeAsyncIterator()
    var latencies: [Duration] = []
    for number in 0..<count {
        let start = ContinuousClock.now
        var patch = JSONValue.object(JSONObject())
        patch.set(.string("\(number)"), at: "data", "k0")
        try await client.patch("\(configMaps)/\(name)", patch)
        if let arrival = await arrivals.next() { latencies.append(arrival - start) }
    }
    try await watching.value
    latencies.sort()
    let (median, worst) = (microseconds(latencies[latencies.count / 2]), microseconds(latencies[latencies.count * 99 / 100]))
    print("patch to watch event: median \(median) µs, 99 of 100 within \(worst) µs")
}
