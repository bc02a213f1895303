// How long a pod takes to run, beside what the container runtime alone needs for it: `podstart API_SERVER IMAGE_DIR COUNT`. Pods one after
// the other through kmd, then sandboxes by the bare calls of the CRI in a containerd of this program's own: an executor would remove what it
// did not start.
import ContainerRuntime
import Glibc
import JSON
import KubeClient
import Logging

guard CommandLine.arguments.count == 4, let count = Int(CommandLine.arguments[3]), count > 0 else {
    print("usage: podstart API_SERVER IMAGE_DIR COUNT")
    exit(64)
}
let client = KubeClient(server: CommandLine.arguments[1], userAgent: "kmd-podstart")
let pods = "/api/v1/namespaces/default/pods"
let image = "busybox"
let command = ["sleep", "3600"]

func milliseconds(_ duration: Duration) -> Double {
    let (seconds, attoseconds) = duration.components
    return Double(seconds) * 1e3 + Double(attoseconds) / 1e15
}

func show(_ name: String, _ times: [Duration]) {
    let sorted = times.map(milliseconds).sorted()
    guard let least = sorted.first, let most = sorted.last else { return }
    print("\(name): median \(Int(sorted[sorted.count / 2])) ms, \(Int(least)) to \(Int(most)) ms, of \(sorted.count)")
}

func pod(_ name: String) -> JSONValue {
    [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": .string(name)],
        "spec": [
            "terminationGracePeriodSeconds": 0,
            "containers": [
                [
                    "name": "main", "image": .string(image), "imagePullPolicy": "IfNotPresent",
                    "command": .array(command.map { .string($0) }),
                ]
            ],
        ],
    ]
}

/// From the create's sending until a watcher sees the container run.
func throughKmd(_ name: String) async throws -> Duration {
    let version = try await client.get(pods).at("metadata", "resourceVersion")?.string ?? "0"
    let start = ContinuousClock.now
    try await client.create(pods, pod(name))
    var running = start
    try await client.watch(pods, query: [("fieldSelector", "metadata.name=\(name)")], from: version) { event in
        guard case .modified(let object) = event, object.at("status", "phase")?.string == "Running" else { return true }
        running = .now
        return false
    }
    try await client.delete("\(pods)/\(name)", options: ["gracePeriodSeconds": 0])
    return running - start
}

/// Sandbox, container and start, as the executor asks for them, with nothing in between.
func bare(_ runtime: CRIClient, _ number: Int) async throws -> Duration {
    let name = "bare-\(number)"
    let sandbox = SandboxConfig(
        metadata: SandboxMetadata(name: name, uid: "podstart-\(getpid())-\(number)", namespace: "podstart"), hostname: name)
    let container = ContainerConfig(name: "main", image: image, command: command)
    let start = ContinuousClock.now
    let sandboxID = try await runtime.runPodSandbox(sandbox)
    do {
        let id = try await runtime.createContainer(sandboxID: sandboxID, container, sandbox: sandbox)
        try await runtime.startContainer(id)
    } catch {
        try await runtime.removePodSandbox(sandboxID)
        throw error
    }
    let time = ContinuousClock.now - start
    try await runtime.stopPodSandbox(sandboxID)
    try await runtime.removePodSandbox(sandboxID)
    return time
}

/// `count` sandboxes in a private containerd, whose start and imports are not counted. Leaves nothing behind.
func bareTimes(_ count: Int, logger: Logger) async throws -> [Duration] {
    var template = Array("/tmp/kmd-podstart-XXXXXX".utf8CString)
    guard let directory = mkdtemp(&template).map({ String(cString: $0) }) else { return [] }
    var options = ContainerdOptions(dataDirectory: directory)
    (options.imageDirectories, options.podSubnet) = ([CommandLine.arguments[2]], "10.199.8.0/24")
    let runtime = try ContainerRuntime(options: options, logger: logger)
    let running = Task { await runtime.run() }
    let result = await Task {
        try await runtime.waitUntilReady()
        // Asking for an image waits for the imports.
        guard try await runtime.client.imageStatus(image) != nil else { throw ContainerRuntimeError.unavailable("\(image) was not imported") }
        _ = try await bare(runtime.client, 0)
        var times: [Duration] = []
        for number in 1...count { times.append(try await bare(runtime.client, number)) }
        return times
    }.result
    await runtime.stop()
    await running.value
    _ = await ContainerRuntimeCleanup.run(options, logger: logger)
    rmdir(directory)
    return try result.get()
}

do {
    _ = try await throughKmd("warm-up")
    var times: [Duration] = []
    for number in 0..<count { times.append(try await throughKmd("pod-\(number)")) }
    show("create until a watcher sees it run, through kmd", times)
    show("sandbox, container and start by the bare calls ", try await bareTimes(count, logger: Logger(label: "podstart") { _ in SwiftLogNoOpLogHandler() }))
    await client.shutdown()
} catch {
    print("podstart: \(error)")
    exit(1)
}
